"""The questions that the command line answers from the published warehouse."""

from pathlib import Path
from typing import Any

import duckdb

from ingest.publish import current_manifest

_DOCUMENT_FILTER = (
    "(starts_with(d.document_id, $document) OR contains(d.file_name, $document)"
    " OR contains(d.department_name, $document))"
)


def warehouse_status(db: duckdb.DuckDBPyConnection, warehouse: Path) -> dict[str, Any]:
    """What is published, per document and per kind of finding."""
    manifest = current_manifest(warehouse) or {}
    documents = db.execute(
        "SELECT d.document_id, d.department_name, d.document_kind, d.fiscal_year, d.grade,"
        " count(f.finding_id) FILTER (f.severity = 'error') AS errors, count(f.finding_id) AS findings"
        " FROM marts.dim_document d LEFT JOIN marts.fct_finding f USING (document_id)"
        " GROUP BY ALL ORDER BY d.department_name, d.fiscal_year"
    )
    document_columns = [item[0] for item in documents.description or []]
    document_rows = documents.fetchall()
    by_kind = db.execute(
        "SELECT kind, severity, responsibility, count(*) AS findings FROM marts.fct_finding"
        " GROUP BY ALL ORDER BY ALL"
    )
    finding_columns = [item[0] for item in by_kind.description or []]
    finding_rows = by_kind.fetchall()
    quarantine = db.execute("SELECT file_name, reason, remedy FROM marts.fct_quarantine ORDER BY file_name")
    quarantine_columns = [item[0] for item in quarantine.description or []]
    quarantine_rows = quarantine.fetchall()
    lapsed = db.execute(
        "SELECT finding_id, rule_id, state, acknowledged_by, acknowledged_on, reason"
        " FROM marts.mart_acknowledgement WHERE is_lapsed ORDER BY ALL"
    )
    return {
        "published_at": manifest.get("published_at"),
        "publication": manifest.get("number"),
        "counts": manifest.get("counts"),
        "document_columns": document_columns,
        "documents": [list(row) for row in document_rows],
        "finding_columns": finding_columns,
        "findings": [list(row) for row in finding_rows],
        "quarantine_columns": quarantine_columns,
        "quarantined": [list(row) for row in quarantine_rows],
        "lapsed_columns": [item[0] for item in lapsed.description or []],
        "lapsed": [list(row) for row in lapsed.fetchall()],
    }


def grade_definitions(db: duckdb.DuckDBPyConnection) -> tuple[list[str], list[tuple[Any, ...]]]:
    """What each grade means, in both languages, and how many documents have it."""
    result = db.execute(
        "SELECT g.grade, count(d.document_id) AS documents, g.title_zh, g.title_en, g.definition_zh,"
        " g.definition_en FROM marts.dim_grade g LEFT JOIN marts.dim_document d USING (grade)"
        " GROUP BY ALL ORDER BY any_value(g.rank)"
    )
    return [item[0] for item in result.description or []], result.fetchall()


