"""The ledger that benchmarks run on: clean papers are clean, and what is planted in others is found."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from bench.make_ledger import PLANTED_FILE, make_ledger
from bench.planted import Outcome, outcome
from ingest.store import LEDGER_FILE
from tests.conftest import ROOT

DOCUMENTS, PLANTED, SEED = 60, 10, 7


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / LEDGER_FILE
    assert make_ledger(path, DOCUMENTS, PLANTED, SEED) == PLANTED
    return path


@pytest.fixture(scope="module")
def judged(ledger: Path) -> Outcome:
    folder, build_file = ledger.parent, ledger.with_name("juesuan.duckdb")
    command = [
        *(sys.executable, "-m", "dbt.cli.main", "--quiet", "--log-path", str(folder / "logs"), "build"),
        *("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"),
        *("--select", "+fct_finding", "+dim_document", "--target-path", str(folder / "target")),
        *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
    ]
    environment = {"JUESUAN_LEDGER": str(ledger), "JUESUAN_BUILD": str(build_file)}
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return outcome(build_file, folder / PLANTED_FILE)


def test_every_planted_contradiction_is_an_error_of_its_document(judged: Outcome) -> None:
    assert judged.documents == DOCUMENTS
    assert (judged.planted, judged.found) == (PLANTED, PLANTED)


def test_papers_without_one_have_no_error(judged: Outcome) -> None:
    assert judged.errors_in_clean == 0


def test_the_seed_decides_every_row(ledger: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again.duckdb", tmp_path / "other.duckdb"
    make_ledger(again, DOCUMENTS, PLANTED, SEED)
    assert (tmp_path / PLANTED_FILE).read_bytes() == ledger.with_name(PLANTED_FILE).read_bytes()
    make_ledger(other, DOCUMENTS, PLANTED, SEED + 1)
    with duckdb.connect(str(ledger), read_only=True) as db:
        for name, path in (("again", again), ("other", other)):
            db.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        for table in (
            "document",
            "form",
            "form_line",
            "form_cell",
            "table_cell",
            "claim",
            "project",
            "indicator",
        ):
            (count,) = db.execute(f"SELECT count(*) FROM raw.{table}").fetchall()
            assert count[0] > 0
            for one, two in (("", "again."), ("again.", "")):
                rows = db.execute(f"FROM {one}raw.{table} EXCEPT ALL FROM {two}raw.{table}").fetchall()
                assert rows == []
        assert db.execute("FROM raw.document EXCEPT FROM other.raw.document").fetchall()
