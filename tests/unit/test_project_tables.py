"""Projects that a budget lists in a table: read where they add up to its total, else left over whole."""

from dataclasses import replace
from decimal import Decimal

from ingest.model import DocumentRow, Extraction, FormLine, Grid, Paper
from ingest.narrative.project_tables import read_project_tables
from ingest.readers.pdf import read_pdf
from tests.conftest import ROOT

PDF = ROOT / "tests" / "fixtures" / "pdf" / "project_list.pdf"
#: The unit as the income form of the paper names it.
CENTRE = FormLine("income", 1, 5, 1, 8, None, "unit:东湖市审计中心", None, "东湖市审计中心")


def paper() -> Paper:
    return read_pdf(PDF.read_bytes(), PDF.name)


def extraction() -> Extraction:
    document = DocumentRow("budget", 2026, department_name="东湖市审计局", unit_printed="元")
    return Extraction(document, form_lines=[CENTRE])


def test_projects_stand_below_their_units_with_their_sources() -> None:
    projects, lines, leftovers = read_project_tables(paper(), extraction())
    assert [(p.project_no, p.project_name, p.budget, p.attributes) for p in projects] == [
        (1, "审计业务经费", Decimal("25.00"), {"项目单位": "东湖市审计局"}),
        (2, "信息化建设", Decimal("15.00"), {"项目单位": "东湖市审计局"}),
        (3, "信息化建设", Decimal("20.00"), {"项目单位": "东湖市审计中心"}),
    ]
    assert {(p.source, p.unit_printed, p.page) for p in projects} == {("budget_table", "万元", 1)}
    assert [(line.project_no, line.item_name, line.amount_printed) for line in lines] == [
        (1, "一般公共预算", "25.00"),
        (2, "一般公共预算", "15.00"),
        (3, "一般公共预算", "5.00"),
        (3, "政府性基金预算", "5.00"),
        (3, "其他资金", "10.00"),
    ]
    assert not leftovers


def test_projects_that_do_not_add_up_are_left_over() -> None:
    unknown = replace(extraction(), form_lines=[])
    projects, lines, leftovers = read_project_tables(paper(), unknown)
    assert not projects and not lines
    # The unit nobody names looks like a project, and the sum tells.
    assert [item.text for item in leftovers if item.row_no == 7] == [
        "20.00",
        "10.00",
        "5.00",
        "5.00",
        "10.00",
    ]
    assert {item.reason for item in leftovers} == {"the projects do not add up to the total of the table"}


def test_a_torn_figure_is_left_over() -> None:
    whole = paper()
    blocks = tuple(
        replace(
            block,
            rows=tuple(
                replace(row, cells=tuple("1 5 00" if cell == "15.00" else cell for cell in row.cells))
                for row in block.rows
            ),
        )
        if isinstance(block, Grid)
        else block
        for block in whole.blocks
    )
    projects, _, leftovers = read_project_tables(replace(whole, blocks=blocks), extraction())
    assert not projects
    assert "1 5 00" in {item.text for item in leftovers}


def test_a_paper_without_such_a_table_has_no_projects() -> None:
    assert read_project_tables(replace(paper(), blocks=()), extraction()) == ([], [], [])
