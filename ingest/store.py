"""The raw ledger: append-only, keyed by what was read (sha256) and what read it (extractor version).

Every raw table of a reading is a dataclass of ``ingest.model`` behind the two key columns, so the schema
is written once. Loading the same key twice changes nothing. Beside the readings stands what came of
them: the judge's verdicts, per publication the findings that appeared and went, what came to an inbox
and went from it, and every run of the job.
"""

import contextlib
import json
import types
import typing
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from ingest.model import (
    Claim,
    DocumentRow,
    Extraction,
    FormCell,
    FormLine,
    FormRow,
    Indicator,
    Leftover,
    NamedItem,
    Project,
    ProjectLine,
    Residue,
    TableCell,
)
from ingest.runs import Run

LEDGER_FILE = "ledger.duckdb"
_A_SECOND = timedelta(seconds=1)
KEY_COLUMNS = (("sha256", "VARCHAR"), ("extractor_version", "VARCHAR"))
SQL_TYPES = {str: "VARCHAR", int: "INTEGER", Decimal: "DECIMAL(24,6)", datetime: "TIMESTAMP", dict: "VARCHAR"}


@dataclass(frozen=True)
class DocumentEntry:
    """The ledger's own knowledge of a document: where it came from and whether it was loaded."""

    file_name: str
    source_url: str | None
    byte_size: int
    reader: str | None
    page_count: int | None
    status: str
    reason_code: str | None
    reason: str | None
    remedy: str | None
    loaded_at: datetime


@dataclass(frozen=True)
class Verdict:
    """What was decided on a reading as a whole after it was judged. ``status``: quarantined | reopened."""

    verdict_no: int
    project_version: str
    status: str
    reason_code: str | None
    reason: str | None
    remedy: str | None
    judged_at: datetime


@dataclass(frozen=True)
class Publication:
    """One publication. ``published_at`` is when its build began: later than everything read for it."""

    publication: int
    published_at: datetime
    extractor_version: str
    project_version: str


@dataclass(frozen=True)
class FindingEvent:
    """A finding that appeared (``seen``) or went (``gone``) with a publication, in its words of that day."""

    publication: int
    finding_id: str
    event: str
    document_id: str
    rule_id: str
    kind: str
    severity: str
    responsibility: str
    explanation_zh: str
    explanation_en: str
    healed_reason: str | None


@dataclass(frozen=True)
class RuleResult:
    """How a rule fared in a publication, over the documents in use."""

    publication: int
    rule_id: str
    documents_evaluated: int
    evaluated: int
    passed: int
    rounded: int
    failed: int
    missing: int


@dataclass(frozen=True)
class Sighting:
    """A document seen in an inbox for the first time or again (``seen``), or no longer there (``gone``)."""

    sha256: str
    inbox: str
    sighting_no: int
    event: str
    noted_at: datetime


@dataclass(frozen=True)
class Known:
    """What the ledger knows of a document: its newest reading's status, and all versions that read it."""

    status: str
    extractor_versions: tuple[str, ...]


#: The tables of a reading, behind its key.
TABLES: dict[str, tuple[type, ...]] = {
    "document": (DocumentEntry, DocumentRow),
    "form": (FormRow,),
    "form_line": (FormLine,),
    "form_cell": (FormCell,),
    "table_cell": (TableCell,),
    "claim": (Claim,),
    "project": (Project,),
    "indicator": (Indicator,),
    "project_line": (ProjectLine,),
    "leftover": (Leftover,),
    "residue": (Residue,),
    "named_item": (NamedItem,),
    "verdict": (Verdict,),
}
#: What the job itself did and met; these have keys of their own.
JOB_TABLES: dict[str, type] = {
    "publication": Publication,
    "finding_event": FindingEvent,
    "rule_result": RuleResult,
    "sighting": Sighting,
    "run": Run,
}
#: What no table may hold twice.
PRIMARY_KEYS = {
    "document": "sha256, extractor_version",
    "verdict": "sha256, extractor_version, verdict_no",
    "publication": "publication",
    "finding_event": "publication, finding_id",
    "rule_result": "publication, rule_id",
    "sighting": "sha256, inbox, sighting_no",
    "run": "run_id",
}


def _sql_type(annotation: object) -> str:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        annotation = next(arg for arg in typing.get_args(annotation) if arg is not type(None))
        origin = typing.get_origin(annotation)
    return SQL_TYPES[typing.cast(type, origin or annotation)]


def table_columns(table: str) -> list[tuple[str, str]]:
    """Name and SQL type of each column of a raw table, in order."""
    of_job = JOB_TABLES.get(table)
    columns = [] if of_job else list(KEY_COLUMNS)
    for row_type in (of_job,) if of_job else TABLES[table]:
        hints = typing.get_type_hints(row_type)
        columns += [(item.name, _sql_type(hints[item.name])) for item in fields(row_type)]
    return columns


