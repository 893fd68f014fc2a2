"""XLSX and XLS workbooks: each sheet's tables as grids, titles and sheet names as lines.

Values come from calamine; formats, errors and what a sheet hides are read beside it, since a
figure's text (37.00) depends on them.
"""

import datetime
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import python_calamine as calamine
from lxml import etree

from ingest.model import Paper
from ingest.readers.archive import (
    ENCRYPTED_STREAM,
    OLE_MAGIC,
    Package,
    broken,
    empty,
    encrypted,
    local,
    open_package,
    too_large,
)
from ingest.readers.biff import read_marks
from ingest.readers.html import read_html
from ingest.readers.number_format import BUILT_IN, exact, shown
from ingest.readers.sheet_marks import SheetMarks
from ingest.readers.writer import MAX_CELLS, PaperWriter, clean, join_pieces

#: A paper has some ten forms, a budget of a large department some fifty sheets.
MAX_SHEETS = 500
_DEFAULT_NAME = re.compile(r"(?:sheet|工作表)\s*\d*(?:\s*\(\d+\))?", re.I)
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype|html|head|body|table|meta|style|div)", re.I
)
_FIGURE = re.compile(r"[-−]?[\d,]+(?:\.\d+)?%?")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
_COUNT = re.compile(rb"""\b(?:uniqueCount|count)\s*=\s*["']\s*\+?(\d+)""")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
Place = tuple[int, int]
Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


def read_spreadsheet(data: bytes, file_name: str) -> Paper:
    """Read a workbook into lines and grids; pages are its visible sheets, rows numbered as in the sheet.

    A wholly blank row ends a table. A text alone in its row before a table is a line (title, unit).
    Hidden sheets are left out: nobody who opens the workbook sees them. Web pages named .xls, which
    many systems export, are read as what they are. Raises UnreadableDocument: empty_file,
    broken_file, encrypted or too_large.
    """
    if not data.strip(b"\0 \r\n\t"):
        raise empty("the file is empty")
    if _PAGE.match(data[:1024]):
        return read_html(data, file_name)
    if data.startswith(OLE_MAGIC):
        if ENCRYPTED_STREAM in data:
            raise encrypted("the workbook asks for a password")
        marks: Mapping[str, SheetMarks] | Sequence[SheetMarks] = read_marks(data)
    else:
        package = open_package(data, "XLSX")
        package.check_xml_parts()
        marks = _package_marks(package)
    writer = PaperWriter("spreadsheet")
    shown_sheets = 0
    for number, sheet, visible in _sheets(data):
        if not visible:
            continue
        known = marks.get(sheet.name) if isinstance(marks, Mapping) else _at(marks, number)
        if shown_sheets:
            writer.new_page()
        shown_sheets += 1
        _read_sheet(sheet, known or SheetMarks(), writer)
    return writer.paper(data, file_name)


def _at(marks: Sequence[SheetMarks], number: int) -> SheetMarks | None:
    return marks[number] if number < len(marks) else None


def _sheets(data: bytes) -> Iterator[tuple[int, calamine.CalamineSheet, bool]]:
    """(number, sheet, whether it is shown) of all work sheets."""
    try:
        workbook = calamine.load_workbook(io.BytesIO(data))
        listed = workbook.sheets_metadata
        if len(listed) > MAX_SHEETS:
            raise too_large(f"the workbook has {len(listed)} sheets")
        for number, entry in enumerate(listed):
            if entry.typ == calamine.SheetTypeEnum.WorkSheet:
                visible = entry.visible == calamine.SheetVisibleEnum.Visible
                yield number, workbook.get_sheet_by_index(number), visible
    except calamine.PasswordError as error:
        raise encrypted("the workbook asks for a password") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise broken(f"the workbook cannot be read ({error})") from error
    except BaseException as error:
        # A panic of the Rust library is no Exception; it must not take the job down.
        if type(error).__name__ == "PanicException":
            raise broken("the workbook is damaged") from error
        raise


def _read_sheet(sheet: calamine.CalamineSheet, marks: SheetMarks, writer: PaperWriter) -> None:
    if not _DEFAULT_NAME.fullmatch(sheet.name.strip()):
        writer.line(clean(sheet.name))
    if sheet.end is None:
        return
    height, width = sheet.end[0] + 1, sheet.end[1] + 1
    if height * width > MAX_CELLS:
        raise too_large(f"a sheet spans {height} rows and {width} columns")
    covered = _covered(sheet.merged_cell_ranges or [], height, width)
    rows: dict[int, dict[int, str]] = {}
    for row, values in enumerate(sheet.to_python(skip_empty_area=False)):
        for column, value in enumerate(values):
            place = row, column
            if place in covered:
                continue
            text = marks.texts.get(place) or _text(value, marks.formats.get(place, ""), marks.hides_zeros)
            if text:
                rows.setdefault(row, {})[column] = text
    _write_tables(rows, writer)


