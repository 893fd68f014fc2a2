"""The project on Apache Spark: what its SQL means there, how papers get there, what comes of the ledger."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from pyspark.sql import SparkSession

from ingest.outcome import RefreshReport
from ingest.spark.dialect import UnknownSql, to_spark
from ingest.spark.extraction import extract_to_lake
from ingest.spark.lake import ledger_of_lake, write_lake
from ingest.store import JOB_TABLES, TABLES, table_columns
from tests.conftest import DATA, ROOT
from tests.engines import COMPARED_FILE, SMALL, Compared, session

SAID = yaml.safe_load((ROOT / "tests" / "fixtures" / "spark" / "idioms.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session of its own; without Java the test fails and says what to install."""
    started = session(tmp_path_factory.mktemp("spark"))
    yield started
    started.stop()


@pytest.mark.parametrize("idiom", SAID["idioms"])
def test_an_idiom_gives_the_same_rows_on_both_engines(idiom: str, spark: SparkSession) -> None:
    query = (
        f"WITH things AS (SELECT * FROM ({SAID['things']}) AS things(k, n, t, d))"
        f" SELECT * FROM ({SAID['idioms'][idiom]}) AS idiom"
    )
    with duckdb.connect() as db:
        expected = db.execute(query).fetchall()
    assert expected
    assert _sorted(spark.sql(to_spark(query, _no_table)).collect()) == _sorted(expected)


@pytest.mark.parametrize("idiom", SAID["refused"])
def test_what_may_mean_something_else_on_spark_is_refused(idiom: str) -> None:
    with pytest.raises(UnknownSql):
        to_spark(SAID["refused"][idiom], _no_table)


def test_the_lake_has_what_the_ledger_has(published: tuple[Path, RefreshReport], tmp_path: Path) -> None:
    ledger, of_lake = published[0] / "ledger.duckdb", tmp_path / "lake.duckdb"
    write_lake(ledger, tmp_path / "lake")
    ledger_of_lake(tmp_path / "lake", of_lake)
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{ledger}' AS ledger (READ_ONLY)")
        db.execute(f"ATTACH '{of_lake}' AS lake (READ_ONLY)")
        for table in (*TABLES, *JOB_TABLES):
            columns = ", ".join(name for name, _ in table_columns(table))
            ours, theirs = (f"SELECT {columns} FROM {side}.raw.{table}" for side in ("ledger", "lake"))
            assert db.execute(f"{ours} EXCEPT ALL {theirs}").fetchall() == []
            assert db.execute(f"{theirs} EXCEPT ALL {ours}").fetchall() == []


def test_papers_read_on_spark_are_those_of_the_ledger(
    published: tuple[Path, RefreshReport], spark: SparkSession, tmp_path: Path
) -> None:
    papers, lake, of_lake = tmp_path / "papers", tmp_path / "lake", tmp_path / "lake.duckdb"
    papers.mkdir()
    for path in sorted(DATA.rglob("*.txt")):
        (papers / path.name).write_bytes(path.read_bytes())
    (papers / "空.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    count = len(list(papers.iterdir()))
    moment = datetime(2026, 1, 2, 3, 4, 5)
    # Other tests give the shared warehouse further papers.
    names = ", ".join(f"'{path.name}'" for path in papers.glob("*.txt"))
    texts_alone = f"file_name IN ({names})"
    expected = {table: _rows(published[0] / "ledger.duckdb", table, texts_alone) for table in TABLES}
    assert expected["form_cell"]

    assert extract_to_lake(spark, str(papers), lake, moment, tasks=2) == count
    ledger_of_lake(lake, of_lake)
    with duckdb.connect(str(of_lake), read_only=True) as db:
        bad = db.execute(
            "SELECT file_name, reason_code FROM raw.document WHERE status <> 'loaded'"
        ).fetchall()
    assert bad == [("空.pdf", "broken_file")]
    assert {table: _rows(of_lake, table, texts_alone) for table in TABLES} == expected

    # Nothing is read twice.
    assert extract_to_lake(spark, str(papers), lake, moment, tasks=2) == 0
    # A job that died before its last table leaves what the next one replaces.
    lost = sorted((lake / "document").rglob("prefix=*"))[0]
    (lake / "form" / ".spark-staging").mkdir()
    shutil.copy(next((lake / "form").rglob("part-*.parquet")), lake / "form" / ".spark-staging")
    shutil.rmtree(lost)
    assert 0 < extract_to_lake(spark, str(papers), lake, moment, tasks=2) < count
    assert {table: _rows(of_lake, table, texts_alone) for table in TABLES} == expected


def test_marts_are_equal_on_both_engines(published: tuple[Path, RefreshReport], tmp_path: Path) -> None:
    """Those that need a quarter of the models; `make test-spark` compares all."""
    marts = ("fct_form_cell", "fct_claim", "fct_leftover")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.engines", "compare"),
            *(str(published[0] / "ledger.duckdb"), str(tmp_path), "--marts", *marts),
        ],
        cwd=ROOT,
        env=os.environ | SMALL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    compared = Compared.from_plain(json.loads((tmp_path / COMPARED_FILE).read_text(encoding="utf-8")))
    assert [mart.name for mart in compared.marts] == [*marts]
    assert compared.is_right, compared.marts


def _sorted(rows: Sequence[Sequence[Any]]) -> list[str]:
    return sorted(
        str(tuple(value if not hasattr(value, "asDict") else value.asDict() for value in row)) for row in rows
    )


def _no_table(schema: str, table: str) -> list[str]:
    raise AssertionError(f"{schema}.{table} is not asked for")


def _rows(ledger: Path, table: str, of: str) -> list[str]:
    """Every row of a table for the documents of a condition, without the moment it was loaded."""
    columns = "* EXCLUDE (loaded_at)" if table == "document" else "*"
    with duckdb.connect(str(ledger), read_only=True) as db:
        rows = db.execute(
            f"SELECT {columns} FROM raw.{table} WHERE sha256 IN (SELECT sha256 FROM raw.document WHERE {of})"
        ).fetchall()
    return sorted(map(str, rows))
