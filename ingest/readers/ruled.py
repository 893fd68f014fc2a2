"""Tables from their own ruling lines: the cells that the rules enclose, and the text inside them."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.readers.pdf_page import Char, Rule

#: Rules nearer than this are one rule, in points.
SNAP = 2.0
#: A rule may end this far from the one it meets.
REACH = 3.0
_COMPLETE = re.compile(r"-?[\d,]+\.\d{2,}")


@dataclass(frozen=True)
class RuledCell:
    """A cell by its place in the table: text, the row and column of its upper left corner, its box."""

    row: int
    column: int
    text: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class RuledTable:
    """A table: its box, its numbers of rows and columns, and its cells that print something."""

    box: tuple[float, float, float, float]
    row_count: int
    column_count: int
    cells: tuple[RuledCell, ...]


def find_tables(rules: Sequence[Rule], chars: Sequence[Char]) -> list[RuledTable]:
    """Tables of a page from top to bottom. A lone frame (one cell) is no table."""
    tables = []
    for group in _touching(_joined(rules)):
        xs = _positions(rule.at for rule in group if not rule.horizontal)
        ys = _positions(rule.at for rule in group if rule.horizontal)
        if len(xs) < 3 or len(ys) < 2:
            continue
        tables.append(_table(xs, sorted(ys, reverse=True), group, chars))
    return sorted(tables, key=lambda table: (-table.box[3], table.box[0]))


def cell_text(chars: Iterable[Char]) -> str:
    """Characters of one cell as text: lines from top to bottom, each from left to right.

    A wrapped figure is joined (``24995.9`` over ``4``); two whole figures one above the other stay
    apart, since they are two.
    """
    lines = text_lines(chars)
    texts = ["".join(char.text for char in line) for line in lines]
    if len(texts) > 1 and all(_COMPLETE.fullmatch(text) for text in texts):
        return " ".join(texts)
    return "".join(texts)


def text_lines(chars: Iterable[Char]) -> list[list[Char]]:
    """Group characters into printed lines: those whose boxes overlap in height by half."""
    lines: list[list[Char]] = []
    spans: list[tuple[float, float]] = []
    for char in sorted(chars, key=lambda c: (-c.y, c.x0)):
        for number in range(len(lines) - 1, max(len(lines) - 4, -1), -1):
            low, high = spans[number]
            overlap = min(high, char.y1) - max(low, char.y0)
            if overlap >= 0.5 * min(high - low, char.y1 - char.y0) or low <= char.y <= high:
                lines[number].append(char)
                spans[number] = min(low, char.y0), max(high, char.y1)
                break
        else:
            lines.append([char])
            spans.append((char.y0, char.y1))
    order = sorted(range(len(lines)), key=lambda n: -max(char.y for char in lines[n]))
    return [sorted(lines[number], key=lambda char: char.x0) for number in order]


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Join the pieces of one drawn line."""
    joined: list[Rule] = []
    for horizontal in (True, False):
        ordered = sorted((r for r in rules if r.horizontal == horizontal), key=lambda r: (r.at, r.start))
        bands: list[list[Rule]] = []
        for rule in ordered:
            if bands and rule.at - bands[-1][0].at <= SNAP:
                bands[-1].append(rule)
            else:
                bands.append([rule])
        for band in bands:
            at = sum(rule.at for rule in band) / len(band)
            start, end = None, 0.0
            for rule in sorted(band, key=lambda r: r.start):
                if start is None or rule.start > end + REACH:
                    if start is not None:
                        joined.append(Rule(horizontal, at, start, end))
                    start, end = rule.start, rule.end
                else:
                    end = max(end, rule.end)
            if start is not None:
                joined.append(Rule(horizontal, at, start, end))
    return joined


def _touching(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Groups of rules that meet: each group may be a table."""
    parent = list(range(len(rules)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    across = [index for index, rule in enumerate(rules) if rule.horizontal]
    down = [index for index, rule in enumerate(rules) if not rule.horizontal]
    for one in across:
        for other in down:
            h, v = rules[one], rules[other]
            if h.start - REACH <= v.at <= h.end + REACH and v.start - REACH <= h.at <= v.end + REACH:
                parent[root(one)] = root(other)
    groups: dict[int, list[Rule]] = defaultdict(list)
    for index, rule in enumerate(rules):
        groups[root(index)].append(rule)
    return [group for group in groups.values() if len(group) > 3]


def _positions(values: Iterable[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > SNAP:
            found.append(value)
    return found


def _table(xs: list[float], ys: list[float], rules: Sequence[Rule], chars: Sequence[Char]) -> RuledTable:
    """``xs`` ascend, ``ys`` descend; the elementary cells between them merge where no rule parts them."""
    rows, columns = len(ys) - 1, len(xs) - 1
    across = [rule for rule in rules if rule.horizontal]
    down = [rule for rule in rules if not rule.horizontal]
    parent = list(range(rows * columns))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for row in range(rows):
        middle = (ys[row] + ys[row + 1]) / 2
        for column in range(columns):
            centre = (xs[column] + xs[column + 1]) / 2
            if column + 1 < columns and not _parted(down, xs[column + 1], middle):
                parent[root(row * columns + column + 1)] = root(row * columns + column)
            if row + 1 < rows and not _parted(across, ys[row + 1], centre):
                parent[root((row + 1) * columns + column)] = root(row * columns + column)
    members: dict[int, list[int]] = defaultdict(list)
    for index in range(rows * columns):
        members[root(index)].append(index)
    corner = {key: min(group) for key, group in members.items()}
    inside: dict[int, list[Char]] = defaultdict(list)
    descending = [-y for y in ys]
    for char in chars:
        column, row = bisect_right(xs, char.x) - 1, bisect_right(descending, -char.y) - 1
        if 0 <= column < columns and 0 <= row < rows:
            inside[root(row * columns + column)].append(char)
    cells = []
    for key, group in inside.items():
        places = [divmod(index, columns) for index in members[key]]
        box = (
            xs[min(c for _, c in places)],
            ys[max(r for r, _ in places) + 1],
            xs[max(c for _, c in places) + 1],
            ys[min(r for r, _ in places)],
        )
        row, column = divmod(corner[key], columns)
        cells.append(RuledCell(row, column, cell_text(group), box))
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return RuledTable((xs[0], ys[-1], xs[-1], ys[0]), rows, columns, tuple(cells))


def _parted(rules: Sequence[Rule], at: float, along: float) -> bool:
    return any(abs(rule.at - at) <= SNAP and rule.start <= along <= rule.end for rule in rules)
