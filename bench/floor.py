"""The hand-written script floor.sql, and whether its figures are those of the marts.

.venv/bin/python bench/floor.py build/made/ledger.duckdb build/made/floor.duckdb
"""

import argparse
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "bench" / "floor.sql"
#: What both have, by the same name: a figure of the floor, and the same of the marts.
SAME = {
    "documents": ("SELECT count(*) FROM plain.document", "SELECT count(*) FROM marts.dim_document"),
    "sum of all figures of forms": (
        "SELECT sum(amount_cny) FROM plain.cell",
        "SELECT sum(amount_cny) FROM marts.fct_form_cell",
    ),
    "expenditure, deepest level": (
        "SELECT count(*), sum(amount_cny) FROM plain.expenditure WHERE row_role = 'detail'",
        "SELECT count(*), sum(amount_cny) FROM marts.fct_expenditure"
        " WHERE row_role = 'detail' AND source = 'form'",
    ),
    "claims in yuan": (
        "SELECT sum(value_cny), count(function_code) FROM plain.claim",
        "SELECT sum(value_cny), count(function_code) FROM marts.fct_claim",
    ),
    # A percentage is held against the text alone here, in the marts against text or form, as fits better.
    # What the text repeats of projects (R-performance-06, -20) is not judged here.
    "errors by rule and document, but for arithmetic inside the text and projects told there": (
        "SELECT count(DISTINCT document_id || rule_id),"
        " md5(string_agg(DISTINCT document_id || rule_id, ' ' ORDER BY document_id || rule_id))"
        " FROM plain.finding WHERE rule_id NOT LIKE 'R-arithmetic%'",
        "SELECT count(DISTINCT document_id || rule_id),"
        " md5(string_agg(DISTINCT document_id || rule_id, ' ' ORDER BY document_id || rule_id))"
        " FROM marts.fct_finding WHERE severity = 'error' AND rule_id NOT LIKE 'R-arithmetic%'"
        " AND rule_id NOT IN ('R-performance-06', 'R-performance-20')",
    ),
    "bodies and years": (
        "SELECT sum(expenditure_cny), sum(personnel_cny), sum(three_public_cny) FROM plain.department_year",
        "SELECT sum(expenditure_cny), sum(personnel_cny), sum(three_public_cny)"
        " FROM marts.mart_department_year WHERE expenditure_source = 'form'",
    ),
    "economic codes": (
        "SELECT count(*), sum(amount_cny) FROM plain.economic_year",
        "SELECT count(*), sum(amount_cny) FROM marts.mart_economic_year",
    ),
    "three public expenses": (
        "SELECT sum(final_cny) FROM plain.three_public_year",
        "SELECT sum(actual_cny) FROM marts.mart_three_public_year",
    ),
    "budgets executed": (
        "SELECT sum(final_cny), sum(initial_budget_cny) FROM plain.budget_execution"
        " WHERE function_code = 'total' AND fund = 'all'",
        "SELECT sum(final_cny), sum(initial_budget_cny) FROM marts.mart_budget_execution"
        " WHERE harmonised_code = 'total' AND fund = 'all' AND final_source = 'form'"
        " AND initial_budget_source = 'form'",
    ),
}


def run_floor(ledger: Path, target: Path, memory: str = "4GB") -> None:
    """Compute everything of floor.sql from the ledger into a new file."""
    with duckdb.connect(str(target), config={"memory_limit": memory, "threads": 2}) as db:
        db.execute(f"ATTACH '{ledger}' AS ledger (READ_ONLY)")
        db.execute(f"SET VARIABLE root = '{ROOT}'")
        db.execute(SCRIPT.read_text(encoding="utf-8"))


def differences(floor: Path, build_file: Path) -> list[str]:
    """What the two tell differently, in words; empty where they agree."""
    found = []
    with (
        duckdb.connect(str(floor), read_only=True) as own,
        duckdb.connect(str(build_file), read_only=True) as marts,
    ):
        for name, (of_floor, of_marts) in SAME.items():
            left, right = own.execute(of_floor).fetchall(), marts.execute(of_marts).fetchall()
            if left != right:
                found.append(f"{name}: {left} by floor.sql, {right} in the marts")
    return found


def main() -> None:
    """Run the script as asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--marts", type=Path, help="a build to compare with")
    options = parser.parse_args()
    run_floor(options.ledger, options.target)
    if options.marts:
        print("\n".join(differences(options.target, options.marts)) or "no difference")


if __name__ == "__main__":
    main()
