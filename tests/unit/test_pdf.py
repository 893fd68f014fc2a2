"""PDF gives the forms that the text gives; what the format hides or traps; and files that are broken."""

import importlib.util
import io
import re
import sys
import time
import unicodedata
from collections import Counter
from decimal import Decimal
from typing import Any

import pypdfium2 as pdfium
import pytest
from PIL import Image

from ingest.errors import UnreadableDocument
from ingest.forms.catalogue import squeeze
from ingest.forms.grid import digits_of
from ingest.forms.parser import parse_forms
from ingest.model import DocumentRow, Extraction, Grid, Line, Paper
from ingest.readers.pdf import MAX_PAGES, read_pdf
from ingest.readers.pdf_page import ORDINARY
from tests.conftest import ROOT

PDF = ROOT / "tests" / "fixtures" / "pdf"


def _load_make() -> Any:
    spec = importlib.util.spec_from_file_location("pdf_make", PDF / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


make = _load_make()
LOCKED = {"encrypted"}
READABLE = sorted(path.stem for path in PDF.glob("*.pdf") if path.stem not in LOCKED)
Fact = tuple[str, str, Decimal, str | None, str, str]


def paper_of(name: str) -> Paper:
    return read_pdf((PDF / f"{name}.pdf").read_bytes(), f"{name}.pdf")


def facts(paper: Paper) -> Counter[Fact]:
    """Every form cell by what it says, without its place."""
    extraction = make.extraction_of(paper)
    lines = {(line.table_no, line.row_no, line.block_no): line for line in extraction.form_lines}
    found: Counter[Fact] = Counter()
    for cell in extraction.form_cells:
        line = lines[cell.table_no, cell.row_no, cell.block_no]
        code, name = digits_of(line.code_printed or ""), squeeze(line.row_name or "")
        found[cell.form, cell.measure, cell.amount, line.line, code, name] += 1
    return found


def grids(paper: Paper) -> list[list[list[str]]]:
    return [[list(row.cells) for row in block.rows] for block in paper.blocks if isinstance(block, Grid)]


def lines(paper: Paper) -> list[str]:
    return [block.text for block in paper.blocks if isinstance(block, Line)]


def texts_by_page(paper: Paper) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {number: [] for number in range(1, paper.page_count + 1)}
    for block in paper.blocks:
        cells = [block.text] if isinstance(block, Line) else [c for row in block.rows for c in row.cells]
        texts[block.page] += cells
    return texts


def code_of(data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read_pdf(data, "a.pdf")
    assert caught.value.reason
    assert caught.value.remedy
    return caught.value.code


def small_pdf(content: str = "", *, pages: int = 1, catalog: str = "", extra: str = "") -> bytes:
    """A PDF of a few lines, written by hand; every page draws ``content``."""
    kids = " ".join(f"{number + 10} 0 R" for number in range(pages))
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 400] /Contents 3 0 R "
    page += f"/Resources << /Font << /F 4 0 R >> {extra} >> >>"
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        3: f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        4: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        **{number + 10: page for number in range(pages)},
    }
    body, places = bytearray(b"%PDF-1.7\n"), {}
    for number, text in objects.items():
        places[number] = len(body)
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    size = max(objects) + 1
    table = "".join(f"{places.get(n, 0):010d} {0:05d} {'n' if n in places else 'f'} \n" for n in range(size))
    end = f"xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return bytes(body) + end.encode("latin-1")


def at(x: float, y: float, text: str) -> str:
    return f"BT /F 10 Tf {x} {y} Td ({text}) Tj ET\n"


def frame(xs: list[float], ys: list[float]) -> str:
    """Ruling lines at all places."""
    across = "".join(f"{xs[0]} {y} m {xs[-1]} {y} l S\n" for y in ys)
    return across + "".join(f"{x} {ys[0]} m {x} {ys[-1]} l S\n" for x in xs)


