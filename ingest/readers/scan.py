"""Scanned pages: from the image of a page to lines and grids, with a confidence for every cell.

One pass of OCR over the upright page; its words fall into the cells that the page's rules enclose,
or, where there are no rules, into rows and columns by where they stand. What cannot be read is never
guessed: the cell has its box, no text and the confidence 0.
"""

import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ingest.errors import UnreadableDocument
from ingest.model import GridRow, Line
from ingest.readers.pdf_page import Rule
from ingest.readers.ruled import RuledTable, cell_text, find_tables

if TYPE_CHECKING:
    import numpy.typing as npt

    from ingest.readers.scan_image import Pixels, Upright
    from ingest.readers.scan_words import Engine, Reading, Word

#: What the extra ``ocr`` brings; without any of them no scan can be read.
NEEDED = ("rapidocr", "onnxruntime", "cv2", "numpy")
#: Smaller than this a frame of rules is a picture or a letter, in points.
MIN_TABLE_WIDTH, MIN_TABLE_HEIGHT = 60.0, 18.0
#: Rules that end farther than this beyond the last rule across them leave a side open, in points.
OPEN_SIDE = 10.0
#: A rule cuts a word when it runs at least this deep inside it, in points.
INSIDE = 1.0
#: So many figures above each other in one cell: the rules between them were not found.
STACKED = 3
#: How sure one can be of a cell in which some ink stayed unread.
INK_LEFT = Decimal("0.5")


@dataclass(frozen=True)
class ScannedLine(Line):
    """A line of text with its confidence; ``offset`` from the page's start."""

    confidence: Decimal = Decimal(0)


@dataclass(frozen=True)
class ScannedRow(GridRow):
    """A row of a grid; ``confidences`` go along with ``cells``, None where nothing is printed.

    A cell with ink that could not be read is blank, and has a box and the confidence 0.
    """


@dataclass(frozen=True)
class ScannedGrid:
    """A table of a scanned page. ``ruled`` says whether its own rules made its cells."""

    page: int
    rows: tuple[ScannedRow, ...]
    ruled: bool
    box: str


@dataclass(frozen=True)
class _Cell:
    row: int
    column: int
    words: "list[Word]"
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class _Table:
    """A table in points of the upright frame."""

    cells: list[_Cell]
    row_count: int
    column_count: int
    box: tuple[float, float, float, float]
    ruled: bool


def read_scanned_page(
    image: "npt.NDArray[Any]", page: int, scale: float, page_height: float
) -> tuple[list[Line], list[ScannedGrid]]:
    """Read the image of a page: its lines outside tables, and its tables.

    ``image`` is (H, W) or (H, W, 3) of 8 bits, ``scale`` its pixels per point, ``page_height`` in
    points. Skew up to 5 degrees and quarter turns are undone; boxes are those of the page as it came,
    in points from its lower left corner. The lines are ScannedLine; offsets count from the page's
    start, its blocks laid out from top to bottom as the text reader would find them.

    Raises UnreadableDocument (scan_needs_ocr) where the OCR extra is not installed.
    """
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise UnreadableDocument(
            "scan_needs_ocr",
            f"page {page} is a scan and the OCR extra is not installed",
            "pip install juesuan[ocr]",
        )
    # Only a page that is a scan pays for these.
    from ingest.readers.scan_image import as_grey, find_rules, straighten, turn
    from ingest.readers.scan_words import as_word, engine, find_turn

    reader = engine()
    sheet = straighten(as_grey(image))
    sheet = turn(sheet, find_turn(reader, sheet.grey))
    rules, mask = find_rules(sheet.grey, scale)
    readings = _read(reader, sheet.grey, mask, rules, scale)
    words = [as_word(reading, sheet.grey.shape[0], scale) for reading in readings]
    tables = _tables(rules, words)
    return _Page(sheet, page, scale, page_height).lay_out(words, tables)


def _read(
    reader: "Engine", grey: "Pixels", mask: "Pixels", rules: Sequence[Rule], scale: float
) -> "list[Reading]":
    """All words of the page, those that run over a rule parted, unread ink among them.

    ``mask`` marks the pixels of the rules. The page is read as it is, since with a rule goes the tail
    of a comma that touches it; without its rules it tells what ink was passed over.
    """
    from ingest.readers.scan_image import blobs, without
    from ingest.readers.scan_words import look_again, part

    readings = reader.read(grey)
    clean = without(grey, mask)
    unseen = blobs(without(grey, mask, 1), [reading.box for reading in readings], scale)
    readings = look_again(reader, clean, readings, unseen, scale)
    height = grey.shape[0] / scale
    pieces = []
    for reading in readings:
        left, top, right, bottom = (value / scale for value in reading.box)
        middle = height - (top + bottom) / 2
        borders = [
            rule.at * scale
            for rule in rules
            if not rule.horizontal
            and rule.start <= middle <= rule.end
            and left + INSIDE < rule.at < right - INSIDE
        ]
        pieces += part(reader, clean, reading, borders, scale)
    return pieces