_LATEST_VERDICTS = (
    "SELECT * FROM raw.verdict"
    " QUALIFY row_number() OVER (PARTITION BY sha256, extractor_version ORDER BY verdict_no DESC) = 1"
)


#: The status of a reading ``d`` with the latest verdict on it, ``v``.
_STATUS = "CASE WHEN v.status = 'quarantined' THEN v.status ELSE d.status END"
_NEWEST = (
    f"SELECT sha256, arg_max({_STATUS}, (loaded_at, extractor_version)) AS status,"
    " list(extractor_version ORDER BY extractor_version) AS versions"
    f" FROM raw.document d LEFT JOIN ({_LATEST_VERDICTS}) v USING (sha256, extractor_version)"
    " GROUP BY sha256"
)


_LATEST_SIGHTINGS = (
    "SELECT * FROM raw.sighting"
    " QUALIFY row_number() OVER (PARTITION BY sha256, inbox ORDER BY sighting_no DESC) = 1"
)


class Ledger:
    """The open ledger file. Use as a context manager; every append is one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = duckdb.connect(str(path))
        self._db.execute("CREATE SCHEMA IF NOT EXISTS raw")
        for table in (*TABLES, *JOB_TABLES):
            columns = ", ".join(f"{name} {kind}" for name, kind in table_columns(table))
            key = f", PRIMARY KEY ({PRIMARY_KEYS[table]})" if table in PRIMARY_KEYS else ""
            self._db.execute(f"CREATE TABLE IF NOT EXISTS raw.{table} ({columns}{key})")
            # A ledger of an older version gets the columns that came since; its rows have none there.
            for name, kind in table_columns(table):
                self._db.execute(f"ALTER TABLE raw.{table} ADD COLUMN IF NOT EXISTS {name} {kind}")

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def readings(self, documents: Collection[str]) -> dict[tuple[str, str], str]:
        """Status of every reading of ``documents`` by sha256 and extractor version; a verdict counts."""
        rows = self._db.execute(
            f"SELECT sha256, extractor_version, {_STATUS}"
            f" FROM raw.document d LEFT JOIN ({_LATEST_VERDICTS}) v USING (sha256, extractor_version)"
            " WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))",
            [list(documents)],
        ).fetchall()
        return {(sha256, version): status for sha256, version, status in rows}

    def documents(self) -> dict[str, Known]:
        """Every document by sha256, as its newest reading left it (see stg_ledger__document)."""
        rows = self._db.execute(f"{_NEWEST} ORDER BY sha256").fetchall()
        return {sha256: Known(status, tuple(versions)) for sha256, status, versions in rows}

    def has_loaded(self) -> bool:
        """Whether any document's newest reading is loaded (see stg_ledger__document)."""
        return bool(self._db.execute(f"FROM ({_NEWEST}) WHERE status = 'loaded' LIMIT 1").fetchall())

    def next_moment(self, now: datetime, sha256: str | None = None) -> datetime:
        """``now``, or later where the ledger has later times: a clock that was set back changes no order.

        A second reading of one document is later than its first by a second at least.
        """
        row = self._db.execute(
            "SELECT max(loaded_at), max(loaded_at) FILTER (sha256 = ?) FROM raw.document", [sha256]
        ).fetchone()
        assert row is not None
        latest, latest_of_document = row
        if latest and now < latest:
            now = latest + _A_SECOND
        if latest_of_document and now <= latest_of_document:
            now = latest_of_document + _A_SECOND
        return now

    def note_inbox(self, inbox: str, present: Collection[str], now: datetime, whole: bool = True) -> int:
        """Enter what came to an inbox since the last look and, if it was seen whole, what went from it.

        Returns how many of both.
        """
        before = {
            sha256: (number, event)
            for sha256, number, event in self._db.execute(
                f"SELECT sha256, sighting_no, event FROM ({_LATEST_SIGHTINGS}) WHERE inbox = ?", [inbox]
            ).fetchall()
        }
        there = {sha256 for sha256, (_, event) in before.items() if event == "seen"}
        gone = sorted(there - set(present)) if whole else []
        events = [
            Sighting(sha256, inbox, before.get(sha256, (0, ""))[0] + 1, event, now)
            for event, documents in (("seen", sorted(set(present) - there)), ("gone", gone))
            for sha256 in documents
        ]
        self._insert("sighting", [_values(event) for event in events])
        return len(events)

    def inboxes(self) -> dict[str, list[str]]:
        """Every inbox with the documents that were in it at the last look."""
        rows = self._db.execute(
            f"SELECT inbox, list(sha256 ORDER BY sha256) FROM ({_LATEST_SIGHTINGS}) WHERE event = 'seen'"
            " GROUP BY inbox ORDER BY inbox"
        ).fetchall()
        return dict(rows)

    def add_runs(self, runs: Sequence[Run]) -> int:
        """Enter the runs that are not on record yet, in their order; returns how many."""
        known = {run_id for (run_id,) in self._db.execute("SELECT run_id FROM raw.run").fetchall()}
        fresh = [run for key, run in {run.run_id: run for run in runs}.items() if key not in known]
        self._insert("run", [_values(run) for run in fresh])
        return len(fresh)

    def reopen(self, project_version: str, judged_at: datetime) -> int:
        """Take back what was set aside under other rules, to be judged anew; returns how many readings."""
        rows = self._db.execute(
            f"SELECT sha256, extractor_version, verdict_no + 1 FROM ({_LATEST_VERDICTS})"
            " WHERE status = 'quarantined' AND project_version <> ? ORDER BY ALL",
            [project_version],
        ).fetchall()
        verdicts = [
            (
                sha256,
                version,
                *astuple(Verdict(number, project_version, "reopened", None, None, None, judged_at)),
            )
            for sha256, version, number in rows
        ]
        self._insert("verdict", verdicts)
        return len(verdicts)

    def set_aside(
        self, document_id: str, project_version: str, problem: tuple[str, str, str], judged_at: datetime
    ) -> tuple[str, str]:
        """Quarantine a document's newest reading (code, reason, remedy); returns sha256 and file name."""
        found = self._db.execute(
            "SELECT sha256, extractor_version, file_name, coalesce(max(verdict_no), 0) + 1"
            " FROM raw.document LEFT JOIN raw.verdict USING (sha256, extractor_version)"
            " WHERE starts_with(sha256, ?) GROUP BY sha256, extractor_version, file_name, loaded_at"
            " ORDER BY loaded_at DESC, extractor_version DESC LIMIT 1",
            [document_id],
        ).fetchone()
        if found is None:
            raise KeyError(document_id)
        sha256, version, file_name, number = found
        verdict = Verdict(number, project_version, "quarantined", *problem, judged_at)
        self._insert("verdict", [(sha256, version, *astuple(verdict))])
        return sha256, file_name

    def last_publication(self) -> int:
        """The number of the newest publication on record, 0 where there is none."""
        row = self._db.execute("SELECT coalesce(max(publication), 0) FROM raw.publication").fetchone()
        assert row is not None
        return int(row[0])

    def has_publication(self, number: int) -> bool:
        """Whether this publication is on record."""
        row = self._db.execute("SELECT 1 FROM raw.publication WHERE publication = ?", [number]).fetchone()
        return row is not None

    def add_publication(
        self, publication: Publication, events: Sequence[FindingEvent], results: Sequence[RuleResult]
    ) -> None:
        """Record a publication with what comes and goes with it, all or nothing."""
        with self._transaction():
            for table, rows in (
                ("publication", [publication]),
                ("finding_event", events),
                ("rule_result", results),
            ):
                self._insert(table, [_values(row) for row in rows])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            # After some faults of the disk DuckDB has rolled back by itself.
            with contextlib.suppress(duckdb.Error):
                self._db.execute("ROLLBACK")
            raise

    def append(
        self, sha256: str, extractor_version: str, entry: DocumentEntry, extraction: Extraction | None
    ) -> bool:
        """Add one document with everything read from it; False where the key is there already."""
        key = (sha256, extractor_version)
        found = self._db.execute(
            "SELECT 1 FROM raw.document WHERE sha256 = ? AND extractor_version = ?", list(key)
        ).fetchone()
        if found:
            return False
        document = extraction.document if extraction else DocumentRow()
        with self._transaction():
            self._insert("document", [(*key, *astuple(entry), *astuple(document))])
            if extraction:
                for table, rows in tables_of(extraction):
                    self._insert(table, [(*key, *_values(row)) for row in rows])
        return True

    def _insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """One statement with a list per column: DuckDB takes rows one by one many times slower."""
        if rows:
            columns = table_columns(table)
            names = ", ".join(name for name, _ in columns)
            lists = ", ".join(f"unnest(?::{kind}[])" for _, kind in columns)
            self._db.execute(
                f"INSERT INTO raw.{table} ({names}) SELECT {lists}", [*map(list, zip(*rows, strict=True))]
            )


def tables_of(extraction: Extraction) -> Iterable[tuple[str, Sequence[object]]]:
    """The rows of an extraction by the table they go to."""
    yield "form", extraction.forms
    yield "form_line", extraction.form_lines
    yield "form_cell", extraction.form_cells
    yield "table_cell", extraction.table_cells
    yield "claim", extraction.claims
    yield "project", extraction.projects
    yield "indicator", extraction.indicators
    yield "project_line", extraction.project_lines
    yield "leftover", extraction.leftovers
    yield "residue", extraction.residues
    yield "named_item", extraction.named_items


def _values(row: typing.Any) -> tuple[object, ...]:
    """The fields of a row as SQL values; mappings become JSON with sorted keys."""
    return tuple(
        json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else value
        for value in (getattr(row, item.name) for item in fields(row))
    )
