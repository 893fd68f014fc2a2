"""What a build made of the contradictions that ``make_ledger`` planted."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

COUNTS = """
    WITH planted AS (FROM read_csv(?)),
    errors AS (FROM built.marts.fct_finding WHERE severity = 'error'),
    met AS (
        SELECT planted.document_id,
            coalesce(bool_or(errors.rule_id = planted.rule_id), false) AS is_found,
            coalesce(bool_or(errors.form = planted.form AND errors.row_key = planted.row_key
                AND errors.measure = planted.measure), false) AS is_named,
            any_value(planted.target) AS target
        FROM planted LEFT JOIN errors USING (document_id)
        GROUP BY planted.document_id
    )
    SELECT count(*), count(*) FILTER (is_found), count(*) FILTER (target = 'form_cell'),
        count(*) FILTER (target = 'form_cell' AND is_named),
        (SELECT count(*) FROM errors WHERE document_id NOT IN (SELECT document_id FROM planted)),
        (SELECT count(*) FROM built.marts.dim_document)
    FROM met
"""


@dataclass(frozen=True)
class Outcome:
    """Contradictions planted, and how many are an error of their document by the rule they break.

    ``cells`` of them are cells of forms, of which ``named`` are the suspect that a finding names.
    ``errors_in_clean`` counts the findings of errors in documents without one.
    """

    planted: int
    found: int
    cells: int
    named: int
    errors_in_clean: int
    documents: int


def outcome(build_file: Path, planted: Path) -> Outcome:
    """Compare the findings of a build with the list beside its ledger."""
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{build_file}' AS built (READ_ONLY)")
        (row,) = db.execute(COUNTS, [str(planted)]).fetchall()
    return Outcome(*row)
