"""The raw ledger: append-only, keyed by what was read (sha256) and what read it (extractor version).

Every raw table is a dataclass of ``ingest.model`` behind the two key columns, so the schema is
written once. Loading the same key twice changes nothing.
"""

import json
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
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

LEDGER_FILE = "ledger.duckdb"
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
}


def _sql_type(annotation: object) -> str:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        annotation = next(arg for arg in typing.get_args(annotation) if arg is not type(None))
        origin = typing.get_origin(annotation)
    return SQL_TYPES[typing.cast(type, origin or annotation)]


def table_columns(table: str) -> list[tuple[str, str]]:
    """Name and SQL type of each column of a raw table, in order."""
    columns = list(KEY_COLUMNS)
    for row_type in TABLES[table]:
        hints = typing.get_type_hints(row_type)
        columns += [(item.name, _sql_type(hints[item.name])) for item in fields(row_type)]
    return columns


class Ledger:
    """The open ledger file. Use as a context manager; every append is one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = duckdb.connect(str(path))
        self._db.execute("CREATE SCHEMA IF NOT EXISTS raw")
        for table in TABLES:
            columns = ", ".join(f"{name} {kind}" for name, kind in table_columns(table))
            key = ", PRIMARY KEY (sha256, extractor_version)" if table == "document" else ""
            self._db.execute(f"CREATE TABLE IF NOT EXISTS raw.{table} ({columns}{key})")
            # A ledger of an older version gets the columns that came since; its rows have none there.
            for name, kind in table_columns(table):
                self._db.execute(f"ALTER TABLE raw.{table} ADD COLUMN IF NOT EXISTS {name} {kind}")

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def known(self, extractor_version: str) -> dict[str, str]:
        """Status by sha256 of what this extractor version has read."""
        rows = self._db.execute(
            "SELECT sha256, status FROM raw.document WHERE extractor_version = ?", [extractor_version]
        ).fetchall()
        return dict(rows)

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
        self._db.execute("BEGIN")
        try:
            self._insert("document", [(*key, *astuple(entry), *astuple(document))])
            if extraction:
                for table, rows in _tables_of(extraction):
                    self._insert(table, [(*key, *_values(row)) for row in rows])
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
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


def _tables_of(extraction: Extraction) -> Iterable[tuple[str, Sequence[object]]]:
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