def finding_kinds(db: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The kinds of findings that the rules can make."""
    return tuple(
        row[0] for row in db.execute("SELECT DISTINCT kind FROM marts.dim_rule ORDER BY 1").fetchall()
    )


def has_document(db: duckdb.DuckDBPyConnection, document: str) -> bool:
    """Whether a published document has this id, or this part of file or department name."""
    found = db.execute(
        f"SELECT 1 FROM marts.dim_document d WHERE {_DOCUMENT_FILTER} LIMIT 1", {"document": document}
    )
    return found.fetchone() is not None


def list_findings(
    db: duckdb.DuckDBPyConnection,
    document: str | None,
    severity: str | None,
    responsibility: str | None,
    kind: str | None,
    language: str,
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Findings that pass the filters, gravest first, each with its figures. ``language`` is zh or en."""
    conditions, parameters = ["true"], dict[str, str]()
    for name, value in (("severity", severity), ("responsibility", responsibility), ("kind", kind)):
        if value is not None:
            conditions.append(f"f.{name} = ${name}")
            parameters[name] = value
    if document is not None:
        conditions.append(_DOCUMENT_FILTER)
        parameters["document"] = document
    result = db.execute(
        "SELECT f.severity, f.responsibility, d.department_name AS department, d.fiscal_year AS year,"
        f" f.rule_id, f.explanation_{language} AS explanation, r.label_{language} AS fault, f.kind, f.form,"
        " f.row_key, f.measure, f.page, f.left_label, f.left_value, f.right_label, f.right_value,"
        " f.difference, f.tolerance, f.acknowledged, h.first_seen, d.file_name, f.finding_id, f.document_id"
        " FROM marts.fct_finding f JOIN marts.dim_document d USING (document_id)"
        " JOIN marts.dim_fault_reason r USING (fault_reason)"
        " LEFT JOIN marts.mart_finding_history h ON h.finding_id = f.finding_id"
        f" WHERE {' AND '.join(conditions)}"
        " ORDER BY CASE f.severity WHEN 'error' THEN 1 WHEN 'suspicious' THEN 2 ELSE 3 END,"
        " department, year, f.rule_id, f.finding_id",
        parameters,
    )
    return [item[0] for item in result.description or []], result.fetchall()


def explain_figure(db: duckdb.DuckDBPyConnection, figure: str) -> dict[str, list[dict[str, Any]]]:
    """Cells, their rows as printed, claims and findings behind a figure or a finding's id.

    A figure is ``document:form:row_key:measure``; parts may be left out from the right, and an id may
    be cut to its beginning.
    """
    found = db.execute(
        "SELECT finding_id, document_id, form, row_key, measure FROM marts.fct_finding"
        " WHERE starts_with(finding_id, ?)",
        [figure],
    ).fetchall()
    if len(found) == 1:
        finding_id, *place = found[0]
    else:
        finding_id, place = None, [*figure.split(":", 3), None, None, None][:4]
    where = dict(zip(("document", "form", "row_key", "measure"), place, strict=True))
    at_place = " AND ".join(
        [_DOCUMENT_FILTER, *(f"(${name} IS NULL OR {{0}}.{name} = ${name})" for name in list(where)[1:])]
    )
    cells = _records(
        db,
        "SELECT d.file_name, c.form, c.row_key, c.row_name, c.measure, c.amount_printed, c.unit_printed,"
        " c.amount_cny, c.amount_source, c.repair_note, c.page, c.table_no, c.row_no, c.column_no, c.reader,"
        " c.bbox, d.document_id, d.sha256"
        " FROM marts.fct_form_cell c JOIN marts.dim_document d USING (document_id)"
        f" WHERE {at_place.format('c')} ORDER BY ALL",
        where,
    )
    rows = _records(
        db,
        "SELECT document_id, page, table_no, row_no,"
        " list({'column_no': column_no, 'text': text, 'bbox': bbox} ORDER BY column_no) AS cells"
        " FROM marts.fct_table_cell"
        " WHERE list_contains($places, concat_ws(':', document_id, table_no, row_no))"
        " GROUP BY ALL ORDER BY ALL",
        {"places": sorted({f"{c['document_id']}:{c['table_no']}:{c['row_no']}" for c in cells})},
    )
    amounts = sorted({str(cell["amount_cny"]) for cell in cells}) if where["form"] else []
    claims = _records(
        db,
        "SELECT c.section, c.subject, c.metric, c.year, c.value, c.unit, c.page, c.snippet_offset"
        " FROM marts.fct_claim c JOIN marts.dim_document d USING (document_id)"
        f" WHERE {_DOCUMENT_FILTER} AND list_contains($amounts, CAST(c.value_cny AS VARCHAR)) ORDER BY ALL",
        {"document": where["document"], "amounts": amounts},
    )
    findings = _records(
        db,
        "SELECT f.severity, f.responsibility, f.rule_id, f.explanation_zh, f.explanation_en, f.finding_id"
        " FROM marts.fct_finding f JOIN marts.dim_document d USING (document_id)"
        f" WHERE {'f.finding_id = $finding' if finding_id else at_place.format('f')} ORDER BY ALL",
        {"finding": finding_id} if finding_id else where,
    )
    return {"cells": cells, "rows": rows, "claims": claims, "findings": findings}


def _records(db: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    result = db.execute(sql, parameters)
    columns = [item[0] for item in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
