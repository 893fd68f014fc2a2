"""The published DuckDB file: the marts of a build and nothing else, with their comments and constraints."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from ingest import bounded
from ingest.files import sql_literal
from ingest.last_build import CHANGED

SCHEMA = "marts"
#: Readable by DuckDB 1.4 and by the dashboards' reader, as in profiles.yml.
STORAGE_VERSION = "v1.4.0"
#: Where more owners than these have changed, sorting all costs less than reading stretch by stretch.
MOST_STRETCHES = 100


def owners(dbt_manifest: Path) -> dict[str, str]:
    """The column that names whose a row is, of each mart that is computed by body."""
    nodes = json.loads(dbt_manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {
        node["name"]: node["config"]["meta"].get("owner", "document_id")
        for node in nodes
        if node["resource_type"] == "model"
        and node["schema"] == SCHEMA
        and node["config"]["materialized"] == "by_body"
    }


def write_marts_file(
    build_file: Path, target: Path, owner_of: Mapping[str, str], handed_on: Path | None = None
) -> None:
    """Write the marts of ``build_file`` into the new file ``target``.

    A build that goes on from the last one puts new rows behind old ones. The rows of one owner stand
    together in it, in the order of the model, so that sorting by owner gives every build the same order.
    ``handed_on`` is the file written of the build that this one goes on from: it is sorted already, and
    gives all rows but those of the changed owners.
    """
    with bounded.connect(target) as db:
        db.execute(f"ATTACH {sql_literal(build_file)} AS build (READ_ONLY)")
        db.execute(f"ATTACH {sql_literal(target)} AS published (STORAGE_VERSION '{STORAGE_VERSION}')")
        if handed_on:
            db.execute(f"ATTACH {sql_literal(handed_on)} AS handed_on (READ_ONLY)")
        db.execute("USE published")
        db.execute(f"CREATE SCHEMA {SCHEMA}")
        for name, comment, sql in _relations(db, "tables"):
            db.execute(sql)
            for rows in _rows(db, name, owner_of.get(name), handed_on is not None):
                db.execute(f"INSERT INTO {SCHEMA}.{name} BY NAME {rows}")
            _comment(db, "TABLE", name, comment)
        for name, comment, sql in _relations(db, "views"):
            db.execute(sql)
            _comment(db, "VIEW", name, comment)
        columns = db.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'build'"
            f" AND schema_name = '{SCHEMA}' AND comment IS NOT NULL ORDER BY table_name, column_index"
        ).fetchall()
        for table, column, comment in columns:
            _comment(db, "COLUMN", f'{table}."{column}"', comment)


def _rows(db: duckdb.DuckDBPyConnection, name: str, owner: str | None, goes_on: bool) -> Iterator[str]:
    """The selects that, one after the other, give the rows of a mart in their order."""
    goes_on = goes_on and _has_changed_rows(db, name)
    changed = _changed_owners(db, owner) if owner and goes_on else []
    if owner is None:
        yield f"SELECT * FROM build.{SCHEMA}.{name}"
    elif not goes_on or len(changed) > MOST_STRETCHES:
        yield f"SELECT * FROM build.{SCHEMA}.{name} ORDER BY {owner}, rowid"
    else:
        begins = ""
        for key in changed:
            yield f"SELECT * FROM handed_on.{SCHEMA}.{name} WHERE {owner} > '{begins}' AND {owner} < '{key}'"
            yield f"SELECT * FROM build.{CHANGED}.{name} WHERE {owner} = '{key}' ORDER BY rowid"
            begins = key
        yield f"SELECT * FROM handed_on.{SCHEMA}.{name} WHERE {owner} > '{begins}'"


def _has_changed_rows(db: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the build holds the rows of the changed owners alone; a table that was made anew has none."""
    sought = f"database_name = 'build' AND schema_name = '{CHANGED}' AND table_name = '{name}'"
    return bool(db.execute(f"FROM duckdb_tables() WHERE {sought}").fetchall())


def _changed_owners(db: duckdb.DuckDBPyConnection, owner: str) -> list[str]:
    kind = "document" if owner == "document_id" else "department"
    rows = db.execute(f"SELECT {kind}_id FROM build.{CHANGED}.changed_{kind} ORDER BY 1").fetchall()
    return [key for (key,) in rows]


def _relations(db: duckdb.DuckDBPyConnection, kind: str) -> list[tuple[str, str | None, str]]:
    """Name, comment and definition of each table or view of the built marts."""
    return db.execute(
        f"SELECT {kind[:-1]}_name, comment, sql FROM duckdb_{kind}() WHERE database_name = 'build'"
        f" AND schema_name = '{SCHEMA}' ORDER BY 1"
    ).fetchall()


def _comment(db: duckdb.DuckDBPyConnection, kind: str, name: str, comment: str | None) -> None:
    if comment is not None:
        quoted = comment.replace("'", "''")
        db.execute(f"COMMENT ON {kind} {SCHEMA}.{name} IS '{quoted}'")
