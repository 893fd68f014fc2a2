"""The ledger against a damaged disk: a copy of it is made with every publication, and put back if needed."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from ingest.errors import JuesuanError, LedgerDamaged, is_damage, is_locked
from ingest.files import copy
from ingest.store import LEDGER_FILE, Ledger

COPY = "ledger.copy.duckdb"
DAMAGED = "ledger.damaged.duckdb"
_WAL = ".wal"
#: Seconds that the children of a killed job are given to let the ledger go.
PATIENCE = 10.0


@contextlib.contextmanager
def open_ledger(warehouse: Path) -> Iterator[Ledger]:
    """The ledger, open for writing.

    Raises LedgerDamaged, also for what happens inside, or JuesuanError where another program has it open.
    """
    if (warehouse / COPY).is_file() and not (warehouse / LEDGER_FILE).exists():
        raise LedgerDamaged("it is missing, and its copy is there")
    try:
        with _opened(warehouse / LEDGER_FILE) as ledger:
            yield ledger
    except duckdb.Error as error:
        if is_damage(str(error)):
            raise LedgerDamaged(str(error)) from error
        raise


def _opened(file: Path) -> Ledger:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return Ledger(file)
        except duckdb.IOException as error:
            if not is_locked(str(error)):
                raise
            if time.monotonic() > until:
                raise JuesuanError(
                    f"another program has {file} open: close it ({error}); juesuan.duckdb is for readers,"
                    " the ledger for the job alone"
                ) from error
        time.sleep(0.1)


def copy_ledger(warehouse: Path) -> None:
    """Copy the ledger, which nobody has open, in the place of the last copy."""
    beside = warehouse / f"{COPY}.new"
    try:
        copy(warehouse / LEDGER_FILE, beside)
        with beside.open("rb") as handle:
            os.fsync(handle.fileno())
        beside.replace(warehouse / COPY)
    finally:
        beside.unlink(missing_ok=True)


def restore_ledger(warehouse: Path, damage: str) -> str:
    """Put the copy in the place of a damaged ledger, which is kept; returns in words what was done.

    Raises JuesuanError where there is no copy.
    """
    if not (warehouse / COPY).is_file():
        raise JuesuanError(
            f"the ledger is damaged ({' '.join(damage.split())[:300]}) and no copy of it is there: move"
            f" {warehouse / LEDGER_FILE} away and run juesuan refresh, which reads every paper again; the"
            " history of findings then begins anew"
        )
    ledger, wal = warehouse / LEDGER_FILE, warehouse / (LEDGER_FILE + _WAL)
    beside = warehouse / f"{LEDGER_FILE}.new"
    copy(warehouse / COPY, beside)
    was = "was missing"
    if ledger.exists():
        was = f"was damaged and is kept as {DAMAGED}"
        kept = warehouse / f"{DAMAGED}.new"
        copy(ledger, kept)
        kept.replace(warehouse / DAMAGED)
    if wal.exists():
        wal.replace(warehouse / (DAMAGED + _WAL))
    # Until here the ledger stands where it stood: a run that is stopped begins again.
    beside.replace(ledger)
    return (
        f"the ledger {was}; its copy of the last publication took its place, and what was read since then is"
        " read again"
    )
