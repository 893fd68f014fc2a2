"""The marts of one ledger on both engines, table by table: ``python -m tests.engines LEDGER FOLDER [PAGE]``.

A table is told by its number of rows and a hash over its sorted rows, every value as text (a decimal with all
its places, a list with its elements in order). dbt runs on Spark in this process, whose catalogue of tables
lasts as long. With a page, the result is written into it.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from pyspark.sql import SparkSession

from ingest.build import build_marts
from ingest.spark.lake import write_lake

ROOT = Path(__file__).resolve().parent.parent
#: Planning and compiling take most of the time of a small build, rows hardly any.
SMALL = {
    "JUESUAN_SPARK_JAVA": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "JUESUAN_SPARK_CODEGEN": "false",
    "JUESUAN_SPARK_ADAPTIVE": "false",
    "JUESUAN_SPARK_PARTITIONS": "1",
}


@dataclass(frozen=True)
class Mart:
    """One table as it came out on both engines; ``types`` are columns whose types differ."""

    name: str
    rows: int
    spark_rows: int
    is_equal: bool
    types: tuple[str, ...]


def java_version() -> int:
    """The number of the Java that Spark would run on. Raises RuntimeError, saying what to install."""
    command = shutil.which("java")
    told = (
        subprocess.run([command, "-version"], capture_output=True, text=True, check=False).stderr
        if command
        else ""
    )
    found = re.search(r'version "(\d+)', told)
    if not found or int(found[1]) < 17:
        raise RuntimeError("Spark needs Java 17 or newer: apt-get install openjdk-17-jre-headless")
    return int(found[1])


def session(folder: Path) -> SparkSession:
    """A session as dbt's of the target ``spark`` is, for small work; its files are in ``folder``."""
    java_version()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("juesuan")
    for name, value in {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": SMALL["JUESUAN_SPARK_JAVA"],
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def build_on_spark(ledger: Path, folder: Path, *arguments: str) -> Path:
    """Build the project on Spark in this process; returns the folder of the marts' Parquet."""
    from dbt.cli.main import dbtRunner

    java_version()
    lake, marts = folder / "lake", folder / "marts"
    for left in (marts, folder / "warehouse"):
        shutil.rmtree(left, ignore_errors=True)
    write_lake(ledger, lake)
    os.environ |= {"JUESUAN_LAKE": str(lake), "JUESUAN_SPARK_WAREHOUSE": str(folder / "warehouse")}
    os.environ |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    result = dbtRunner().invoke(
        [
            *("--no-use-colors", "--log-path", str(folder / "dbt-logs"), "build", "--target", "spark"),
            *("--exclude-resource-type", "unit_test", *arguments),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
            *("--target-path", str(folder / "dbt-target")),
        ]
    )
    failed = [item for item in getattr(result.result, "results", []) if item.status in ("error", "fail")]
    if not result.success:
        words = [f"{item.node.name}: {' '.join((item.message or '').split())[:500]}" for item in failed]
        raise RuntimeError("\n".join(words) or str(result.exception))
    spark = SparkSession.builder.getOrCreate()
    for table in spark.catalog.listTables("marts"):
        spark.table(f"marts.{table.name}").write.mode("overwrite").parquet(f"{marts}/{table.name}")
    return marts


def compare(build_file: Path, marts: Path, names: Sequence[str] = ()) -> list[Mart]:
    """Marts of DuckDB's build beside Spark's, all or those named; one that Spark lacks has -1 rows there."""
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{build_file}' AS built (READ_ONLY)")
        every = db.execute(
            "SELECT DISTINCT table_name FROM duckdb_columns()"
            " WHERE database_name = 'built' AND schema_name = 'marts' ORDER BY 1"
        ).fetchall()
        return [_compared(db, name, marts) for name in names or [name for (name,) in every]]


def _compared(db: duckdb.DuckDBPyConnection, name: str, marts: Path) -> Mart:
    ours, theirs = f"built.marts.{name}", f"read_parquet('{marts}/{name}/*.parquet')"
    rows, digest = _told(db, ours, ours)
    if not (marts / name).is_dir():
        return Mart(name, rows, -1, False, ())
    if not list((marts / name).glob("*.parquet")):
        theirs = f"(FROM {ours} LIMIT 0)"
    spark_rows, spark_digest = _told(db, theirs, ours)
    types = [
        dict(db.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM {side})").fetchall())
        for side in (ours, theirs)
    ]
    unlike = tuple(sorted(column for column in types[0] if types[0][column] != types[1].get(column)))
    return Mart(name, rows, spark_rows, (rows, digest) == (spark_rows, spark_digest), unlike)


def _told(db: duckdb.DuckDBPyConnection, rows: str, columns_of: str) -> tuple[int, str]:
    """Number of rows and a hash over them, sorted."""
    columns = [name for (name, *_) in db.execute(f"DESCRIBE FROM {columns_of}").fetchall()]
    texts = ", ".join(f"coalesce(CAST({name} AS VARCHAR), '¬')" for name in columns)
    told: Any = db.execute(
        f"SELECT count(*), md5(coalesce(string_agg(line, chr(10) ORDER BY line), ''))"
        f" FROM (SELECT md5(concat_ws('|', {texts})) AS line FROM {rows})"
    ).fetchone()
    return told


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("ledger", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("page", type=Path, nargs="?", help="where the result is written")
    parser.add_argument("--marts", nargs="*", default=[], help="only these, without data tests")
    options = parser.parse_args()
    # Spark takes a path that is not whole for one in the folder of its own tables.
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    build_marts(options.ledger, folder / "dbt.duckdb", folder / "duckdb")
    started = time.monotonic()
    some = [f"+{name}" for name in options.marts]
    few = ("--exclude-resource-type", "test", "--select", *some) if some else ()
    built = build_on_spark(options.ledger, folder, *few)
    minutes = (time.monotonic() - started) / 60
    marts = compare(folder / "dbt.duckdb", built, options.marts)
    lines = [_line(mart) for mart in marts]
    print("\n".join(lines))
    if options.page:
        _write(options.page, options.ledger, minutes, lines)
    return 0 if all(mart.is_equal for mart in marts) else 1


def _line(mart: Mart) -> str:
    told = "equal" if mart.is_equal else f"**differs** ({mart.spark_rows:,} rows)"
    unlike = f" (types of {', '.join(mart.types)})" if mart.types else ""
    return f"| `{mart.name}` | {mart.rows:,} | {told}{unlike} |"


def _write(page: Path, ledger: Path, minutes: float, lines: list[str]) -> None:
    with duckdb.connect(str(ledger), read_only=True) as db:
        (count,) = db.execute("SELECT count(DISTINCT sha256) FROM raw.document").fetchall()[0]
    text = [
        "# The marts on both engines",
        "",
        "`make test-spark` writes this page. A table is equal where its number of rows and a hash over its"
        " sorted rows are.",
        "",
        f"Last run {datetime.now(UTC):%Y-%m-%d}: {count:,} documents. Spark took {minutes:.0f} minutes"
        f" on {os.cpu_count()} cores, Java {java_version()}, Python {platform.python_version()}.",
        "",
        "| mart | rows | on Spark |",
        "|---|--:|---|",
        *lines,
    ]
    page.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
