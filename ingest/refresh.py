"""The job: find, read, store, build, judge, publish. One writer; the old warehouse stands until the end."""

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from ingest.build import build_marts, project_version
from ingest.discover import Found, find_documents
from ingest.errors import JuesuanError, UnreadableDocument
from ingest.extract import extract, extractor_version, read_document
from ingest.readers import MAX_BYTES, reader_for

Report = Callable[[str], None]
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
    judged: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def refresh(paths: Sequence[Path], warehouse: Path, progress: Report = lambda _: None) -> RefreshReport:
    """Load what is new in ``paths`` and publish; raises JuesuanError where the old warehouse stands."""
    from ingest.publish import current_manifest

    warehouse = warehouse.resolve()
    report = RefreshReport(
        warehouse=str(warehouse), extractor_version=extractor_version(), project_version=project_version()
    )
    progress("finding documents")
    found = find_documents(paths)
    if not found:
        raise JuesuanError(f"no document found in {', '.join(map(str, paths))}")
    manifest = current_manifest(warehouse)
    if manifest and _is_published(manifest, report, found):
        known = manifest["documents"]
        report.documents = [_known(item, known[item.sha256]) for item in found]
        report.exit_code = ExitCode.NOTHING_NEW
        report.publication = manifest["number"]
        report.message = "nothing new: every document is in the published warehouse"
        return report
    with _writer_lock(warehouse):
        return _load_and_publish(found, warehouse, report, progress)


def _is_published(manifest: dict[str, Any], report: RefreshReport, found: Sequence[Found]) -> bool:
    versions = (manifest["extractor_version"], manifest["project_version"])
    return versions == (report.extractor_version, report.project_version) and all(
        item.sha256 in manifest["documents"] for item in found
    )


def _known(item: Found, status: str) -> Outcome:
    return Outcome(item.path.name, item.sha256, "known" if status == "loaded" else status)


def _load_and_publish(
    found: Sequence[Found], warehouse: Path, report: RefreshReport, progress: Report
) -> RefreshReport:
    from ingest.judge import judge
    from ingest.publish import WAREHOUSE_FILE, keep_only_marts, publish
    from ingest.store import LEDGER_FILE, Ledger

    ledger_file = warehouse / LEDGER_FILE
    with Ledger(ledger_file) as ledger:
        known = ledger.known(report.extractor_version)
        for item in found:
            progress(f"reading {item.path.name}")
            if item.sha256 in known:
                report.documents.append(_known(item, known[item.sha256]))
            else:
                report.documents.append(_load(item, ledger, report.extractor_version))
        statuses = ledger.known(report.extractor_version)
    if "loaded" not in statuses.values():
        reasons = "; ".join(f"{o.file_name}: {o.reason}" for o in report.documents)
        raise JuesuanError(f"no document could be loaded, so nothing is published ({reasons})")
    work_dir = warehouse / "work"
    shutil.rmtree(work_dir, ignore_errors=True)
    work_dir.mkdir(parents=True)
    build_file = work_dir / WAREHOUSE_FILE
    progress("building the marts")
    build_marts(ledger_file, build_file, work_dir)
    progress("judging the accounts")
    judged = judge(build_file, work_dir / "data-docs")
    report.judged = {
        "evaluated": judged.evaluated,
        "successful": judged.successful,
        "unsuccessful_rules": list(judged.unsuccessful_rules),
        "not_evaluated_rules": list(judged.not_evaluated_rules),
    }
    progress("publishing")
    keep_only_marts(build_file)
    for left_over in BUILD_PRODUCTS:
        shutil.rmtree(work_dir / left_over, ignore_errors=True)
    report.counts = _counts(build_file)
    folder = publish(
        warehouse,
        work_dir,
        {
            "extractor_version": report.extractor_version,
            "project_version": report.project_version,
            "documents": statuses,
            "published_at": datetime.now(UTC).replace(microsecond=0).isoformat(),
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


def _load(item: Found, ledger: Any, version: str) -> Outcome:
    from ingest.store import DocumentEntry

    paper = extraction = problem = None
    try:
        if item.byte_size > MAX_BYTES:
            size = f"{item.byte_size / 2**20:.0f} MiB"
            limit = f"{MAX_BYTES // 2**20} MiB"
            raise UnreadableDocument(
                "too_large",
                f"the file has {size}, a paper has at most {limit}",
                "split it or check what it is",
            )
        reader_for(item.path.suffix)
        paper, forms = read_document(item.path.read_bytes(), item.path.name)
        extraction = extract(paper, forms)
    except UnreadableDocument as error:
        problem = error
    status = "quarantined" if problem else "loaded"
    entry = DocumentEntry(
        file_name=item.path.name,
        source_url=None,
        byte_size=item.byte_size,
        reader=paper.reader if paper else None,
        page_count=paper.page_count if paper else None,
        status=status,
        reason_code=problem.code if problem else None,
        reason=problem.reason if problem else None,
        remedy=problem.remedy if problem else None,
        loaded_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    )
    ledger.append(item.sha256, version, entry, extraction)
    return Outcome(item.path.name, item.sha256, status, entry.reason_code, entry.reason, entry.remedy)


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
