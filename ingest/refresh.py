"""The job: find, read, store, build, judge, publish. One writer; the old warehouse stands until the end."""

import contextlib
import errno
import resource
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.build import build_marts, peak_memory, project_version
from ingest.dashboards import VERSION_FILE, built_pages
from ingest.discover import find_documents
from ingest.errors import JuesuanError, LedgerDamaged
from ingest.extract import extractor_version
from ingest.files import copied_meanwhile
from ingest.given import Given
from ingest.loading import Clock, ReadingOptions, base_version, load
from ingest.lock import writer_lock
from ingest.outcome import ExitCode, Outcome, RefreshReport
from ingest.progress import Progress, Step, Stopwatch, silent
from ingest.reading import read_found
from ingest.runs import append_run, read_runs, run_of
from ingest.workers import Task

if TYPE_CHECKING:
    import duckdb

    from ingest.last_build import HandedOn
    from ingest.store import Ledger, Publication

__all__ = ["ExitCode", "Outcome", "PublishingOptions", "ReadingOptions", "RefreshReport", "refresh"]

#: dbt's notes of the parsed project, which spare the next build some seconds. Any build may do without.
PARSED = "dbt-parsed.msgpack"
DBT_MANIFEST = Path("dbt-target", "manifest.json")
#: The published file of the last build, copied while the next is built.
BEGUN = "begun.duckdb"
#: What dbt leaves in the working folder. A failed build keeps them to look at; a publication does not.
BUILD_PRODUCTS = ("dbt-logs", "dbt-target", "peak_memory_bytes")


@dataclass(frozen=True)
class PublishingOptions:
    """How a refresh publishes.

    ``inbox``: the folder, among the paths, whose papers are no longer current when they go from it.
    ``wait``: seconds to wait for another job. ``keep``: publications that stay. ``force``: the reason
    why a build is published that the gates hold back.
    """

    inbox: Path | None = None
    wait: float = 0.0
    keep: int = 3
    force: str | None = None


class RefreshFailed(JuesuanError):
    """A run that ended without a publication; ``report`` says what it did until then."""

    def __init__(self, report: RefreshReport) -> None:
        super().__init__(report.message)
        self.report = report