# The same forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", make.TYPESET)
def test_a_typeset_paper_gives_the_cells_of_its_text(name: str) -> None:
    expected = facts(make.text_paper(make.TYPESET[name][0]))
    assert len({form for form, *_ in expected}) >= 7
    assert expected.total() > 150
    assert facts(paper_of(name)) == expected


@pytest.mark.parametrize("name", make.TYPESET)
def test_forms_are_broken_over_pages_with_and_without_repeated_headers(name: str) -> None:
    paper = paper_of(name)
    repeated = make.TYPESET[name][2]
    pages = [
        block.rows
        for block in paper.blocks
        if isinstance(block, Grid) and any("一般公共服务支出" in c for r in block.rows for c in r.cells)
    ]
    assert paper.page_count > len(make.FORMS)
    assert len(pages) >= 3
    continued = [block.rows[0].cells for block in paper.blocks if isinstance(block, Grid) and block.page == 2]
    assert any("收入" in cells[0] for cells in continued) == repeated


# Nothing lost -------------------------------------------------------------------------------------


def seen_by_pdfium(name: str) -> list[str]:
    with pdfium.PdfDocument(PDF / f"{name}.pdf") as document:
        return [page.get_textpage().get_text_range() for page in document]


@pytest.mark.parametrize("name", READABLE)
def test_every_character_that_pdfium_sees_is_in_a_cell_or_a_line(name: str) -> None:
    for seen, texts in zip(seen_by_pdfium(name), texts_by_page(paper_of(name)).values(), strict=True):
        # pdfium gives a hyphen at the end of a line as a sign of its own.
        plain = "".join(ORDINARY.get(ord(c), c) for c in re.sub("[\x02\ufffe]", "-", seen))
        assert Counter("".join(texts).replace(" ", "")) == Counter(re.sub(r"\s", "", plain))


@pytest.mark.parametrize("name", make.TYPESET)
def test_every_number_that_pdfium_sees_is_a_cell_or_in_a_line(name: str) -> None:
    for seen, texts in zip(seen_by_pdfium(name), texts_by_page(paper_of(name)).values(), strict=True):
        printed = re.findall(r"\d[\d,]*\.\d+", seen)
        # A figure that is wrapped ends, for pdfium, with its first line.
        assert [number for number in printed if not any(number in text for text in texts)] == []


@pytest.mark.parametrize("name", READABLE)
def test_offsets_lead_back_to_the_text_of_the_paper(name: str) -> None:
    paper = paper_of(name)
    pages = paper.text.split("\f")
    assert len(pages) == paper.page_count + 1
    for block in paper.blocks:
        if isinstance(block, Line):
            assert paper.text.startswith(block.text, block.offset)
            assert paper.text.count("\f", 0, block.offset) + 1 == block.page
            continue
        for row in block.rows:
            assert paper.text.startswith("\t".join(row.cells) + "\n", row.offset)
            assert [bool(cell) for cell in row.cells] == [box is not None for box in row.boxes]


# Traps --------------------------------------------------------------------------------------------

