"""The journal of runs: one line of JSON for each end, good or bad, which a later run enters into the ledger.

A journal beside the ledger, because a run that could not open the ledger, or had nothing new to write, has
an end as well, and because whoever asks for the status must not wait for a writer.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from ingest.outcome import ExitCode, RefreshReport

JOURNAL = "runs.jsonl"
_MOMENTS = ("started_at", "ended_at")


@dataclass(frozen=True)
class Run:
    """The end of one run of the job, good or bad. ``phase_seconds`` by the name of the phase."""

    run_id: str
    command: str
    started_at: datetime
    ended_at: datetime
    exit_code: int
    outcome: str
    message: str
    publication: int | None
    extractor_version: str
    project_version: str
    documents_given: int
    documents_read: int
    documents_quarantined: int
    job_peak_kib: int
    worker_peak_kib: int
    dbt_peak_kib: int
    phase_seconds: dict[str, float]


def append_run(warehouse: Path, run: Run) -> None:
    """Add the end of a run to the journal. One write, behind a line that a full disk left unfinished."""
    file = warehouse / JOURNAL
    file.parent.mkdir(parents=True, exist_ok=True)
    line = asdict(run) | {name: getattr(run, name).isoformat() for name in _MOMENTS}
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        text = json.dumps(line, ensure_ascii=False, sort_keys=True)
        os.write(handle, (("\n" if torn else "") + text + "\n").encode())
    finally:
        os.close(handle)


def read_runs(warehouse: Path) -> list[Run]:
    """The ends of runs in their order; a line that was torn is passed over."""
    file = warehouse / JOURNAL
    names = {item.name for item in fields(Run)}
    found = []
    for text in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else ():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and line.keys() == names:
            moments = {name: datetime.fromisoformat(line[name]) for name in _MOMENTS}
            found.append(Run(**(line | moments)))
    return found


def run_of(report: RefreshReport, started: datetime, ended: datetime) -> Run:
    """What the journal keeps of a refresh."""
    peaks = report.peak_memory_bytes
    return Run(
        run_id=run_id(started),
        command="refresh",
        started_at=started,
        ended_at=ended,
        exit_code=int(report.exit_code),
        outcome=_outcome(report),
        message=report.message.partition("\n")[0],
        publication=int(report.publication) if report.publication else None,
        extractor_version=report.extractor_version,
        project_version=report.project_version,
        documents_given=len(report.documents),
        documents_read=report.reading.get("documents", 0),
        documents_quarantined=report.quarantined,
        job_peak_kib=peaks.get("job", 0) // 1024,
        worker_peak_kib=peaks.get("worker", 0) // 1024,
        dbt_peak_kib=peaks.get("dbt", 0) // 1024,
        phase_seconds=report.phases,
    )


def run_id(started: datetime) -> str:
    """A key that no other run has."""
    return f"{started:%Y%m%dT%H%M%S.%f}-{os.getpid()}"


def _outcome(report: RefreshReport) -> str:
    if report.exit_code == ExitCode.FAILED:
        return "held_back" if report.gates.get("held") else "failed"
    words = {ExitCode.QUARANTINED: "quarantined", ExitCode.NOTHING_NEW: "nothing_new"}
    return words.get(ExitCode(report.exit_code), "published")
