"""Tables without rules, and the choice of a page's reader by the forms' own arithmetic."""

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from ingest.arithmetic import broken_rows, broken_sums
from ingest.choose import (
    DISAGREE,
    FIRST,
    Score,
    better_reading,
    is_enclosed,
    pages_in_doubt,
    read_forms,
    replace_pages,
    score,
)
from ingest.errors import UnreadableDocument
from ingest.extract import read_paper
from ingest.model import DocumentRow, Extraction, Grid, GridRow, Line, Paper
from ingest.readers.pdf_page import Char, PageView, Rule, view_page
from ingest.readers.ruled import RuledTable, find_tables
from ingest.readers.unruled import read_unruled_page
from ingest.rules import child_sums
from tests.conftest import DATA, golden_cells

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "unruled"
SLUG = "dongxihu_operations_centre_2024_final"
FORMS = ("income_expenditure_summary", "income")
UNRULED = ("three_line", "borderless")


# The pages as files ------------------------------------------------------------------------------


def grid_of(table: RuledTable) -> list[list[str]]:
    rows = [[""] * table.column_count for _ in range(table.row_count)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


def read_page(name: str, page: int, reader: str) -> list[RuledTable]:
    data = (FIXTURES / f"{name}.pdf").read_bytes()
    with pdfium.PdfDocument(data) as document:
        view = view_page(document[page - 1])
    return (
        find_tables(view.rules, view.chars)
        if reader == FIRST
        else read_unruled_page(data, page, view, reader)
    )


def page_paper(
    page: int, titles: Sequence[str], tables: Sequence[Sequence[Sequence[str]]], reader: str
) -> Paper:
    """A paper of one page: lines, then grids."""
    text = ""
    blocks: list[Line | Grid] = []
    for title in titles:
        blocks.append(Line(title, page, len(text)))
        text += title + "\n"
    for number, table in enumerate(tables, 1):
        rows = []
        for row_no, row in enumerate(table, 1):
            rows.append(GridRow(tuple(row), row_no, len(text)))
            text += "\t".join(row) + "\n"
        blocks.append(Grid(number, page, tuple(rows), reader))
    return Paper("", "", 0, "pdf", 1, text + "\f", tuple(blocks))


def paper_of(pages: Sequence[Paper]) -> Paper:
    blank = Paper("a.pdf", "0" * 64, 1, "pdf", len(pages), "\f" * len(pages), ())
    return replace_pages(blank, dict(enumerate(pages, 1)))


TITLES: tuple[list[str], ...] = (
    ["2024年度收入支出决算总表", "单位：万元"],
    ["2024年度收入决算表", "单位：万元"],
    [],
)


def reread_of(name: str) -> Callable[[int, str], Paper]:
    def reread(page: int, reader: str) -> Paper:
        tables = [grid_of(table) for table in read_page(name, page, reader)]
        return page_paper(page, TITLES[page - 1], tables, reader)

    return reread


def printed(forms: Sequence[str] = FORMS) -> Counter[tuple[str, str, str, str]]:
    paper = read_paper((DATA / f"{SLUG}.txt").read_bytes(), f"{SLUG}.txt")
    return said(read_forms(paper), forms)


def said(extraction: Extraction, forms: Sequence[str] = FORMS) -> Counter[tuple[str, str, str, str]]:
    """Form, row as printed, measure and amount of every cell."""
    lines = {
        (line.form, line.table_no, line.row_no, line.block_no): f"{line.code_printed or ''} {line.row_name}"
        for line in extraction.form_lines
    }
    return Counter(
        (c.form, lines[c.form, c.table_no, c.row_no, c.block_no], c.measure, c.amount_printed)
        for c in extraction.form_cells
        if c.form in forms
    )


@pytest.mark.parametrize("name", UNRULED)
def test_rows_of_an_unruled_coded_form(name: str) -> None:
    (table,) = read_page(name, 2, "rows")
    rows = grid_of(table)
    assert rows[0][2:] == [
        "本年收入合计",
        "财政拨款收入",
        "上级补助收入",
        "事业收入",
        "经营收入",
        "附属单位上缴收入",
        "其他收入",
    ]
    assert rows[2] == ["", "栏次", "1", "2", "3", "4", "5", "6", "7"]
    assert rows[3] == ["", "合计", "856.95", "856.65", "", "", "", "", "0.30"]
    assert rows[7] == [
        "2010399",
        "其他政府办公厅（室）及相关机构事务支出",
        "443.61",
        "443.31",
        "",
        "",
        "",
        "",
        "0.30",
    ]
    assert len(rows) == 23


@pytest.mark.parametrize("name", UNRULED)
def test_rows_of_an_unruled_summary(name: str) -> None:
    (table,) = read_page(name, 1, "rows")
    rows = grid_of(table)
    assert rows[3] == ["一、一般公共预算财政拨款收入", "1", "856.65", "一、一般公共服务支出", "31", "736.84"]
    assert rows[4] == ["二、政府性基金预算财政拨款收入", "2", "", "二、外交支出", "32", ""]
    assert rows[12] == ["", "10", "", "十、节能环保支出", "40", ""]
    assert rows[-1] == ["总计", "30", "856.95", "总计", "60", "856.95"]
    assert len(rows) == 33


@pytest.mark.parametrize("name", UNRULED)
def test_boxes_stand_around_the_print(name: str) -> None:
    (table,) = read_page(name, 2, "rows")
    figure = next(cell for cell in table.cells if cell.text == "443.31")
    name_cell = next(cell for cell in table.cells if cell.text.startswith("其他政府"))
    left, bottom, right, top = figure.box
    assert 480 < left < right < 520 and 8 < top - bottom < 12
    assert abs(bottom - name_cell.box[1]) < 1 and name_cell.box[2] < left
    assert table.box[0] <= left and right <= table.box[2] and table.box[1] <= bottom and top <= table.box[3]


@pytest.mark.parametrize("name", UNRULED)
def test_every_cell_of_the_unruled_forms(name: str) -> None:
    reread = reread_of(name)
    extraction = read_forms(paper_of([reread(1, "rows"), reread(2, "rows")]))
    assert said(extraction) == printed()
    keyed = Counter((c["form"], c["measure"], Decimal(c["amount"])) for c in golden_cells(SLUG))
    found = Counter((c.form, c.measure, c.amount) for c in extraction.form_cells)
    assert found == Counter({key: n for key, n in keyed.items() if key[0] in FORMS})
    assert not extraction.leftovers


def test_a_page_without_headings_has_the_columns_of_the_page_before() -> None:
    (above,), (table,) = read_page("continued", 2, "rows"), read_page("continued", 3, "rows")
    rows = grid_of(table)
    assert table.column_count == above.column_count == 9
    assert rows[0] == ["2080505", "机关事业单位基本养老保险缴费支出", "33.34", "33.34", "", "", "", "", ""]
    assert rows[-1] == ["2210202", "提租补贴", "6.35", "6.35", "", "", "", "", ""]


def test_a_form_over_two_pages_is_read_alike() -> None:
    paper = read_paper((FIXTURES / "continued.pdf").read_bytes(), "continued.pdf")
    first = read_forms(paper)
    assert pages_in_doubt(paper, first) == [(1,), (2, 3)]
    _, extraction, won = better_reading(paper, first, reread_of("continued"))
    assert won == {1: "rows", 2: "rows", 3: "rows"}
    assert said(extraction) == printed()


@pytest.mark.parametrize("name", UNRULED)
def test_camelot_hybrid_finds_the_columns(name: str) -> None:
    reread = reread_of(name)
    extraction = read_forms(paper_of([page_paper(1, [], [], "hybrid"), reread(2, "hybrid")]))
    assert said(extraction, ["income"]) == printed(["income"])


def test_camelot_stream_finds_the_columns() -> None:
    (table,) = read_page("three_line", 1, "stream")
    rows = [[cell for cell in row if cell] for row in grid_of(table)]
    assert rows[3] == ["一、一般公共预算财政拨款收入", "1", "856.65", "一、一般公共服务支出", "31", "736.84"]
    assert rows[-1] == ["总计", "30", "856.95", "总计", "60", "856.95"]


def test_an_unknown_flavor_is_refused() -> None:
    with pytest.raises(ValueError, match="no flavor magic"):
        read_unruled_page(b"", 1, PageView(100, 100, (), ()), "magic")


# Headings, wrapped names and level rules ---------------------------------------------------------


def typeset(*placed: tuple[str, float, float]) -> tuple[Char, ...]:
    """Text at x, y in a font of 10 points; figures are set flush right at x."""
    chars = []
    for text, x, y in placed:
        figure = text.replace(",", "").replace(".", "").isdigit()
        step = 5.0 if figure else 10.0
        left = x - step * len(text) if figure else x
        chars += [
            Char(c, left + n * step + 0.4, y - 5, left + (n + 1) * step - 0.4, y + 5)
            for n, c in enumerate(text)
        ]
    return tuple(chars)


def rows_of(chars: tuple[Char, ...], rules: tuple[Rule, ...] = ()) -> list[list[str]]:
    (table,) = read_unruled_page(b"", 1, PageView(600, 800, chars, rules), "rows")
    return grid_of(table)


GROUPED = typeset(
    ("项目", 100, 700),
    ("本年收入", 300, 700),
    ("本年支出", 410, 710),
    ("小计", 380, 690),
    ("基本", 430, 690),
    ("项目", 480, 690),
    ("208", 60, 660),
    ("社会保障", 90, 660),
    ("10.00", 340, 660),
    ("30.00", 400, 660),
    ("20.00", 450, 660),
    ("10.00", 500, 660),
    ("20808", 70, 640),
    ("抚恤", 90, 640),
    ("10.00", 340, 640),
    ("30.00", 400, 640),
    ("20.00", 450, 640),
    ("10.00", 500, 640),
)


def test_an_upper_heading_stands_over_its_columns() -> None:
    rows = rows_of(GROUPED)
    assert rows[0] == ["", "项目", "本年收入", "本年支出", "", ""]
    assert rows[1] == ["", "", "", "小计", "基本", "项目"]


def test_an_underline_says_what_an_upper_heading_stands_over() -> None:
    moved = typeset(("本年支出", 428, 710)) + tuple(char for char in GROUPED if char.y != 710)
    rows = rows_of(moved, (Rule(True, 702, 425, 505), Rule(True, 720, 40, 510)))
    assert rows[0] == ["", "项目", "本年收入", "小计", "本年支出", ""]
    assert rows[1] == ["", "", "", "", "基本", "项目"]


def test_every_column_number_has_a_column() -> None:
    """Two headings set so close that they are one word: their numbers tell the columns apart."""
    rows = rows_of(
        typeset(
            ("科目名称", 60, 720),
            ("合计出国费", 205, 720),
            ("接待费", 300, 720),
            ("1", 220, 700),
            ("2", 250, 700),
            ("3", 320, 700),
            ("甲局", 60, 680),
            ("3.50", 240, 680),
            ("2.50", 330, 680),
            ("乙局", 60, 660),
            ("4.50", 240, 660),
            ("1.50", 330, 660),
        )
    )
    assert rows[1:] == [["", "1", "2", "3"], ["甲局", "3.50", "", "2.50"], ["乙局", "4.50", "", "1.50"]]


def test_a_wrapped_name_joins_its_row() -> None:
    rows = rows_of(
        typeset(
            ("科目", 120, 730),
            ("合计", 310, 730),
            ("2080505", 80, 700),
            ("机关事业单位基本", 100, 706),
            ("养老保险缴费支出", 100, 694),
            ("33.34", 340, 700),
            ("2080506", 80, 676),
            ("职业年金", 100, 676),
            ("15.92", 340, 676),
            ("221", 60, 652),
            ("住房保障", 100, 652),
            ("37.00", 340, 652),
        )
    )
    assert rows[1:] == [
        ["2080505", "机关事业单位基本养老保险缴费支出", "33.34"],
        ["2080506", "职业年金", "15.92"],
        ["221", "住房保障", "37.00"],
    ]


def test_level_rules_bound_the_rows() -> None:
    names = typeset(
        ("单位", 120, 730),
        ("合计", 310, 730),
        ("甲单位的很长的", 100, 706),
        ("名字", 100, 694),
        ("33.34", 340, 706),
        ("乙单位", 100, 676),
        ("15.92", 340, 676),
        ("丙单位", 100, 652),
        ("37.00", 340, 652),
    )
    rules = tuple(Rule(True, at, 90, 345) for at in (740, 718, 686, 664, 642))
    assert rows_of(names, rules)[1:] == [
        ["甲单位的很长的名字", "33.34"],
        ["乙单位", "15.92"],
        ["丙单位", "37.00"],
    ]


def test_a_figure_that_touches_the_next_name_is_a_word_of_its_own() -> None:
    rows = rows_of(
        typeset(
            ("项目", 120, 730),
            ("金额", 230, 730),
            ("项目", 290, 730),
            ("金额", 480, 730),
            ("一、财政拨款", 100, 700),
            ("1,234.56", 260, 700),
            ("一、公共服务", 260, 700),
            ("234.56", 500, 700),
            ("二、其他", 100, 680),
            ("0.30", 260, 680),
            ("二、国防", 260, 680),
            ("1,000.30", 500, 680),
        )
    )
    assert rows[1:] == [
        ["一、财政拨款", "1,234.56", "一、公共服务", "234.56"],
        ["二、其他", "0.30", "二、国防", "1,000.30"],
    ]


def test_letters_spread_over_a_cell_are_one_word() -> None:
    rows = rows_of(
        typeset(
            ("项目", 120, 730),
            ("金额", 310, 730),
            ("合", 100, 700),
            ("计", 130, 700),
            ("48.00", 340, 700),
            ("201", 60, 680),
            ("一般公共服务", 100, 680),
            ("48.00", 340, 680),
        )
    )
    assert rows[1] == ["", "合计", "48.00"]


# The choice --------------------------------------------------------------------------------------


def no_reread(page: int, reader: str) -> Paper:
    raise AssertionError(f"page {page} was read again by {reader}")


@pytest.mark.parametrize("name", UNRULED)
def test_an_unruled_paper_is_read_by_rows(name: str) -> None:
    paper = read_paper((FIXTURES / f"{name}.pdf").read_bytes(), f"{name}.pdf")
    first = read_forms(paper)
    assert not first.form_cells
    better, extraction, won = better_reading(paper, first, reread_of(name))
    assert won == {1: "rows", 2: "rows"}
    assert {grid.reader for grid in better.blocks if isinstance(grid, Grid)} == {"rows"}
    assert [grid.table_no for grid in better.blocks if isinstance(grid, Grid)] == [1, 2]
    assert said(extraction) == printed()
    assert score(extraction) == Score(2, 0, 0, 0)


def test_the_next_reader_is_asked_where_the_first_reads_nothing() -> None:
    paper = read_paper((FIXTURES / "three_line.pdf").read_bytes(), "three_line.pdf")
    _, extraction, won = better_reading(
        paper, read_forms(paper), reread_of("three_line"), readers=("stream",)
    )
    assert won == {1: "stream", 2: "stream"}
    assert extraction.form_cells


def test_a_ruled_paper_is_read_once() -> None:
    paper = read_paper((FIXTURES / "ruled.pdf").read_bytes(), "ruled.pdf")
    first = read_forms(paper)
    assert said(first) == printed()
    better, extraction, won = better_reading(paper, first, no_reread)
    assert better is paper and extraction is first and won == {}
    assert {grid.reader for grid in paper.blocks if isinstance(grid, Grid)} == {FIRST}


HEAD = ["科目编码", "科目名称", "本年支出合计", "基本支出", "项目支出"]
TITLE = ["2024年度支出决算表", "单位：万元"]
GOOD = [
    HEAD,
    ["", "合计", "30.00", "20.00", "10.00"],
    ["208", "社会保障和就业支出", "30.00", "20.00", "10.00"],
    ["20805", "行政事业单位养老支出", "30.00", "20.00", "10.00"],
    ["2080505", "基本养老保险缴费支出", "12.00", "12.00", ""],
    ["2080506", "职业年金缴费支出", "18.00", "8.00", "10.00"],
]


def table_with(row: int, *cells: str) -> list[list[str]]:
    return [list(cells) if number == row else line for number, line in enumerate(GOOD)]


def expenditure(table: Sequence[Sequence[str]], reader: str = FIRST) -> Paper:
    return page_paper(1, TITLE, [table], reader)


def test_the_score_counts_what_breaks() -> None:
    assert score(read_forms(expenditure(GOOD))) == Score(1, 0, 0, 0)
    wrong = read_forms(expenditure(table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "11.00")))
    assert [row.row_no for row in broken_rows(wrong)] == [6]
    assert broken_sums(wrong) == [("expenditure", "20805", "project")]
    assert score(wrong) == Score(1, -1, -1, 0)