HEAD = list(make.SPEND_HEAD[0])
SPEND: list[list[str]] = make.SPEND
LARGE = [[*row[:2], *(make.LARGE[text] for text in row[2:])] for row in SPEND]
ONE_CELL = [[f"{row[0]}-{row[1]}" if row[0] else row[1], *row[2:]] for row in SPEND]
TRAPS: dict[str, list[list[str]]] = {
    "wrapped_codes": [HEAD, *SPEND],
    "total_at_bottom": [HEAD, *SPEND[1:], ["合计", "", *SPEND[0][2:]]],
    "lower_decimals": [HEAD, *LARGE],
    "split_amounts": [HEAD, *LARGE],
    "overrun_amounts": [HEAD, *([*row[:4], ""] for row in LARGE)],
    "code_and_name": [["科目", *HEAD[2:]], *ONE_CELL],
    "hyphen_at_line_end": [["科目", *HEAD[2:]], *ONE_CELL],
    "six_decimals": [HEAD, *([*row[:2], *(t and f"{t}1234" for t in row[2:])] for row in SPEND)],
    "raised_figures": [HEAD, *SPEND],
    "radicals": [HEAD, *SPEND],
    "turned": [HEAD, *SPEND],
    "turned_rotate": [HEAD, *SPEND],
    "unit_elsewhere": [HEAD, *SPEND],
    "framed_title": [HEAD, *SPEND],
    "owner_locked": [HEAD, *([*row[:2], *(t and f"{t}1234" for t in row[2:])] for row in SPEND)],
    "three_code_columns": [
        ["项目", "", "", "", *HEAD[2:]],
        ["功能分类科目编码", "", "", "科目名称", "", "", ""],
        ["类", "款", "项", "栏次", "1", "2", "3"],
        ["", "", "", "合计", *SPEND[0][2:]],
        ["208", "", "", *SPEND[1][1:]],
        ["208", "05", "", *SPEND[2][1:]],
        ["208", "05", "05", *SPEND[3][1:]],
        ["208", "05", "06", *SPEND[4][1:]],
    ],
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_read_as_it_is_printed(name: str) -> None:
    paper = paper_of(name)
    assert grids(paper) == [TRAPS[name]]
    assert lines(paper)[0] in {"2024年度支出决算表", "公开03表"}


@pytest.mark.parametrize("name", sorted(set(TRAPS) - {"six_decimals", "owner_locked", "overrun_amounts"}))
def test_a_trap_gives_the_cells_of_the_form(name: str) -> None:
    extraction = make.extraction_of(paper_of(name))
    large = name in {"lower_decimals", "split_amounts"}
    expected = Counter(
        Decimal(text.replace(",", "")) for row in (LARGE if large else SPEND) for text in row[2:] if text
    )
    assert Counter(cell.amount for cell in extraction.form_cells) == expected
    assert {cell.form for cell in extraction.form_cells} == {"expenditure"}
    assert {cell.unit_printed for cell in extraction.form_cells} == {
        "元" if name == "unit_elsewhere" else "万元"
    }
    codes = {digits_of(line.code_printed or "") for line in extraction.form_lines}
    assert codes == {"", "208", "20805", "2080505", "2080506"}
    assert not extraction.leftovers


def test_a_form_goes_on_behind_a_blank_page() -> None:
    paper = paper_of("blank_page")
    assert paper.page_count == 3
    assert grids(paper) == [[HEAD, *SPEND[:3]], SPEND[3:]]
    assert texts_by_page(paper)[2] == []


def test_the_last_page_of_a_form_has_the_columns_of_pages_ruled_alike() -> None:
    """Its headings are cut by a page break, and all it prints is one class with one figure twice."""
    path = ROOT / "tests/fixtures/typeset/caidian_economy_2024_final/office.pdf"
    extraction = make.extraction_of(read_pdf(path.read_bytes(), path.name))
    rows = {(line.table_no, line.row_no) for line in extraction.form_lines if line.code_printed == "229"}
    cells = [c for c in extraction.form_cells if c.form == "expenditure" and (c.table_no, c.row_no) in rows]
    assert {cell.measure for cell in cells} == {"total", "project"}


def test_a_repeated_total_stands_on_both_pages() -> None:
    assert grids(paper_of("repeated_total")) == [[HEAD, *SPEND[:3]], [HEAD, SPEND[0], *SPEND[3:]]]


def test_an_empty_form_says_so() -> None:
    extraction = make.extraction_of(paper_of("no_data"))
    assert [(form.form, form.state) for form in extraction.forms] == [("government_fund", "declared_empty")]
    assert not extraction.form_cells


def test_radicals_become_words_and_wide_signs_stay() -> None:
    text = lines(paper_of("radicals"))[-1].replace(" ", "")
    assert text == "支人月用金力工门长见页马车风食青黄齐民（全角），１２％"


def test_the_words_for_radicals_are_words() -> None:
    assert len(ORDINARY) > 700
    for code, word in ORDINARY.items():
        assert len(word) == 1
        assert unicodedata.name(word).startswith("CJK UNIFIED IDEOGRAPH"), hex(code)
        assert ord(word) not in ORDINARY
    for code, name in ((code, unicodedata.name(chr(code), "")) for code in range(0x2E80, 0x2F00)):
        if "SIMPLIFIED" in name and "J-SIMPLIFIED" not in name:
            assert code in ORDINARY, name


@pytest.mark.parametrize("name", ["turned", "turned_rotate", "split_amounts"])
def test_boxes_lie_where_the_page_shows_the_text(name: str) -> None:
    with pdfium.PdfDocument(PDF / f"{name}.pdf") as document:
        page = document[0]
        width, height = page.get_size()
        for block in (item for item in paper_of(name).blocks if isinstance(item, Grid)):
            for row in block.rows:
                for cell, box in zip(row.cells, row.boxes, strict=True):
                    if not box:
                        continue
                    left, bottom, right, top = map(float, box.split(","))
                    assert 0 <= left < right <= width
                    assert 0 <= bottom < top <= height
                    if page.get_rotation() == 90:
                        # pdfium asks for places on the page as it is before it is turned.
                        left, bottom, right, top = height - top, left, height - bottom, right
                    seen = page.get_textpage().get_text_bounded(left, bottom, right, top)
                    assert Counter(re.sub(r"\s", "", seen)) == Counter(cell)


# Geometry -----------------------------------------------------------------------------------------


def cells_of(content: str) -> list[list[list[str]]]:
    return grids(read_pdf(small_pdf(content), "a.pdf"))


def test_two_figures_side_by_side_stay_two() -> None:
    content = frame([50, 250, 350], [300, 320, 340]) + at(55, 325, "1.50") + at(150, 325, "2.75")
    assert cells_of(content + at(260, 305, "7")) == [[["1.50 2.75", ""], ["", "7"]]]


def test_figures_of_neighbouring_cells_are_not_joined() -> None:
    content = frame([50, 100, 150, 200], [300, 320, 340]) + at(80.2, 325, "1.50") + at(100.2, 325, "2.75")
    assert cells_of(content)[0][0] == ["1.50", "2.75", ""]


def test_a_figure_that_runs_over_its_border_goes_to_the_cell_of_its_greater_part() -> None:
    content = frame([50, 100, 150], [300, 320, 340]) + at(64.5, 325, "160995.94") + at(110, 305, "3.00")
    assert cells_of(content) == [[["160995.94", ""], ["", "3.00"]]]


def test_decimals_that_sink_below_the_rule_stay_with_their_figure() -> None:
    content = frame([50, 100, 150], [300, 320, 340]) + at(55, 322, "99,320") + at(85.6, 316, ".55")
    assert cells_of(content + at(55, 303, "7.00")) == [[["99,320.55", ""], ["7.00", ""]]]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_text_is_read_upright_however_the_page_is_turned(degrees: int) -> None:
    content = frame([50, 100, 200], [300, 320, 360]) + at(55, 325, "1.50") + at(155, 305, "2.75")
    data = make.rotated(small_pdf(content), degrees)
    paper = read_pdf(data, "a.pdf")
    assert grids(paper) == [[["1.50", ""], ["", "2.75"]]]
    box = {
        0: "50.0,320.0,100.0,360.0",
        90: "320.0,500.0,360.0,550.0",
        180: "500.0,40.0,550.0,80.0",
        270: "40.0,50.0,80.0,100.0",
    }
    table = next(block for block in paper.blocks if isinstance(block, Grid))
    assert table.rows[0].boxes[0] == box[degrees]


def test_boxes_are_counted_from_the_corner_that_is_shown() -> None:
    content = frame([150, 200, 300], [300, 320, 360]) + at(155, 325, "1.50")
    data = small_pdf(content).replace(
        b"/MediaBox [0 0 600 400]", b"/MediaBox [0 0 600 400]/CropBox [100 50 500 400]"
    )
    table = next(block for block in read_pdf(data, "a.pdf").blocks if isinstance(block, Grid))
    assert table.rows[0].boxes[0] == "50.0,270.0,100.0,310.0"


def test_a_figure_drawn_twice_to_look_bold_is_one() -> None:
    content = frame([50, 100, 150], [300, 320, 340]) + at(55, 325, "1.55") + at(55.3, 325, "1.55")
    assert cells_of(content)[0][0] == ["1.55", ""]


def test_a_figure_on_the_last_border_is_kept() -> None:
    content = frame([50, 100, 150], [300, 320, 340]) + at(147.22, 325, "8")
    paper = read_pdf(small_pdf(content), "a.pdf")
    assert Counter("".join(t for texts in texts_by_page(paper).values() for t in texts)) == Counter("8")


def test_a_table_within_a_cell_owns_its_text() -> None:
    content = frame([50, 300, 550], [100, 300, 350]) + frame([80, 150, 220], [150, 170, 190])
    content += at(85, 175, "11.00") + at(60, 320, "22.00") + at(320, 200, "33.00")
    found = Counter(cell for grid in cells_of(content) for row in grid for cell in row if cell)
    assert found == Counter(["11.00", "22.00", "33.00"])


def test_a_lone_frame_is_no_table() -> None:
    paper = read_pdf(small_pdf(frame([50, 300], [100, 300]) + at(60, 200, "5.00")), "a.pdf")
    assert lines(paper) == ["5.00"]
    assert not grids(paper)


# Hostile and broken files -------------------------------------------------------------------------

HATCHED = "".join(f"{x / 40:.3f} 0 m {x / 40:.3f} 400 l S\n" for x in range(20_000))
PIECES = "".join(f"{x * 6} {y * 4} m {x * 6 + 5} {y * 4} l S\n" for x in range(100) for y in range(100)) + (
    "".join(f"{x * 6} {y * 4} m {x * 6} {y * 4 + 3.9} l S\n" for x in range(100) for y in range(100))
)
COMB = "".join(f"{x * 3} {y * 10} m {x * 3} {y * 10 + 5} l S\n" for x in range(200) for y in range(40)) + (
    "".join(f"0 {y} m 600 {y} l S\n" for y in range(0, 400, 5)) * 150
)


BOXES = "".join(frame([x, x + 2, x + 4], [y, y + 8]) for x in range(0, 600, 9) for y in range(0, 400, 12))


@pytest.mark.parametrize("rules", [HATCHED, PIECES, COMB, BOXES], ids=["hatched", "pieces", "comb", "boxes"])
def test_twenty_thousand_rules_take_bounded_time_and_keep_the_text(rules: str) -> None:
    started = time.process_time()
    paper = read_pdf(small_pdf(rules + at(60, 200, "12,345.67")), "a.pdf")
    assert time.process_time() - started < 8
    texts = "".join(text for texts in texts_by_page(paper).values() for text in texts)
    assert texts.replace(" ", "") == "12,345.67"


def test_a_script_within_is_never_run() -> None:
    script = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\); this.closeDoc\\(\\);) >>"
    names = "/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.launchURL\\('x'\\)) >>] >> >>"
    paper = read_pdf(small_pdf(at(60, 200, "5.00"), catalog=f"{script} {names}"), "a.pdf")
    assert lines(paper) == ["5.00"]
    assert "alert" not in paper.text


