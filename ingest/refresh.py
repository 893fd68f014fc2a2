"""The job: find, read, store, build, judge, publish. One writer; the old warehouse stands until the end."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.build import build_marts, project_version
from ingest.dashboards import VERSION_FILE, built_pages
from ingest.discover import Found, find_documents, shown_name
from ingest.errors import JuesuanError
from ingest.extract import extractor_version
from ingest.progress import Progress, Step, Stopwatch, silent
from ingest.reading import Reading, failed, read_found
from ingest.workers import Limits, Task, default_jobs, run

if TYPE_CHECKING:
    from ingest.store import Ledger

#: What dbt leaves in the working folder. A failed build keeps them to look at; a publication does not.
BUILD_PRODUCTS = ("dbt-logs", "dbt-target")


class ExitCode(IntEnum):
    """The contract's exit codes."""

    PUBLISHED = 0
    FAILED = 1
    WRONG_USAGE = 2
    QUARANTINED = 3
    NOTHING_NEW = 4


@dataclass(frozen=True)
class Outcome:
    """What became of one document: loaded, known or quarantined, with the reason in plain words."""

    file_name: str
    sha256: str
    status: str
    reason_code: str | None = None
    reason: str | None = None
    remedy: str | None = None


@dataclass
class RefreshReport:
    """The report of a run, as printed with --json."""

    exit_code: int = ExitCode.PUBLISHED
    message: str = ""
    warehouse: str = ""
    publication: str | None = None
    extractor_version: str = ""
    project_version: str = ""
    documents: list[Outcome] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    observed_codes: list[dict[str, Any]] = field(default_factory=list)
    judged: dict[str, Any] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)
    dashboards: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class ReadingOptions:
    """How documents are read: processes at once (0: one a core), limits for each, who gets a new try."""

    jobs: int = 0
    limits: Limits = field(default_factory=Limits)
    retry: bool = False


def refresh(
    paths: Sequence[Path],
    warehouse: Path,
    progress: Progress = silent,
    options: ReadingOptions | None = None,
    task: Task = read_found,
) -> RefreshReport:
    """Load what is new in ``paths`` and publish; raises JuesuanError where the old warehouse stands.

    ``task`` reads one document in a worker; whoever gives another reads by other means.
    """
    from ingest.publish import current_manifest

    options = options or ReadingOptions()
    warehouse = warehouse.resolve()
    report = RefreshReport(
        warehouse=str(warehouse), extractor_version=extractor_version(), project_version=project_version()
    )
    pages = built_pages()
    report.dashboards = (pages / VERSION_FILE).read_text(encoding="utf-8") if pages else None
    progress(Step("finding documents"))
    found, refused = find_documents(paths)
    if not found and not refused:
        raise JuesuanError(f"no document found in {', '.join(map(str, paths))}")
    unreadable = [
        Outcome(shown_name(item.path), "", "quarantined", item.code, item.reason, item.remedy)
        for item in refused
    ]
    manifest = current_manifest(warehouse)
    if manifest and _is_published(manifest, report, found, options.retry):
        known = manifest["documents"]
        report.documents = [_known(item, known[item.sha256]) for item in found] + unreadable
        report.exit_code = ExitCode.NOTHING_NEW
        report.publication = manifest["number"]
        report.message = "nothing new: every document is in the published warehouse"
        if unreadable:
            report.message += f", but for {len(unreadable)} that the file system does not give"
        return report
    with _writer_lock(warehouse):
        statuses = _load(found, warehouse, report, progress, options, task)
        report.documents += unreadable
        if "loaded" not in statuses.values():
            report.exit_code = ExitCode.FAILED
            report.message = "no document could be loaded, so nothing is published"
            return report
        papers = {item.sha256: item.path for item in found}
        return _build_and_publish(statuses, warehouse, report, progress, pages, papers)


def _is_published(
    manifest: dict[str, Any], report: RefreshReport, found: Sequence[Found], retry: bool
) -> bool:
    versions = (manifest["extractor_version"], manifest["project_version"])
    # A site that is published is kept where no pages are built: whoever has no Node loses none.
    if report.dashboards not in {None, manifest.get("dashboards")}:
        return False
    unpublished = {None, "quarantined"} if retry else {None}
    return versions == (report.extractor_version, report.project_version) and unpublished.isdisjoint(
        manifest["documents"].get(item.sha256) for item in found
    )