def test_half_a_unit_of_each_figure_is_no_breach() -> None:
    near = read_forms(expenditure(table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "10.01")))
    assert broken_rows(near) == [] and broken_sums(near) == []
    off = read_forms(expenditure(table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "10.02")))
    assert len(broken_rows(off)) == 1


def test_the_sums_are_those_of_the_seed() -> None:
    assert child_sums()["expenditure"] == {"total", "@class", "@group"}
    assert child_sums()["basic_expenditure"] == {"@class"}
    assert "three_public" not in child_sums()


def test_a_lost_row_breaks_a_sum() -> None:
    assert broken_sums(read_forms(expenditure(GOOD[:4] + GOOD[5:])))[0][:2] == ("expenditure", "20805")


def test_scores_are_ordered_by_forms_then_rows_then_sums_then_leftovers() -> None:
    assert Score(2, -9, -9, -9) > Score(1, 0, 0, 0)
    assert Score(1, 0, -9, -9) > Score(1, -1, 0, 0)
    assert Score(1, 0, 0, -9) > Score(1, 0, -1, 0)
    assert Score(1, 0, 0, 0) > Score(1, 0, 0, -1)


MERGED = table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00 10.00", "")


def test_the_reading_whose_identities_hold_wins() -> None:
    torn = expenditure(table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", ""))
    first = read_forms(torn)
    assert pages_in_doubt(torn, first) == [(1,)]
    asked = []

    def reread(page: int, reader: str) -> Paper:
        asked.append(reader)
        return expenditure(GOOD, reader)

    paper, extraction, won = better_reading(torn, first, reread)
    assert won == {1: "rows"} and asked == ["rows"]
    assert score(extraction) == Score(1, 0, 0, 0)
    assert [block.reader for block in paper.blocks if isinstance(block, Grid)] == ["rows"]


def test_a_contradiction_of_the_publisher_stays_as_printed() -> None:
    wrong = table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "11.00")
    first = read_forms(expenditure(wrong))
    asked = []

    def reread(page: int, reader: str) -> Paper:
        asked.append(reader)
        return expenditure(wrong, reader)

    _, extraction, won = better_reading(expenditure(wrong), first, reread)
    assert won == {1: FIRST} and asked == ["rows"]
    assert extraction is first and not extraction.leftovers


