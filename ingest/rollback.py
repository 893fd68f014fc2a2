"""Go back to an earlier publication that is still kept. Nothing is deleted and nothing is built."""

import contextlib
from datetime import datetime
from pathlib import Path

from ingest.errors import JuesuanError
from ingest.ledger_copy import open_ledger
from ingest.loading import Clock
from ingest.lock import writer_lock
from ingest.publish import (
    broken_files,
    current_manifest,
    is_switching,
    kept_publications,
    point_to,
    recover,
)
from ingest.runs import Run, append_run, run_id


def roll_back(warehouse: Path, number: int | None, clock: Clock, wait: float = 0.0) -> str:
    """Point at publication ``number``, or at the one before the standing one; says what was done.

    A refresh that finds nothing new leaves it so; one that finds something publishes a new number.
    Raises JuesuanError where the publication is not kept, or its files are not what they were.
    """
    started = clock()
    if current_manifest(warehouse) is None and not is_switching(warehouse):
        raise JuesuanError(f"nothing is published in {warehouse}; run juesuan refresh first")
    with writer_lock(warehouse, wait):
        # The ledger is asked only where a run was stopped on the way: going back must work without it too.
        if is_switching(warehouse):
            with open_ledger(warehouse) as ledger:
                recover(warehouse, ledger.has_publication)
        standing = current_manifest(warehouse)
        kept = {int(item["number"]): item for item in kept_publications(warehouse)}
        if standing is None:
            raise JuesuanError(f"nothing is published in {warehouse}; run juesuan refresh first")
        now = int(standing["number"])
        earlier = [item for item in kept if item < now]
        if number is None and not earlier:
            raise JuesuanError(f"no publication before {now:06d} is kept")
        wanted = max(earlier) if number is None else number
        if wanted == now:
            raise JuesuanError(f"publication {now:06d} is the standing one already")
        if wanted not in kept:
            names = ", ".join(kept[item]["number"] for item in sorted(kept))
            raise JuesuanError(f"publication {wanted:06d} is not kept; kept are {names}")
        target = kept[wanted]
        if broken := broken_files(warehouse / "publications" / target["number"]):
            raise JuesuanError(f"publication {wanted:06d} is damaged: {', '.join(broken[:5])}")
        point_to(warehouse, target["number"])
        message = (
            f"publication {target['number']} of {target['published_at']} stands again in place of {now:06d}"
        )
        # The pointer has moved; that the journal cannot be written does not move it back.
        with contextlib.suppress(OSError):
            append_run(warehouse, _run(message, wanted, target, started, clock()))
    return message


def _run(message: str, number: int, target: dict[str, str], started: datetime, ended: datetime) -> Run:
    return Run(
        run_id=run_id(started),
        command="rollback",
        started_at=started,
        ended_at=ended,
        exit_code=0,
        outcome="rolled_back",
        message=message,
        publication=number,
        extractor_version=target["extractor_version"],
        project_version=target["project_version"],
        documents_given=0,
        documents_read=0,
        documents_quarantined=0,
        job_peak_kib=0,
        worker_peak_kib=0,
        dbt_peak_kib=0,
        phase_seconds={},
    )
