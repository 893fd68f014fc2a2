"""The published DuckDB file: the marts of a build and nothing else, with their comments and constraints."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb

from ingest.last_build import CHANGED
from ingest.products.catalogue import read_marts

SCHEMA = "marts"
#: Readable by DuckDB 1.4 and by the dashboards' reader, as in profiles.yml.
STORAGE_VERSION = "v1.4.0"
#: What the copying may hold; it spills beside the target.
MEMORY_LIMIT = "1GB"


def owners(dbt_manifest: Path) -> dict[str, str]:
    """The column that names whose a row is, of each mart that is computed by body."""
    return {mart.name: mart.owner for mart in read_marts(dbt_manifest) if mart.owner}


def write_marts_file(
    build_file: Path, target: Path, owner_of: Mapping[str, str], handed_on: Path | None = None
) -> None:
    """Write the marts of ``build_file`` into the new file ``target``.

    ``handed_on`` is the file written of the build that this one goes on from. It is carried on: of the marts
    computed by body, the rows of the changed owners take the place of their old ones, at the end.
    """
    if handed_on:
        shutil.copyfile(handed_on, target)
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": f"{target}.tmp"}) as db:
        db.execute(f"ATTACH '{_quoted(build_file)}' AS build (READ_ONLY)")
        # Of a file that is there the version stands in the file.
        version = "" if handed_on else f" (STORAGE_VERSION '{STORAGE_VERSION}')"
        db.execute(f"ATTACH '{_quoted(target)}' AS published{version}")
        db.execute("USE published")
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        for name, comment, sql in _relations(db, "tables"):
            owner = owner_of.get(name)
            if handed_on and owner:
                _carry_on(db, name, owner)
                continue
            db.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{name}")
            db.execute(sql)
            # The rows of one owner stand together in any build, in the order of the model.
            order = f" ORDER BY {owner}, rowid" if owner else ""
            db.execute(f"INSERT INTO {SCHEMA}.{name} SELECT * FROM build.{SCHEMA}.{name}{order}")
            _comment(db, "TABLE", name, comment)
            _comment_columns(db, name)
        for name, comment, sql in _relations(db, "views"):
            db.execute(f"DROP VIEW IF EXISTS {SCHEMA}.{name}")
            db.execute(sql)
            _comment(db, "VIEW", name, comment)
            _comment_columns(db, name)


def _carry_on(db: duckdb.DuckDBPyConnection, name: str, owner: str) -> None:
    """Put a mart's rows of the changed owners in the place of those they had."""
    changed = "document" if owner == "document_id" else "department"
    db.execute(f"DELETE FROM {SCHEMA}.{name} WHERE {owner} IN (FROM build.{CHANGED}.changed_{changed})")
    db.execute(f"INSERT INTO {SCHEMA}.{name} BY NAME SELECT * FROM build.{CHANGED}.{name} ORDER BY rowid")


def _relations(db: duckdb.DuckDBPyConnection, kind: str) -> list[tuple[str, str | None, str]]:
    """Name, comment and definition of each table or view of the built marts."""
    return db.execute(
        f"SELECT {kind[:-1]}_name, comment, sql FROM duckdb_{kind}() WHERE database_name = 'build'"
        f" AND schema_name = '{SCHEMA}' ORDER BY 1"
    ).fetchall()


def _comment_columns(db: duckdb.DuckDBPyConnection, name: str) -> None:
    columns = db.execute(
        "SELECT column_name, comment FROM duckdb_columns() WHERE database_name = 'build'"
        f" AND schema_name = '{SCHEMA}' AND table_name = '{name}' AND comment IS NOT NULL"
        " ORDER BY column_index"
    ).fetchall()
    for column, comment in columns:
        _comment(db, "COLUMN", f'{name}."{column}"', comment)


def _comment(db: duckdb.DuckDBPyConnection, kind: str, name: str, comment: str | None) -> None:
    if comment is not None:
        quoted = comment.replace("'", "''")
        db.execute(f"COMMENT ON {kind} {SCHEMA}.{name} IS '{quoted}'")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