def test_rules_around_every_figure_leave_nothing_to_camelot() -> None:
    wrong = expenditure(table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "11.00"))
    assert is_enclosed(wrong, [1])
    assert not is_enclosed(expenditure(MERGED), [1])
    assert not is_enclosed(page_paper(1, [*TITLE, "208 社会保障 30.00"], [GOOD], FIRST), [1])


def test_a_reading_that_drops_the_broken_row_does_not_win() -> None:
    wrong = table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "11.00")
    first = read_forms(expenditure(wrong))
    shorter = [GOOD[0], ["", "合计", "12.00", "12.00", ""], GOOD[4]]
    _, extraction, won = better_reading(
        expenditure(wrong), first, lambda page, reader: expenditure(shorter, reader)
    )
    assert won == {1: FIRST} and len(extraction.form_cells) == len(first.form_cells)


def test_the_cheaper_reader_wins_a_tie() -> None:
    lines = paper_of([page_paper(1, [*TITLE, "208 社会保障 30.00", "20805 养老 30.00"], [], FIRST)])
    wrong = table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "11.00")
    _, _, won = better_reading(lines, read_forms(lines), lambda page, reader: expenditure(wrong, reader))
    assert won == {1: "rows"}


def test_a_reader_that_cannot_read_the_page_is_passed_over() -> None:
    lines = paper_of([page_paper(1, [*TITLE, "208 社会保障 30.00", "20805 养老 30.00"], [], FIRST)])

    def reread(page: int, reader: str) -> Paper:
        if reader != "hybrid":
            raise UnreadableDocument("no", "no", "no")
        return expenditure(GOOD, reader)

    assert better_reading(lines, read_forms(lines), reread)[2] == {1: "hybrid"}


