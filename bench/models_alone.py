"""The models' own SQL as one script over one connection: all marts, without dbt, its tests and the judge.

What it takes is what the same marts cost in DuckDB at least, as they are written.
"""

import json
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from bench.measure import ROOT, measure

#: Where dbt writes what it compiles, beside the file.
TARGET = "dbt-target"


def compile_models(ledger: Path, target: Path) -> None:
    """Let dbt write the SQL of all models, as it reads ``ledger`` and writes into the new file ``target``."""
    folder = target.parent
    command = [sys.executable, "-m", "ingest.dbt_process", str(folder), "--quiet", "compile"]
    command += ["--select", "resource_type:model"]
    options = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--log-path", str(folder)]
    measure(
        [*command, *options, "--target-path", str(folder / TARGET)],
        environment={"JUESUAN_LEDGER": str(ledger), "JUESUAN_BUILD": str(target)},
    )


def run_models(ledger: Path, build_file: Path, target: Path, memory: str = "4GB") -> None:
    """Compute every model of a finished build anew into the file ``target``, by the SQL compiled for it.

    ``build_file`` gives the seeds. ``target`` bears its name, as the SQL names it. Raises RuntimeError where
    a mart has another number of rows than in the build.
    """
    manifest = json.loads((target.parent / TARGET / "manifest.json").read_text(encoding="utf-8"))
    nodes = {
        key: node
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed"} and node["config"]["materialized"] != "ephemeral"
    }
    with duckdb.connect(str(target), config={"memory_limit": memory, "threads": 2}) as db:
        db.execute(f"ATTACH '{ledger}' AS ledger (READ_ONLY)")
        db.execute(f"ATTACH '{build_file}' AS built (READ_ONLY)")
        for schema in sorted({node["schema"] for node in nodes.values()}):
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for key in TopologicalSorter(manifest["parent_map"]).static_order():
            if key in nodes:
                db.execute(_statement(nodes[key]))
        for node in nodes.values():
            if node["schema"] == "marts":
                name = f"marts.{node['name']}"
                counts = db.execute(
                    f"SELECT (SELECT count(*) FROM {name}), (SELECT count(*) FROM built.{name})"
                ).fetchone()
                if counts is None or counts[0] != counts[1]:
                    raise RuntimeError(f"{name}: rows alone and in the build: {counts}")


def _statement(node: dict[str, str | dict[str, str]]) -> str:
    name = f"{node['schema']}.{node['name']}"
    if node["resource_type"] == "seed":
        return f"CREATE TABLE {name} AS FROM built.{name}"
    assert isinstance(node["config"], dict)
    kind = "VIEW" if node["config"]["materialized"] == "view" else "TABLE"
    return f"CREATE {kind} {name} AS {node['compiled_code']}"
