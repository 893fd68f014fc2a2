"""A command as a child of its own, with what it took: nothing of the measuring process counts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.outcome import ExitCode

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of processors, and the most memory that the child or one of its own held.

    ``said`` is what the child printed as JSON, None where it printed something else or nothing.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int
    said: Any


def measure(
    command: Sequence[str], accepted: Sequence[int] = (0,), environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end; raises RuntimeError with its words where it ends with another code."""
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        # Open as long as the child runs: `ingest.dbt_process` ends where it closes.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | (environment or {}),
        cwd=ROOT,
    ) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in accepted:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}\n{output[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    try:
        said = json.loads(output)
    except json.JSONDecodeError:
        said = None
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, said)


def refresh(warehouse: Path, papers: Sequence[Path]) -> Cost:
    """What ``juesuan refresh`` takes, from the start of the command to its end."""
    command = [sys.executable, "-m", "ingest.cli", "refresh", "--warehouse", str(warehouse)]
    return measure([*command, *map(str, papers)], (ExitCode.PUBLISHED, ExitCode.QUARANTINED))