def test_a_scan_is_asked_for_last_and_only_where_a_form_stays_unread() -> None:
    wrong = expenditure(table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "11.00"))
    asked = []

    def reread(page: int, reader: str) -> Paper:
        asked.append(reader)
        if reader == "scan":
            return expenditure(GOOD, reader)
        return page_paper(1, [*TITLE, "208 社会保障 30.00", "20805 养老 30.00"], [], reader)

    assert better_reading(wrong, read_forms(wrong), reread, readers=("rows", "scan"))[2] == {1: FIRST}
    assert asked == ["rows"]
    lines = paper_of([page_paper(1, [*TITLE, "208 社会保障 30.00", "20805 养老 30.00"], [], FIRST)])
    assert better_reading(lines, read_forms(lines), reread, readers=("rows", "scan"))[2] == {1: "scan"}


def test_readings_that_disagree_undecided_are_left_over() -> None:
    wrong = table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "11.00")
    other = table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "17.00")
    paper = expenditure(wrong)
    _, extraction, won = better_reading(
        paper, read_forms(paper), lambda page, reader: expenditure(other, reader), readers=("rows",)
    )
    (left,) = [item for item in extraction.leftovers if item.reason == DISAGREE]
    assert won == {1: FIRST}
    assert (left.form, left.row_no, left.column_no, left.text) == ("expenditure", 6, 5, "17.00")
    assert score(extraction).left_over == 0


