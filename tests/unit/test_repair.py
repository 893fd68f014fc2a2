"""What the repair restores in made papers, and what it leaves as it was read."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from tests.made_papers import ITEMS, Name, Paper, coded_form, evaluate

GENERAL = "general_public_expenditure"
FIGURES = {**coded_form(GENERAL, ITEMS), **coded_form("expenditure", ITEMS)}
CELL: Name = (GENERAL, "2010101", "basic")
BESIDE: Name = (GENERAL, "2010101", "project")
#: The row's other figures print nothing: one identity speaks of the cell.
LONE = {name: amount for name, amount in FIGURES.items() if name[0] == GENERAL and name[2] == "basic"}

PAPERS = [
    Paper("point lost", FIGURES, {CELL: "41363"}),
    Paper("comma", FIGURES, leftovers={CELL: "413,63"}),
    Paper("blank", FIGURES, leftovers={CELL: "4 13.63"}),
    Paper("blanks for all", FIGURES, leftovers={CELL: "413 63"}),
    Paper("over the rule", FIGURES, {CELL: "413.6", BESIDE: "350.20"}),
    Paper("over the rule, back", FIGURES, {CELL: "413.635", BESIDE: "0.20"}),
    Paper("glyph", FIGURES, {CELL: "418.63"}, recognised=True),
    Paper("digit lost", FIGURES, {CELL: "43.63"}, recognised=True),
    Paper("digit doubled", FIGURES, {CELL: "4413.63"}, recognised=True),
    Paper("well formed", FIGURES, {CELL: "418.63"}),
    Paper("other glyph", FIGURES, {CELL: "423.63"}, recognised=True),
    Paper("one identity", LONE, {CELL: "41363"}),
    Paper("contradiction", FIGURES, {CELL: "41363", (GENERAL, "20101", "basic"): "500.00"}),
    Paper("whole yuan", {name: amount * 100 // 1 for name, amount in FIGURES.items()},
          {name: f"{amount * 100 // 1}" for name, amount in FIGURES.items()}),
]  # fmt: skip
RESTORED = [paper.document_id for paper in PAPERS[:9]]
LEFT = [paper.document_id for paper in PAPERS[9:]]


@pytest.fixture(scope="module")
def judged() -> Iterator[duckdb.DuckDBPyConnection]:
    with evaluate(PAPERS) as db:
        yield db


def amounts(db: duckdb.DuckDBPyConnection, document_id: str) -> dict[Name, Decimal]:
    rows = db.execute(
        "SELECT form, row_key, measure, amount_cny FROM int_form_cell"
        " WHERE document_id = ? AND amount_source <> 'derived'",
        [document_id],
    ).fetchall()
    return {(form, row, measure): amount for form, row, measure, amount in rows}


@pytest.mark.parametrize("document_id", RESTORED)
def test_garbled_figure_is_restored_and_no_other_touched(
    judged: duckdb.DuckDBPyConnection, document_id: str
) -> None:
    assert amounts(judged, document_id) == {name: amount * 10000 for name, amount in FIGURES.items()}


@pytest.mark.parametrize("document_id", LEFT)
def test_nothing_else_is_repaired(judged: duckdb.DuckDBPyConnection, document_id: str) -> None:
    found = judged.execute("SELECT * FROM int_cell_repair WHERE document_id = ?", [document_id]).fetchall()
    assert found == []


def test_printed_text_stays_beside_the_repair(judged: duckdb.DuckDBPyConnection) -> None:
    rows = judged.execute(
        "SELECT amount_printed, amount_source, repair_note FROM int_form_cell"
        " WHERE document_id = 'point lost' AND amount_source = 'repaired'"
    ).fetchall()
    assert rows == [
        ("41363", "repaired", "41363 -> 413.63: the decimal point was lost; R-general-01, R-general-05 hold")
    ]


@pytest.mark.parametrize("document_id", RESTORED)
def test_every_repair_is_a_finding_and_mends_what_was_broken(
    judged: duckdb.DuckDBPyConnection, document_id: str
) -> None:
    rows = judged.execute(
        "SELECT rule_id, row_key, measure, responsibility FROM fct_finding"
        " WHERE document_id = ? AND kind <> 'coverage' ORDER BY ALL",
        [document_id],
    ).fetchall()
    cells = [CELL, BESIDE] if document_id.startswith("over") else [CELL]
    assert rows == [("R-garbled-01", row, measure, "extraction") for _, row, measure in cells]


def test_repaired_leftover_is_no_leftover(judged: duckdb.DuckDBPyConnection) -> None:
    assert judged.execute("FROM int_leftover").fetchall() == []
