"""The dashboards of a publication: the built pages, and the data they read, taken from its marts.

    site/
      index.html, _app/ …                    the pages, the same for every publication
      data/manifest.json                     which files the pages read
      data/juesuan/<hash>/<table>.parquet    one for each query of dashboards/sources/
      crops/                                 pictures of rows in which something was found

A file of the data never changes under its name, so that a page that is open over a refresh reads on.
"""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import duckdb

from ingest import bounded
from ingest.dashboards import DASHBOARDS, VERSION_FILE, check_pages
from ingest.errors import JuesuanError
from ingest.files import link_or_copy, sha256_as_written, sql_literal
from ingest.last_build import HandedOn
from ingest.loading import ReadingOptions
from ingest.parquet.stretches import Before, Key, write_parquet
from ingest.pictures import Picture, draw_pictures

SITE = "site"
CROPS = "crops"
SOURCE = "juesuan"
#: A source that says so in its first lines may have no row; any other must have one.
OPTIONAL = re.compile(r"\A(?:--.*\n)*-- optional\b", re.IGNORECASE)
#: A source of which each row follows from one of some mart's, ordered by a column of it, or by two.
ROWS_OF_MARTS = re.compile(r"^-- Rows of (\w+(?: and \w+)*) by (\w+)(?:, (\w+))?\.$", re.MULTILINE)
#: Row groups are small, so that a page of one department reads little of a large file.
OPTIONS = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480"


@dataclass(frozen=True)
class Facts:
    """What the pages say of their publication; the times are UTC."""

    number: str
    published_at: str
    previous_number: str | None
    previous_published_at: str | None
    extractor_version: str
    project_version: str
    quarantined: int


def write_site(
    pages: Path,
    warehouse_file: Path,
    previous_file: Path | None,
    site: Path,
    facts: Facts,
    papers: Mapping[str, Path],
    reading: ReadingOptions | None = None,
    handed_on: HandedOn | None = None,
) -> None:
    """Write the site of ``warehouse_file`` to the new folder ``site``.

    ``papers`` says by sha256 where the papers are that rows may be pictured from; pictures of other papers
    are kept from the site beside ``previous_file``; ``reading`` is how papers may be opened. What has not
    changed of the data is taken over from what was ``handed_on``. Raises
    JuesuanError where a source query fails, a required one is empty, or a page's query fails over the new
    data.
    """
    shutil.copytree(pages, site, copy_function=link_or_copy, ignore=shutil.ignore_patterns(VERSION_FILE))
    with bounded.connect(warehouse_file) as db:
        _attach(db, warehouse_file, previous_file)
        if handed_on:
            db.execute(
                f"ATTACH {sql_literal(handed_on.folder / warehouse_file.name)} AS handed_on (READ_ONLY)"
            )
        standing = previous_file.parent / SITE / CROPS if previous_file else None
        pictures = draw_pictures(db, papers, site / CROPS, standing, reading)
        _fill(db, "facts", Facts, [facts])
        _fill(db, "picture", Picture, pictures)
        write_data(db, DASHBOARDS / "sources" / SOURCE, site / "data", handed_on)
    check_pages(site / "data")


def write_data(
    db: duckdb.DuckDBPyConnection, sources: Path, data: Path, handed_on: HandedOn | None = None
) -> list[str]:
    """One Parquet file for each query of ``sources`` and the manifest that names them; returns their paths.

    Raises JuesuanError where a query fails or a required one has no row.
    """
    queries = sorted(sources.glob("*.sql"))
    if not queries:
        raise JuesuanError(f"{sources} holds no query")
    data.mkdir(parents=True)
    written = []
    for query in queries:
        sql = query.read_text(encoding="utf-8")
        target = data / query.with_suffix(".parquet").name
        key = before = None
        if rows := ROWS_OF_MARTS.search(sql):
            marts, column, then = rows[1].split(" and "), rows[2], rows[3]
            of = " UNION ALL BY NAME ".join(f"FROM publication.marts.{mart}" for mart in marts)
            key = Key(column, f"({of})", then=then)
            file = handed_on and handed_on.file(f"{SITE}/{data.name}/{SOURCE}/*/{target.name}")
            if handed_on and file and set(marts) <= set(handed_on.owner_of):
                before = Before(file, _changed(db, handed_on, marts, key))
        try:
            count = write_parquet(db, sql.rstrip().rstrip(";"), target, OPTIONS, key, before)
        except duckdb.Error as error:
            raise JuesuanError(f"dashboards/sources/{SOURCE}/{query.name}: {error}") from error
        if not count and not OPTIONAL.match(sql):
            raise JuesuanError(f"dashboards/sources/{SOURCE}/{query.name} has no row, and the pages need one")
        folder = data / SOURCE / sha256_as_written(target)[:16]
        # Two tables of the same bytes share their folder.
        folder.mkdir(parents=True, exist_ok=True)
        target.rename(folder / target.name)
        written.append((folder / target.name).relative_to(data.parent).as_posix())
    manifest = {"renderedFiles": {SOURCE: written}}
    (data / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return written


def _changed(
    db: duckdb.DuckDBPyConnection, handed_on: HandedOn, marts: Sequence[str], key: Key
) -> list[str | None]:
    """Which keys the changed rows of some marts bear, and bore before."""
    if key.column in handed_on.owners:
        # Papers without a body are of no department.
        return [*handed_on.owners[key.column], *([None] if handed_on.without_body else [])]
    found: set[str | None] = set()
    for mart in marts:
        among = ", ".join(f"'{owner}'" for owner in handed_on.changed(mart))
        for rows_of in ("publication", "handed_on") if among else ():
            told = db.execute(
                f"SELECT DISTINCT {key.select()} FROM {rows_of}.marts.{mart}"
                f" WHERE {handed_on.owner_of[mart]} IN ({among})"
            )
            found |= {key for (key,) in told.fetchall()}
    return [*found]


def _attach(db: duckdb.DuckDBPyConnection, warehouse_file: Path, previous_file: Path | None) -> None:
    """``marts`` is the new publication, ``previous.marts`` the one before, empty where there was none."""
    db.execute(f"ATTACH {sql_literal(warehouse_file)} AS publication (READ_ONLY)")
    if previous_file:
        db.execute(f"ATTACH {sql_literal(previous_file)} AS previous (READ_ONLY)")
    else:
        db.execute("ATTACH ':memory:' AS previous")
        db.execute("CREATE SCHEMA previous.marts")
        for table in ("dim_document", "fct_finding", "fct_quarantine"):
            db.execute(f"CREATE TABLE previous.marts.{table} AS FROM publication.marts.{table} LIMIT 0")
    db.execute("SET search_path = 'publication.marts,memory.main'")


def _fill(
    db: duckdb.DuckDBPyConnection,
    table: str,
    kind: type[Facts] | type[Picture],
    rows: Sequence[Facts | Picture],
) -> None:
    columns = ", ".join(
        f"{field.name} {'INTEGER' if field.type in (int, 'int') else 'VARCHAR'}" for field in fields(kind)
    )
    db.execute(f"CREATE TABLE memory.main.{table} ({columns})")
    marks = ", ".join("?" * len(fields(kind)))
    for row in rows:
        db.execute(f"INSERT INTO memory.main.{table} VALUES ({marks})", astuple(row))