def utc_now() -> datetime:
    """The time in UTC, without a time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def refresh(
    paths: Sequence[Path],
    warehouse: Path,
    progress: Progress = silent,
    options: ReadingOptions | None = None,
    task: Task = read_found,
    publishing: PublishingOptions | None = None,
    clock: Clock = utc_now,
) -> RefreshReport:
    """Load what is new in ``paths`` and publish; raises RefreshFailed where the old warehouse stands.

    ``task`` reads one document in a worker; whoever gives another reads by other means. Every end but
    wrong usage is noted in the journal of runs.
    """
    warehouse = warehouse.resolve()
    report = RefreshReport(
        warehouse=str(warehouse), extractor_version=extractor_version(), project_version=project_version()
    )
    job = _Job(
        warehouse, report, progress, options or ReadingOptions(), publishing or PublishingOptions(), clock
    )
    started = clock()
    try:
        with _in_words():
            try:
                job.run(paths, task)
            except LedgerDamaged as error:
                with writer_lock(warehouse, job.publishing.wait):
                    from ingest.ledger_copy import restore_ledger

                    restored = restore_ledger(warehouse, str(error))
                report.notes.append(restored)
                job.run(paths, task)
    except JuesuanError as error:
        report.exit_code, report.message = ExitCode.FAILED, str(error)
        raise RefreshFailed(report) from error
    except BaseException as error:
        report.exit_code = ExitCode.FAILED
        report.message = str(error) or ("stopped" if isinstance(error, KeyboardInterrupt) else repr(error))
        raise
    finally:
        _note_end(report, warehouse, started, clock())
    return report


def _note_end(report: RefreshReport, warehouse: Path, started: datetime, ended: datetime) -> None:
    unit = 1 if sys.platform == "darwin" else 1024
    report.peak_memory_bytes["job"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    try:
        append_run(warehouse, run_of(report, started, ended))
    except OSError as error:
        # The run has ended as it has ended; only its trace is missing, and the report says so.
        report.notes.append(f"the end of this run could not be noted: {error.strerror}")


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """Faults of the disk and of its files as errors for a person."""
    try:
        yield
    except OSError as error:
        raise JuesuanError(_disk_words(str(error), error.errno)) from error
    except Exception as error:
        if not type(error).__module__.startswith(("duckdb", "_duckdb")):
            raise
        raise JuesuanError(_disk_words(str(error), None)) from error


def _disk_words(message: str, number: int | None) -> str:
    stands = "the published warehouse stands as it was"
    if number in {errno.ENOSPC, errno.EDQUOT} or "no space left" in message.lower():
        return f"the disk is full; {stands}: free some space and run juesuan refresh again ({message})"
    if number in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return f"the warehouse cannot be written; {stands}: check its permissions ({message})"
    return f"the disk or a file on it failed; {stands} ({message})"


class _Job:
    """One run of the job: its options, its report, and the steps in their order."""

    def __init__(
        self,
        warehouse: Path,
        report: RefreshReport,
        progress: Progress,
        reading: ReadingOptions,
        publishing: PublishingOptions,
        clock: Clock,
    ) -> None:
        self.warehouse, self.report, self.progress = warehouse, report, progress
        self.reading, self.publishing, self.clock = reading, publishing, clock

    def run(self, paths: Sequence[Path], task: Task) -> None:
        """From the files to the publication; the report says how it ended."""
        from ingest.publish import is_switching

        pages = built_pages()
        self.report.dashboards = (pages / VERSION_FILE).read_text(encoding="utf-8") if pages else None
        with self._phase("finding", "finding documents"):
            found, refused = find_documents(paths)
        if not found and not refused:
            raise JuesuanError(f"no document found in {', '.join(map(str, paths))}")
        inbox = self.publishing.inbox
        given = Given(found, refused, inbox.resolve() if inbox else None)
        if not is_switching(self.warehouse) and self._is_nothing_new(given):
            return
        with writer_lock(self.warehouse, self.publishing.wait):
            self._recover()
            # Another job, or what a stopped one left behind, may have published it by now.
            if self._is_nothing_new(given):
                return
            if not self._load(given, task):
                self.report.exit_code = ExitCode.FAILED
                self.report.message = "no document could be loaded, so nothing is published"
                return
            self._build_and_publish(given)

    @contextlib.contextmanager
    def _phase(self, name: str, words: str) -> Iterator[None]:
        self.progress(Step(words))
        phases = self.report.phases
        watch, before = Stopwatch(), sum(phases.values())
        try:
            yield
        finally:
            # What a phase inside this one took is that one's alone.
            own = watch.seconds - (sum(phases.values()) - before)
            phases[name] = round(phases.get(name, 0.0) + own, 2)

    def _is_nothing_new(self, given: Given) -> bool:
        """Whether the newest publication, or the build held back last, has all this; says so if it has."""
        from ingest.gate import thresholds_version
        from ingest.publish import WAREHOUSE_FILE, current_manifest, held_manifest, newest_manifest

        report = self.report
        newest, standing = newest_manifest(self.warehouse), current_manifest(self.warehouse)
        held = held_manifest(self.warehouse)
        if (
            newest
            and standing
            and (self.warehouse / "current" / WAREHOUSE_FILE).is_file()
            and self._shows_these_pages(newest)
            and (known := self._known_by(newest, given)) is not None
        ):
            report.documents = known
            self._say_nothing_new(newest, standing, given)
            return True
        based_on = standing["number"] if standing else None
        asked = based_on, thresholds_version()
        if held and not self.publishing.force and (held["held_against"], held["thresholds"]) == asked:
            known = self._known_by(held, given)
            if known is None:
                return False
            report.documents = known
            report.gates = held["gates"]
            self._say_held()
            report.message += "; nothing has changed since"
            return True
        return False

    def _known_by(self, manifest: dict[str, Any], given: Given) -> list[Outcome] | None:
        """What became of what was given, by a publication or a held build of this project that has it all."""
        from ingest.publish import made_of

        if manifest["project_version"] != self.report.project_version:
            return None
        known = made_of(self.warehouse, manifest)
        return given.known_outcomes(known) if given.is_covered_by(known, self.reading.retry) else None

    def _shows_these_pages(self, manifest: dict[str, Any]) -> bool:
        """A site that is published is kept where no pages are built: whoever has no Node loses none."""
        return self.report.dashboards in {None, manifest["dashboards"]}

    def _say_nothing_new(self, newest: dict[str, Any], standing: dict[str, Any], given: Given) -> None:
        report = self.report
        report.exit_code = ExitCode.NOTHING_NEW
        report.publication = standing["number"]
        report.message = "nothing new: every document is in the published warehouse"
        if newest["number"] != standing["number"]:
            report.message = (
                f"nothing new since publication {newest['number']}, which was rolled back to"
                f" {standing['number']}: that stands until something new comes"
            )
        if given.refused:
            report.message += f", but for {len(given.refused)} that the file system does not give"

    def _recover(self) -> None:
        """Put right what a stopped run left behind, and enter into the ledger how earlier runs ended."""
        from ingest.ledger_copy import open_ledger
        from ingest.publish import recover

        with open_ledger(self.warehouse) as ledger:
            done = recover(self.warehouse, ledger.has_publication)
            ledger.add_runs(read_runs(self.warehouse))
        if done:
            self.report.notes.append(done)

    def _load(self, given: Given, task: Task) -> bool:
        """Read and enter what is new; False where nothing at all is loaded."""
        from ingest.ledger_copy import open_ledger

        with self._phase("reading", "opening the ledger"), open_ledger(self.warehouse) as ledger:
            # What other rules set aside may stand under these; the judge decides anew.
            ledger.reopen(self.report.project_version, self.clock())
            load(given.found, ledger, self.report, self.progress, self.reading, task, self.clock)
            self.report.documents += given.unreadable
            if given.inbox:
                ledger.note_inbox(
                    str(given.inbox),
                    given.in_inbox,
                    ledger.next_moment(self.clock().replace(microsecond=0)),
                    given.tells_what_went,
                )
            return ledger.has_loaded()

    def _build_and_publish(self, given: Given) -> None:
        from ingest import last_build
        from ingest.gate import thresholds_version
        from ingest.history import new_events, rule_results
        from ingest.judge import judge
        from ingest.ledger_copy import open_ledger
        from ingest.marts_file import owners, write_marts_file
        from ingest.publish import WAREHOUSE_FILE, WORK, current_manifest, hold_back, publish

        report, warehouse = self.report, self.warehouse
        work_dir = warehouse / WORK
        build_file = work_dir / WAREHOUSE_FILE
        publication = self._next_publication()
        number = publication.publication
        with self._build(build_file, publication):
            with self._phase("judging", "judging the accounts"):
                report.judged = judge(build_file, work_dir / "data-docs").summary()
            events, results = new_events(build_file), rule_results(build_file, number)
            owner_of = owners(work_dir / DBT_MANIFEST)
            handed_on = last_build.handed_on(warehouse, build_file, owner_of)
        with self._phase("publishing", "publishing"), ThreadPoolExecutor(1) as beside:
            kept = last_build.keep(build_file, warehouse)
            write_marts_file(kept, build_file, owner_of, handed_on, work_dir / BEGUN)
            # Most of what is left to do is done by one thread: Parquet beside the dashboards.
            products = beside.submit(self._write_products, kept, build_file, handed_on)
            self._compare(build_file)
            self._count(build_file)
            is_held = bool(report.gates.get("held"))
            with open_ledger(warehouse) as ledger:
                manifest, made_of = self._manifest(publication.published_at), _made_of(ledger)
                if not is_held:
                    self._write_site(build_file, manifest, made_of, number, given, handed_on)
                products.result()
                last_build.hand_on(warehouse, work_dir, report.dashboards)
                if is_held:
                    standing = current_manifest(warehouse)
                    against = standing["number"] if standing else None
                    held = {"held_against": against, "thresholds": thresholds_version()}
                    hold_back(warehouse, work_dir, manifest | held, made_of)
                    self._say_held()
                    return
                folder = publish(
                    warehouse,
                    work_dir,
                    number,
                    manifest,
                    made_of,
                    lambda: ledger.add_publication(publication, events, results),
                )
            self._clear_away()
        self._say_published(folder)

    def _next_publication(self) -> "Publication":
        from ingest.ledger_copy import open_ledger
        from ingest.publish import last_number
        from ingest.store import Publication

        with open_ledger(self.warehouse) as ledger:
            number = max(last_number(self.warehouse), ledger.last_publication()) + 1
            now = ledger.next_moment(self.clock())
        return Publication(number, now, self.report.extractor_version, self.report.project_version)

    def _build(self, build_file: Path, publication: "Publication") -> "duckdb.DuckDBPyConnection":
        """Build all layers. The file is returned open: DuckDB reads its log anew whenever it is opened."""
        from ingest.judge import prepare

        with self._phase("building", "building the marts"):
            prepared = prepare()
            opened = self._build_without_doubtful(build_file, publication)
            prepared.join()
        return opened

    def _compare(self, marts_file: Path) -> None:
        """Compare what is to be published with what stands."""
        from ingest.gate import as_report, compare
        from ingest.publish import WAREHOUSE_FILE, current_manifest

        if current_manifest(self.warehouse):
            gates = compare(self.warehouse / "current" / WAREHOUSE_FILE, marts_file)
            self.report.gates = as_report(gates, self.publishing.force)

    def _count(self, marts_file: Path) -> None:
        from ingest.summary import acknowledgements, counts, observed_codes

        self.report.counts = counts(marts_file)
        self.report.observed_codes = observed_codes(marts_file)
        self.report.acknowledgements = acknowledgements(marts_file)

    def _write_products(self, kept: Path, marts_file: Path, handed_on: "HandedOn | None") -> None:
        """Make the kept build fit to be gone on from, and what is published beside the marts file."""
        from ingest import last_build
        from ingest.files import sha256_as_written
        from ingest.products import write_products

        report, work_dir = self.report, marts_file.parent
        last_build.complete(kept, report.project_version)
        versions = {"project": report.project_version, "extractor": report.extractor_version}
        write_products(marts_file, work_dir / DBT_MANIFEST, work_dir, versions, handed_on)
        for left_over in BUILD_PRODUCTS:
            _delete(work_dir / left_over)
        # The manifest asks for it.
        sha256_as_written(marts_file)

    def _clear_away(self) -> None:
        """Remove what is replaced. The publication stands: what fails here, a stop too, is no failure."""
        from ingest.ledger_copy import copy_ledger
        from ingest.publish import HELD, prune, remove

        try:
            prune(self.warehouse, self.publishing.keep)
            remove(self.warehouse / HELD)
            copy_ledger(self.warehouse)
        except (OSError, KeyboardInterrupt) as error:
            self.report.notes.append(
                "published, but old publications or the copy of the ledger could not be renewed:"
                f" {str(error) or 'stopped'}"
            )

    def _say_published(self, folder: Path) -> None:
        report = self.report
        report.publication = folder.name
        report.exit_code = ExitCode.QUARANTINED if report.quarantined else ExitCode.PUBLISHED
        report.message = f"published {report.counts['documents']} documents"
        if report.quarantined:
            report.message += f", {report.quarantined} quarantined"
        if report.gates.get("forced"):
            report.message += f"; let through by force ({self.publishing.force})"

    def _manifest(self, now: datetime) -> dict[str, Any]:
        """What the folder says of itself."""
        report = self.report
        return {
            "extractor_version": report.extractor_version,
            "project_version": report.project_version,
            "dashboards": report.dashboards,
            "published_at": now.replace(tzinfo=UTC, microsecond=0).isoformat(),
            "counts": report.counts,
            "judged": report.judged,
            "gates": report.gates,
        }

    def _write_site(
        self,
        build_file: Path,
        manifest: dict[str, Any],
        made_of: dict[str, Any],
        number: int,
        given: Given,
        handed_on: "HandedOn | None",
    ) -> None:
        """The dashboards of the build, where their pages are built."""
        from ingest.publish import WAREHOUSE_FILE, current_manifest
        from ingest.site import SITE, Facts, write_site

        pages = built_pages()
        if not pages:
            return
        standing = current_manifest(self.warehouse)
        facts = Facts(
            number=f"{number:06d}",
            published_at=manifest["published_at"],
            previous_number=standing["number"] if standing else None,
            previous_published_at=standing["published_at"] if standing else None,
            extractor_version=self.report.extractor_version,
            project_version=self.report.project_version,
            quarantined=sum(item["status"] == "quarantined" for item in made_of["documents"].values()),
        )
        previous = self.warehouse / "current" / WAREHOUSE_FILE if standing else None
        papers = {item.sha256: item.path for item in given.found}
        with self._phase("dashboards", "writing the dashboards"):
            site = build_file.parent / SITE
            if handed_on and handed_on.dashboards != self.report.dashboards:
                # Other pages may ask something else of the same rows.
                handed_on = None
            write_site(pages, build_file, previous, site, facts, papers, self.reading, handed_on)

    def _say_held(self) -> None:
        from ingest.publish import HELD

        held = [gate for gate in self.report.gates["compared"] if gate["is_held"]]
        self.report.exit_code = ExitCode.FAILED
        self.report.message = (
            "the build is held back, the published warehouse stands: "
            + "; ".join(gate["sentence"] + _some(gate["cases"]) for gate in held)
            + f". It is kept in {self.warehouse / HELD} to look at; publish it with --force REASON"
        )

    def _build_without_doubtful(
        self, build_file: Path, publication: "Publication"
    ) -> "duckdb.DuckDBPyConnection":
        """Build the marts; where documents turn out too doubtful to publish, set them aside and build again.

        Each round takes documents away, so it ends. Raises JuesuanError where none would be left.
        """
        from ingest import bounded, last_build
        from ingest.doubt import REASON_CODE, doubtful_documents
        from ingest.ledger_copy import open_ledger
        from ingest.store import LEDGER_FILE

        report, work_dir, ledger_file = self.report, build_file.parent, self.warehouse / LEDGER_FILE
        while True:
            shutil.rmtree(work_dir, ignore_errors=True)
            work_dir.mkdir(parents=True)
            report.goes_on = last_build.go_on(self.warehouse, build_file, publication.project_version)
            published = self.warehouse / last_build.FOLDER / last_build.HANDED_ON / build_file.name
            try:
                with copied_meanwhile(published, work_dir / BEGUN):
                    note = build_marts(
                        ledger_file,
                        build_file,
                        work_dir,
                        publication=publication,
                        parsed=self.warehouse / PARSED,
                    )
            except JuesuanError as error:
                if not report.goes_on:
                    raise
                last_build.drop(self.warehouse)
                report.notes.append(f"going on from the last build failed, so all is built: {error}")
                continue
            report.notes += [note] if note else []
            peaks = report.peak_memory_bytes
            peaks["dbt"] = max(peaks.get("dbt", 0), peak_memory(work_dir))
            opened = bounded.read(build_file)
            doubtful, in_use = doubtful_documents(build_file)
            if not doubtful:
                return opened
            opened.close()
            with open_ledger(self.warehouse) as ledger:
                for document in doubtful:
                    problem = (REASON_CODE, document.reason, document.remedy)
                    sha256, file_name = ledger.set_aside(
                        document.document_id, publication.project_version, problem, publication.published_at
                    )
                    outcome = Outcome(file_name, sha256, "quarantined", *problem)
                    known = [item for item in report.documents if item.sha256 == sha256]
                    report.documents = [item for item in report.documents if item not in known] + [
                        replace(outcome, file_name=item.file_name) for item in known or [outcome]
                    ]
            if len(doubtful) == in_use:
                raise JuesuanError(
                    "every document is too doubtful to publish, so nothing is published: "
                    + "; ".join(
                        f"{item.file_name}: {item.reason}" for item in report.documents if item.reason
                    )
                )


def _made_of(ledger: "Ledger") -> dict[str, Any]:
    """All that tells the next run whether anything is new."""
    return {
        "documents": {
            sha256: {
                "status": known.status,
                "extractor_versions": sorted({base_version(item) for item in known.extractor_versions}),
            }
            for sha256, known in ledger.documents().items()
        },
        "inboxes": ledger.inboxes(),
    }


def _some(cases: Sequence[str]) -> str:
    return f" ({', '.join(cases)})" if cases else ""


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
