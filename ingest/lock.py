"""One writer at a time. The lock goes with its process, so a killed job leaves none; readers take none."""

import contextlib
import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ingest.errors import JuesuanError

LOCK_FILE = ".lock"
#: Seconds between two looks at a lock that another job holds.
LOOK = 0.2
#: Seconds that anyone waits: who asks for the owner holds the lock for an instant.
GRACE = 1.0


@dataclass(frozen=True)
class Owner:
    """Who writes: the process, where it runs, what was called, since when (UTC)."""

    pid: int
    host: str
    command: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, `{self.command}`, since {self.since}{_age(self.since)}"


@contextlib.contextmanager
def writer_lock(warehouse: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold the warehouse for writing; another job is waited for ``wait`` seconds.

    Raises JuesuanError, naming the owner, where it is still held then.
    """
    warehouse.mkdir(parents=True, exist_ok=True)
    file = warehouse / LOCK_FILE
    until = time.monotonic() + max(wait, GRACE)
    with file.open("a+", encoding="utf-8") as handle:
        while not _taken(handle):
            if time.monotonic() >= until:
                raise JuesuanError(
                    f"another job is writing {warehouse}: {_read(handle) or 'it does not say who'};"
                    " wait for it with --wait SECONDS; readers are not affected"
                )
            time.sleep(LOOK)
        handle.truncate(0)
        handle.write(json.dumps(asdict(_self()), ensure_ascii=False) + "\n")
        handle.flush()
        yield


def lock_owner(warehouse: Path) -> Owner | None:
    """Who holds the warehouse for writing, or None. Asking hinders nobody."""
    file = warehouse / LOCK_FILE
    try:
        with file.open("r", encoding="utf-8") as handle:
            # A shared lock, for a moment, where no writer holds it; a writer that comes then looks again.
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        with file.open("r", encoding="utf-8") as handle:
            return _read(handle) or Owner(0, "unknown", "unknown", "")
    return None


def _taken(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(handle: IO[str]) -> Owner | None:
    """The owner in the lock file; None while it is being written."""
    handle.seek(0)
    try:
        return Owner(**json.loads(handle.read()))
    except (ValueError, TypeError):
        return None


def _self() -> Owner:
    # Without its options: an address to report to may hold a secret, and anyone may read this.
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return Owner(
        os.getpid(), socket.gethostname(), command, datetime.now(UTC).replace(microsecond=0).isoformat()
    )


def _age(since: str) -> str:
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()
    except ValueError:
        return ""
    return (
        f" ({max(0, round(seconds / 60))} min ago)" if seconds >= 60 else f" ({max(0, round(seconds))} s ago)"
    )
