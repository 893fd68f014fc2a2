"""The marts of a ledger on both engines, table by table.

    python -m tests.engines compare LEDGER FOLDER [--marts NAME ...] [--thrift]
    python -m tests.engines page PAGE FOLDERS

A table is told by its number of rows and a hash over its sorted rows, every value as text (a decimal with all
its places, a list with its elements in order). dbt runs on Spark in this process, whose catalogue of tables
lasts as long; with --thrift it builds on a Thrift server, as on a cluster's. What came out stands in the
folder; a page is written of all such folders in one, and fails where something is not equal. Of a ledger
that was made it is told too what each engine found of the contradictions planted in it.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from pyspark.sql import SparkSession

from bench.make_ledger import PLANTED_FILE
from bench.planted import Outcome, outcome
from ingest.build import build_marts
from ingest.spark.lake import write_lake

ROOT = Path(__file__).resolve().parent.parent
COMPARED_FILE = "compared.json"
#: What tells which contradictions were found.
TELL_FOUND = {"dim_document", "fct_finding"}
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


@dataclass(frozen=True)
class Compared:
    """One ledger on both engines; ``found`` is what each found of what was planted, if anything was.

    ``over`` says by what dbt reached Spark.
    """

    documents: int
    over: str
    spark_minutes: float
    marts: list[Mart]
    found: tuple[Outcome, Outcome] | None

    @property
    def is_right(self) -> bool:
        """Whether every table is equal and each engine found all that was planted."""
        all_found = not self.found or all(one.found == one.planted for one in self.found)
        return all_found and all(mart.is_equal for mart in self.marts)

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> "Compared":
        """From what ``asdict`` makes of it."""
        marts = [Mart(**mart | {"types": tuple(mart["types"])}) for mart in values["marts"]]
        found = values["found"] and tuple(Outcome(**one) for one in values["found"])
        return cls(**values | {"marts": marts, "found": found})


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
    java_version()
    marts, warehouse = folder / "marts", folder / "warehouse"
    shutil.rmtree(warehouse, ignore_errors=True)
    os.environ["JUESUAN_SPARK_WAREHOUSE"] = str(warehouse)
    _build(ledger, folder, "spark", *arguments)
    spark = SparkSession.builder.getOrCreate()
    for table in spark.catalog.listTables("marts"):
        spark.table(f"marts.{table.name}").write.mode("overwrite").parquet(f"{marts}/{table.name}")
    return marts


def build_over_thrift(ledger: Path, folder: Path, *arguments: str) -> Path:
    """Build the project on a Thrift server of Spark; returns the folder of the marts' Parquet."""
    from pyhive import hive

    marts = folder / "marts"
    with thrift_server(folder) as port:
        os.environ |= {"JUESUAN_SPARK_HOST": "127.0.0.1", "JUESUAN_SPARK_PORT": str(port)}
        _build(ledger, folder, "spark_cluster", *arguments)
        with contextlib.closing(hive.connect("127.0.0.1", port)) as connection:
            cursor = connection.cursor()
            cursor.execute("SHOW TABLES IN marts")
            for _, name, _ in cursor.fetchall():
                cursor.execute(
                    f"INSERT OVERWRITE DIRECTORY '{marts / name}' USING parquet SELECT * FROM marts.{name}"
                )
    return marts


@contextlib.contextmanager
def thrift_server(folder: Path) -> Iterator[int]:
    """A Thrift server of pyspark's own Spark on this machine; its port. Raises RuntimeError with its log."""
    java_version()
    import pyspark

    home, log = Path(pyspark.__file__).parent, folder / "thrift.log"
    warehouse = folder / "warehouse"
    shutil.rmtree(warehouse, ignore_errors=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": SMALL["JUESUAN_SPARK_JAVA"],
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.codegen.wholeStage": SMALL["JUESUAN_SPARK_CODEGEN"],
        "spark.sql.adaptive.enabled": SMALL["JUESUAN_SPARK_ADAPTIVE"],
        "spark.sql.shuffle.partitions": SMALL["JUESUAN_SPARK_PARTITIONS"],
        "spark.sql.warehouse.dir": str(warehouse),
        "spark.ui.enabled": "false",
    }
    place = {"hive.server2.thrift.bind.host": "127.0.0.1", "hive.server2.thrift.port": str(port)}
    command = [
        *(str(home / "bin" / "spark-submit"), "--master", "local[2]", "--driver-memory", "4g"),
        *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"),
        *(word for name, value in settings.items() for word in ("--conf", f"{name}={value}")),
        "spark-internal",
        *(word for name, value in place.items() for word in ("--hiveconf", f"{name}={value}")),
    ]
    with (
        log.open("w", encoding="utf-8") as output,
        # Spark keeps its catalogue's own files where it is started.
        subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"SPARK_HOME": str(home)},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            while not _answers(port):
                if server.poll() is not None:
                    raise RuntimeError(f"the Thrift server ended:\n{log.read_text(encoding='utf-8')[-2000:]}")
                time.sleep(0.5)
            yield port
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _build(ledger: Path, folder: Path, target: str, *arguments: str) -> None:
    """dbt build of the ledger's lake for a target; raises RuntimeError naming what failed."""
    from dbt.cli.main import dbtRunner

    shutil.rmtree(folder / "marts", ignore_errors=True)
    write_lake(ledger, folder / "lake")
    os.environ["JUESUAN_LAKE"] = str(folder / "lake")
    os.environ |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    result = dbtRunner().invoke(
        [
            *("--no-use-colors", "--log-path", str(folder / "dbt-logs"), "build", "--target", target),
            *("--exclude-resource-type", "unit_test", *arguments),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
            *("--target-path", str(folder / "dbt-target")),
        ]
    )
    failed = [item for item in getattr(result.result, "results", []) if item.status in ("error", "fail")]
    if not result.success:
        words = [f"{item.node.name}: {' '.join((item.message or '').split())[:500]}" for item in failed]
        raise RuntimeError("\n".join(words) or str(result.exception))


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