def _write_tables(rows: Mapping[int, Mapping[int, str]], writer: PaperWriter) -> None:
    table: list[int] = []
    has_columns = False
    for row in sorted(rows):
        if table and row != table[-1] + 1:
            _write_table(table, rows, writer)
            table, has_columns = [], False
        (first, *more) = rows[row].values()
        if not has_columns and not more and not _FIGURE.fullmatch(first):
            # Figures that stood alone above it opened no table: they were lines, as this is.
            for before in table:
                writer.line(*rows[before].values())
            table = []
            writer.line(first)
        else:
            table.append(row)
            has_columns = has_columns or bool(more)
    if table:
        _write_table(table, rows, writer)


def _write_table(table: Sequence[int], rows: Mapping[int, Mapping[int, str]], writer: PaperWriter) -> None:
    top = table[0]
    cells = {(row - top, column): text for row in table for column, text in rows[row].items()}
    writer.grid(cells, len(table), first_row=top + 1)


def _covered(ranges: Sequence[tuple[Place, Place]], height: int, width: int) -> set[Place]:
    """Places under merged cells but for the first of each; what they may still hold is not shown."""
    covered: set[Place] = set()
    area = 0
    for (top, left), (bottom, right) in ranges:
        rows, columns = range(top, min(bottom + 1, height)), range(left, min(right + 1, width))
        area += len(rows) * len(columns)
        if area > MAX_CELLS:
            raise too_large("the merged cells of a sheet cover more than any form has")
        covered |= {(row, column) for row in rows for column in columns} - {(top, left)}
    return covered


def _text(value: Value, code: str, hides_zeros: bool) -> str:
    if isinstance(value, str):
        return join_pieces(value.splitlines())
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return "" if hides_zeros and value == 0 else shown(exact(value), code)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return str(value)


def _package_marks(package: Package) -> dict[str, SheetMarks]:
    """Marks by sheet name."""
    main = package.main_part("xl/workbook.xml")
    if main is None:
        raise broken("the file is no workbook")
    related = package.related(main)
    target = {key: name for key, _, name in related if name in package.names}
    styles = next((name for _, kind, name in related if kind == "styles" and name in package.names), None)
    codes = _style_codes(package.xml(styles)) if styles else []
    for _, kind, name in related:
        if kind == "sharedStrings" and name in package.names:
            _check_count(package.read(name))
    found: dict[str, SheetMarks] = {}
    for sheet in package.xml(main).iterdescendants("{*}sheet"):
        key = next((text for name, text in sheet.attrib.items() if name.endswith("}id")), "")
        if key in target:
            found[sheet.get("name", "")] = _sheet_marks(package.read(target[key]), codes)
    return found


def _check_count(data: bytes) -> None:
    """Raise UnreadableDocument where more texts are announced than fit: room is made for all of them."""
    for count in _COUNT.findall(data):
        if int(count) > len(data):
            raise broken(f"the workbook announces {int(count)} texts and has {len(data)} characters of them")


def _style_codes(styles: Any) -> list[str]:
    """The number format of each cell style."""
    own = {
        _whole(item.get("numFmtId")): str(item.get("formatCode", ""))
        for item in styles.iterdescendants("{*}numFmt")
    }
    numbers = [
        _whole(item.get("numFmtId"))
        for group in styles.iterchildren("{*}cellXfs")
        for item in group.iterchildren("{*}xf")
    ]
    return [own.get(number, BUILT_IN.get(number, "")) for number in numbers]


def _sheet_marks(data: bytes, codes: Sequence[str]) -> SheetMarks:
    marks = SheetMarks()
    events = etree.iterparse(
        io.BytesIO(data),
        tag=("{*}row", "{*}sheetView"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    row = -1
    try:
        for _, element in events:
            if local(element) == "sheetView":
                marks.hides_zeros |= element.get("showZeros") in ("0", "false")
                continue
            row = _whole(element.get("r"), row + 2) - 1
            place = row, -1
            for cell in element.iterchildren("{*}c"):
                place = _place(cell.get("r"), (row, place[1] + 1))
                if len(cell):
                    marks.use(*place)
                    _mark_cell(cell, place, codes, marks)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise broken(f"a sheet is no XML ({error})") from error
    return marks


def _mark_cell(cell: Any, place: Place, codes: Sequence[str], marks: SheetMarks) -> None:
    kind = cell.get("t", "n")
    value = next(cell.iterchildren("{*}v"), None)
    formula = next(cell.iterchildren("{*}f"), None)
    text = (value.text or "") if value is not None else ""
    if kind == "e":
        marks.texts[place] = text
    elif kind == "n" and formula is not None and not text:
        # Never computed: the formula stands for the figure, so that the gap is seen and not a blank.
        marks.texts[place] = "=" + _NOT_ASCII.sub("", formula.text or "0")
    elif kind == "n":
        style = _whole(cell.get("s"))
        marks.formats[place] = codes[style] if style < len(codes) else ""


def _place(reference: str | None, otherwise: Place) -> Place:
    """Row and column of a reference like C12, which a file may leave out."""
    if reference is None:
        return otherwise
    match = _REFERENCE.fullmatch(reference)
    if not match or match.group(2) == "0":
        raise broken(f"a sheet names a cell {reference[:20]}")
    column = 0
    for letter in match.group(1).upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match.group(2)) - 1, column - 1


def _whole(text: str | None, otherwise: int = 0) -> int:
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise broken(f"a number is expected where {text[:20]!r} stands")
    return int(text)
