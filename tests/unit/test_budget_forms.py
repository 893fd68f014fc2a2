"""What only budgets print: each trap is a typeset page in tests/fixtures/pdf, its figures keyed here."""

from collections import Counter

import pytest

from ingest.forms.parser import parse_forms
from ingest.identity import identify
from ingest.model import DocumentRow, Extraction, Paper
from ingest.readers.pdf import read_pdf, reread_page
from tests.conftest import ROOT

PDF = ROOT / "tests" / "fixtures" / "pdf"
#: The rows of the plain expenditure form: line or code, then total, basic and project.
PLAIN = [
    ("total", "100.55", "60.25", "40.30"),
    ("208", "100.55", "60.25", "40.30"),
    ("20805", "100.55", "60.25", "40.30"),
    ("2080505", "60.25", "60.25", ""),
    ("2080506", "40.30", "", "40.30"),
]


def paper_of(name: str) -> Paper:
    return read_pdf((PDF / f"{name}.pdf").read_bytes(), f"{name}.pdf")


def extraction_of(name: str) -> Extraction:
    extraction = Extraction(DocumentRow("budget", 2026))
    parse_forms(paper_of(name), extraction)
    return extraction


def said(extraction: Extraction, form: str) -> list[tuple[str, str, str]]:
    """Line or code, measure and printed amount of each cell of a form, in reading order."""
    lines = {(line.table_no, line.row_no, line.block_no): line for line in extraction.form_lines}
    found = []
    for cell in extraction.form_cells:
        if cell.form == form:
            line = lines[cell.table_no, cell.row_no, cell.block_no]
            found.append((line.line or line.code_printed or "", cell.measure, cell.amount_printed))
    return found


def keyed(rows: list[tuple[str, ...]], measures: str) -> list[tuple[str, str, str]]:
    return [
        (row[0], measure, amount)
        for row in rows
        for measure, amount in zip(measures.split(), row[1:], strict=True)
        if amount
    ]


def test_a_name_wider_than_its_cell_stays_in_it() -> None:
    extraction = extraction_of("overrun_names")
    assert said(extraction, "expenditure") == keyed(PLAIN, "total basic project")
    assert [line.row_name for line in extraction.form_lines][3:] == [
        "机关事业单位基本养老保险缴费支出",
        "机关事业单位职业年金缴费支出",
    ]
    assert not extraction.leftovers


def test_a_title_over_two_lines_heads_its_form_and_ends_the_one_before() -> None:
    extraction = extraction_of("title_over_lines")
    assert [form.form for form in extraction.forms] == ["general_public_expenditure"]
    found = said(extraction, "general_public_expenditure")
    assert found == keyed(PLAIN, "total basic_personnel project")
    unknown = {cell.caption for cell in extraction.table_cells if cell.form is None}
    assert unknown == {"2026年部门综合预算一般公共预算支出明细表（按支出经济分类科目-不含上年结转）"}
    assert not extraction.leftovers


def test_columns_of_other_years_and_changes_keep_apart() -> None:
    extraction = extraction_of("other_years")
    measures = "prior_year_total total basic project change_total change_pct_total"
    figures = ("90.00", "100.55", "60.25", "40.30", "10.55", "11.72")
    assert said(extraction, "general_public_expenditure") == keyed(
        [("total", *figures), ("208", *figures)], measures
    )
    assert {cell.unit_printed for cell in extraction.form_cells if "pct" in cell.measure} == {"%"}
    assert {cell.unit_printed for cell in extraction.form_cells if "pct" not in cell.measure} == {"万元"}
    assert not extraction.leftovers


def test_units_between_the_codes_are_rows_of_their_own() -> None:
    rows = [
        ("total", "70.00", "50.00", "20.00"),
        ("unit:301001某某局本级", "30.00", "20.00", "10.00"),
        ("208", "30.00", "20.00", "10.00"),
        ("05", "30.00", "20.00", "10.00"),
        ("2080505", "30.00", "20.00", "10.00"),
        ("unit:301002某某中心", "40.00", "30.00", "10.00"),
        ("208", "40.00", "30.00", "10.00"),
        ("05", "40.00", "30.00", "10.00"),
        ("2080505", "40.00", "30.00", "10.00"),
    ]
    extraction = extraction_of("codes_below_units")
    assert said(extraction, "general_public_expenditure") == keyed(rows, "total basic project")