def test_a_disagreement_that_an_identity_decides_is_none() -> None:
    wrong = table_with(5, "2080506", "职业年金缴费支出", "18.00", "8.00", "11.00")
    paper = expenditure(wrong)
    _, extraction, _ = better_reading(
        paper, read_forms(paper), lambda page, reader: expenditure(GOOD, reader), readers=("rows",)
    )
    assert extraction.leftovers == []


def test_one_row_of_figures_under_a_title_is_in_doubt() -> None:
    lines = ["2024年度财政拨款“三公”经费支出决算表", "1 2 3 4 5 6", "3.50 0.00 3.50 1.00 2.50 0.00"]
    paper = paper_of([page_paper(1, lines, [], FIRST)])
    assert pages_in_doubt(paper, Extraction(DocumentRow())) == [(1,)]


def test_a_list_of_contents_is_not_in_doubt() -> None:
    titles = [
        "一、收支总表........5",
        "二、收入总表........6",
        "三、支出总表........7",
        "四、三公经费 8 1,234.56",
    ]
    paper = paper_of([page_paper(1, titles, [], FIRST)])
    assert pages_in_doubt(paper, Extraction(DocumentRow())) == []


def test_pages_of_one_form_are_read_alike() -> None:
    lines = ["208 社会保障 30.00", "20805 养老 30.00"]
    pages = [page_paper(1, [*TITLE, *lines], [], FIRST), page_paper(2, lines, [], FIRST)]
    pages.append(page_paper(3, ["2024年度收入决算表", *lines], [], FIRST))
    paper = paper_of(pages)
    assert pages_in_doubt(paper, read_forms(paper)) == [(1, 2), (3,)]


def test_replaced_pages_keep_offsets_and_count_tables() -> None:
    pages = [expenditure(GOOD), page_paper(2, ["中间"], [], FIRST), page_paper(3, TITLE, [GOOD], FIRST)]
    paper = replace_pages(paper_of(pages), {2: page_paper(2, ["中间", "更多"], [[["甲", "乙"]]], "rows")})
    grids = [block for block in paper.blocks if isinstance(block, Grid)]
    assert [(grid.table_no, grid.page, grid.reader) for grid in grids] == [
        (1, 1, FIRST),
        (2, 2, "rows"),
        (3, 3, FIRST),
    ]
    for block in paper.blocks:
        if isinstance(block, Line):
            assert paper.text[block.offset :].startswith(block.text)
        else:
            for row in block.rows:
                assert paper.text[row.offset :].startswith("\t".join(row.cells))
    assert paper.text.count("\f") == 3
