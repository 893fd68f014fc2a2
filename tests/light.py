"""A stand-in for dbt and the judge: the marts that the job itself asks for, made from the ledger in a second.

What the job does around a build (lock, ledger, work folder, switch, gates, recovery) is the same with it.
It reads the ledger in a child process, as dbt does, and never opens it for writing.
"""

import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb

from ingest import products
from ingest import refresh as refresh_module
from ingest.build import _run
from ingest.errors import JuesuanError
from ingest.store import Publication

_NEWEST = (
    "SELECT *, left(sha256, 16) AS document_id FROM ledger.raw.document"
    " QUALIFY row_number() OVER (PARTITION BY sha256 ORDER BY loaded_at DESC, extractor_version DESC) = 1"
)
_GONE = (
    "SELECT sha256, max(noted_at) AS removed_at FROM (SELECT * FROM ledger.raw.sighting QUALIFY"
    " row_number() OVER (PARTITION BY sha256, inbox ORDER BY sighting_no DESC) = 1)"
    " GROUP BY sha256 HAVING bool_and(event = 'gone')"
)
_IN_USE = "FROM ({table}) t JOIN marts.dim_document d USING (sha256)"
MARTS = {
    "dim_document": f"SELECT document_id, sha256, extractor_version, file_name,"
    f" district_name AS district_code, removed_at IS NULL AS is_current, removed_at, loaded_at"
    f" FROM ({_NEWEST}) LEFT JOIN ({_GONE}) USING (sha256) WHERE status = 'loaded' ORDER BY document_id",
    "fct_quarantine": f"SELECT document_id, file_name, reason_code FROM ({_NEWEST})"
    " WHERE status <> 'loaded' ORDER BY document_id",
    "fct_form_cell": "SELECT d.document_id, t.form, t.measure, t.amount, t.amount_printed"
    f" {_IN_USE.format(table='FROM ledger.raw.form_cell')}"
    " WHERE t.extractor_version = d.extractor_version ORDER BY ALL",
    "fct_claim": "SELECT d.document_id, t.metric, t.value_printed"
    f" {_IN_USE.format(table='FROM ledger.raw.claim')} WHERE t.extractor_version = d.extractor_version"
    " ORDER BY ALL",
    "fct_project": "SELECT d.document_id, t.project_name"
    f" {_IN_USE.format(table='FROM ledger.raw.project')} WHERE t.extractor_version = d.extractor_version"
    " ORDER BY ALL",
    "mart_department_year": "SELECT d.district_code, d.document_id AS total_document_id, 2024 AS fiscal_year,"
    " 'final' AS phase, CAST(sum(t.amount) AS DECIMAL(20, 2)) AS total_cny"
    " FROM marts.fct_form_cell t JOIN marts.dim_document d USING (document_id) GROUP BY ALL ORDER BY ALL",
    "fct_finding": "SELECT 'f' || document_id AS finding_id, document_id, 'R-light-01' AS rule_id,"
    " 'suspicious' AS severity FROM marts.dim_document ORDER BY ALL",
    "mart_acknowledgement": "SELECT '' AS finding_id, '' AS rule_id, '' AS document_id, '' AS state,"
    " '' AS acknowledged_by, '' AS acknowledged_on, '' AS reason, false AS is_lapsed LIMIT 0",
    "mart_rule_history": "SELECT 0 AS publication, '' AS rule_id, 0 AS documents_evaluated, 0 AS evaluated,"
    " 0 AS passed, 0 AS rounded, 0 AS failed, 0 AS missing LIMIT 0",
    "mart_run": "SELECT * FROM ledger.raw.run ORDER BY started_at, run_id",
} | {
    f"dim_{name}": f"SELECT '' AS {name}_code, '' AS {name}_name, 0 AS documents, true AS is_in_reference"
    " LIMIT 0"
    for name in ("function", "economic", "government_economic")
}


def build(ledger: Path, build_file: Path) -> None:
    """Make the marts; what runs in the child. It builds from nothing, whatever the file was begun with."""
    build_file.unlink(missing_ok=True)
    with duckdb.connect(str(build_file)) as db:
        db.execute("SET threads = 1")
        db.execute(f"ATTACH '{ledger}' AS ledger (READ_ONLY)")
        db.execute("CREATE SCHEMA marts")
        db.execute("CREATE SCHEMA intermediate")
        for name, sql in MARTS.items():
            db.execute(f"CREATE TABLE marts.{name} AS {sql}")
        db.execute("CREATE TABLE intermediate.int_document AS SELECT document_id FROM marts.dim_document")
        db.execute(
            "CREATE TABLE intermediate.int_document_doubt AS SELECT document_id, 0 AS figures,"
            " 0 AS doubtful_figures, '' AS pages, '' AS reasons, false AS is_doubtful FROM marts.dim_document"
        )
        db.execute(
            "CREATE TABLE intermediate.int_publication AS SELECT 0 AS publication, TIMESTAMP '2026-01-01' AS"
            " published_at"
        )
        db.execute(
            "CREATE TABLE intermediate.int_finding_event AS SELECT 0 AS publication, finding_id,"
            " 'seen' AS event, document_id, rule_id, '' AS kind, severity, '' AS responsibility,"
            " '' AS explanation_zh, '' AS explanation_en,"
            " '' AS healed_reason FROM marts.fct_finding LIMIT 0"
        )


def leave_manifest(work_dir: Path) -> None:
    """What dbt tells of the models, of none."""
    (work_dir / "dbt-target").mkdir()
    (work_dir / "dbt-target" / "manifest.json").write_text('{"nodes": {}}\n')


def build_marts(
    ledger: Path,
    build_file: Path,
    work_dir: Path,
    root: Path | None = None,
    publication: Publication | None = None,
    parsed: Path | None = None,
) -> str | None:
    (work_dir / "dbt-logs").mkdir()
    (work_dir / "dbt-logs" / "dbt.log").write_text("built\n")
    leave_manifest(work_dir)
    command = [sys.executable, "-m", "tests.light", str(ledger), str(build_file)]
    output, code = _run(command, Path(__file__).resolve().parent.parent, os.environ)
    if code != 0:
        raise JuesuanError(output)
    return None


def judge(build_file: Path, docs: Path) -> Any:
    docs.mkdir()
    (docs / "index.html").write_text("<p>judged</p>\n")
    return SimpleNamespace(
        summary=lambda: {
            "evaluated": 1,
            "successful": 1,
            "unsuccessful_rules": [],
            "not_evaluated_rules": [],
        }
    )


def prepare() -> threading.Thread:
    """Nothing has to be loaded."""
    thread = threading.Thread(target=lambda: None)
    thread.start()
    return thread


def install(patch: Any = setattr) -> None:
    """Put both in the place of the real ones; ``patch`` is setattr, or that of monkeypatch.

    What is made from the marts is left out: these are not all of them.
    """
    patch(refresh_module, "build_marts", build_marts)
    patch(refresh_module, "built_pages", lambda: None)
    patch(products, "write_products", lambda *_: None)
    module = SimpleNamespace(judge=judge, prepare=prepare)
    if patch is setattr:
        sys.modules["ingest.judge"] = module  # type: ignore[assignment]
    else:
        from ingest import judge as judge_module

        patch(judge_module, "judge", judge)
        patch(judge_module, "prepare", prepare)


if __name__ == "__main__":

    def _end_with_parent() -> None:
        while os.read(0, 1024):
            pass
        os._exit(1)

    threading.Thread(target=_end_with_parent, daemon=True).start()
    build(Path(sys.argv[1]), Path(sys.argv[2]))
