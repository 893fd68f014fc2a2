"""Whole papers in the printings of many places: every cell that they print is read, and nothing else."""

import csv
from collections import Counter

import pytest

from ingest.extract import extract, read_document
from ingest.forms.catalogue import plain_label
from ingest.forms.grid import digits_of
from ingest.model import Extraction, FormLine
from tests.conftest import ROOT
from tests.fixtures.cities.budgets import four_sides_budget, hebei_budget, xinjiang_budget
from tests.fixtures.cities.figures import Paper, expected
from tests.fixtures.cities.papers import (
    by_unit_final,
    ministry_final,
    sichuan_final,
    workbook_final,
    yuan_final,
    yunnan_final,
)

FOLDER = ROOT / "tests" / "fixtures" / "cities"
PAPERS = [
    make()
    for make in (
        sichuan_final,
        yunnan_final,
        ministry_final,
        yuan_final,
        by_unit_final,
        workbook_final,
        hebei_budget,
        four_sides_budget,
        xinjiang_budget,
    )
]
Cell = tuple[str, str, str, str]


def class_codes() -> dict[str, str]:
    path = ROOT / "seeds" / "classification_function.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["name_zh"]: row["code"] for row in csv.DictReader(handle) if row["level"] == "class"}


def key_of(line: FormLine, codes: dict[str, str]) -> str:
    """The contract's key of a line, as far as it needs no more than the line."""
    name = plain_label(line.row_name or "")
    name = name if name in codes or f"{name}支出" not in codes else f"{name}支出"
    if line.side:
        code = digits_of(line.code_printed or "")
        return f"{line.side}/{line.line or code or codes.get(name) or line.row_name}"
    return line.line or digits_of(line.code_printed or "") or codes.get(name, name)


def cells_of(extraction: Extraction) -> Counter[Cell]:
    codes = class_codes()
    lines = {(line.table_no, line.row_no, line.block_no): line for line in extraction.form_lines}
    return Counter(
        (
            cell.form,
            key_of(lines[cell.table_no, cell.row_no, cell.block_no], codes),
            cell.measure,
            f"{cell.amount:,.2f}",
        )
        for cell in extraction.form_cells
    )


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_cell_of_the_nine_forms_is_read(paper: Paper) -> None:
    path = next(FOLDER.glob(f"{paper.name}.[phx][dtl]*"))
    extraction = extract(*read_document(path.read_bytes(), path.name))
    document = extraction.document
    assert (document.document_kind, document.fiscal_year) == (paper.kind, paper.year)
    assert document.department_name in "".join(paper.cover)
    assert document.unit_printed == paper.unit
    found, due = cells_of(extraction), Counter(expected(paper))
    assert {"missing": sorted(due - found), "not printed": sorted(found - due)} == {
        "missing": [],
        "not printed": [],
    }
