"""Tables from their own ruling lines: the cells that the rules enclose, and the text inside them."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers.pdf_page import Char, Rule

#: Rules nearer than this are one rule, in points.
SNAP = 2.0
#: A rule may end this far from the one it meets.
REACH = 3.0
#: More rules or cells than any form has: what they draw is no table, and its text is read as lines.
MAX_RULES = 4000
MAX_CELLS = 100_000
#: A page with more frames than this is a drawing; the largest are kept.
MAX_TABLES = 60
#: Figures nearer to each other than this share of their height are one figure; beyond a height, two.
ONE_FIGURE, TWO_FIGURES = 0.25, 1.0
#: A character is cut by a rule that leaves this share of its width on either side.
CUT = 0.15
#: A cell is full where less than this many words have room beside its last line: the cell's margins, a
#: word, and a bracket that may not end a line.
ROOM = 3.0
#: A line that leaves this many times its height of its frame unused is not wrapped.
HEADING_MARGIN = 3.0
_FIGURE = re.compile(r"[\d,.\-]")
_AMOUNT = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_LETTER = re.compile(r"[\u4e00-\u9fff]")
_COMPLETE = re.compile(r"-?[\d,]+\.\d{2,}")


@dataclass(frozen=True)
class RuledCell:
    """A cell by its place in the table: text, the row and column of its upper left corner, its box.

    ``is_full`` where its last line leaves no room for another word, so that more may follow elsewhere.
    """

    row: int
    column: int
    text: str
    box: tuple[float, float, float, float]
    is_full: bool = False


@dataclass(frozen=True)
class RuledTable:
    """A table: its box, its numbers of rows and columns, and its cells that print something."""

    box: tuple[float, float, float, float]
    row_count: int
    column_count: int
    cells: tuple[RuledCell, ...]


def find_tables(rules: Sequence[Rule], chars: Sequence[Char]) -> list[RuledTable]:
    """Tables of a page from top to bottom. A lone frame (one cell) is no table."""
    joined = _joined(rules)
    if len(joined) > MAX_RULES:
        return []
    frames = []
    for group in _touching(joined):
        xs = _positions(rule.at for rule in group if not rule.horizontal)
        ys = _positions(rule.at for rule in group if rule.horizontal)
        if len(xs) < 3 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) > MAX_CELLS:
            continue
        frames.append((xs, sorted(ys, reverse=True), group))
    # A table within a cell of another owns its text: the smaller frame is served first.
    frames.sort(key=lambda frame: (frame[0][-1] - frame[0][0]) * (frame[1][0] - frame[1][-1]))
    tables, free = [], list(chars)
    for xs, ys, group in frames[-MAX_TABLES:]:
        box = xs[0], ys[-1], xs[-1], ys[0]
        within = [char for char in free if holds(box, char)]
        table = _table(xs, ys, group, within)
        heading = _heading_rows(table, ys, within)
        if heading:
            table = _table(xs, ys[heading:], group, [char for char in within if char.y <= ys[heading]])
        if len(frames) > 1:
            free = [char for char in free if not holds(table.box, char)]
        tables.append(table)
    return sorted(tables, key=lambda table: (-table.box[3], table.box[0]))


def holds(box: tuple[float, float, float, float], char: Char) -> bool:
    """Whether the middle of the character lies in the box."""
    return box[0] <= char.x <= box[2] and box[1] <= char.y <= box[3]


def cell_text(chars: Iterable[Char]) -> str:
    """Characters of one cell as text: lines from top to bottom, each from left to right.

    A wrapped figure is joined (``24995.9`` over ``4``); two whole figures one above the other or side
    by side stay apart, since they are two.
    """
    lines = text_lines(chars)
    texts = [_line_text(line) for line in lines]
    if len(texts) > 1 and all(_COMPLETE.fullmatch(text) for text in texts):
        return " ".join(texts)
    return "".join(texts)


def _is_full(chars: Iterable[Char], box: tuple[float, float, float, float]) -> bool:
    line = text_lines(chars)[-1]
    word = max(max(char.x1 - char.x0, char.y1 - char.y0) for char in line)
    return box[2] - box[0] - (line[-1].x1 - line[0].x0) < ROOM * word


def _line_text(line: Sequence[Char]) -> str:
    text = line[0].text
    for before, char in pairwise(line):
        wide = char.x0 - before.x1 > TWO_FIGURES * max(char.y1 - char.y0, before.y1 - before.y0)
        both = wide and _FIGURE.match(before.text[-1:]) and _FIGURE.match(char.text[:1])
        text += (" " if both else "") + char.text
    return text


def text_lines(chars: Iterable[Char]) -> list[list[Char]]:
    """Group characters into printed lines: those whose boxes overlap in height by half."""
    chars = list(chars)
    if chars:
        middles = [char.y for char in chars]
        if max(char.y0 for char in chars) <= min(middles) and max(middles) <= min(char.y1 for char in chars):
            return [sorted(chars, key=lambda char: char.x0)]
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

    down = sorted((rule.at, index) for index, rule in enumerate(rules) if not rule.horizontal)
    places = [at for at, _ in down]
    for one, across in enumerate(rules):
        if not across.horizontal:
            continue
        first = bisect_left(places, across.start - REACH)
        last = bisect_right(places, across.end + REACH)
        for _, other in down[first:last]:
            if rules[other].start - REACH <= across.at <= rules[other].end + REACH:
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
    across = [_spans_at(y, True, rules) for y in ys]
    down = [_spans_at(x, False, rules) for x in xs]
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
            if column + 1 < columns and not _parted(down[column + 1], middle):
                parent[root(row * columns + column + 1)] = root(row * columns + column)
            if row + 1 < rows and not _parted(across[row + 1], centre):
                parent[root((row + 1) * columns + column)] = root(row * columns + column)
    members: dict[int, list[int]] = defaultdict(list)
    for index in range(rows * columns):
        members[root(index)].append(index)
    corner = {key: min(group) for key, group in members.items()}
    descending = [-y for y in ys]
    owners = []
    for char in chars:
        column = min(max(bisect_right(xs, char.x) - 1, 0), columns - 1)
        row = min(max(bisect_right(descending, -char.y) - 1, 0), rows - 1)
        owners.append(root(row * columns + column))
    _rejoin_runs(chars, owners, xs)
    inside: dict[int, list[Char]] = defaultdict(list)
    for char, owner in zip(chars, owners, strict=True):
        inside[owner].append(char)
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
        cells.append(RuledCell(row, column, cell_text(group), box, _is_full(group, box)))
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return RuledTable((xs[0], ys[-1], xs[-1], ys[0]), rows, columns, tuple(cells))


def _heading_rows(table: RuledTable, ys: Sequence[float], chars: Sequence[Char]) -> int:
    """How many rows a heading of several lines takes that stands within the frame: title over unit.

    Its lines mean more than their sum, so they are given back as lines of text; but a title that is
    wrapped, so that a line fills the frame, is one text.
    """
    if not table.cells:
        return 0
    left, bottom, right, top = table.cells[0].box
    if (left, right, top) != (table.box[0], table.box[2], table.box[3]) or bottom == table.box[1]:
        return 0
    lines = text_lines(char for char in chars if holds(table.cells[0].box, char))
    wrapped = any(
        right - left - (line[-1].x1 - line[0].x0) < HEADING_MARGIN * (line[0].y1 - line[0].y0)
        for line in lines[:-1]
    )
    return ys.index(bottom) if len(lines) > 1 and not wrapped else 0


def _rejoin_runs(chars: Sequence[Char], owners: list[int], xs: Sequence[float]) -> None:
    """Give a figure or a word that runs over the border of its cell to the cell that holds most of it.

    ``chars`` come in the order in which they were drawn, so what is written in one go is a run of them.
    """
    start = 0
    for end in range(1, len(chars) + 1):
        if end < len(chars) and _runs_on(chars[end - 1], chars[end]):
            continue
        run, held = chars[start:end], owners[start:end]
        if len(set(held)) > 1 and (_is_one_word(run, held, xs) or _is_one_figure(run, held, xs)):
            width: dict[int, float] = defaultdict(float)
            for char, owner in zip(run, held, strict=True):
                width[owner] += char.x1 - char.x0
            owners[start:end] = [max(width, key=lambda owner: width[owner])] * len(run)
        start = end


def _runs_on(before: Char, char: Char) -> bool:
    """The next of a figure's digits, or of a word's letters, without a gap."""
    figure, word = _is_figure_sign(before), before.run == char.run != 0
    if not word and figure != _is_figure_sign(char):
        return False
    height = max(char.y1 - char.y0, before.y1 - before.y0)
    near = -ONE_FIGURE * height <= char.x0 - before.x1 <= ONE_FIGURE * height
    return near and min(before.y1, char.y1) > max(before.y0, char.y0)


def _is_figure_sign(char: Char) -> bool:
    return len(char.text) == 1 and _FIGURE.match(char.text) is not None


def _is_one_word(run: Sequence[Char], held: Sequence[int], xs: Sequence[float]) -> bool:
    """A word that one text object draws, or one of whose letters the border cuts.

    Text too wide for its cell is not wrapped by every program, nor drawn in one go.
    """
    if not any(_LETTER.match(char.text) for char in run):
        return False
    return run[0].run == run[-1].run != 0 or (len(set(held)) == 2 and _cuts_one(run, xs))


def _cuts_one(run: Sequence[Char], xs: Sequence[float]) -> bool:
    """Whether a border runs through a character."""
    for char in run:
        inset = CUT * (char.x1 - char.x0)
        if bisect_right(xs, char.x0 + inset) != bisect_right(xs, char.x1 - inset):
            return True
    return False


def _is_one_figure(run: Sequence[Char], held: Sequence[int], xs: Sequence[float]) -> bool:
    """The run is one amount, and the border cuts a character or leaves a piece that is none."""
    if not _AMOUNT.fullmatch("".join(char.text for char in run)):
        return False
    pieces: dict[int, str] = defaultdict(str)
    for char, owner in zip(run, held, strict=True):
        pieces[owner] += char.text
    return not all(_AMOUNT.fullmatch(piece) for piece in pieces.values()) or _cuts_one(run, xs)


def _spans_at(at: float, horizontal: bool, rules: Sequence[Rule]) -> list[tuple[float, float]]:
    """From where to where the rules of one direction run at a place."""
    return [(r.start, r.end) for r in rules if r.horizontal == horizontal and abs(r.at - at) <= SNAP]


def _parted(spans: Sequence[tuple[float, float]], along: float) -> bool:
    return any(start <= along <= end for start, end in spans)
