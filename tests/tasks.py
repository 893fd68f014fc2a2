"""Tasks for the workers that die, hang, swell or fail, each as a file name or a word asks for it."""

import ctypes
import os
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

from ingest.discover import Found
from ingest.reading import Reading, read_found
from ingest.workers import MoreTime

_kept: list[bytearray] = []


def misbehave(word: str, more_time: MoreTime) -> Any:
    """Do what ``word`` says; ``sleep:0.2`` sleeps, any other word comes back in capitals."""
    name, _, value = word.partition(":")
    if name == "segfault":
        ctypes.string_at(0)
    elif name == "exit":
        os._exit(7)
    elif name == "hang":
        # Holds the interpreter's lock for ever: only a kill from outside ends it.
        re.match(r"(a+)+$", "a" * 60 + "b")
    elif name == "eat":
        while True:
            _kept.append(bytearray(os.urandom(1) * (16 << 20)))
    elif name == "keep":
        _kept.append(bytearray(int(value) << 20))
        _kept[-1][:: resource.getpagesize()] = b"x" * len(_kept[-1][:: resource.getpagesize()])
        return os.getpid()
    elif name == "huge":
        return bytearray(1 << 60)
    elif name == "raise":
        raise RuntimeError(value)
    elif name == "leave":
        sys.exit(0)
    elif name == "recurse":
        return misbehave(word, more_time)
    elif name == "unpicklable":
        return lambda: None
    elif name == "print":
        os.write(1, b"from the worker\n")
    elif name == "more":
        more_time(float(value))
        time.sleep(0.6)
    elif name == "sleep":
        time.sleep(float(value))
    elif name == "pid":
        return os.getpid()
    elif name == "touch":
        Path(value).touch()
    return word.upper()


def read_or_misbehave(found: Found, more_time: MoreTime) -> Reading:
    """Files named ``misbehave-<word>.txt`` do so; a file named ``go`` vanishes; others are read."""
    name, _, word = found.path.stem.partition("-")
    if name == "misbehave":
        misbehave(word, more_time)
    if name == "vanish":
        found.path.unlink()
    if name == "change":
        found.path.write_bytes(found.path.read_bytes() + b"\n")
    return read_found(found, more_time)
