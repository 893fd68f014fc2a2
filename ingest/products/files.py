"""The marts as files, one a mart: Parquet, or CSV in UTF-8. The same marts give the same bytes."""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest import bounded
from ingest.files import sha256_of, sql_literal


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


def write_marts(
    database: Path, marts: Iterable[str], folder: Path, form: Format, byte_order_mark: bool = False
) -> dict[str, Written]:
    """Write each mart into ``folder``, rows as stored; returns what was written by mart.

    Raises FileExistsError where a file of a name is there: nothing is written over.
    """
    target = folder / form.folder
    target.mkdir(parents=True, exist_ok=True)
    # Attached, not opened: DuckDB does not open a file twice in a process with other settings.
    with bounded.connect(database, threads=1) as db, ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        db.execute(f"ATTACH {sql_literal(database)} AS published (READ_ONLY)")

        def write(mart: str) -> Written:
            path = target / f"{mart}.{form.name}"
            if path.exists():
                raise FileExistsError(17, "File exists", str(path))
            with db.cursor() as cursor:
                columns = ", ".join(_columns(cursor, mart, form))
                rows = cursor.execute(
                    f"COPY (SELECT {columns} FROM published.marts.{mart})"
                    f" TO {sql_literal(path)} ({form.options})"
                ).fetchone()
            assert rows is not None
            if byte_order_mark:
                path.write_bytes(BYTE_ORDER_MARK + path.read_bytes())
            return Written(path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path), rows[0])

        marts = list(marts)
        return dict(zip(marts, pool.map(write, marts), strict=True))


def file_stem(name: str) -> str:
    """A name from a paper as the beginning of a file name: it cannot lead elsewhere."""
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", name).strip(". ")[:80]


def _columns(db: duckdb.DuckDBPyConnection, mart: str, form: Format) -> Iterable[str]:
    """Columns as the format holds them; CSV has no lists, so a list is written as JSON."""
    for name, kind, *_ in db.execute(f"DESCRIBE published.marts.{mart}").fetchall():
        as_text = form is CSV and kind.endswith("[]")
        yield f'CAST(to_json("{name}") AS VARCHAR) AS "{name}"' if as_text else f'"{name}"'
