"""The published DuckDB file: the marts of a build and nothing else, with their comments and constraints."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from ingest import bounded
from ingest.files import copy, sql_literal
from ingest.last_build import CHANGED, HandedOn

SCHEMA = "marts"
#: Readable by DuckDB 1.4 and by the dashboards' reader, as in profiles.yml.
STORAGE_VERSION = "v1.4.0"


def owners(dbt_manifest: Path) -> dict[str, str]:
    """The column that names whose a row is, of each mart that is computed by body or by peer group."""
    nodes = json.loads(dbt_manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {
        node["name"]: node["config"]["meta"].get("owner", "document_id")
        for node in nodes
        if node["resource_type"] == "model"
        and node["schema"] == SCHEMA
        and node["config"]["materialized"].startswith("by_")
    }


def write_marts_file(
    build_file: Path,
    target: Path,
    owner_of: Mapping[str, str],
    handed_on: HandedOn | None = None,
    begun: Path | None = None,
) -> None:
    """Write the marts of ``build_file`` into the new file ``target``.

    From nothing they are sorted by owner; the rows of one owner stand in the order of the model.
    Where there is a file ``handed_on``, it is copied, and the changed owners' rows stand behind the others.
    ``begun`` is used up: it may be such a copy that was made ahead.
    """
    if handed_on and begun and begun.exists():
        begun.replace(target)
    elif handed_on:
        copy(handed_on.folder / target.name, target)
    if begun:
        begun.unlink(missing_ok=True)
    with bounded.connect(target) as db:
        db.execute(f"ATTACH {sql_literal(build_file)} AS build (READ_ONLY)")
        db.execute(f"ATTACH {sql_literal(target)} AS published (STORAGE_VERSION '{STORAGE_VERSION}')")
        db.execute("USE published")
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        written = []
        for name, comment, sql in _relations(db, "tables"):
            owner = owner_of.get(name)
            if handed_on and owner and name in handed_on.owner_of:
                _replace(db, name, owner, handed_on.changed(name))
                continue
            order = f" ORDER BY {owner}, rowid" if owner else ""
            db.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{name}")
            db.execute(sql)
            db.execute(f"INSERT INTO {SCHEMA}.{name} BY NAME SELECT * FROM build.{SCHEMA}.{name}{order}")
            _comment(db, "TABLE", name, comment)
            written.append(name)
        for name, comment, sql in _relations(db, "views"):
            db.execute(f"DROP VIEW IF EXISTS {SCHEMA}.{name}")
            db.execute(sql)
            _comment(db, "VIEW", name, comment)
            written.append(name)
        columns = db.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'build'"
            f" AND schema_name = '{SCHEMA}' AND comment IS NOT NULL ORDER BY table_name, column_index"
        ).fetchall()
        for table, column, comment in columns:
            if table in written:
                _comment(db, "COLUMN", f'{table}."{column}"', comment)


def _replace(db: duckdb.DuckDBPyConnection, name: str, owner: str, keys: Sequence[str]) -> None:
    """Put the changed owners' rows in the place of those they had."""
    # Named one by one: then DuckDB passes over the row groups that hold none of them.
    among = ", ".join(f"'{key}'" for key in keys)
    if keys:
        db.execute(f"DELETE FROM {SCHEMA}.{name} WHERE {owner} IN ({among})")
    db.execute(
        f"INSERT INTO {SCHEMA}.{name} BY NAME SELECT * FROM build.{CHANGED}.{name} ORDER BY {owner}, rowid"
    )


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
