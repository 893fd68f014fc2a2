"""Tables that were flattened into lines of text: cells parted by tabs or by wide gaps."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

#: Two blanks or more; a single full-width blank is letter spacing (目　录), not a gap.
_GAP = re.compile(r"[^\S\t]{2,}")
_DIGIT = re.compile(r"\d")
#: A flattened form has at least so many columns; a department and a unit beside it are no table.
MIN_COLUMNS = 3
MIN_ROWS = 2
#: Lines with more pieces than any form has columns are left as they are: the search is quadratic.
MAX_COLUMNS = 64


@dataclass(frozen=True)
class Piece:
    """A piece of a line between gaps, with the columns it takes on a page of even letters."""

    text: str
    start: int
    end: int


def find_tables(lines: Sequence[str]) -> Iterator[str | list[list[str]]]:
    """Go through lines; runs of them that are a table come as rows of cells, the rest as they are."""
    for kind, group in groupby(lines, key=_kind):
        run = list(group)
        rows = _tabbed(run) if kind == "tabs" else _spaced(run) if kind == "gaps" else []
        if len(rows) >= MIN_ROWS and _is_table(rows):
            yield rows
        else:
            yield from run


def _kind(line: str) -> str:
    if "\t" in line:
        return "tabs"
    return "gaps" if 1 < len(_GAP.split(line.strip())) <= MAX_COLUMNS else "line"


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    filled = [[cell for cell in row if cell] for row in rows]
    return max(len(row) for row in filled) >= MIN_COLUMNS and any(
        _DIGIT.search(cell) for row in filled for cell in row[1:]
    )


def _tabbed(lines: Sequence[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("\t")] for line in lines]


def _spaced(lines: Sequence[str]) -> list[list[str]]:
    """Cells by their place in the line; each piece falls to the column it lies nearest to."""
    pieces = [_pieces(line) for line in lines]
    width = max(len(row) for row in pieces)
    columns = _gutter_columns(pieces)
    if len(columns) < width:
        # The letters are not even: the fullest lines show the columns by their count.
        full = [row for row in pieces if len(row) == width]
        columns = [
            (min(row[number].start for row in full), max(row[number].end for row in full))
            for number in range(width)
        ]
    rows = []
    for row in pieces:
        cells = [""] * len(columns)
        for piece, column in zip(row, _columns_of(row, columns), strict=True):
            cells[column] = piece.text
        rows.append(cells)
    return rows


def _gutter_columns(pieces: Sequence[Sequence[Piece]]) -> list[tuple[int, int]]:
    """Where the rows that hold figures print something; headings may span columns and do not count."""
    body = [row for row in pieces if any(_DIGIT.search(piece.text) for piece in row)]
    columns: list[tuple[int, int]] = []
    for piece in sorted((piece for row in body for piece in row), key=lambda item: item.start):
        if columns and piece.start < columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], piece.end)
        else:
            columns.append((piece.start, piece.end))
    return columns


def _pieces(line: str) -> list[Piece]:
    found, start, cursor, column = [], 0, 0, 0
    for gap in [*_GAP.finditer(line), None]:
        end = gap.start() if gap else len(line)
        text = line[start:end]
        column += _columns(line[cursor:start])
        if text.strip():
            found.append(Piece(text.strip(), column, column + _columns(text)))
        column, cursor = column + _columns(text), end
        start = gap.end() if gap else end
    return found


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _columns_of(row: Sequence[Piece], columns: Sequence[tuple[int, int]]) -> list[int]:
    """The columns of a line's pieces, in order, that together lie nearest to the pieces."""
    best: dict[int, tuple[int, list[int]]] = {-1: (0, [])}
    for number, piece in enumerate(row):
        options: dict[int, tuple[int, list[int]]] = {}
        for column in range(number, len(columns) - (len(row) - number) + 1):
            before = min((cost, way) for last, (cost, way) in best.items() if last < column)
            options[column] = (before[0] + _distance(piece, columns[column]), [*before[1], column])
        best = options
    return min(best.values())[1]


def _distance(piece: Piece, column: tuple[int, int]) -> int:
    """How far a piece sticks out of a column, at either side."""
    start, end = column
    overlap = min(piece.end, end) - max(piece.start, start)
    return -overlap if overlap > 0 else 10 * (1 - overlap)
