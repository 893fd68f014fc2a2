"""A row of the crosswalk moves what stands on it and nothing else, in a full build and in a partial one."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.build import PROJECT_PARTS
from ingest.refresh import RefreshReport
from tests.conftest import ROOT

SEED = "seed.juesuan.crosswalk_function"
#: A code that a bundled paper prints, and another code than its own to compare it as.
CHANGED, OTHER = "2109901", "2101199"
WITHOUT_TESTS = ("--exclude-resource-type", "test")


@dataclass(frozen=True)
class Builds:
    """The marts before the change, after it, and after a build of the changed parts alone."""

    before: Path
    after: Path
    partial: Path
    #: Unique ids of the models below the seed, and of the nodes that the partial build ran.
    below: frozenset[str]
    ran: frozenset[str]


@pytest.fixture(scope="module")
def builds(published: tuple[Path, RefreshReport], tmp_path_factory: pytest.TempPathFactory) -> Builds:
    ledger = published[0] / "ledger.duckdb"
    folder = tmp_path_factory.mktemp("crosswalk")
    project = folder / "project"
    for part in PROJECT_PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        (project / part).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / part, project / part)
    before, after, partial = (folder / name / "juesuan.duckdb" for name in ("before", "after", "partial"))
    dbt_build(project, ledger, before, *WITHOUT_TESTS)
    point_elsewhere(project / "seeds" / "crosswalk_function.csv")
    dbt_build(project, ledger, after, *WITHOUT_TESTS)
    partial.parent.mkdir()
    shutil.copy(before, partial)
    state = before.parent / "target"
    ran = dbt_build(project, ledger, partial, "--select", "state:modified+", "--state", str(state))
    return Builds(before, after, partial, models_below(state, SEED), ran)


def point_elsewhere(seed: Path) -> None:
    with seed.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    (row,) = (row for row in rows if row["function_code"] == CHANGED)
    row["harmonised_code"] = OTHER
    with seed.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def dbt_build(project: Path, ledger: Path, build_file: Path, *selection: str) -> frozenset[str]:
    """``dbt build`` into a file, with its artifacts beside it; returns the seeds and models it ran."""
    folder = build_file.parent
    folder.mkdir(exist_ok=True)
    command = [
        *(sys.executable, "-m", "dbt.cli.main", "--quiet", "--log-path", str(folder / "logs"), "build"),
        *("--target-path", str(folder / "target"), "--exclude-resource-type", "unit_test", *selection),
        *("--project-dir", str(project), "--profiles-dir", str(project)),
    ]
    environment = os.environ | {
        "JUESUAN_LEDGER": str(ledger),
        "JUESUAN_BUILD": str(build_file),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    return frozenset(r["unique_id"] for r in results if r["unique_id"].startswith(("seed.", "model.")))


def models_below(state: Path, node: str) -> frozenset[str]:
    manifest: dict[str, Any] = json.loads((state / "manifest.json").read_text(encoding="utf-8"))
    found: set[str] = set()
    waiting = [node]
    while waiting:
        children = [child for child in manifest["child_map"][waiting.pop()] if child.startswith("model.")]
        waiting += [child for child in children if child not in found]
        found.update(children)
    return frozenset(found)


def contents(build_file: Path) -> dict[str, str | None]:
    """A hash over the rows of each table, in whatever order they are stored."""
    with duckdb.connect(str(build_file), read_only=True) as db:
        tables = db.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
        ).fetchall()
        return {
            name: db.execute(
                "SELECT md5(string_agg(line, chr(10) ORDER BY line))"
                f" FROM (SELECT CAST(t AS VARCHAR) AS line FROM {schema}.{name} AS t)"
            ).fetchall()[0][0]
            for schema, name in tables
        }


def test_a_changed_row_moves_what_stands_on_it_and_nothing_else(builds: Builds) -> None:
    before, after = contents(builds.before), contents(builds.after)
    assert before.keys() == after.keys()
    moved = {name for name in before if before[name] != after[name]}
    below = {node.rsplit(".", 1)[1] for node in builds.below}
    series = {"int_harmonised_expenditure", "mart_function_year"}
    assert {"crosswalk_function", "int_function_crosswalk", "dim_function", *series} <= moved
    assert moved <= below | {"crosswalk_function"}


def test_only_the_changed_code_is_compared_as_another(builds: Builds) -> None:
    with duckdb.connect(str(builds.after), read_only=True) as db:
        db.execute(f"ATTACH '{builds.before}' AS before (READ_ONLY)")
        found = db.execute(
            "SELECT function_code, old.harmonised_code, new.harmonised_code FROM marts.dim_function AS new"
            " JOIN before.marts.dim_function AS old USING (function_code)"
            " WHERE old.harmonised_code <> new.harmonised_code"
        ).fetchall()
    assert found == [(CHANGED, "2109999", OTHER)]


def test_the_amount_moves_between_the_two_codes_and_their_groups(builds: Builds) -> None:
    """1.10 万元 of the paper of 2020 leave 2109999, printed beside 0.04 of 2101199 (in 万元)."""
    rows = (
        "SELECT fund, harmonised_code, CAST(amount_cny / 10000 AS DECIMAL(18, 2)) FROM {}.mart_function_year"
    )
    with duckdb.connect(str(builds.after), read_only=True) as db:
        db.execute(f"ATTACH '{builds.before}' AS before (READ_ONLY)")
        old, new = rows.format("before.marts"), rows.format("marts")
        gone, come = (
            db.execute(f"{one} EXCEPT ALL {other} ORDER BY ALL").fetchall()
            for one, other in ((old, new), (new, old))
        )
    assert {row[1]: str(row[2]) for row in gone if row[0] == "all"} == {
        "21011": "16.09",
        "2101199": "0.04",
        "21099": "1.10",
        "2109999": "1.10",
    }
    assert {row[1]: str(row[2]) for row in come if row[0] == "all"} == {
        "21011": "17.19",
        "2101199": "1.14",
        "21099": "0.00",
    }
    assert {row[0] for row in gone + come} == {"all", "general_public"}


def test_a_partial_build_runs_what_stands_on_the_change_alone(builds: Builds) -> None:
    assert builds.ran == builds.below | {SEED}
    assert contents(builds.partial) == contents(builds.after)