def found_of_planted(build_file: Path, marts: Path, planted: Path) -> tuple[Outcome, Outcome]:
    """What each engine found of the contradictions listed in ``planted``."""
    of_spark = marts.with_name("spark.duckdb")
    of_spark.unlink(missing_ok=True)
    with duckdb.connect(str(of_spark)) as db:
        db.execute("CREATE SCHEMA marts")
        for table in sorted(marts.iterdir()):
            if list(table.glob("*.parquet")):
                files = f"read_parquet('{table}/*.parquet')"
                db.execute(f"CREATE VIEW marts.{table.name} AS FROM {files}")
    return outcome(build_file, planted), outcome(of_spark, planted)


def compare_engines(ledger: Path, folder: Path, names: Sequence[str], thrift: bool = False) -> Compared:
    """Build the ledger on both engines and compare all marts, or those named, without data tests."""
    # Spark takes a path that is not whole for one in the folder of its own tables.
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    build_file, planted = folder / "dbt.duckdb", ledger.parent / PLANTED_FILE
    # One that is there would be gone on from, with the seeds it was built of.
    build_file.unlink(missing_ok=True)
    build_marts(ledger, build_file, folder / "duckdb")
    started = time.monotonic()
    some = [f"+{name}" for name in names]
    few = ("--exclude-resource-type", "test", "--select", *some) if some else ()
    marts = (build_over_thrift if thrift else build_on_spark)(ledger, folder, *few)
    minutes = (time.monotonic() - started) / 60
    with duckdb.connect(str(ledger), read_only=True) as db:
        ((documents,),) = db.execute("SELECT count(DISTINCT sha256) FROM raw.document").fetchall()
    tells = planted.is_file() and (not names or set(names) >= TELL_FOUND)
    found = found_of_planted(build_file, marts, planted) if tells else None
    over = "over Thrift" if thrift else "in a session"
    return Compared(documents, over, minutes, compare(build_file, marts, names), found)


def page(ledgers: Sequence[Compared]) -> str:
    """What was compared, a column for each ledger."""
    every = sorted({mart.name for ledger in ledgers for mart in ledger.marts})
    documents = [f"{ledger.documents:,} documents, {ledger.over}" for ledger in ledgers]
    took = [
        f"{ledger.spark_minutes:.0f} minutes for {ledger.documents:,} {ledger.over}"
        + ("" if len(ledger.marts) == len(every) else " (some marts, without data tests)")
        for ledger in ledgers
    ]
    text = [
        "# The marts on both engines",
        "",
        "`make test-spark` writes this page, `make test-spark-large` its column of 100,000. A table is equal"
        " where its number of rows and a hash over its sorted rows are. dbt reaches Spark in a session of its"
        " own process, or by a Thrift server as on a cluster.",
        "",
        f"Last run {datetime.now(UTC):%Y-%m-%d}, on {os.cpu_count()} cores, Java {java_version()}, Python"
        f" {platform.python_version()}. Spark took {', '.join(took)}.",
        "",
    ]
    for ledger in ledgers:
        if ledger.found:
            ours, theirs = ledger.found
            text += [
                f"Of {ours.planted:,} contradictions planted in {ledger.documents:,} documents DuckDB found"
                f" {ours.found:,} and Spark {theirs.found:,}.",
                "",
            ]
    text += [f"| mart | {' | '.join(documents)} |", "|---|" + "--:|" * len(ledgers)]
    told = [{mart.name: _told_of(mart) for mart in ledger.marts} for ledger in ledgers]
    text += [f"| `{name}` | {' | '.join(marts.get(name, '') for marts in told)} |" for name in every]
    return "\n".join(text) + "\n"


def _told_of(mart: Mart) -> str:
    told = "equal" if mart.is_equal else f"**differs** ({mart.spark_rows:,} rows on Spark)"
    unlike = f" (types of {', '.join(mart.types)})" if mart.types else ""
    return f"{mart.rows:,} rows, {told}{unlike}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    comparing = commands.add_parser("compare")
    comparing.add_argument("ledger", type=Path)
    comparing.add_argument("folder", type=Path)
    comparing.add_argument("--marts", nargs="*", default=[], help="only these, without data tests")
    comparing.add_argument("--thrift", action="store_true", help="on a Thrift server (needs PyHive)")
    writing = commands.add_parser("page")
    writing.add_argument("page", type=Path)
    writing.add_argument("folders", type=Path)
    options = parser.parse_args()
    if options.command == "compare":
        compared = compare_engines(options.ledger, options.folder, options.marts, options.thrift)
        said = json.dumps(asdict(compared), ensure_ascii=False, indent=2)
        (options.folder / COMPARED_FILE).write_text(said + "\n", encoding="utf-8")
        print("\n".join(f"| `{mart.name}` | {_told_of(mart)} |" for mart in compared.marts))
        return 0
    texts = [file.read_text(encoding="utf-8") for file in options.folders.glob(f"*/{COMPARED_FILE}")]
    ledgers = sorted(
        (Compared.from_plain(json.loads(text)) for text in texts), key=lambda one: (one.documents, one.over)
    )
    if not ledgers:
        parser.error(f"{options.folders} holds nothing that was compared")
    options.page.write_text(page(ledgers), encoding="utf-8")
    return 0 if all(ledger.is_right for ledger in ledgers) else 1


if __name__ == "__main__":
    sys.exit(main())
