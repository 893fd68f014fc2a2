"""Read in workers what the ledger does not know, and enter it. A reading is never made twice."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ingest.discover import Found, shown_name
from ingest.extract import extractor_version
from ingest.fetch.sidecar import source_url
from ingest.outcome import Outcome, RefreshReport
from ingest.progress import Progress, Step, Stopwatch
from ingest.reading import Problem, Reading, failed
from ingest.store import DocumentEntry, Ledger, tables_of
from ingest.workers import Limits, Task, default_jobs, run

#: A figure from here on, in whatever unit, is none: the marts count yuan with 18 digits before the point.
MOST = Decimal(10) ** 13
#: The ledger keeps so many decimals; papers print two, or six where yuan are told in 万元.
MOST_DECIMALS = 6
#: The time now in UTC, without a time zone.
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class ReadingOptions:
    """How documents are read: processes at once (0: one a core), limits for each, who gets a new try."""

    jobs: int = 0
    limits: Limits = field(default_factory=Limits)
    retry: bool = False


def version_for(item: Found) -> str:
    """The extractor version that reads a file: that of its format."""
    return extractor_version(item.path.suffix)


def base_version(version: str) -> str:
    """The extractor version in the key of a reading, without the number of the try."""
    return version.partition("+")[0]


def known_outcome(item: Found, status: str) -> Outcome:
    """The outcome of a document that is not read in this run."""
    return Outcome(shown_name(item.path), item.sha256, "known" if status == "loaded" else status)


def load(
    found: Sequence[Found],
    ledger: Ledger,
    report: RefreshReport,
    progress: Progress,
    options: ReadingOptions,
    task: Task,
    clock: Clock,
) -> None:
    """Read what its format's extractor version has not read yet; enter it in the order of ``found``."""
    readings = ledger.readings([item.sha256 for item in found])
    tries = {item.sha256: _tries(readings, item.sha256, version_for(item)) for item in found}
    again = {"quarantined"} if options.retry else set()
    fresh = [item for item in found if not tries[item.sha256] or tries[item.sha256][-1] in again]
    outcomes = {
        item.sha256: known_outcome(item, tries[item.sha256][-1]) for item in found if tries[item.sha256]
    }
    jobs = min(options.jobs or default_jobs(), len(fresh))
    watch, peak = Stopwatch(), 0

    def tell(finished: int, running: Sequence[Found]) -> None:
        names = tuple(shown_name(item.path) for item in running)
        progress(Step("reading", finished, len(fresh), watch.seconds, names))

    with contextlib.closing(run(task, fresh, jobs, options.limits, tell)) as ended:
        for done in ended:
            reading = failed(done.failure) if done.failure else done.value
            version = _version_of_try(version_for(done.item), len(tries[done.item.sha256]))
            outcomes[done.item.sha256] = _enter(done.item, reading, ledger, version, clock)
            peak = max(peak, done.peak_bytes)
    report.documents = [outcomes[item.sha256] for item in found]
    report.peak_memory_bytes["worker"] = peak
    report.reading = {
        "documents": len(fresh),
        "jobs": jobs,
        "seconds": round(watch.seconds, 2),
        "documents_per_second": round(len(fresh) / watch.seconds, 2),
        "peak_worker_memory_bytes": peak,
    }


def _version_of_try(version: str, number: int) -> str:
    """The key of a reading: the extractor version, and from the second try on its number."""
    return f"{version}+{number}" if number else version


def _tries(readings: dict[tuple[str, str], str], sha256: str, version: str) -> list[str]:
    """Status of every try of a document by a version, oldest first."""
    tries: list[str] = []
    while status := readings.get((sha256, _version_of_try(version, len(tries)))):
        tries.append(status)
    return tries


def _beyond_measure(reading: Reading) -> Problem | None:
    """A problem where a paper has figures or text that no ledger could hold: one paper stops no job.

    Damaged workbooks give such figures; the accounts of the whole country have 15 digits.
    """
    if reading.extraction is None:
        return None
    for table, rows in tables_of(reading.extraction):
        for row in rows:
            for name, value in vars(row).items():
                if isinstance(value, Decimal) and not abs(value) < MOST:
                    what = f"a figure of {value:.3E}"
                elif name == "decimals" and value is not None and value > MOST_DECIMALS:
                    what = f"a figure of {value} decimals"
                elif isinstance(value, str) and not _is_text(value):
                    what = "characters that are no text"
                else:
                    continue
                return Problem(
                    "implausible",
                    f"the paper has {what} ({table}.{name}), which no account has",
                    "check whether the file is damaged; fetch it again",
                )
    return None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _enter(item: Found, reading: Reading, ledger: Ledger, version: str, clock: Clock) -> Outcome:
    """Append a reading to the ledger. Of a file that changed nothing is known, so nothing is entered."""
    problem = reading.problem or _beyond_measure(reading)
    status = "quarantined" if problem else "loaded"
    entry = DocumentEntry(
        file_name=shown_name(item.path),
        source_url=source_url(item.path, item.sha256),
        byte_size=item.byte_size,
        reader=reading.reader,
        page_count=reading.page_count,
        status=status,
        reason_code=problem.code if problem else None,
        reason=problem.reason if problem else None,
        remedy=problem.remedy if problem else None,
        loaded_at=ledger.next_moment(clock().replace(microsecond=0), item.sha256),
    )
    if not (problem and problem.of_file):
        ledger.append(item.sha256, version, entry, None if problem else reading.extraction)
    return Outcome(entry.file_name, item.sha256, status, entry.reason_code, entry.reason, entry.remedy)