def _known(item: Found, status: str) -> Outcome:
    return Outcome(shown_name(item.path), item.sha256, "known" if status == "loaded" else status)


def _load(
    found: Sequence[Found],
    warehouse: Path,
    report: RefreshReport,
    progress: Progress,
    options: ReadingOptions,
    task: Task,
) -> dict[str, str]:
    """Read in workers what the ledger does not know, and enter it in the order of ``found``.

    Returns the status of every document that the ledger knows for this extractor version.
    """
    from ingest.store import LEDGER_FILE, Ledger

    with Ledger(warehouse / LEDGER_FILE) as ledger:
        tries = _tries(ledger, report.extractor_version)
        again = {"quarantined"} if options.retry else set()
        fresh = [item for item in found if item.sha256 not in tries or tries[item.sha256][-1] in again]
        outcomes = {
            item.sha256: _known(item, tries[item.sha256][-1]) for item in found if item.sha256 in tries
        }
        jobs = min(options.jobs or default_jobs(), len(fresh))
        clock, peak = Stopwatch(), 0

        def watch(finished: int, running: Sequence[Found]) -> None:
            names = tuple(shown_name(item.path) for item in running)
            progress(Step("reading", finished, len(fresh), clock.seconds, names))

        with contextlib.closing(run(task, fresh, jobs, options.limits, watch)) as ended:
            for done in ended:
                reading = failed(done.failure) if done.failure else done.value
                version = _version_of_try(report.extractor_version, len(tries.get(done.item.sha256, ())))
                outcomes[done.item.sha256] = _enter(done.item, reading, ledger, version)
                peak = max(peak, done.peak_bytes)
        report.documents = [outcomes[item.sha256] for item in found]
        report.reading = {
            "documents": len(fresh),
            "jobs": jobs,
            "seconds": round(clock.seconds, 2),
            "documents_per_second": round(len(fresh) / clock.seconds, 2),
            "peak_worker_memory_bytes": peak,
        }
        return {sha256: of[-1] for sha256, of in _tries(ledger, report.extractor_version).items()}


def _version_of_try(version: str, number: int) -> str:
    """The key of a reading: the extractor version, and from the second try on its number."""
    return f"{version}+{number}" if number else version


def _tries(ledger: "Ledger", version: str) -> dict[str, list[str]]:
    """Status of every try by sha256, oldest first."""
    tries: dict[str, list[str]] = {}
    number = 0
    while statuses := ledger.known(_version_of_try(version, number)):
        for sha256, status in statuses.items():
            tries.setdefault(sha256, []).append(status)
        number += 1
    return tries


