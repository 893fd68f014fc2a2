"""Nothing lost: numbers of form pages are placed or left over, each digit of a page in one block."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from ingest.account import NO_FORM, NO_LINE, OUTSIDE, UNPLACED, account_for
from ingest.choose import NEXT, read_forms
from ingest.extract import read_document
from ingest.model import Claim, DocumentRow, Extraction, Grid, GridRow, Line, Paper, TableCell
from ingest.readers.pdf import reread_page
from ingest.readers.pdf_page import view_page
from tests.conftest import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
TYPESET = sorted(path for path in FIXTURES.glob("*/*.pdf") if path.stem != "encrypted")
HEAD = (
    ("支出决算表",),
    ("科目编码", "科目名称", "本年支出合计", "基本支出", "项目支出"),
    ("", "合计", "30.00", "10.00", "20.00"),
)
BOX = "1.0,2.0,3.0,4.0"


def paper(rows: tuple[tuple[str, ...], ...], *lines: Line, boxed: bool = True) -> Paper:
    placed = tuple(
        GridRow(cells, number, 100 + number, (BOX,) * len(cells) if boxed else ())
        for number, cells in enumerate(rows, 1)
    )
    blocks = (Line("单位：万元", 1, 0), *lines, Grid(1, 1, placed))
    return Paper("x.pdf", "", 0, "pdf", 1, "", blocks)


def accounted(given: Paper, claims: tuple[Claim, ...] = ()) -> Extraction:
    extraction = read_forms(given)
    extraction.claims += claims
    account_for(given, extraction)
    return extraction


def left(extraction: Extraction) -> list[tuple[str, str]]:
    return [(item.text, item.reason) for item in extraction.leftovers]


def test_amounts_codes_ordinals_and_headings_are_placed() -> None:
    rows = (*HEAD, ("208", "一、社会保障", "30.00", "10.00", "20.00"))
    extraction = accounted(paper(rows))
    assert left(extraction) == []
    assert extraction.document.number_count == 7


def test_an_amount_behind_the_last_column_is_left_over_with_its_box() -> None:
    rows = (*HEAD[:2], (*HEAD[2], "7.00"), ("208", "社会保障", "30.00", "10.00", "20.00", ""))
    extraction = accounted(paper(rows))
    assert [text for text, _ in left(extraction)] == ["7.00"]
    assert {item.bbox for item in extraction.leftovers} == {BOX}


def test_a_row_that_is_no_line_gives_up_its_amounts() -> None:
    extraction = accounted(paper((*HEAD, ("注：另有 12.50 万元", "", "", "", ""))))
    assert ("12.50", NO_LINE) in left(extraction)


def test_an_amount_in_a_name_is_left_over() -> None:
    rows = (*HEAD, ("208", "社会保障 55.10", "30.00", "10.00", "20.00"))
    assert [text for text, _ in left(accounted(paper(rows)))] == ["社会保障 55.10"]


def test_an_amount_that_the_parser_passed_over_is_left_over() -> None:
    given = paper(HEAD)
    extraction = read_forms(given)
    passed_over = extraction.form_cells.pop()
    account_for(given, extraction)
    assert left(extraction) == [(passed_over.amount_printed, UNPLACED)]


def test_text_beside_the_table_is_left_over_unless_a_claim_states_it() -> None:
    line = Line("支出 30.00 万元，第 12 页", 1, 10, BOX)
    claim = Claim("", "", "", "final_actual", 2024, Decimal(30), "30.00", 2, "万元", 13, 5, 1)
    assert left(accounted(paper(HEAD, line), (claim,))) == [("12", OUTSIDE)]
    assert left(accounted(paper(HEAD, line))) == [("30.00", OUTSIDE), ("12", OUTSIDE)]


def test_lines_without_a_place_on_the_page_are_not_counted() -> None:
    assert left(accounted(paper(HEAD, Line("第 12 页", 1, 10), boxed=False))) == []


def test_a_table_beside_the_form_is_counted_where_it_has_a_place() -> None:
    other = Grid(2, 1, (GridRow(("甲", "5.00"), 1, 200, (BOX, BOX)),))
    given = paper(HEAD)
    extraction = Extraction(DocumentRow(), table_cells=[TableCell(1, 1, 1, 1, "", "expenditure", None)])
    account_for(Paper("x.pdf", "", 0, "pdf", 1, "", (other,)), extraction)
    assert given.blocks
    assert left(extraction) == [("5.00", NO_FORM)]


def digits(texts: list[str]) -> Counter[str]:
    return Counter(char for text in texts for char in text if char.isdigit())


def digits_read(given: Paper) -> dict[int, Counter[str]]:
    texts: dict[int, list[str]] = {}
    for block in given.blocks:
        found = (
            [block.text] if isinstance(block, Line) else [cell for row in block.rows for cell in row.cells]
        )
        texts.setdefault(block.page, []).extend(found)
    return {page: digits(found) for page, found in texts.items()}


def digits_printed(path: Path) -> dict[int, Counter[str]]:
    with pdfium.PdfDocument(path) as document:
        return {
            number: digits([char.text for char in view_page(page).chars])
            for number, page in enumerate(document, 1)
        }


def assert_no_digit_is_lost(path: Path) -> None:
    """All in all: a row that the page break cut is whole on one page.

    A page with hardly a character may be a picture: its text is recognised, not given.
    """
    given, _ = read_document(path.read_bytes(), path.name)
    printed = digits_printed(path)
    found = digits_read(given)
    pages = [page for page in printed if sum(printed[page].values()) > 20]
    assert sum((found.get(page, Counter()) for page in pages), Counter()) == sum(
        (printed[page] for page in pages), Counter()
    )


@pytest.mark.parametrize("path", TYPESET, ids=lambda path: path.stem)
def test_every_digit_of_a_page_is_in_one_block(path: Path) -> None:
    assert_no_digit_is_lost(path)


@pytest.mark.parametrize("reader", NEXT)
@pytest.mark.parametrize("name", ["ruled", "three_line", "borderless", "continued"])
def test_no_reader_loses_a_digit(name: str, reader: str) -> None:
    path = FIXTURES / "unruled" / f"{name}.pdf"
    for page, printed in digits_printed(path).items():
        found = digits_read(reread_page(path.read_bytes(), page, reader))
        assert found.get(page, Counter()) == printed, page


def test_a_total_printed_again_on_the_next_page_is_told_once() -> None:
    first = paper(HEAD)
    again = GridRow(HEAD[2], 1, 200, (BOX,) * len(HEAD[2]))
    item = GridRow(("208", "社会保障", "30.00", "10.00", "20.00"), 2, 300, (BOX,) * 5)
    given = Paper("x.pdf", "", 0, "pdf", 2, "", (*first.blocks, Grid(2, 2, (again, item))))
    assert left(accounted(given)) == []