def _tables(rules: Sequence[Rule], words: "Sequence[Word]") -> list[_Table]:
    """Tables from top to bottom: those with rules, and where there are none those without."""
    from ingest.readers.scan_layout import find_layouts

    ruled = [
        _ruled(table, words)
        for table in find_tables([*rules, *_sides(rules)], words)
        if table.box[2] - table.box[0] >= MIN_TABLE_WIDTH and table.box[3] - table.box[1] >= MIN_TABLE_HEIGHT
    ]
    ruled = [table for table in ruled if not any(_is_stacked(cell) for cell in table.cells)]
    if ruled:
        return ruled
    tables = []
    for layout in find_layouts(words):
        cells = [
            _Cell(row, column, members, _around(members)) for (row, column), members in layout.cells.items()
        ]
        box = _around(layout.words)
        tables.append(_Table(cells, layout.row_count, layout.column_count, box, False))
    return tables


def _sides(rules: Sequence[Rule]) -> list[Rule]:
    """Upright rules to close tables whose sides are open, where their level rules begin and end."""
    level = [rule for rule in rules if rule.horizontal]
    down = [rule for rule in rules if not rule.horizontal]
    if len(level) < 3 or not down:
        return []
    starts, ends = sorted(rule.start for rule in level), sorted(rule.end for rule in level)
    low, high = min(rule.at for rule in level), max(rule.at for rule in level)
    left, right = starts[len(starts) // 2], ends[len(ends) // 2]
    sides = []
    if min(rule.at for rule in down) - left > OPEN_SIDE:
        sides.append(Rule(False, left, low, high))
    if right - max(rule.at for rule in down) > OPEN_SIDE:
        sides.append(Rule(False, right, low, high))
    return sides


def _ruled(table: RuledTable, words: "Sequence[Word]") -> _Table:
    cells = []
    for cell in table.cells:
        left, bottom, right, top = cell.box
        members = [word for word in words if left <= word.x < right and bottom < word.y <= top]
        cells.append(_Cell(cell.row, cell.column, members, cell.box))
    return _Table(cells, table.row_count, table.column_count, table.box, True)


def _is_stacked(cell: _Cell) -> bool:
    from ingest.readers.scan_layout import is_figure, lines_of

    lines = lines_of([word for word in cell.words if word.text])
    return sum(any(is_figure(word.text) for word in line) for line in lines) >= STACKED


def _around(words: "Iterable[Word]") -> tuple[float, float, float, float]:
    found = list(words)
    return (
        min(word.x0 for word in found),
        min(word.y0 for word in found),
        max(word.x1 for word in found),
        max(word.y1 for word in found),
    )


@dataclass(frozen=True)
class _Page:
    """Leads from points of the upright frame to the page as it came, and lays out its blocks."""

    sheet: "Upright"
    number: int
    scale: float
    height: float

    def lay_out(
        self, words: "Sequence[Word]", tables: Sequence[_Table]
    ) -> tuple[list[Line], list[ScannedGrid]]:
        from ingest.readers.scan_layout import lines_of

        placed = {word for table in tables for cell in table.cells for word in cell.words}
        loose = [word for word in words if word.text and word not in placed]
        blocks: list[tuple[float, list[Word] | _Table]] = [
            (max(word.y1 for word in line), line) for line in lines_of(loose)
        ]
        blocks += [(table.box[3], table) for table in tables]
        lines: list[Line] = []
        grids: list[ScannedGrid] = []
        offset = 0
        for _, block in sorted(blocks, key=lambda item: -item[0]):
            if isinstance(block, _Table):
                grid, offset = self._grid(block, offset)
                grids.append(grid)
            else:
                text = _spaced(block)
                sure = min(word.confidence for word in block)
                lines.append(
                    ScannedLine(text, self.number, offset, self._box(_around(block)), _decimal(sure))
                )
                offset += len(text) + 1
        return lines, grids

    def _grid(self, table: _Table, offset: int) -> tuple[ScannedGrid, int]:
        rows = []
        for number in range(table.row_count):
            cells = [""] * table.column_count
            boxes: list[str | None] = [None] * table.column_count
            confidences: list[Decimal | None] = [None] * table.column_count
            for cell in (item for item in table.cells if item.row == number):
                cells[cell.column] = cell_text(word for word in cell.words if word.text)
                boxes[cell.column] = self._box(cell.box)
                confidences[cell.column] = _confidence(cell.words)
            rows.append(ScannedRow(tuple(cells), number + 1, offset, tuple(boxes), tuple(confidences)))
            offset += len("\t".join(cells)) + 1
        return ScannedGrid(self.number, tuple(rows), table.ruled, self._box(table.box)), offset

    def _box(self, box: tuple[float, float, float, float]) -> str:
        left, bottom, right, top = box
        high = self.sheet.grey.shape[0]
        pixels = left * self.scale, high - top * self.scale, right * self.scale, high - bottom * self.scale
        x0, y0, x1, y1 = (value / self.scale for value in self.sheet.box_on_page(pixels))
        return ",".join(f"{value:.1f}" for value in (x0, self.height - y1, x1, self.height - y0))


def _confidence(words: "Sequence[Word]") -> Decimal:
    """That of the least sure word; less where ink stands beside it that was not read."""
    read = [word for word in words if word.text]
    if not read:
        return Decimal("0.000")
    sure = _decimal(min(word.confidence for word in read))
    return sure if len(read) == len(words) else min(sure, INK_LEFT)


def _decimal(value: float) -> Decimal:
    return Decimal(f"{min(max(value, 0.0), 1.0):.3f}")


def _spaced(line: "Sequence[Word]") -> str:
    """A line's words with a blank where a gap as wide as a letter parts them."""
    text = line[0].text
    for before, word in pairwise(line):
        gap = word.x0 - before.x1
        text += (" " if gap > 0.5 * (word.y1 - word.y0) else "") + word.text
    return text
