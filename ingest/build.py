"""Run the dbt project over the ledger into a new DuckDB file, in a process of its own.

A process of its own leaves no open handle on the file that is to be published, and keeps dbt's
imports out of every command that does not build.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ingest.dbt_process import PEAK_FILE
from ingest.errors import JuesuanError, LedgerDamaged, is_damage
from ingest.files import sql_literal

if TYPE_CHECKING:
    from ingest.store import Publication

PROJECT_ROOT = Path(__file__).resolve().parent.parent
PROJECT_PARTS = ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "tests/sql")
#: What shapes the other products of a publication.
PRODUCT_PARTS = (
    "ingest/marts_file.py",
    "ingest/parquet",
    "ingest/products",
    "CITATION.cff",
    "docs/data-licence.md",
)
_TRACKER = re.compile(r"src=\"//[^\"]*\"")
_ALLOWED = "default-src data: 'unsafe-inline' 'unsafe-eval'"
_NOTHING_OUTSIDE = f'<meta http-equiv="Content-Security-Policy" content="{_ALLOWED}">'
_ENVIRONMENT = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}


def project_version(root: Path = PROJECT_ROOT) -> str:
    """The first 12 hex of a hash over what besides the ledger shapes a publication."""
    digest = hashlib.sha256()
    for part in (*PROJECT_PARTS, *PRODUCT_PARTS):
        path = root / part
        files = [path] if path.is_file() else sorted(item for item in path.rglob("*") if item.is_file())
        for file in files:
            if file.suffix == ".pyc":
                continue
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def build_marts(
    ledger: Path,
    build_file: Path,
    work_dir: Path,
    root: Path = PROJECT_ROOT,
    publication: "Publication | None" = None,
    parsed: Path | None = None,
) -> str | None:
    """Build every seed, model and data test; raises JuesuanError with dbt's own words on failure.

    What ran out of memory beside others is run again alone; then returns so in words.

    A ``build_file`` that is there was begun with the last build (ingest/last_build.py) and goes on from it.
    ``publication`` is what the build is for; without it the newest on record is built again. ``parsed`` is
    where dbt's own notes of the parsed project are kept from one build to the next: dbt reads again what
    differs from them. dbt's unit tests prove the models, not the data, and belong to the test suite.
    """
    if not (root / "dbt_project.yml").is_file():
        raise JuesuanError(f"no dbt project at {root}: install juesuan from its checkout (pip install -e .)")
    build_file.parent.mkdir(parents=True, exist_ok=True)
    logs, target = work_dir / "dbt-logs", work_dir / "dbt-target"
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    goes_on, note = build_file.is_file(), None
    if goes_on:
        # The same code built it: the seeds and what is tested of them have not changed. Cautious: what is
        # tested of a model stays, though it asks a seed.
        arguments += ["--exclude", "path:seeds", "--indirect-selection", "cautious"]
    if parsed and parsed.is_file():
        arguments += ["--partial-parse-file-path", str(parsed)]
    output, code = _dbt(arguments, ledger, build_file, work_dir, root, publication)
    if code != 0 and not goes_on and (short := _short_of_memory(target / "run_results.json")):
        note = f"memory was short for {', '.join(short)}, which ran again alone"
        output, code = _dbt(["retry", "--threads", "1"], ledger, build_file, work_dir, root, publication)
    if code != 0:
        words = _failure(output, target / "run_results.json", logs)
        raise LedgerDamaged(words) if is_damage(words) else JuesuanError(words)
    notes = target / "partial_parse.msgpack"
    # Where nothing has changed since the last build, dbt writes none.
    if parsed and notes.is_file():
        notes.replace(parsed)
    return note


def peak_memory(work_dir: Path) -> int:
    """The most memory that dbt held while it built in ``work_dir``, in bytes; 0 where it could not say."""
    file = work_dir / PEAK_FILE
    return int(file.read_text(encoding="ascii")) if file.is_file() else 0


def write_docs(published: Path, page: Path, root: Path = PROJECT_ROOT) -> None:
    """Write dbt's documentation of the project as one page that asks nothing of any server.

    ``published`` is a file with the marts, for their types. Nothing is built and no ledger is read.
    Raises JuesuanError where dbt fails.
    """
    with tempfile.TemporaryDirectory(prefix="juesuan-docs-") as work:
        ledger, build_file = Path(work) / "ledger.duckdb", Path(work) / "juesuan.duckdb"
        duckdb.connect(str(ledger)).close()
        _copy_empty(published, build_file)
        output, code = _dbt(["docs", "generate", "--static"], ledger, build_file, Path(work), root)
        if code != 0:
            raise JuesuanError(f"dbt could not write its documentation\n{output[-2000:]}")
        text = (Path(work) / "dbt-target" / "static_index.html").read_text(encoding="utf-8")
    page.write_text(_without_outside(text.replace(f"{work}/", "")), encoding="utf-8")


def _copy_empty(published: Path, copy: Path) -> None:
    """The marts without their rows: dbt writes where it looks, and must not where others read."""
    with duckdb.connect() as db:
        db.execute(f"ATTACH {sql_literal(published)} AS published (READ_ONLY)")
        db.execute(f"ATTACH {sql_literal(copy)} AS copy (STORAGE_VERSION 'v1.4.0')")
        db.execute("CREATE SCHEMA copy.marts")
        for (name,) in db.execute(
            "SELECT DISTINCT table_name FROM duckdb_columns() WHERE database_name = 'published'"
            " AND schema_name = 'marts' ORDER BY 1"
        ).fetchall():
            db.execute(f"CREATE TABLE copy.marts.{name} AS FROM published.marts.{name} LIMIT 0")


def _without_outside(page: str) -> str:
    """The page without the script it would fetch, and forbidden by the browser to ask for anything."""
    return _TRACKER.sub('src=""', page).replace("<head>", f"<head>{_NOTHING_OUTSIDE}", 1)


def _dbt(
    arguments: Sequence[str],
    ledger: Path,
    build_file: Path,
    work_dir: Path,
    root: Path,
    publication: "Publication | None" = None,
) -> tuple[str, int]:
    """Run dbt with its logs and target in ``work_dir``; its output and exit code."""
    command = [
        *(sys.executable, "-m", "ingest.dbt_process", str(work_dir)),
        *("--quiet", "--no-use-colors", "--log-path", str(work_dir / "dbt-logs")),
        *("--log-format-file", "json", "--log-level-file", "info", *arguments),
        *("--project-dir", str(root), "--profiles-dir", str(root)),
        *("--target-path", str(work_dir / "dbt-target")),
    ]
    environment = (
        os.environ | _ENVIRONMENT | {"JUESUAN_LEDGER": str(ledger), "JUESUAN_BUILD": str(build_file)}
    ) | _environment_of(publication)
    return _run(command, root, environment)


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[str, int]:
    """Run a child to its end, with its standard input open so long; output and exit code."""
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        output = child.stdout.read()
        return output, child.wait()
    finally:
        child.stdin.close()
        child.kill()
        child.wait()
        child.stdout.close()


def _environment_of(publication: "Publication | None") -> dict[str, str]:
    """The publication for models/intermediate/history/int_publication.sql; empty values mean none."""
    names = ("PUBLICATION", "PUBLISHED_AT", "EXTRACTOR_VERSION", "PROJECT_VERSION")
    values = ("",) * len(names) if publication is None else (*map(str, astuple(publication)),)
    return {f"JUESUAN_{name}": value for name, value in zip(names, values, strict=True)}


def _short_of_memory(results_file: Path) -> list[str]:
    """What failed, where all of it failed for memory: it may have been held by what ran beside it."""
    failed = [(result["unique_id"], result["message"] or "") for result in _failed(results_file)]
    if all("Out of Memory Error" in message for _, message in failed):
        return [name.split(".")[2] for name, _ in failed]
    return []


def _failed(results_file: Path) -> list[dict[str, Any]]:
    if not results_file.is_file():
        return []
    results = json.loads(results_file.read_text(encoding="utf-8"))["results"]
    return [result for result in results if result["status"] in {"error", "fail"}]


def _failure(output: str, results_file: Path, logs: Path) -> str:
    lines = []
    for result in _failed(results_file):
        message = " ".join((result["message"] or "").split())
        lines.append(f"{result['unique_id']}: {message[:400]}")
    lines = lines or [output.strip()[-2000:]]
    return "the marts could not be built; the published warehouse stands as it was\n  " + "\n  ".join(
        [*lines[:10], f"full log: {logs}"]
    )
