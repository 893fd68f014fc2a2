"""A row of a ruled table that a page break cut in two: its words belong to the row above the break."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ingest.readers.ruled import RuledCell, RuledTable

#: Borders of one column on two pages lie this near, in points.
SAME_PLACE = 2.0
_WORDS = re.compile(r"[\u4e00-\u9fff]")
_FIGURE = re.compile(r"[-−]?[\d,.]+%?")

Row = Sequence[RuledCell]


def rejoin_cut_row(
    above: Sequence[RuledTable], below: Sequence[RuledTable]
) -> tuple[Sequence[RuledTable], Sequence[RuledTable]]:
    """The tables of two pages that follow each other, a row cut between them made whole.

    Office programs let a row run over the page: what did not fit stands in a row of its own on top of
    the next page, without code or figure. It is put back where each of its cells goes on from a cell
    of the last row that is full to its border; its own row stays, blank.
    """
    if not above or not below:
        return above, below
    upper, lower = above[-1], below[0]
    rows, rest = _rows(upper), _rows(lower)
    last = rows.get(upper.row_count - 1, [])
    number = _repeated_headings(rows, rest)
    parts = rest.get(number, [])
    pairs = [(whole, part) for part in parts if (whole := _at(last, part)) and _goes_on(whole, part)]
    if not parts or len(pairs) < len(parts) or 2 * len(parts) > len(last) or not _has_figure(last):
        return above, below
    joined = {id(whole): replace(whole, text=whole.text + part.text) for whole, part in pairs}
    cells = tuple(joined.get(id(cell), cell) for cell in upper.cells)
    left = tuple(cell for cell in lower.cells if cell.row != number)
    return [*above[:-1], replace(upper, cells=cells)], [replace(lower, cells=left), *below[1:]]


def _rows(table: RuledTable) -> dict[int, list[RuledCell]]:
    rows: dict[int, list[RuledCell]] = defaultdict(list)
    for cell in table.cells:
        rows[cell.row].append(cell)
    return dict(rows)


def _repeated_headings(above: dict[int, list[RuledCell]], below: dict[int, list[RuledCell]]) -> int:
    """How many rows on top of the lower table say what the upper one says on top."""
    number = 0
    while number in below and _is_again(above.get(number, []), below[number]):
        number += 1
    return number


def _is_again(row: Row, other: Row) -> bool:
    """The same columns, and most of the same words: a narrow heading may be clipped where it repeats."""
    same = sum(one.text == two.text for one, two in zip(row, other, strict=False))
    return [cell.column for cell in row] == [cell.column for cell in other] and 2 * same > len(other)


def _at(row: Row, part: RuledCell) -> RuledCell | None:
    """The cell of a row that stands between the same borders."""
    for cell in row:
        if all(abs(cell.box[side] - part.box[side]) <= SAME_PLACE for side in (0, 2)):
            return cell
    return None


def _goes_on(whole: RuledCell, part: RuledCell) -> bool:
    words = _WORDS.search(whole.text) and _WORDS.search(part.text)
    return bool(words) and whole.is_full


def _has_figure(row: Row) -> bool:
    return any(_FIGURE.fullmatch(cell.text) for cell in row)
