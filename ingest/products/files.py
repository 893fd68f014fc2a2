"""The marts as files, one a mart: Parquet, and of it CSV in UTF-8. The same marts give the same bytes."""

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest import bounded
from ingest.files import sha256_as_written, sql_literal
from ingest.last_build import HandedOn
from ingest.parquet.stretches import Before, Key, write_parquet


@dataclass(frozen=True)
class Format:
    """A file format as DuckDB writes it. ``folder`` is where its files stand beside the data package."""

    name: str
    media_type: str
    folder: str
    options: str


#: Row groups as DuckDB reads them best. A file is written by one thread, so that rows keep their order.
PARQUET = Format(
    "parquet",
    "application/vnd.apache.parquet",
    "parquet",
    "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880, PARQUET_VERSION v1",
)
CSV = Format("csv", "text/csv", "", "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S'")
FILES_AT_ONCE = 2
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Written:
    """A file of one mart: its path beside the data package, size, sha256 and rows."""

    path: str
    size: int
    sha256: str
    rows: int


def write_parquet_files(
    database: Path,
    marts: Iterable[str],
    folder: Path,
    owner_of: Mapping[str, str],
    handed_on: HandedOn | None = None,
) -> dict[str, Written]:
    """Write each mart of ``database`` into ``folder``; returns what was written by mart.

    ``owner_of`` names the column that tells whose a row is, of those marts in which one owner's rows stand
    together. They are ordered by it; in a ``database`` that was not copied of one ``handed_on`` they are
    already.
    """

    def write(db: duckdb.DuckDBPyConnection, mart: str, path: Path) -> int:
        table, owner = f"published.marts.{mart}", owner_of.get(mart)
        if not owner:
            return write_parquet(db, f"FROM {table}", path, PARQUET.options)
        order = f" ORDER BY {owner}, rowid" if handed_on else ""
        before = None
        if handed_on and mart in handed_on.owner_of:
            file = handed_on.file(path.relative_to(folder).as_posix())
            before = Before(file, handed_on.changed(mart)) if file else None
        key = Key(owner, table, stands_so=handed_on is None)
        return write_parquet(db, f"FROM {table}{order}", path, PARQUET.options, key, before)

    with bounded.connect(database, threads=1) as db:
        # Attached, not opened: DuckDB does not open a file twice in a process with other settings.
        db.execute(f"ATTACH {sql_literal(database)} AS published (READ_ONLY)")
        return _write(db, marts, folder, PARQUET, write)


def write_csv_files(
    tables: Mapping[str, Path], folder: Path, byte_order_mark: bool = False
) -> dict[str, Written]:
    """Write each table, a Parquet file, into ``folder`` as CSV; returns what was written by table.

    Raises FileExistsError where a file of a name is there: nothing is written over.
    """

    def write(db: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
        if path.exists():
            raise FileExistsError(17, "File exists", str(path))
        source = sql_literal(tables[table])
        # CSV has no lists, so a list is written as JSON.
        columns = ", ".join(
            f'CAST(to_json("{name}") AS VARCHAR) AS "{name}"' if kind.endswith("[]") else f'"{name}"'
            for name, kind, *_ in db.execute(f"DESCRIBE FROM {source}").fetchall()
        )
        copied = db.execute(
            f"COPY (SELECT {columns} FROM {source}) TO {sql_literal(path)} ({CSV.options})"
        ).fetchone()
        assert copied is not None
        if byte_order_mark:
            path.write_bytes(BYTE_ORDER_MARK + path.read_bytes())
        return int(copied[0])

    with bounded.connect(folder / "csv", threads=1) as db:
        return _write(db, tables, folder, CSV, write)


def _write(
    db: duckdb.DuckDBPyConnection,
    names: Iterable[str],
    folder: Path,
    form: Format,
    write: Callable[[duckdb.DuckDBPyConnection, str, Path], int],
) -> dict[str, Written]:
    """``write`` a file for each name, some at once, and tell of each."""
    target = folder / form.folder
    target.mkdir(parents=True, exist_ok=True)

    def one(name: str) -> Written:
        path = target / f"{name}.{form.name}"
        with db.cursor() as cursor:
            rows = write(cursor, name, path)
        size, checksum = path.stat().st_size, sha256_as_written(path)
        return Written(path.relative_to(folder).as_posix(), size, checksum, rows)

    names = list(names)
    with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


def file_stem(name: str) -> str:
    """A name from a paper as the beginning of a file name: it cannot lead elsewhere."""
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", name).strip(". ")[:80]
