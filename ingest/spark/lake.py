"""The ledger as Parquet, which both engines read: one folder a table, files by version and sha256.

    <lake>/<table>/empty.parquet                                     the columns, where there is no row yet
    <lake>/<table>/version=<extractor version>/prefix=<2 hex>/*.parquet     readings
    <lake>/<table>/job/*.parquet                                     what the job itself did and met

A document's rows stand in one file of each table, so a document that is read again replaces what it gave.
The columns of a table are all in its files; the names of the folders only say where to look.
"""

import shutil
from pathlib import Path

import duckdb

from ingest.store import JOB_TABLES, TABLES, table_columns

#: How many documents share a file: so many hex digits of the sha256 they have in common.
PREFIX_LENGTH = 2
_FORMAT = "FORMAT parquet, COMPRESSION zstd"


def write_lake(ledger: Path, lake: Path) -> None:
    """Write every table of a ledger; what the folder held before is gone."""
    shutil.rmtree(lake, ignore_errors=True)
    lake.mkdir(parents=True)
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{ledger}' AS ledger (READ_ONLY)")
        for table in TABLES:
            db.execute(
                f"COPY (SELECT {_columns(table)}, extractor_version AS version,"
                f" left(sha256, {PREFIX_LENGTH}) AS prefix FROM ledger.raw.{table} ORDER BY ALL)"
                f" TO '{lake}/{table}'"
                f" ({_FORMAT}, PARTITION_BY (version, prefix), FILENAME_PATTERN 'rows_{{i}}')"
            )
        for table in JOB_TABLES:
            (lake / table / "job").mkdir(parents=True)
            db.execute(
                f"COPY (SELECT {_columns(table)} FROM ledger.raw.{table} ORDER BY ALL)"
                f" TO '{lake}/{table}/job/rows.parquet' ({_FORMAT})"
            )
        write_empty(lake)


def write_empty(lake: Path) -> None:
    """Give every table its columns, where no row tells them."""
    with duckdb.connect() as db:
        for table in (*TABLES, *JOB_TABLES):
            (lake / table).mkdir(parents=True, exist_ok=True)
            columns = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in table_columns(table))
            db.execute(f"COPY (SELECT {columns} LIMIT 0) TO '{lake}/{table}/empty.parquet' ({_FORMAT})")


def _columns(table: str) -> str:
    return ", ".join(name for name, _ in table_columns(table))


def ledger_of_lake(lake: Path, ledger: Path) -> None:
    """A ledger file whose tables are the lake's files: DuckDB builds from it as from any ledger.

    As Spark does, it passes over what a job that died left in folders that begin with a dot.
    """
    with duckdb.connect(str(ledger)) as db:
        db.execute("CREATE SCHEMA IF NOT EXISTS raw")
        for table in (*TABLES, *JOB_TABLES):
            columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in table_columns(table))
            db.execute(
                f"CREATE OR REPLACE VIEW raw.{table} AS SELECT {columns} FROM"
                f" read_parquet('{lake}/{table}/**/*.parquet', hive_partitioning = false, filename = true)"
                f" WHERE NOT contains(substr(filename, {len(str(lake)) + 1}), '/.')"
            )
