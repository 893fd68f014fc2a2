"""Run the dbt project over the ledger into a new DuckDB file, in a process of its own.

A process of its own leaves no open handle on the file that is to be published, and keeps dbt's
imports out of every command that does not build.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.dbt_process import PEAK_FILE
from ingest.errors import JuesuanError, LedgerDamaged, is_damage

if TYPE_CHECKING:
    from ingest.store import Publication

PROJECT_ROOT = Path(__file__).resolve().parent.parent
PROJECT_PARTS = ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "tests/sql")
_ENVIRONMENT = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}


def project_version(root: Path = PROJECT_ROOT) -> str:
    """The first 12 hex of a hash over the dbt project: what besides the ledger shapes the marts."""
    digest = hashlib.sha256()
    for part in PROJECT_PARTS:
        path = root / part
        files = [path] if path.is_file() else sorted(item for item in path.rglob("*") if item.is_file())
        for file in files:
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def build_marts(
    ledger: Path,
    build_file: Path,
    work_dir: Path,
    root: Path = PROJECT_ROOT,
    publication: "Publication | None" = None,
    parsed: Path | None = None,
) -> None:
    """Build every seed, model and data test; raises JuesuanError with dbt's own words on failure.

    ``publication`` is what the build is for; without it the newest on record is built again. ``parsed`` is
    where dbt's own notes of the parsed project are kept from one build to the next: dbt reads again what
    differs from them. dbt's unit tests prove the models, not the data, and belong to the test suite.
    """
    if not (root / "dbt_project.yml").is_file():
        raise JuesuanError(f"no dbt project at {root}: install juesuan from its checkout (pip install -e .)")
    build_file.parent.mkdir(parents=True, exist_ok=True)
    build_file.unlink(missing_ok=True)
    logs, target = work_dir / "dbt-logs", work_dir / "dbt-target"
    command = [
        *(sys.executable, "-m", "ingest.dbt_process", str(work_dir)),
        *("--quiet", "--no-use-colors", "--log-path", str(logs), "--log-format-file", "json"),
        *("build", "--exclude-resource-type", "unit_test"),
        *("--project-dir", str(root), "--profiles-dir", str(root), "--target-path", str(target)),
        *(("--partial-parse-file-path", str(parsed)) if parsed and parsed.is_file() else ()),
    ]
    environment = (
        os.environ | _ENVIRONMENT | {"JUESUAN_LEDGER": str(ledger), "JUESUAN_BUILD": str(build_file)}
    ) | _environment_of(publication)
    output, code = _run(command, root, environment)
    if code != 0:
        words = _failure(output, target / "run_results.json", logs)
        raise LedgerDamaged(words) if is_damage(words) else JuesuanError(words)
    notes = target / "partial_parse.msgpack"
    # Where nothing has changed since the last build, dbt writes none.
    if parsed and notes.is_file():
        notes.replace(parsed)


def peak_memory(work_dir: Path) -> int:
    """The most memory that dbt held while it built in ``work_dir``, in bytes; 0 where it could not say."""
    file = work_dir / PEAK_FILE
    return int(file.read_text(encoding="ascii")) if file.is_file() else 0


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


def _failure(output: str, results_file: Path, logs: Path) -> str:
    lines = []
    if results_file.is_file():
        for result in json.loads(results_file.read_text(encoding="utf-8"))["results"]:
            if result["status"] in {"error", "fail"}:
                message = " ".join((result["message"] or "").split())
                lines.append(f"{result['unique_id']}: {message[:400]}")
    lines = lines or [output.strip()[-2000:]]
    return "the marts could not be built; the published warehouse stands as it was\n  " + "\n  ".join(
        [*lines[:10], f"full log: {logs}"]
    )
