"""What every fault is followed by: is a publication whole, and does the next refresh end in the same bytes?

Compared are the rows of every mart but for ``mart_run``, which tells of the faults; the rows of the ledger
but for ``run``; and every other file of the publication but for Data Docs, which print the time, and the
DuckDB file itself, whose blocks DuckDB may order as it likes.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ingest.publish import MANIFEST, broken_files, current_manifest
from ingest.refresh import ExitCode
from tests.conftest import ROOT

#: Told apart on purpose: these tell of the runs themselves.
UNEQUAL_MARTS = {"mart_run"}
UNEQUAL_FILES = ("juesuan.duckdb", "data-docs/", "parquet/mart_run.parquet", "datapackage.json")


@dataclass
class Job:
    """A warehouse, the papers it is given, and how its marts are built (light or real)."""

    warehouse: Path
    papers: list[Path]
    build: str = "light"
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.faults.job", str(self.warehouse), self.build]
        return subprocess.Popen(
            [*command, *map(str, self.papers)],
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self) -> dict[str, Any]:
        """To the end; what it reports."""
        process = self.start()
        output, errors = process.communicate(timeout=900)
        assert output, errors
        return dict(json.loads(output.splitlines()[-1]))

    def kill_after(self, seconds: float) -> bool:
        """Start and kill -9; False where it had ended before."""
        process = self.start()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
        process.communicate()
        return False


def standing(warehouse: Path) -> str | None:
    """The number of the standing publication, whose files are all whole; None where there is none."""
    if not (warehouse / "current").exists():
        assert not (warehouse / "juesuan.duckdb").exists()
        return None
    manifest = current_manifest(warehouse)
    assert manifest is not None
    assert broken_files(warehouse / "current") == []
    with duckdb.connect(str((warehouse / "juesuan.duckdb").resolve()), read_only=True) as db:
        assert db.execute("SELECT count(*) FROM marts.dim_document").fetchone() is not None
    return str(manifest["number"])


def content(warehouse: Path) -> dict[str, str]:
    """A hash of each thing that must be the same after a fault as without it."""
    found = _hashes(warehouse / "current" / "juesuan.duckdb", "marts", UNEQUAL_MARTS)
    found |= _hashes(warehouse / "ledger.duckdb", "raw", {"run"})
    files = json.loads((warehouse / "current" / MANIFEST).read_text(encoding="utf-8"))["files"]
    found |= {name: of["sha256"] for name, of in files.items() if not name.startswith(UNEQUAL_FILES)}
    return found


def _hashes(file: Path, schema: str, but_for: set[str]) -> dict[str, str]:
    with duckdb.connect(str(file), read_only=True) as db:
        names = db.execute(
            "SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = ? AND database_name ="
            " current_database() ORDER BY 1",
            [schema],
        ).fetchall()
        assert names
        found = {}
        for (name,) in names:
            if name not in but_for:
                digest = hashlib.sha256()
                rows = db.execute(f"SELECT * FROM {schema}.{name} ORDER BY ALL")
                while part := rows.fetchmany(10_000):
                    digest.update(repr(part).encode())
                found[f"{schema}.{name}"] = digest.hexdigest()
    return found


def end_in_the_same(job: Job, undisturbed: dict[str, str], number: str) -> list[str]:
    """Refresh after a fault: it must publish, or find published, what an undisturbed one publishes."""
    report = job.run()
    assert report["exit_code"] in {ExitCode.PUBLISHED, ExitCode.NOTHING_NEW}, report["message"]
    assert standing(job.warehouse) == number
    after = content(job.warehouse)
    names = after.keys() | undisturbed.keys()
    differ = [name for name in sorted(names) if after.get(name) != undisturbed.get(name)]
    assert not differ, f"not as without the fault: {differ}"
    left_over = {path.name for path in job.warehouse.iterdir()}
    assert not {"work", "held", "switching", "current.new", "juesuan.duckdb.new"} & left_over
    return list(report["notes"])


def seconds_of(job: Job) -> float:
    """How long an undisturbed refresh takes."""
    began = time.monotonic()
    assert job.run()["exit_code"] == ExitCode.PUBLISHED
    return time.monotonic() - began
