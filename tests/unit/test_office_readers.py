"""DOCX, XLSX, XLS and HTML give the forms that the text gives; and what each format hides or traps."""

import datetime
import importlib.util
import io
import re
import struct
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableDocument
from ingest.forms.grid import digits_of
from ingest.forms.parser import parse_forms
from ingest.model import DocumentRow, Extraction, Grid, Line, Paper
from ingest.readers.archive import MAX_MEMBERS, OLE_MAGIC
from ingest.readers.docx import read_docx
from ingest.readers.docx_numbering import Numbering
from ingest.readers.html import read_html
from ingest.readers.number_format import exact, shown
from ingest.readers.spreadsheet import read_spreadsheet
from ingest.readers.text import read_text
from tests.conftest import PAPERS, ROOT, text_file

OFFICE = ROOT / "tests" / "fixtures" / "office"


def _load_make() -> Any:
    spec = importlib.util.spec_from_file_location("office_make", OFFICE / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


make = _load_make()
Reader = Callable[[bytes, str], Paper]
Fact = tuple[str, str, Decimal, str, str | None, str, str | None]


def facts(paper: Paper) -> Counter[Fact]:
    """Every form cell by what it says, without its place."""
    extraction = Extraction(DocumentRow(unit_printed="万元"))
    parse_forms(paper, extraction)
    lines = {(line.table_no, line.row_no, line.block_no): line for line in extraction.form_lines}
    found: Counter[Fact] = Counter()
    for cell in extraction.form_cells:
        line = lines[cell.table_no, cell.row_no, cell.block_no]
        code = digits_of(line.code_printed or "")
        found[cell.form, cell.measure, cell.amount, str(cell.decimals), line.line, code, line.row_name] += 1
    return found


def outline(paper: Paper) -> list[str | list[tuple[str, ...]]]:
    return [
        block.text if isinstance(block, Line) else [row.cells for row in block.rows] for block in paper.blocks
    ]


def code_of(reader: Reader, data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        reader(data, "a")
    assert caught.value.reason
    assert caught.value.remedy
    return caught.value.code


# The same forms -----------------------------------------------------------------------------------

FILES: dict[str, tuple[Reader, int]] = {
    "nine_forms.docx": (read_docx, 9),
    "nine_forms.xlsx": (read_spreadsheet, 9),
    "nine_forms_one_sheet.xlsx": (read_spreadsheet, 9),
    "three_forms.xls": (read_spreadsheet, 3),
    "nine_forms.html": (read_html, 9),
    "nine_forms_gb2312.html": (read_html, 9),
    "nine_forms_flat.html": (read_html, 9),
}
TYPESETTERS: dict[str, tuple[Callable[[Paper], bytes], Reader]] = {
    "docx": (make.to_docx, read_docx),
    "xlsx": (lambda paper: make.to_xlsx(make.sheets_of(paper)), read_spreadsheet),
    "xlsx_one_sheet": (lambda paper: make.to_xlsx(make.in_one_sheet(paper)), read_spreadsheet),
    "html": (make.to_html, read_html),
    "html_gb18030": (lambda paper: make.to_html(paper, "gb18030"), read_html),
    "html_flat": (make.to_flat_html, read_html),
}


@pytest.mark.parametrize("name", FILES)
def test_a_typeset_paper_gives_the_cells_of_its_text(name: str) -> None:
    reader, forms = FILES[name]
    expected = facts(make.forms_of(make.paper_of(make.PAPER), forms))
    assert len(expected) > 50
    assert facts(reader((OFFICE / name).read_bytes(), name)) == expected


@pytest.mark.parametrize("form", TYPESETTERS)
@pytest.mark.parametrize("slug", PAPERS)
def test_every_bundled_paper_gives_the_same_cells_in_every_format(slug: str, form: str) -> None:
    typeset, reader = TYPESETTERS[form]
    paper = make.paper_of(text_file(slug))
    assert facts(reader(typeset(paper), "a")) == facts(paper)


@pytest.mark.parametrize("name", FILES)
def test_the_text_of_a_paper_reads_as_the_same_blocks(name: str) -> None:
    paper = FILES[name][0]((OFFICE / name).read_bytes(), name)
    again = read_text(paper.text.encode(), "a.txt")
    assert outline(again) == outline(paper)
    assert [block.page for block in again.blocks] == [block.page for block in paper.blocks]
    for block in paper.blocks:
        if isinstance(block, Line):
            assert paper.text[block.offset :].startswith(block.text)
        else:
            assert all(paper.text[row.offset :].startswith("\t".join(row.cells)) for row in block.rows)


def test_the_committed_files_are_small_and_made_by_their_script() -> None:
    paper = make.forms_of(make.paper_of(make.PAPER))
    assert all(path.stat().st_size < 30_000 for path in OFFICE.iterdir() if path.is_file())
    assert (OFFICE / "nine_forms.docx").read_bytes() == make.to_docx(paper)
    assert (OFFICE / "nine_forms.html").read_bytes() == make.to_html(paper)


# DOCX ---------------------------------------------------------------------------------------------

W = f'xmlns:w="{make.WORD}"'


def docx(body: str, parts: dict[str, str] | None = None, relations: dict[str, str] | None = None) -> bytes:
    data: bytes = make.docx_package(
        {"word/document.xml": f"<w:body>{body}</w:body>", **(parts or {})}, relations
    )
    return data


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_merged_cells_of_another_writer_keep_their_columns() -> None:
    paper = read_docx((OFFICE / "merged.docx").read_bytes(), "a.docx")
    assert outline(paper) == [
        "2024年度支出决算表",
        [
            ("项目", "", "本年支出", "", ""),
            ("编码", "名称", "小计", "基本", "项目"),
            ("合计", "", "30.00", "20.00", "10.00"),
            ("", "", "", "", ""),
        ],
        [("内", "1.00")],
        "注：本表反映支出情况。",
    ]


def test_vertical_merges_and_indented_rows() -> None:
    body = (
        '<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>甲</w:t></w:r></w:p>'
        f"</w:tc><w:tc>{p('乙')}</w:tc></w:tr>"
        f"<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr>{p('旧')}</w:tc><w:tc>{p('丙')}</w:tc></w:tr>"
        f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr><w:tc>{p("丁")}</w:tc></w:tr>'
        f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{p('删')}</w:tc></w:tr>"
        f"<w:sdt><w:sdtContent><w:tr><w:tc>{p('戊')}</w:tc><w:tc>{p('24,')}{p('995.94')}</w:tc></w:tr>"
        "</w:sdtContent></w:sdt></w:tbl>"
    )
    rows = [("甲", "乙"), ("", "丙"), ("", "丁"), ("戊", "24,995.94")]
    assert outline(read_docx(docx(body), "a.docx")) == [rows]


def test_a_continued_merge_without_a_beginning_keeps_its_text() -> None:
    body = (
        f"<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr>{p('甲')}</w:tc><w:tc>{p('1')}</w:tc></w:tr></w:tbl>"
    )
    assert outline(read_docx(docx(body), "a.docx")) == [[("甲", "1")]]


def test_what_word_does_not_print_is_not_read() -> None:
    body = (
        "<w:p><w:r><w:t>收入</w:t></w:r><w:del><w:r><w:delText>旧</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>决算</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r><w:hyperlink><w:r><w:t>表</w:t></w:r></w:hyperlink></w:p>"
    )
    assert outline(read_docx(docx(body), "a.docx")) == ["收入决算表"]


def test_text_boxes_headers_footers_and_notes_are_lines() -> None:
    box = f"<w:txbxContent>{p('框内')}</w:txbxContent>"
    choice = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    data = docx(
        f"<w:p><w:r>{choice}</w:r><w:r><w:t>正文</w:t></w:r></w:p>",
        {
            "word/header1.xml": p("页眉"),
            "word/header2.xml": p("页眉"),
            "word/footer1.xml": p("页脚"),
            "word/footnotes.xml": f"<w:footnote>{p('脚注')}</w:footnote>",
        },
        {
            "word/header1.xml": "header",
            "word/header2.xml": "header",
            "word/footer1.xml": "footer",
            "word/footnotes.xml": "footnotes",
        },
    )
    assert outline(read_docx(data, "a.docx")) == ["页眉", "正文", "框内", "脚注", "页脚"]


def test_set_page_breaks_count_pages() -> None:
    broken = '<w:p><w:r><w:t>一</w:t><w:br w:type="page"/><w:t>二</w:t></w:r></w:p>'
    section = p("三", "<w:pageBreakBefore/><w:sectPr/>") + p("四", "<w:sectPr/>") + p("五")
    paper = read_docx(docx(broken + section + '<w:sectPr><w:type w:val="continuous"/></w:sectPr>'), "a.docx")
    assert [block.page for block in paper.blocks] == [1, 2, 3, 4, 4]
    assert paper.page_count == 4


def test_pages_that_word_noted_count_and_set_breaks_do_not_count_again() -> None:
    body = (
        '<w:p><w:r><w:t>一</w:t><w:br w:type="page"/></w:r></w:p>'
        "<w:p><w:r><w:lastRenderedPageBreak/><w:t>二上</w:t><w:lastRenderedPageBreak/><w:t>二下</w:t></w:r></w:p>"
    ) + p("三")
    paper = read_docx(docx(body), "a.docx")
    assert [(block.page, text) for block, text in zip(paper.blocks, outline(paper), strict=True)] == [
        (1, "一"),
        (2, "二上二下"),
        (3, "三"),
    ]


LISTS = (
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
    '<w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1">'
    '<w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>'
    '</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num>'
)


def test_ordinals_that_word_counts_are_printed() -> None:
    def numbered(text: str, level: int) -> str:
        return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr>')

    body = (
        numbered("收入", 0) + numbered("甲", 1) + numbered("乙", 1) + numbered("支出", 0) + numbered("丙", 1)
    )
    data = docx(body + p("无号"), {"word/numbering.xml": LISTS}, {"word/numbering.xml": "numbering"})
    assert outline(read_docx(data, "a.docx")) == [
        "一、收入",
        "（一）甲",
        "（二）乙",
        "二、支出",
        "（一）丙",
        "无号",
    ]


def test_ordinals_come_from_styles_too() -> None:
    from ingest.readers.archive import parse_xml

    numbering = parse_xml(f"<w:numbering {W}>{LISTS}</w:numbering>".encode(), "n")
    styles = parse_xml(
        f'<w:styles {W}><w:style w:styleId="1"><w:pPr><w:numPr><w:numId w:val="7"/></w:numPr></w:pPr>'
        '</w:style><w:style w:styleId="2"><w:basedOn w:val="1"/></w:style></w:styles>'.encode(),
        "s",
    )
    properties = parse_xml(f'<w:pPr {W}><w:pStyle w:val="2"/></w:pPr>'.encode(), "p")
    counted = Numbering(numbering, styles)
    assert [counted.ordinal(properties) for _ in range(21)][::10] == ["一、", "十一、", "二十一、"]


def test_a_list_of_contents_is_no_table_and_tabbed_rows_are_one() -> None:
    def tabbed(*cells: str, style: str = "") -> str:
        runs = "<w:r><w:tab/></w:r>".join(f"<w:r><w:t>{cell}</w:t></w:r>" for cell in cells)
        return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'

    styles = '<w:style w:styleId="11"><w:name w:val="toc 1"/></w:style>'
    body = tabbed("一、", "收入决算表", "5", style="11") + tabbed("二、", "支出决算表", "6", style="11")
    body += p("正文") + tabbed("合计", "1.00", "") + tabbed("201", "2.00", "3.00")
    data = docx(body, {"word/styles.xml": styles}, {"word/styles.xml": "styles"})
    assert outline(read_docx(data, "a.docx")) == [
        "一、 收入决算表 5",
        "二、 支出决算表 6",
        "正文",
        [("合计", "1.00", ""), ("201", "2.00", "3.00")],
    ]


# Numbers as shown ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (201.0, "", "201"),
        (2010301.0, "General", "2010301"),
        (856.65, "", "856.65"),
        (856.65, "G/通用格式", "856.65"),
        (0.1 + 0.2, "", "0.3"),
        (12.345678, "", "12.345678"),
        (1 / 3, "", "0.333333"),
        (37.0, "0.00", "37.00"),
        (1234.5, "#,##0.00", "1,234.50"),
        (736.8432, "0.00", "736.84"),
        (0.125, "0.00", "0.13"),
        (-0.001, "0.00", "0.00"),
        (853.65, "0", "853.65"),
        (853.0, "#,##0", "853"),
        (1.5, "0.####", "1.5"),
        (3.0, "00", "03"),
        (-1234.5, "#,##0.00_);(#,##0.00)", "-1,234.50"),
        (-5.0, "0.00;[Red]0.00", "-5.00"),
        (0.0, "0.00", "0.00"),
        (0.0, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-"),
        (0.0, "0.00;-0.00;;@", ""),
        (0.0, "#", ""),
        (5.0, ";;;", "5"),
        (0.9619, "0.00%", "96.19%"),
        (12.5, '0.00"万元"', "12.50"),
        (12.5, "0.00元", "12.50"),
        (123456.0, "0!.0000", "12.3456"),
        (12345678.0, "0!.0,", "1234.6"),
        (1234567.0, "0.00,", "1234.57"),
        (45.0, "yyyy-mm-dd", "45"),
        (1e300, "0.00", "1" + "0" * 300 + ".00"),
    ],
)
def test_a_number_is_printed_as_the_sheet_shows_it(value: float, code: str, text: str) -> None:
    assert shown(exact(value), code) == text


@given(st.decimals(-(10**10), 10**10, places=2), st.sampled_from(["", "0.00", "#,##0.00", "0", "#,##0", "@"]))
def test_money_never_changes_its_value(amount: Decimal, code: str) -> None:
    text = shown(exact(float(amount)), code)
    assert Decimal(text.replace(",", "") or "0") == amount


# XLSX and XLS -------------------------------------------------------------------------------------


def workbook(fill: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fill(book)
    book.close()
    return out.getvalue()


def sheet_of(rows: list[list[Any]], name: str = "Sheet1") -> bytes:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return workbook(fill)


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files[part] = change(files[part])
    result: bytes = make.zipped(dict(files))
    return result


SHEET = "xl/worksheets/sheet1.xml"


def test_titles_are_lines_and_blank_rows_end_tables() -> None:
    rows: list[list[Any]] = [
        ["支出决算表"],
        ["", "", "单位：万元"],
        ["项目", "合计"],
        ["合计"],
        [],
        [5, 6],
        [7.5],
    ]
    paper = read_spreadsheet(sheet_of(rows, "支出表"), "a.xlsx")
    assert outline(paper) == [
        "支出表",
        "支出决算表",
        "单位：万元",
        [("项目", "合计"), ("合计", "")],
        [("5", "6"), ("7.5", "")],
    ]
    grids = [block for block in paper.blocks if isinstance(block, Grid)]
    assert [[row.row_no for row in grid.rows] for grid in grids] == [[3, 4], [6, 7]]


def test_sheets_are_pages_and_hidden_ones_are_not_read() -> None:
    def fill(book: Any) -> None:
        for name in ("收入决算表", "隐藏", "支出决算表"):
            book.add_worksheet(name).write_row(0, 0, [name, 1])
        book.worksheets()[1].hide()

    paper = read_spreadsheet(workbook(fill), "a.xlsx")
    assert [block.page for block in paper.blocks] == [1, 1, 2, 2]
    assert "隐藏" not in paper.text


def test_cells_under_a_merged_cell_are_blank() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 1, 1, "项目")
        sheet.write(0, 2, "金额")
        sheet.write(1, 1, "旧")
        sheet.write(1, 2, 3)

    assert outline(read_spreadsheet(workbook(fill), "a")) == [[("项目", "", "金额"), ("", "", "3")]]


def test_dates_errors_and_formulas_without_a_value_are_text() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_datetime(
            0, 0, datetime.datetime(2025, 4, 22), book.add_format({"num_format": "yyyy/m/d"})
        )
        sheet.write_formula(0, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(0, 2, "=SUM(A2:A9)", None, "")
        sheet.write_boolean(0, 3, True)
        sheet.write_formula(0, 4, "=A1", None, 12.5)
        sheet.write(0, 5, "甲\n乙")

    data = changed(workbook(fill), SHEET, lambda text: re.sub(rb' t="str"|<v></v>', b"", text))
    expected = ("2025-04-22", "#DIV/0!", "=SUM(A2:A9)", "TRUE", "12.5", "甲 乙")
    assert outline(read_spreadsheet(data, "a.xlsx")) == [[expected]]


def test_zeros_that_a_sheet_hides_are_blank() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.hide_zero()
        sheet.write_row(0, 0, ["甲", 0, 1])

    assert outline(read_spreadsheet(workbook(fill), "a")) == [[("甲", "", "1")]]


def test_an_xls_shows_its_formats_and_a_page_named_xls_is_read() -> None:
    paper = read_spreadsheet((OFFICE / "three_forms.xls").read_bytes(), "a.xls")
    cells = [c for b in paper.blocks if isinstance(b, Grid) for row in b.rows for c in row.cells]
    assert "37.00" in cells
    assert "2210201" in cells
    page = "<html><table><tr><td>合计<td>1.00</table>".encode()
    assert read_spreadsheet(page, "a.xls").reader == "html"


# HTML ---------------------------------------------------------------------------------------------


def html_outline(page: str) -> list[str | list[tuple[str, ...]]]:
    return outline(read_html(page.encode(), "a.html"))


def test_spans_breaks_and_stray_text() -> None:
    page = (
        "<title>公开</title><script>alert('1.00')</script><style>td{}</style><p>甲<b>乙</b>\n 丙<br>丁</p>"
        "<table><caption>表</caption><tr><th rowspan=2>名称<th colspan='2'>金额"
        "<tfoot><tr><td>注<td>&nbsp;<td>9"
        "</tfoot><tr><td>1.00<br>2.00<td>3,<br>000.00</table>尾<!-- 评 -->巴"
    )
    assert html_outline(page) == [
        "公开",
        "甲乙 丙",
        "丁",
        "表",
        [("名称", "金额", ""), ("", "1.00 2.00", "3,000.00"), ("注", "", "9")],
        "尾巴",
    ]


def test_of_nested_tables_the_innermost_count_and_nothing_is_lost() -> None:
    page = (
        "<table><tr><td>标题<tr><td><table><tr><td>1<td>2</table>后<tr><td>甲<td>3<tr><td>乙<td>4</table>"
        "<table><td>5<td>6</table>"
    )
    assert html_outline(page) == ["标题", [("1", "2")], "后", [("甲", "3"), ("乙", "4")], [("5", "6")]]


def test_flattened_tables_are_read_from_tabs_and_from_wide_gaps() -> None:
    assert html_outline("<p>合计\t1.00\t</p><p>201\t2.00\t3.00</p><p>目　录</p>") == [
        [("合计", "1.00", ""), ("201", "2.00", "3.00")],
        "目　录",
    ]
    page = (
        "<pre>2024年度支出决算表\n"
        "科目        小计    基本支出  项目支出\n"
        "合计      856.65      413.33    443.32\n"
        "教育       10.00                 10.00\n"
        "说明文字。</pre>"
    )
    assert html_outline(page) == [
        "2024年度支出决算表",
        [
            ("科目", "小计", "基本支出", "项目支出"),
            ("合计", "856.65", "413.33", "443.32"),
            ("教育", "10.00", "", "10.00"),
        ],
        "说明文字。",
    ]


@pytest.mark.parametrize(
    "data",
    [
        "<p>决算公开</p>".encode(),
        "<meta charset=gbk><p>决算公开</p>".encode(),
        "<meta http-equiv=Content-Type content='text/html; charset=gb2312'><p>决算公开㊣</p>".encode(
            "gb18030"
        ),
        "<p>决算公开</p>".encode("gb18030"),
        '<?xml version="1.0" encoding="big5"?><html><p>決算公開</p></html>'.encode("big5"),
        "<p>决算公开</p>".encode("utf-8-sig"),
        "<p>决算公开</p>".encode("utf-16"),
        "<p>决算公开</p>".encode() * 300 + b"\xff",
    ],
)
def test_encodings(data: bytes) -> None:
    line = read_html(data, "a.html").blocks[0]
    assert isinstance(line, Line)
    assert line.text.replace("開", "开").replace("決", "决").startswith("决算公开")


def test_entities_of_a_page_are_not_expanded() -> None:
    page = '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "file:///etc/hostname">]><p>x&a;&f;</p>'
    assert "aaaa" not in read_html(page.encode(), "a.html").text


CELL = st.tuples(st.integers(0, 4), st.integers(1, 4), st.booleans())


@given(st.lists(st.lists(CELL, max_size=5), min_size=1, max_size=6))
def test_no_cell_of_a_table_with_spans_is_lost(rows: list[list[tuple[int, int, bool]]]) -> None:
    page, texts = "<table>", []
    for number, row in enumerate(rows):
        page += "<tr>"
        for place, (rowspan, colspan, filled) in enumerate(row):
            text = f"t{number}x{place}" if filled else ""
            texts += [text] if filled else []
            page += f"<td rowspan={rowspan} colspan={colspan}>{text}</td>"
        page += "</tr>"
    page += "</table><p>end</p>"
    found: list[str] = []
    for block in read_html(page.encode(), "a.html").blocks:
        if isinstance(block, Line):
            found.append(block.text)
        else:
            assert len(block.rows) == len(rows)
            assert len({len(row.cells) for row in block.rows}) == 1
            found += [cell for row in block.rows for cell in row.cells if cell]
    assert found == [*texts, "end"]


# What is refused ----------------------------------------------------------------------------------

BOMB = b"0" * 60 * 1024 * 1024
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<l>&b;</l>"
)


def zipped(name: str, data: bytes) -> bytes:
    result: bytes = make.zipped({name: data})
    return result


def with_record(kind: int) -> bytes:
    """The XLS fixture with the record of the user's name (0x5C) turned into another kind."""
    data = (OFFICE / "three_forms.xls").read_bytes()
    at = data.index(struct.pack("<HH", 0x5C, 0x70))
    return data[:at] + struct.pack("<H", kind) + data[at + 2 :]


def with_dimensions(first_row: int, rows: int) -> bytes:
    """The XLS fixture with other bounds announced for its first sheet."""
    data = (OFFICE / "three_forms.xls").read_bytes()
    at = data.index(struct.pack("<HH", 0x200, 14)) + 4
    return data[:at] + struct.pack("<II", first_row, rows) + data[at + 8 :]


DOCX, XLSX = (OFFICE / "nine_forms.docx").read_bytes(), (OFFICE / "nine_forms.xlsx").read_bytes()
LOCKED = OLE_MAGIC + bytes(504) + "EncryptedPackage".encode("utf-16-le")
MANY = make.zipped({f"word/{number}.xml": "" for number in range(MAX_MEMBERS + 1)})
FAR_CELL = changed(
    sheet_of([["甲", 1]]),
    SHEET,
    lambda text: text.replace(b"</sheetData>", b'<row><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
)
MANY_TEXTS = changed(
    sheet_of([["甲", 1]]),
    "xl/sharedStrings.xml",
    lambda text: re.sub(rb'ount="\d+"', b'ount="4294967295"', text),
)


@pytest.mark.parametrize(
    ("reader", "data", "code"),
    [
        (read_docx, b"", "empty_file"),
        (read_docx, DOCX[:4000], "broken_file"),
        (read_docx, DOCX[:2000] + b"\xff" * 9 + DOCX[2009:], "broken_file"),
        (read_docx, zipped("readme.txt", b"x"), "broken_file"),
        (read_docx, docx("<w:p/>"), "empty_file"),
        (read_docx, LOCKED, "encrypted"),
        (read_docx, OLE_MAGIC + bytes(600), "broken_file"),
        (read_docx, zipped("word/document.xml", BOMB), "too_large"),
        (read_docx, zipped("word/document.xml", LAUGHS), "too_large"),
        (read_docx, zipped("word/document.xml", LAUGHS.decode().encode("utf-16")), "too_large"),
        (read_docx, MANY, "too_large"),
        (read_spreadsheet, b"", "empty_file"),
        (read_spreadsheet, XLSX[:9000], "broken_file"),
        (read_spreadsheet, b"%PDF-1.7", "broken_file"),
        (read_spreadsheet, sheet_of([]), "empty_file"),
        (read_spreadsheet, LOCKED, "encrypted"),
        (read_spreadsheet, OLE_MAGIC + bytes(600), "broken_file"),
        (read_spreadsheet, (OFFICE / "three_forms.xls").read_bytes()[:3000], "broken_file"),
        (read_spreadsheet, with_record(0x2F), "encrypted"),
        (read_spreadsheet, with_dimensions(5, 2), "broken_file"),
        (read_spreadsheet, with_dimensions(0, 2**32 - 1), "broken_file"),
        (read_spreadsheet, changed(XLSX, SHEET, lambda text: BOMB), "too_large"),
        (read_spreadsheet, changed(XLSX, "xl/sharedStrings.xml", lambda text: LAUGHS), "too_large"),
        (read_spreadsheet, FAR_CELL, "too_large"),
        (read_spreadsheet, MANY_TEXTS, "broken_file"),
        (read_html, b" \n", "empty_file"),
        (read_html, b"<script>1</script>", "empty_file"),
        (read_html, b"%PDF-1.7" + bytes(100), "broken_file"),
        (read_html, b"<p>\x81\x7f\x81\x7f</p>", "broken_file"),
        (read_html, b"<div>" * 5000 + b"x", "too_large"),
        (read_html, b"<table>" + b"<tr><td colspan=1000>1" * 3000 + b"</table>", "too_large"),
    ],
)
def test_files_that_are_no_paper_are_refused_in_plain_words(reader: Reader, data: bytes, code: str) -> None:
    assert code_of(reader, data) == code


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere_is_read_or_refused_and_never_fatal(name: str) -> None:
    reader, data = FILES[name][0], (OFFICE / name).read_bytes()
    for size in range(1, len(data), len(data) // 23):
        try:
            reader(data[:size], name)
        except UnreadableDocument as error:
            assert error.code in {"broken_file", "empty_file", "encrypted", "too_large"}


def test_a_figure_alone_among_lines_opens_no_table() -> None:
    """A sentence whose last figure stands in a row of its own, then sentences, then a table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for row, text in enumerate(["占比", "100%", "二、收入情况", "三、支出情况"]):
        sheet.write(row, 0, text)
    sheet.write_row(4, 0, ["项目", "金额"])
    sheet.write_row(5, 0, ["合计", "1.00"])
    book.close()
    paper = read_spreadsheet(out.getvalue(), "a.xlsx")
    assert outline(paper) == [
        "占比",
        "100%",
        "二、收入情况",
        "三、支出情况",
        [("项目", "金额"), ("合计", "1.00")],
    ]
