"""Publications: whole folders that are switched to by renaming one pointer.

    warehouse/
      ledger.duckdb               the raw ledger
      publications/<number>/      juesuan.duckdb, data-docs/, site/, publication.json
      current -> publications/<number>
      juesuan.duckdb -> current/juesuan.duckdb

Readers that have the old file open keep it; new readers see the new one.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

WAREHOUSE_FILE = "juesuan.duckdb"
MANIFEST = "publication.json"
KEPT = 3
PUBLISHED_SCHEMA = "marts"


def current_manifest(warehouse: Path) -> dict[str, Any] | None:
    """What the standing publication says of itself, or None where nothing is published."""
    file = warehouse / "current" / MANIFEST
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def open_published(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """Open the published file read-only; queries cannot reach files or networks beyond it.

    Raises FileNotFoundError before the first successful refresh.
    """
    file = warehouse / WAREHOUSE_FILE
    if not file.exists():
        raise FileNotFoundError(file)
    return duckdb.connect(
        str(file.resolve()),
        read_only=True,
        config={"enable_external_access": "false", "lock_configuration": "true"},
    )


def keep_only_marts(build_file: Path) -> None:
    """Drop the layers below the marts, so that readers meet the contract and nothing else."""
    with duckdb.connect(str(build_file)) as db:
        schemas = db.execute(
            "SELECT DISTINCT schema_name FROM duckdb_schemas() WHERE NOT internal"
            " AND database_name = current_database() ORDER BY 1"
        ).fetchall()
        for (schema,) in schemas:
            if schema not in {PUBLISHED_SCHEMA, "main"}:
                db.execute(f'DROP SCHEMA "{schema}" CASCADE')
        db.execute("CHECKPOINT")


def next_number(warehouse: Path) -> str:
    """The number that the next publication will bear."""
    publications = warehouse / "publications"
    publications.mkdir(parents=True, exist_ok=True)
    numbers = [int(path.name) for path in publications.iterdir() if path.name.isdigit()]
    return f"{max(numbers, default=0) + 1:06d}"


def publish(warehouse: Path, work_dir: Path, manifest: Mapping[str, Any]) -> Path:
    """Move the finished ``work_dir`` into place and switch the pointer; returns the new folder.

    ``work_dir`` must lie inside ``warehouse`` so that every move is a rename.
    """
    publications = warehouse / "publications"
    number = next_number(warehouse)
    text = json.dumps({"number": number, **manifest}, ensure_ascii=False, indent=2, sort_keys=True)
    (work_dir / MANIFEST).write_text(text + "\n", encoding="utf-8")
    target = publications / number
    work_dir.rename(target)
    _point(warehouse / "current", Path("publications") / number)
    _point(warehouse / WAREHOUSE_FILE, Path("current") / WAREHOUSE_FILE)
    for old in sorted(path for path in publications.iterdir() if path.name.isdigit())[:-KEPT]:
        shutil.rmtree(old)
    return target


def _point(link: Path, target: Path) -> None:
    beside = link.with_name(link.name + ".new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)
