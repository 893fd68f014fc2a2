"""What a finished build holds, in figures for the report."""

from pathlib import Path
from typing import Any

import duckdb

from ingest import bounded

_COUNTED = {
    "documents": "marts.dim_document",
    "cells": "marts.fct_form_cell",
    "claims": "marts.fct_claim",
    "projects": "marts.fct_project",
    "errors": "marts.fct_finding WHERE severity = 'error'",
    "findings": "marts.fct_finding",
}
_LAPSED = ("finding_id", "rule_id", "document_id", "state", "acknowledged_by", "acknowledged_on", "reason")


def counts(build_file: Path) -> dict[str, int]:
    """Rows of the main marts."""
    with bounded.read(build_file) as db:
        return {name: _number(db, f"SELECT count(*) FROM {rows}") for name, rows in _COUNTED.items()}


def observed_codes(build_file: Path) -> list[dict[str, Any]]:
    """Codes that papers print and the reference does not know, with the number of papers of each."""
    dimensions = ("function", "economic", "government_economic")
    columns = ("classification", "code", "name", "documents")
    sql = " UNION ALL ".join(
        f"SELECT '{name}', {name}_code AS code, {name}_name, documents FROM marts.dim_{name}"
        " WHERE NOT is_in_reference"
        for name in dimensions
    )
    with bounded.read(build_file) as db:
        return [dict(zip(columns, row, strict=True)) for row in db.execute(f"{sql} ORDER BY code").fetchall()]


def acknowledgements(build_file: Path) -> dict[str, Any]:
    """How many acknowledgements are in force, and those that no longer apply, one by one."""
    columns = ", ".join(f"CAST({name} AS VARCHAR)" if name == "acknowledged_on" else name for name in _LAPSED)
    with bounded.read(build_file) as db:
        in_force = _number(db, "SELECT count(*) FROM marts.mart_acknowledgement WHERE state = 'in_force'")
        lapsed = db.execute(
            f"SELECT {columns} FROM marts.mart_acknowledgement WHERE is_lapsed ORDER BY ALL"
        ).fetchall()
    return {"in_force": in_force, "lapsed": [dict(zip(_LAPSED, row, strict=True)) for row in lapsed]}


def _number(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = db.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
