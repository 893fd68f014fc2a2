"""Find the forms in a paper: which grids stand under which title, and what the text says of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import FORM_NUMBER, Catalogue, Form, plain_title, squeeze
from ingest.forms.grid import has_cjk
from ingest.model import Grid, GridRow, Line, Paper

_UNIT = re.compile(r"单位[:：]?\s*(?:人民币)?(万元|千元|亿元|元)")
_PART = re.compile(r"^第[一二三四五六七八九十]+部分")
_NOTE = re.compile(r"^(?:注|说明|备注)\d*[:：.]?|^\d+[.、]本")
_BRACKETED = re.compile(r"^（[^（）]{4,}）$")
_FORM_HEAD = re.compile(r"^(?:部门|单位|编制单位|公开|单位名称|填报日期)|表$")
_TITLE = re.compile(r"[^\d开]表(?:（[^（）]*）)?$")
_NO_TITLE = re.compile(
    r"^(?:部门|单位)[（：:]|^(?:编制|公开|报表目录)|公开\d+表|单位[:：]|[，。；]|续表|见下表"
)
#: What may stand beside or around a title inside a grid: number, unit, year, whose form it is.
_HEAD_CELL = re.compile(
    rf"^(?:[（]?(?:{FORM_NUMBER.pattern})[）]?|(?:金额)?单位[:：]?(?:人民币)?[万千亿]?元"
    r"|[（]?(?:20)?\d{2}年?度?[）]?|(?:部门|单位|编制部门|编制单位|预算单位|部门名称|单位名称)[:：].*)$"
)
#: Longer lines are sentences that happen to end in 表.
MAX_TITLE = 50
#: A title is broken over at most so many lines.
TITLE_LINES = 3
#: A header has at least so many columns with words, in at most so many rows.
MIN_HEADER_WORDS = 3
HEADER_ROWS = 6


@dataclass(frozen=True)
class PlacedRow:
    """A grid row with the address of its grid."""

    table_no: int
    page: int
    row_no: int
    cells: tuple[str, ...]
    boxes: tuple[str | None, ...] = ()
    confidences: tuple[Decimal | None, ...] = ()
    reader: str = "text"


@dataclass
class Segment:
    """A title and what follows it up to the next title. ``form`` is None for an unknown table."""

    form: Form | None
    title: str
    page: int
    number: str | None = None
    unit: str | None = None
    rows: list[PlacedRow] = field(default_factory=list)
    #: Rows of the grid that print the title, the unit or the form's number, and nothing of the form.
    head: list[PlacedRow] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    has_note: bool = False


def split_into_segments(paper: Paper, catalogue: Catalogue) -> list[Segment]:
    """Cut the paper at form titles, part headings and captions of unknown tables.

    A title may stand in a line of its own or as the first cell of a grid row. Titles without a
    grid behind them (the list of contents) stay as segments without rows.
    """
    segments: list[Segment] = []
    current: Segment | None = None
    caption = ""

    def open_segment(form: Form | None, title: str, page: int) -> Segment:
        segment = Segment(form, squeeze(title), page, number=_number(title), unit=_unit(title))
        segments.append(segment)
        return segment

    rest_of_title = 0
    for position, block in enumerate(paper.blocks):
        if isinstance(block, Line):
            if rest_of_title:
                rest_of_title -= 1
                continue
            following = paper.blocks[position + 1 : position + TITLE_LINES]
            title, rest_of_title = _title_at(block, following, catalogue)
            form = catalogue.by_title(title)
            if form:
                current = open_segment(form, title, block.page)
            elif _PART.match(squeeze(title)) or _is_title(title):
                current, caption = None, squeeze(title)
            else:
                # The unit under a title that is not known does not hide it.
                if not (_unit(block.text) and _is_title(caption)):
                    caption = block.text
                if current and not _absorb_line(current, block.text):
                    current = None
            continue
        for heading, rows in _parts(block, catalogue):
            if heading:
                current = open_segment(catalogue.by_title(heading), heading, block.page)
            for row in rows:
                if current is None or _is_new_header(row, block, current):
                    printed = " ".join(cell for cell in row.cells if cell)
                    current = open_segment(None, caption or printed, block.page)
                _absorb_row(current, block, row)
    return segments


def _parts(grid: Grid, catalogue: Catalogue) -> list[tuple[str | None, list[GridRow]]]:
    """The grid cut at the titles among its rows; blank rows, number and unit before a title go with it."""
    parts: list[tuple[str | None, list[GridRow]]] = [(None, [])]
    lead: list[GridRow] = []
    beside_number = [row for row in grid.rows if _title_beside_number(row, catalogue)]
    for row in grid.rows:
        title = _title_of(row, catalogue)
        # Several numbered titles below each other are a list of contents.
        if not title and len(beside_number) == 1:
            title = _title_beside_number(row, catalogue)
        if title:
            parts.append((title, [*lead, row]))
            lead = []
        elif _is_head(row):
            lead.append(row)
        else:
            parts[-1][1].extend([*lead, row])
            lead = []
    parts[-1][1].extend(lead)
    return [(title, rows) for title, rows in parts if rows]


def _title_of(row: GridRow, catalogue: Catalogue) -> str | None:
    """The title, known or not, that a grid row begins with and prints all but alone."""
    printed = [cell for cell in row.cells if cell]
    if printed and len(printed) <= 2 and (catalogue.by_title(printed[0]) or _is_title(printed[0])):
        return printed[0]
    return None


def _title_beside_number(row: GridRow, catalogue: Catalogue) -> str | None:
    """The form's title in a row that else prints only its number, unit and body."""
    others = [cell for cell in row.cells if cell and not _HEAD_CELL.match(squeeze(cell))]
    return others[0] if len(others) == 1 and catalogue.by_title(others[0]) else None