def test_forms_that_hold_themselves_end() -> None:
    # Object 3 draws itself: the page's content is also a form of its own.
    looped = small_pdf("/X Do " + at(60, 200, "5.00"), extra="/XObject << /X 3 0 R >>")
    looped = looped.replace(b"/Length", b"/Type /XObject /Subtype /Form /BBox [0 0 600 400] /Length")
    assert "5.00" in read_pdf(looped, "a.pdf").text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_pdf"),
        (b"<html>404</html>", "not_a_pdf"),
        (b"%PDF-1.7\n", "broken_file"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "broken_file"),
        (small_pdf(pages=0), "broken_file"),
        (small_pdf(pages=MAX_PAGES + 1), "page_count"),
    ],
    ids=["empty", "html", "head_only", "noise", "no_pages", "too_many_pages"],
)
def test_a_broken_file_is_refused_in_plain_words(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_a_paper_behind_a_password_is_refused() -> None:
    assert code_of((PDF / "encrypted.pdf").read_bytes()) == "encrypted"


def test_a_file_is_not_blamed_for_the_one_before() -> None:
    assert code_of((PDF / "encrypted.pdf").read_bytes()) == "encrypted"
    assert code_of(small_pdf(pages=0)) == "broken_file"


def test_ten_thousand_pages_are_refused_at_once() -> None:
    data = small_pdf(pages=10_000)
    started = time.process_time()
    assert code_of(data) == "page_count"
    assert time.process_time() - started < 3


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
@pytest.mark.parametrize("name", ["operations_repeated", "operations_office", "six_decimals"])
def test_a_paper_that_is_cut_off_is_refused(name: str, share: float) -> None:
    data = (PDF / f"{name}.pdf").read_bytes()
    assert code_of(data[: int(len(data) * share)]) in {"truncated", "broken_file"}


def test_a_damaged_page_is_refused() -> None:
    data = small_pdf(at(60, 200, "5.00"), pages=2).replace(
        b"11 0 obj\n<< /Type /Page", b"11 0 obj\n(< /Type /Page"
    )
    assert code_of(data) in {"broken_page", "broken_file"}


# The fixtures -------------------------------------------------------------------------------------


def test_the_fixtures_are_small_and_all_made_by_the_script() -> None:
    sizes = {path.stem: path.stat().st_size for path in PDF.glob("*.pdf")}
    assert max(sizes.values()) < 150_000
    assert sum(sizes.values()) < 1_200_000
    assert set(sizes) == {
        *make.TYPESET,
        *make.traps(),
        *make.budget_traps(),
        "turned_rotate",
        "encrypted",
        "owner_locked",
    }


def test_a_paper_without_any_text_is_refused() -> None:
    document = pdfium.PdfDocument.new()
    document.new_page(595, 842)
    buffer = io.BytesIO()
    document.save(buffer)
    with pytest.raises(UnreadableDocument) as caught:
        read_pdf(buffer.getvalue(), "scan.pdf")
    assert caught.value.code == "no_text"


def test_a_picture_of_a_form_gives_its_cells() -> None:
    picture_file = (ROOT / "tests" / "fixtures" / "scan" / "expenditure_turned.png").read_bytes()
    document = pdfium.PdfDocument.new()
    picture = pdfium.PdfImage.new(document)
    bitmap = pdfium.PdfBitmap.from_pil(Image.open(io.BytesIO(picture_file)).convert("L"))
    picture.set_bitmap(bitmap)
    width, height = bitmap.width * 72 / 200, bitmap.height * 72 / 200
    picture.set_matrix(pdfium.PdfMatrix().scale(width, height))
    sheet = document.new_page(width, height)
    sheet.insert_obj(picture)
    sheet.gen_content()
    buffer = io.BytesIO()
    document.save(buffer)
    extraction = Extraction(DocumentRow(unit_printed="万元"))
    parse_forms(read_pdf(buffer.getvalue(), "scan.pdf"), extraction)
    assert [form.form for form in extraction.forms] == ["expenditure"]
    assert len(extraction.form_cells) == 44
    assert all(cell.bbox and cell.confidence for cell in extraction.form_cells)