def test_kinds_below_each_other_take_their_fund_from_the_column() -> None:
    found = said(extraction_of("kinds_below"), "three_public")
    kinds = ["total", "overseas", "vehicle_total", "vehicle_purchase", "vehicle_operation", "reception"]
    assert [(m, a) for line, m, a in found if line == "budget"] == list(
        zip(kinds, ["19.86", "5.00", "6.70", "0.00", "6.70", "8.16"], strict=True)
    )
    assert [a for line, _, a in found if line == "budget/general_public"] == [
        "19.86",
        "5.00",
        "6.70",
        "0.00",
        "6.70",
        "8.16",
    ]
    assert [a for line, _, a in found if line == "budget/government_fund"] == ["0.00"] * 6
    assert len(found) == 18


def test_years_below_each_other_are_the_phases_of_one_unit() -> None:
    found = said(extraction_of("years_below"), "three_public")
    rows = [
        ("prior_year_budget/general_public", "7.00", "5.00", "2.00"),
        ("prior_year_budget/government_fund", "0.00", "0.00", "0.00"),
        ("budget/general_public", "6.00", "5.00", "1.00"),
        ("budget/government_fund", "0.00", "0.00", "0.00"),
        ("change/general_public", "-1.00", "0.00", "-1.00"),
        ("change/government_fund", "0.00", "0.00", "0.00"),
    ]
    assert Counter(found) == Counter(keyed(rows, "total overseas reception"))


def test_phases_in_pairs_below_each_kind() -> None:
    rows = [("prior_year_budget", "7.00", "5.00", "2.00"), ("budget", "6.00", "5.00", "1.00")]
    found = said(extraction_of("pairs"), "three_public")
    assert Counter(found) == Counter(keyed(rows, "total overseas reception"))


def test_a_title_row_parts_two_forms_that_share_an_edge() -> None:
    extraction = extraction_of("shared_edge")
    assert [(form.form, form.unit_printed) for form in extraction.forms] == [
        ("income", "万元"),
        ("expenditure", "万元"),
    ]
    assert said(extraction, "income") == keyed(PLAIN, "total fiscal_appropriation institutional")
    assert said(extraction, "expenditure") == keyed(PLAIN, "total basic project")


def test_another_header_in_the_grid_is_another_table() -> None:
    extraction = extraction_of("new_header")
    assert said(extraction, "expenditure") == keyed(PLAIN, "total basic project")
    rest = [cell.text for cell in extraction.table_cells if cell.form is None]
    assert rest == ["科目编码", "科目名称", "财政拨款", "专户资金", "备注", "208", "社会保障", "3.00", "2.00"]
    assert not any(form.cut_reason for form in extraction.forms)


def test_a_total_repeated_on_the_next_page_is_one_row() -> None:
    extraction = extraction_of("repeated_total")
    assert said(extraction, "expenditure") == keyed(PLAIN, "total basic project")


def test_thousands_of_yuan() -> None:
    extraction = extraction_of("thousand_yuan")
    assert {cell.unit_printed for cell in extraction.form_cells} == {"千元"}
    assert said(extraction, "expenditure") == keyed(PLAIN, "total basic project")


def test_a_form_of_the_list_of_contents_alone_is_announced() -> None:
    forms = {form.form: form.state for form in extraction_of("contents_only").forms}
    assert forms == {"expenditure": "present", "income": "announced"}


def test_body_year_and_kind_come_from_the_paper() -> None:
    data = (PDF / "lying_name.pdf").read_bytes()
    document = identify(read_pdf(data, "西湖市审计局2026年度部门决算.pdf"))
    assert (document.document_kind, document.fiscal_year) == ("budget", 2023)
    assert document.department_name and document.department_name.endswith("财政局")


@pytest.mark.parametrize("reader", ["stream", "hybrid"])
def test_names_stay_beside_their_figures_where_a_font_states_no_height(reader: str) -> None:
    """Camelot puts the names of such pages a row too low: only its columns may be used."""
    data = (PDF / "operations_office.pdf").read_bytes()
    own = extraction_of("operations_office")
    pages = sorted({cell.page for cell in own.form_cells if cell.form == "expenditure"})
    blocks = tuple(block for page in pages for block in reread_page(data, page, reader).blocks)
    extraction = Extraction(DocumentRow("final_account", 2024))
    parse_forms(Paper("", "", 0, "pdf", len(pages), "", blocks), extraction)
    names = {line.code_printed: line.row_name for line in own.form_lines if line.form == "expenditure"}
    found = [line for line in extraction.form_lines if line.form == "expenditure" and line.code_printed]
    assert len(found) > 10
    assert all(names.get(line.code_printed) == line.row_name for line in found)