def _is_head(row: GridRow) -> bool:
    """A row that prints nothing, or only what stands around a title."""
    return all(_HEAD_CELL.match(squeeze(cell)) for cell in row.cells if cell)


def without_serial_numbers(segment: Segment) -> None:
    """Blank the column headed 序号: its numbers are neither codes nor amounts.

    So are line numbers, but that a summary is read by them.
    """
    heads = {"序号"} if segment.form and segment.form.layout == "summary" else {"序号", "行次"}
    for row in segment.rows[:6]:
        columns = [index for index, cell in enumerate(row.cells) if squeeze(cell) in heads]
        if columns:
            segment.rows = [
                replace(
                    item,
                    cells=tuple(
                        "" if i in columns and item is not row else c for i, c in enumerate(item.cells)
                    ),
                )
                for item in segment.rows
            ]
            return


def merge_continued(segments: Sequence[Segment]) -> list[Segment]:
    """Join the pages of a form: segments with rows and the same form that follow each other.

    A form that is printed once more under another title (三公 of all funds, then of one) is the first
    of the two; the other is kept as a table without a form.
    """
    merged: list[Segment] = []
    titles: dict[str, str] = {}
    for segment in segments:
        last = next((item for item in reversed(merged) if item.rows), None)
        if not (segment.form and segment.rows and segment.form.layout != "other"):
            merged.append(segment)
            continue
        title = plain_title(segment.title)
        if titles.setdefault(segment.form.slug, title) != title:
            merged.append(replace(segment, form=None))
        elif last and last.form == segment.form:
            last.head += segment.head
            last.rows += segment.rows
            last.sentences += segment.sentences
            last.unit = last.unit or segment.unit
        else:
            merged.append(segment)
    return merged


def _title_at(first: Line, following: Sequence[Line | Grid], catalogue: Catalogue) -> tuple[str, int]:
    """The text of a line, joined with the next ones where they are one title; and how many those are."""
    if catalogue.by_title(first.text) or _is_title(first.text):
        return first.text, 0
    joined = first.text
    # A bracket left open is the only sure sign that an unknown title goes on.
    opened = squeeze(first.text).count("（") > squeeze(first.text).count("）")
    for count, block in enumerate(following, 1):
        if not isinstance(block, Line) or block.page != first.page or catalogue.by_title(block.text):
            break
        joined += block.text
        if catalogue.has_title(joined) or (opened and _is_title(joined)):
            return joined, count
    return first.text, 0


def _is_new_header(row: GridRow, grid: Grid, current: Segment) -> bool:
    """Another table's header within the grid: it begins like the one above, and its columns are others.

    Only below coded forms: the blocks of a matrix have headers of their own.
    """
    if current.form is None or current.form.layout != "coded":
        return False
    own = [item for item in current.rows if item.table_no == grid.table_no]
    words = [squeeze(cell) for cell in row.cells]
    if sum(map(has_cjk, words)) < MIN_HEADER_WORDS or any(char.isdigit() for char in "".join(words)):
        return False
    if not any(read_amounts(cell).amounts for item in own for cell in item.cells):
        return False
    heads = [[squeeze(cell) for cell in item.cells] for item in current.rows[:HEADER_ROWS]]
    return words not in heads and bool(words[0]) and any(words[0] == head[0] for head in heads)


def _is_title(text: str) -> bool:
    """A line that heads a table of its own, known or not."""
    line = squeeze(text)
    return bool(_TITLE.search(line)) and len(line) <= MAX_TITLE and not _NO_TITLE.search(line)


def _absorb_line(segment: Segment, text: str) -> bool:
    """Take a text line into the segment; False where it ends the segment."""
    line = squeeze(text).lstrip("（")
    segment.unit = segment.unit or _unit(text)
    segment.number = segment.number or (_number(text) if _FORM_HEAD.search(line) or len(line) < 40 else None)
    if _NOTE.match(line):
        segment.has_note = True
        segment.sentences.append(line)
        return True
    if _BRACKETED.match(squeeze(text)):
        segment.sentences.append(line.rstrip("）"))
        return True
    if re.search(r"[。；;]$", line):
        segment.sentences.append(line)
        # A sentence behind the rows closes the table unless it is a note or a formula.
        return not segment.rows or bool(re.match(r"^\d+[行栏]", line))
    return True


def _absorb_row(segment: Segment, grid: Grid, row: GridRow) -> None:
    first = squeeze("".join(row.cells[:1]))
    whole = "".join(row.cells)
    segment.unit = segment.unit or _unit(whole)
    segment.number = segment.number or next((n for n in map(_number, row.cells) if n), None)
    if _NOTE.match(first) or re.match(r"^\d+[行栏]", first):
        segment.has_note = True
    if first.endswith("。"):
        segment.sentences.append(first)
    is_head = _is_head(row) or segment.title in map(squeeze, row.cells)
    rows = segment.head if is_head and not segment.rows else segment.rows
    rows.append(
        PlacedRow(grid.table_no, grid.page, row.row_no, row.cells, row.boxes, row.confidences, grid.reader)
    )


def _unit(text: str) -> str | None:
    match = _UNIT.search(text)
    return match.group(1) if match else None


def _number(text: str) -> str | None:
    match = FORM_NUMBER.search(text)
    return re.sub(r"\s", "", match.group(0)) if match else None