def _build_and_publish(
    statuses: dict[str, str],
    warehouse: Path,
    report: RefreshReport,
    progress: Progress,
    pages: Path | None,
    papers: dict[str, Path],
) -> RefreshReport:
    from ingest.judge import judge
    from ingest.publish import WAREHOUSE_FILE, current_manifest, keep_only_marts, next_number, publish
    from ingest.store import LEDGER_FILE

    work_dir = warehouse / "work"
    shutil.rmtree(work_dir, ignore_errors=True)
    work_dir.mkdir(parents=True)
    build_file = work_dir / WAREHOUSE_FILE
    progress(Step("building the marts"))
    build_marts(warehouse / LEDGER_FILE, build_file, work_dir)
    progress(Step("judging the accounts"))
    judged = judge(build_file, work_dir / "data-docs")
    report.judged = {
        "evaluated": judged.evaluated,
        "successful": judged.successful,
        "unsuccessful_rules": list(judged.unsuccessful_rules),
        "not_evaluated_rules": list(judged.not_evaluated_rules),
    }
    keep_only_marts(build_file)
    published_at = datetime.now(UTC).replace(microsecond=0).isoformat()
    if pages:
        from ingest.site import SITE, Facts, write_site

        progress(Step("writing the dashboards"))
        previous = current_manifest(warehouse)
        facts = Facts(
            number=next_number(warehouse),
            published_at=published_at,
            previous_number=previous["number"] if previous else None,
            previous_published_at=previous["published_at"] if previous else None,
            extractor_version=report.extractor_version,
            project_version=report.project_version,
            quarantined=sum(status == "quarantined" for status in statuses.values()),
        )
        previous_file = warehouse / "current" / WAREHOUSE_FILE if previous else None
        write_site(pages, build_file, previous_file, work_dir / SITE, facts, papers)
    progress(Step("publishing"))
    for left_over in BUILD_PRODUCTS:
        shutil.rmtree(work_dir / left_over, ignore_errors=True)
    report.counts = _counts(build_file)
    report.observed_codes = _observed_codes(build_file)
    folder = publish(
        warehouse,
        work_dir,
        {
            "extractor_version": report.extractor_version,
            "project_version": report.project_version,
            "documents": statuses,
            "dashboards": report.dashboards,
            "published_at": published_at,
            "counts": report.counts,
            "judged": report.judged,
        },
    )
    report.publication = folder.name
    quarantined = sum(outcome.status == "quarantined" for outcome in report.documents)
    report.exit_code = ExitCode.QUARANTINED if quarantined else ExitCode.PUBLISHED
    report.message = f"published {report.counts['documents']} documents"
    if quarantined:
        report.message += f", {quarantined} quarantined"
    return report


def _enter(item: Found, reading: Reading, ledger: "Ledger", version: str) -> Outcome:
    """Append a reading to the ledger. Of a file that changed nothing is known, so nothing is entered."""
    from ingest.store import DocumentEntry

    problem = reading.problem
    status = "quarantined" if problem else "loaded"
    entry = DocumentEntry(
        file_name=shown_name(item.path),
        source_url=None,
        byte_size=item.byte_size,
        reader=reading.reader,
        page_count=reading.page_count,
        status=status,
        reason_code=problem.code if problem else None,
        reason=problem.reason if problem else None,
        remedy=problem.remedy if problem else None,
        loaded_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    )
    if not (problem and problem.of_file):
        ledger.append(item.sha256, version, entry, reading.extraction)
    return Outcome(entry.file_name, item.sha256, status, entry.reason_code, entry.reason, entry.remedy)


def _counts(build_file: Path) -> dict[str, int]:
    import duckdb

    with duckdb.connect(str(build_file), read_only=True) as db:
        row = db.execute(
            "SELECT (SELECT count(*) FROM marts.dim_document), (SELECT count(*) FROM marts.fct_form_cell),"
            " (SELECT count(*) FROM marts.fct_claim), (SELECT count(*) FROM marts.fct_project),"
            " (SELECT count(*) FROM marts.fct_finding WHERE severity = 'error'),"
            " (SELECT count(*) FROM marts.fct_finding)"
        ).fetchone()
    assert row is not None
    return dict(zip(("documents", "cells", "claims", "projects", "errors", "findings"), row, strict=True))


def _observed_codes(build_file: Path) -> list[dict[str, Any]]:
    """Codes that papers print and the reference does not know, with the number of papers of each."""
    import duckdb

    dimensions = ("function", "economic", "government_economic")
    columns = ("classification", "code", "name", "documents")
    sql = " UNION ALL ".join(
        f"SELECT '{name}', {name}_code AS code, {name}_name, documents FROM marts.dim_{name}"
        " WHERE NOT is_in_reference"
        for name in dimensions
    )
    with duckdb.connect(str(build_file), read_only=True) as db:
        return [dict(zip(columns, row, strict=True)) for row in db.execute(f"{sql} ORDER BY code").fetchall()]


@contextlib.contextmanager
def _writer_lock(warehouse: Path) -> Iterator[None]:
    """One refresh at a time; the lock goes with the process, so a killed run leaves none behind."""
    warehouse.mkdir(parents=True, exist_ok=True)
    with (warehouse / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JuesuanError(
                f"another refresh is writing {warehouse}; wait for it to end, readers are not affected"
            ) from None
        yield
