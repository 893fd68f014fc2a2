"""Tables without rules, or with level ones only: rows and columns from where the words stand.

The text is always what pdfium sees; a flavor only says who finds the columns. ``rows`` is the cheap
geometry of this module: figures above each other make a column, headings take their place over it.
``stream`` and ``hybrid`` ask camelot for the columns. Boxes are points from the lower left corner.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median

import pypdfium2 as pdfium

from ingest.readers.pdf_page import Box, Char, PageView, Rule, around, view_page
from ingest.readers.ruled import RuledCell, RuledTable, cell_text

FLAVORS = ("rows", "stream", "hybrid")

#: A gap this wide, in multiples of the line's height, parts two words.
WORD_GAP = 0.5
#: Letters spread over a cell (合 计) may stand this far apart and still be one word.
SPREAD_GAP = 4.0
#: Words whose middles differ less than this, in multiples of their height, stand on one line.
SAME_LINE = 0.4
#: Words that share less of their width than this stand beside each other, in points.
TOUCH = 1.0
#: A level rule at least this share of the table's width bounds rows; a shorter one underlines a heading.
LONG_RULE = 0.6
#: Lines of one name are at most this far apart, in multiples of their height.
WRAPPED = 1.5
#: Lines of one heading are at most this far apart: they are often set with more air than names.
WRAPPED_HEADING = 2.1
#: A line nearer than this to a row's figures, in multiples of their height, is half of a wrapped name.
HALF_LINE = 0.9
#: A gap this wide, in multiples of the usual line distance, parts two tables.
TABLE_GAP = 4.0
#: A lone line of words this near to a row, in multiples of the usual distance, continues it.
CONTINUED = 0.9
#: From this share of rows with a code on, a row without one is the rest of another.
MOSTLY_CODED = 0.6

#: A table without headings goes on from at most so many pages above.
MAX_PAGES_BACK = 12

_FIGURE = re.compile(r"[-－−+]?(?:\d[\d,，]*(?:[.．]\d*)?|[.．]\d+)%?")
_AMOUNT = re.compile(r"[-－−+]?(?:[\d,，]*\d[.．]\d+|\d{1,3}(?:[,，]\d{3})+|\d{4}|\d{6}|\d{8,}|0)")
_CODE = re.compile(r"\d{3}|\d{5}|\d{7}")
_ORDINAL = re.compile(
    r"^(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）]|其中|\d+[.、．](?!\d))"
)
_TOUCHING = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d{2,})(?=[\u4e00-\u9fff])")
_NUMBER = re.compile(r"\d{1,2}(?:=.*)?|\*+|[-—]+")
_TOTAL = re.compile(r"^(?:.{0,6}[合总]计)$")
_SEPARATOR = re.compile(
    r"单位[:：]?.{0,4}元|^(?:编制)?(?:部门|单位)(?:名称)?[:：]|^(?:公开|预算)?\d+表$|^(?:附件|附?表)\d+(?:-\d+)?$"
    r"|[。；]$|^(?:注|说明|备注)\d*[:：]"
)
_TITLE = re.compile(r"[^\d开]表(?:[（(].*[)）])?$")
_CJK = re.compile(r"[\u2e80-\u9fff]")


@dataclass(frozen=True)
class Word:
    """Characters of one line that no gap parts."""

    chars: tuple[Char, ...]

    @cached_property
    def text(self) -> str:
        """The characters in their order."""
        return "".join(char.text for char in self.chars)

    @cached_property
    def box(self) -> Box:
        """Left, bottom, right, top."""
        return around(self.chars)

    @property
    def x0(self) -> float:
        """The left side."""
        return self.box[0]

    @property
    def x1(self) -> float:
        """The right side."""
        return self.box[2]

    @property
    def x(self) -> float:
        """The middle, from the left."""
        return (self.box[0] + self.box[2]) / 2

    @property
    def y(self) -> float:
        """The middle, from the bottom."""
        return (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> float:
        """From bottom to top; a font that states no height leaves the size of its widest letter."""
        return max(self.box[3] - self.box[1], *(char.x1 - char.x0 for char in self.chars))

    @property
    def is_figure(self) -> bool:
        """Whether the word is a number as tables print it."""
        return bool(_FIGURE.fullmatch(self.text))


TextLine = list[Word]


@dataclass
class Heading:
    """The words of one header cell, and the columns it stands over (first and last)."""

    words: list[Word]
    first: int = 0
    last: int = 0
    level: int = 0

    @property
    def x0(self) -> float:
        """The left side."""
        return min(word.x0 for word in self.words)

    @property
    def x1(self) -> float:
        """The right side."""
        return max(word.x1 for word in self.words)

    @property
    def y(self) -> float:
        """The middle, from the bottom."""
        return sum(word.y for word in self.words) / len(self.words)


@dataclass
class Column:
    """A column's extent: that of its figures and names, and that of the headings right above it."""

    x0: float
    x1: float
    headings: list[Heading] = field(default_factory=list)

    @property
    def left(self) -> float:
        """The left side, headings included."""
        return min([self.x0, *(heading.x0 for heading in self.headings)])

    @property
    def right(self) -> float:
        """The right side, headings included."""
        return max([self.x1, *(heading.x1 for heading in self.headings)])

    def shared(self, x0: float, x1: float) -> float:
        """How much of a span stands over or under the column, its headings included."""
        return min(self.right, x1) - max(self.left, x0)


@dataclass(frozen=True)
class Region:
    """A stretch of lines that holds one table: header lines, and lines from the first row on."""

    header: list[TextLine]
    body: list[TextLine]


def read_unruled_page(data: bytes, page_number: int, view: PageView, flavor: str) -> list[RuledTable]:
    """Tables of a page from top to bottom. ``flavor`` is one of FLAVORS; pages count from 1."""
    if flavor not in FLAVORS:
        raise ValueError(f"no flavor {flavor}; known: {', '.join(FLAVORS)}")
    rules = _level_rules(view.rules)
    regions = _regions(_lines(view.chars), rules)
    if flavor == "rows":
        given = _columns_above(data, page_number) if regions and not regions[0].header and data else []
        if given and len(_lay_out(regions[0], rules, ()).columns) > len(given):
            given = []
        above = [given, *[[]] * len(regions)]
        pairs = zip(regions, above, strict=False)
        return [table for region, columns in pairs if (table := _table(region, rules, columns))]
    from ingest.readers.camelot_columns import find_columns

    areas = find_columns(data, page_number, flavor)
    if not regions:
        return [area.table for area in areas]
    tables = []
    for region in regions:
        low, high = _span([word for line in region.body for word in line])
        best = max(areas, key=lambda area: min(area.top, high) - max(area.bottom, low), default=None)
        if best and min(best.top, high) > max(best.bottom, low):
            table = _table(region, rules, best.columns)
            tables += [table] if table else []
    return tables


# Lines ------------------------------------------------------------------------------------------


def _lines(chars: Sequence[Char]) -> list[TextLine]:
    """Words in lines from top to bottom, each from left to right.

    Words come first: the lines of neighbouring cells may stand half a line apart, and would be one
    line if they were looked for across the page.
    """
    words = _words(chars)
    if not words:
        return []
    size = median(word.height for word in words)
    lines: list[TextLine] = []
    for word in sorted(words, key=lambda w: (-w.y, w.x0)):
        if lines and _y(lines[-1]) - word.y <= SAME_LINE * size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_joined(sorted(line, key=lambda word: word.x0)) for line in lines]


def _words(chars: Sequence[Char]) -> list[Word]:
    """Letters that stand in a row without a gap."""
    if not chars:
        return []
    size = median(max(char.y1 - char.y0, char.x1 - char.x0) for char in chars)
    open_words: dict[int, list[list[Char]]] = {}
    found: list[list[Char]] = []
    for char in sorted(chars, key=lambda c: (c.x0, -c.y)):
        step = int(char.y / size)
        near = [word for key in (step - 1, step, step + 1) for word in open_words.get(key, ())]
        near = [word for word in near if _follows(word, char, size)]
        if near:
            max(near, key=lambda word: word[-1].x1).append(char)
        else:
            word = [char]
            found.append(word)
            open_words.setdefault(step, []).append(word)
    return [Word(tuple(part)) for word in found for part in _parted(word)]


def _parted(word: list[Char]) -> list[list[Char]]:
    """A figure set flush right may touch the name in the next column."""
    match = _TOUCHING.match("".join(char.text for char in word))
    # One character may print more than one letter; then the text does not say where to cut.
    if match and all(len(char.text) == 1 for char in word):
        return [word[: match.end()], word[match.end() :]]
    return [word]


def _follows(word: Sequence[Char], char: Char, size: float) -> bool:
    """Whether the letter is the next of the word: on its line, with no gap between."""
    last = word[-1]
    em = max(size, last.y1 - last.y0, char.y1 - char.y0)
    # A mark is drawn in one half of its square.
    ends = max(last.x1, last.x0 + em) if last.text in "、，。：；）" else last.x1
    starts = min(char.x0, char.x1 - em) if char.text == "（" else char.x0
    if not -em < starts - ends <= WORD_GAP * em:
        return False
    # A font that states no height leaves the drawn box, which is flat for 一 and low for a point.
    half, other = max(last.y1 - last.y0, size) / 2, max(char.y1 - char.y0, size) / 2
    shared = min(last.y + half, char.y + other) - max(last.y - half, char.y - other)
    return shared >= min(half, other)


def _joined(line: TextLine) -> TextLine:
    """The line with letters spread over a cell (合 计) joined to one word."""
    joined = [line[0]]
    for word in line[1:]:
        near = word.x0 - joined[-1].x1 <= SPREAD_GAP * word.height
        if near and len(word.text) == 1 and _is_spread(word.chars) and _is_spread(joined[-1].chars):
            joined[-1] = Word((*joined[-1].chars, *word.chars))
        else:
            joined.append(word)
    return joined


def _is_spread(piece: Sequence[Char]) -> bool:
    """One letter, or letters that already stand apart."""
    if not all(_CJK.match(char.text) for char in piece):
        return False
    return all(b.x0 - a.x1 > WORD_GAP * max(a.x1 - a.x0, b.x1 - b.x0) for a, b in pairwise(piece))


def _regions(lines: Sequence[TextLine], rules: Sequence[Rule]) -> list[Region]:
    """Stretches between titles, units, notes and wide gaps that hold rows of figures."""
    steps = [_y(a) - _y(b) for a, b in pairwise(lines)]
    pitch = median(steps) if steps else 0.0
    runs: list[list[TextLine]] = [[]]
    for number, line in enumerate(lines):
        if _separates(line):
            runs.append([])
            continue
        if runs[-1] and steps[number - 1] > TABLE_GAP * pitch:
            runs.append([])
        runs[-1].append(line)
    return [region for run in runs if (region := _region(run, rules))]


def _separates(line: TextLine) -> bool:
    """A title, a unit, a note, a page number or the end of a sentence: no row of a table."""
    text = "".join(word.text for word in line)
    if len(line) == 1 and (_TITLE.search(text) or (line[0].is_figure and not _AMOUNT.fullmatch(text))):
        return True
    if any(_AMOUNT.fullmatch(word.text) for word in line):
        return False
    return any(_SEPARATOR.search(word.text) for word in line) and not _is_numbering(line)


def _region(run: Sequence[TextLine], rules: Sequence[Rule]) -> Region | None:
    rows = [number for number, line in enumerate(run) if _is_row(line)]
    figures = [number for number in rows if any(_AMOUNT.fullmatch(word.text) for word in run[number])]
    if not figures or (len(rows) < 2 and sum(word.is_figure for word in run[rows[0]]) < 2):
        return None
    first, last = rows[0], rows[-1]
    # The upper line of a name whose figures stand at half its height.
    if (
        first
        and len(run[first - 1]) == 1
        and _y(run[first - 1]) - _y(run[first]) < HALF_LINE * _height(run[first])
    ):
        first -= 1
    header = _below_edge(run[:first], run, rules)
    while last + 1 < len(run) and _continues(run[last], run[last + 1]):
        last += 1
    return Region(header, list(run[first : last + 1]))


def _below_edge(header: Sequence[TextLine], run: Sequence[TextLine], rules: Sequence[Rule]) -> list[TextLine]:
    """The header lines below the table's upper edge, if one is drawn and only lone lines stand above."""
    words = [word for line in run for word in line]
    width = max(word.x1 for word in words) - min(word.x0 for word in words)
    low = _y(header[-1]) if header else 0.0
    edges = [rule.at for rule in rules if rule.at > low and rule.end - rule.start >= LONG_RULE * width]
    outside = [line for line in header if edges and _y(line) > max(edges)]
    if any(len(line) > 1 for line in outside) or len(outside) == len(header):
        return list(header)
    return list(header[len(outside) :])


def _continues(row: TextLine, line: TextLine) -> bool:
    """Whether the line below the last row is the rest of a name."""
    near = _y(row) - _y(line) < WRAPPED * _height(row)
    return near and len(line) == 1 and not line[0].is_figure


def _is_row(line: TextLine) -> bool:
    """A line of a table's body: figures beside words, a code, or a line with its ordinal."""
    if _is_numbering(line):
        return False
    amounts = sum(bool(_AMOUNT.fullmatch(word.text)) for word in line)
    if _CODE.fullmatch(line[0].text) or _ORDINAL.match(line[0].text):
        return len(line) > 1
    if len(line) > 1 and any(_ORDINAL.match(word.text) for word in line):
        return True
    return amounts > 1 or (amounts == 1 and len(line) > 1)


def _is_numbering(line: TextLine) -> bool:
    """The row of column numbers."""
    if any("栏次" in word.text for word in line):
        return not any(re.search(r"\d[.．]\d", word.text) for word in line)
    return len(line) > 1 and all(_NUMBER.fullmatch(word.text) for word in line)


def _level_rules(rules: Iterable[Rule]) -> list[Rule]:
    """Level rules, the pieces of one drawn line joined."""
    joined: list[Rule] = []
    for rule in sorted((rule for rule in rules if rule.horizontal), key=lambda r: (round(r.at), r.start)):
        last = joined[-1] if joined else None
        if last and abs(last.at - rule.at) <= 2 and rule.start <= last.end + 3:
            joined[-1] = Rule(True, last.at, last.start, max(last.end, rule.end))
        else:
            joined.append(rule)
    return joined


# A table ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """A region laid out: its columns, headings, rows of column numbers, and rows."""

    columns: list[Column]
    headings: list[Heading]
    numbering: list[TextLine]
    rows: list[TextLine]


def _table(
    region: Region, rules: Sequence[Rule], given: Sequence[tuple[float, float]] = ()
) -> RuledTable | None:
    """Lay a region out; ``given`` are columns found elsewhere."""
    layout = _lay_out(region, rules, given)
    return _assemble(layout) if len(layout.columns) > 1 else None


def _lay_out(region: Region, rules: Sequence[Rule], given: Sequence[tuple[float, float]]) -> Layout:
    all_words = [word for line in [*region.header, *region.body] for word in line]
    left, right = min(word.x0 for word in all_words), max(word.x1 for word in all_words)
    low, high = _span(all_words)
    inside = [rule for rule in rules if low <= rule.at <= high]
    long = [rule for rule in inside if rule.end - rule.start >= LONG_RULE * (right - left)]
    rows = _rows(region.body, [rule.at for rule in long])
    columns = [Column(x0, x1) for x0, x1 in given] or _columns(rows)
    heads = [line for line in region.header if not _is_numbering(line)]
    headings = _headings([word for line in heads for word in line], inside)
    numbering = [line for line in region.header if _is_numbering(line)]
    numbers = [Heading([word]) for line in numbering for word in line]
    leaves = [heading for heading in headings if not _is_upper(heading, headings, numbers, columns)]
    columns = _claim(columns, leaves, bool(given))
    columns = _numbered_apart(_claim(columns, numbers, bool(given) or bool(leaves)), numbers)
    _spread(columns, headings, leaves, inside)
    return Layout(columns, headings, numbering, rows)


def _columns_above(data: bytes, page_number: int) -> list[tuple[float, float]]:
    """The columns of the table that goes on from the pages before, where its headings stand."""
    with pdfium.PdfDocument(data) as document:
        for number in range(page_number - 1, max(page_number - 1 - MAX_PAGES_BACK, 0), -1):
            view = view_page(document[number - 1])
            rules = _level_rules(view.rules)
            regions = _regions(_lines(view.chars), rules)
            if not regions:
                return []
            if regions[-1].header:
                columns = _lay_out(regions[-1], rules, ()).columns
                return [(column.left, column.right) for column in columns]
    return []


def _assemble(layout: Layout) -> RuledTable:
    columns, headings, numbering, rows = layout.columns, layout.headings, layout.numbering, layout.rows
    levels = 1 + max((heading.level for heading in headings), default=-1)
    cells: dict[tuple[int, int], list[Word]] = {}
    for heading in headings:
        cells.setdefault((heading.level, heading.first), []).extend(heading.words)
    claimed = {id(word): n for n, c in enumerate(columns) for heading in c.headings for word in heading.words}
    for number, line in enumerate([*numbering, *rows], levels):
        for word in line:
            column = claimed.get(id(word), _column_of(columns, word))
            cells.setdefault((number, column), []).append(word)
    found = [
        RuledCell(
            row,
            column,
            cell_text(char for word in words for char in word.chars),
            around(char for word in words for char in word.chars),
        )
        for (row, column), words in sorted(cells.items())
    ]
    box = around(char for words in cells.values() for word in words for char in word.chars)
    return RuledTable(box, levels + len(numbering) + len(rows), len(columns), tuple(found))


def _column_of(columns: Sequence[Column], word: Word) -> int:
    """The column that shares most of the word's width, else the nearest."""
    return max(range(len(columns)), key=lambda n: (columns[n].shared(word.x0, word.x1), -n))


# Rows -------------------------------------------------------------------------------------------


def _rows(body: Sequence[TextLine], rules: Sequence[float]) -> list[TextLine]:
    """Join the lines of one row: those between two rules, else those too near to be rows."""
    anchors = [number for number, line in enumerate(body) if _is_row(line)]
    edges = sorted({at for at in rules if _y(body[-1]) < at < _y(body[0])}, reverse=True)
    if len(edges) + 1 >= 0.8 * len(anchors) and edges:
        bands: list[list[TextLine]] = [[] for _ in range(len(edges) + 1)]
        for line in body:
            bands[sum(_y(line) < at for at in edges)].append(line)
        return [row for band in bands if band for row in _rows(band, ())]
    if len(anchors) < 2:
        return [[word for line in body for word in line]] if anchors else [list(line) for line in body]
    pitch = median(_y(body[a]) - _y(body[b]) for a, b in pairwise(anchors))
    coded = sum(bool(_CODE.match(body[number][0].text)) for number in anchors) >= MOSTLY_CODED * len(anchors)
    owner = {number: number for number in anchors}
    for number, line in enumerate(body):
        if number in owner:
            continue
        distance, near = min((abs(_y(body[anchor]) - _y(line)), anchor) for anchor in anchors)
        own = len(line) > 1 or _ORDINAL.match(line[0].text) or _TOTAL.match(line[0].text)
        reach = WRAPPED * max(word.height for word in line) if coded else CONTINUED * pitch
        owner[number] = near if distance <= reach and not own else number
    rows: dict[int, TextLine] = {}
    for number in sorted(owner):
        rows.setdefault(owner[number], []).extend(body[number])
    return [rows[number] for number in sorted(rows)]


# Columns ----------------------------------------------------------------------------------------


def _columns(rows: Sequence[TextLine]) -> list[Column]:
    """Words above each other make a column; a word over two columns of other rows makes none."""
    words = [(number, word) for number, row in enumerate(rows) for word in row]
    stacks = _stacks(words)
    for _ in range(3):
        bridges = [word for stack in stacks for word in _bridges(stack, rows)]
        if not bridges:
            break
        words = [item for item in words if item[1] not in bridges]
        stacks = _stacks(words)
    return [Column(min(w.x0 for _, w in stack), max(w.x1 for _, w in stack)) for stack in stacks]


def _stacks(words: Iterable[tuple[int, Word]]) -> list[list[tuple[int, Word]]]:
    stacks: list[list[tuple[int, Word]]] = []
    right = 0.0
    for item in sorted(words, key=lambda pair: pair[1].x0):
        if stacks and item[1].x0 < right - TOUCH:
            stacks[-1].append(item)
            right = max(right, item[1].x1)
        else:
            stacks.append([item])
            right = item[1].x1
    return stacks


def _bridges(stack: Sequence[tuple[int, Word]], rows: Sequence[TextLine]) -> list[Word]:
    """The few words of a stack that join columns which most rows print apart."""
    apart = {number for number, count in Counter(number for number, _ in stack).items() if count > 1}
    apart = {number for number in apart if len(_side_by_side([w for n, w in stack if n == number])) > 1}
    if not apart:
        return []
    members = {n: [w for m, w in stack if m == n] for n in apart}
    found = [
        word
        for number, word in stack
        if any(
            n != number and sum(_overlap(word, other) > TOUCH for other in others) > 1
            for n, others in members.items()
        )
    ]
    return found if len(found) < 2 * len(apart) else []


def _side_by_side(words: Sequence[Word]) -> list[Word]:
    """Words that do not stand above each other: the lines of one cell count once."""
    kept: list[Word] = []
    for word in words:
        if not any(_overlap(word, other) > TOUCH for other in kept):
            kept.append(word)
    return kept


# Headings ---------------------------------------------------------------------------------------


def _headings(words: Sequence[Word], rules: Sequence[Rule]) -> list[Heading]:
    """Join the lines of each heading; a heading over several others stays apart from them."""
    ordered = sorted(words, key=lambda word: -word.y)
    parent = list(range(len(ordered)))
    for low, under in enumerate(ordered):
        above = [
            number
            for number, over in enumerate(ordered[:low])
            if over.y > under.y and _overlap(over, under) > TOUCH
        ]
        if not above:
            continue
        high = min(above, key=lambda number: ordered[number].y)
        if _is_wrapped(ordered[high], under, ordered, rules):
            parent[low] = parent[high]
    groups: dict[int, list[Word]] = {}
    for number, word in enumerate(ordered):
        groups.setdefault(parent[number], []).append(word)
    return [Heading(group) for group in groups.values()]


def _is_wrapped(over: Word, under: Word, words: Sequence[Word], rules: Sequence[Rule]) -> bool:
    size = min(over.height, under.height)
    if over.y - under.y > WRAPPED_HEADING * size:
        return False
    if any(under.y < rule.at < over.y and rule.start <= under.x <= rule.end for rule in rules):
        return False
    aligned = abs(over.x - under.x) <= 0.75 * size or abs(over.x0 - under.x0) <= 0.3 * size
    return aligned and not _heads_several(over, under, words)


def _heads_several(over: Word, under: Word, words: Sequence[Word]) -> bool:
    """Whether a word stands in the middle over another and its neighbours that have nothing above them."""
    size = min(over.height, under.height)
    line = sorted((word for word in words if abs(word.y - under.y) < 0.3 * size), key=lambda word: word.x0)
    at = next(number for number, word in enumerate(line) if word is under)
    runs = []
    for step in (-1, 1):
        run = [under]
        while 0 <= (number := at + step * len(run)) < len(line):
            if any(_overlap(line[number], other) > TOUCH and other.y > under.y + size / 2 for other in words):
                break
            run.append(line[number])
        runs.append(run)
    return any(
        abs((left.x0 + right.x1) / 2 - over.x) <= 0.75 * size
        for left in runs[0]
        for right in runs[1]
        if left is not right
    )


def _stands_over(one: Heading, other: Heading) -> bool:
    return one is not other and one.y > other.y and min(one.x1, other.x1) - max(one.x0, other.x0) > TOUCH


def _is_upper(
    heading: Heading, headings: Sequence[Heading], numbers: Sequence[Heading], columns: Sequence[Column]
) -> bool:
    """Whether a heading stands over others: above one of them, or above the gap between two."""
    if any(_stands_over(heading, other) for other in headings):
        return True
    if any(_stands_over(heading, number) for number in numbers):
        return False
    if any(column.shared(heading.x0, heading.x1) > TOUCH for column in columns):
        return False
    size = max(word.height for word in heading.words)
    lower = [other for other in headings if heading.y - other.y > size / 2]
    return any(other.x1 < heading.x0 for other in lower) and any(other.x0 > heading.x1 for other in lower)


def _claim(columns: Sequence[Column], leaves: Sequence[Heading], fixed: bool) -> list[Column]:
    """Give each lowest heading its column; where none is printed below it, it makes an empty one."""
    placed = list(columns)
    loose = []
    for leaf in leaves:
        under = [column for column in placed if column.shared(leaf.x0, leaf.x1) > TOUCH]
        if under:
            best = max(under, key=lambda column: column.shared(leaf.x0, leaf.x1))
            best.headings.append(leaf)
        else:
            loose.append(leaf)
    pairs = sorted(
        (max(column.x0 - leaf.x1, leaf.x0 - column.x1), number, position)
        for number, leaf in enumerate(loose)
        for position, column in enumerate(placed)
        if (fixed or not column.headings) and not _between(leaf, column, placed)
    )
    taken: set[int] = set()
    for _, number, position in pairs:
        if number in taken or (not fixed and placed[position].headings):
            continue
        if any(_between(loose[number], placed[position], [_as_column(loose[n])]) for n in taken):
            continue
        placed[position].headings.append(loose[number])
        taken.add(number)
    rest = [leaf for number, leaf in enumerate(loose) if number not in taken]
    placed += [Column(leaf.x0, leaf.x1, [leaf]) for leaf in rest]
    return sorted(placed, key=lambda column: column.x0)


def _numbered_apart(columns: Sequence[Column], numbers: Sequence[Heading]) -> list[Column]:
    """A column for every column number: of several numbers over one, the nearest to its figures stays.

    Headings set close run together and make one column of two; their numbers stand apart.
    """
    found = []
    for column in columns:
        own = [heading for heading in column.headings if any(heading is number for number in numbers)]
        own = sorted((h for h in own if abs(h.y - own[0].y) < SAME_LINE), key=lambda number: number.x0)
        if not own:
            found.append(column)
            continue
        middle = (column.x0 + column.x1) / 2
        kept = min(own, key=lambda number: abs((number.x0 + number.x1) / 2 - middle))
        column.headings = [h for h in column.headings if h is kept or not any(h is other for other in own)]
        found += [column if number is kept else Column(number.x0, number.x1, [number]) for number in own]
    return found


def _as_column(heading: Heading) -> Column:
    return Column(heading.x0, heading.x1)


def _between(leaf: Heading, column: Column, others: Sequence[Column]) -> bool:
    """Whether another column stands between a heading and a column."""
    middle = (leaf.x0 + leaf.x1) / 2
    low, high = sorted((middle, (column.x0 + column.x1) / 2))
    return any(other is not column and low < (other.x0 + other.x1) / 2 < high for other in others)


def _spread(
    columns: Sequence[Column], headings: Sequence[Heading], leaves: Sequence[Heading], rules: Sequence[Rule]
) -> None:
    """Set level and columns of every heading; the upper ones stand centred over their columns."""
    for position, column in enumerate(columns):
        for leaf in column.headings:
            leaf.first = leaf.last = position
    upper = sorted((h for h in headings if not any(h is leaf for leaf in leaves)), key=lambda h: h.y)
    for heading in upper:
        below = [h for h in headings if _stands_over(heading, h)]
        if below:
            first, last = min(h.first for h in below), max(h.last for h in below)
        else:
            left = [n for n, column in enumerate(columns) if (column.x0 + column.x1) / 2 < heading.x0]
            first, last = max(left, default=0), min(max(left, default=0) + 1, len(columns) - 1)
        drawn = _underline(heading, columns, rules)
        heading.first, heading.last = drawn or _centred(heading, first, last, columns, headings)
    for heading in sorted(headings, key=lambda h: -h.y):
        over = [
            other.level
            for other in headings
            if other.y > heading.y and other.first <= heading.last and heading.first <= other.last
        ]
        heading.level = max((level + 1 for level in over), default=0)


def _underline(heading: Heading, columns: Sequence[Column], rules: Sequence[Rule]) -> tuple[int, int] | None:
    """The columns above which a short rule under the heading runs."""
    low = min(word.box[1] for word in heading.words)
    size = max(word.height for word in heading.words)
    width = columns[-1].x1 - columns[0].x0
    for rule in rules:
        near = low - size <= rule.at <= low + 0.3 * size and rule.end - rule.start < LONG_RULE * width
        if near and rule.start - TOUCH <= heading.x0 and heading.x1 <= rule.end + TOUCH:
            under = [n for n, c in enumerate(columns) if rule.start <= (c.x0 + c.x1) / 2 <= rule.end]
            if under:
                return min(under), max(under)
    return None


def _centred(
    heading: Heading, first: int, last: int, columns: Sequence[Column], headings: Sequence[Heading]
) -> tuple[int, int]:
    """The run of columns around ``first`` to ``last`` whose middle is the heading's."""
    barred = {
        column
        for h in headings
        if h is not heading and (abs(h.y - heading.y) < 3 or h.y > heading.y or not _is_below(h, heading))
        for column in range(h.first, h.last + 1)
        if not first <= column <= last and not _over_all(h, heading)
    }
    lowest, highest = first, last
    while lowest > 0 and lowest - 1 not in barred and columns[lowest - 1].headings:
        lowest -= 1
    while highest + 1 < len(columns) and highest + 1 not in barred and columns[highest + 1].headings:
        highest += 1
    middle = (heading.x0 + heading.x1) / 2

    def off(run: tuple[int, int]) -> tuple[float, int]:
        left, right = columns[run[0]].left, columns[run[1]].right
        return round(abs((left + right) / 2 - middle), 1), run[0] - run[1]

    runs = [(low, high) for low in range(lowest, first + 1) for high in range(last, highest + 1)]
    return min(runs, key=off)


def _is_below(one: Heading, other: Heading) -> bool:
    return one.y < other.y - 3


def _over_all(one: Heading, other: Heading) -> bool:
    """Whether a heading stands above another: it bars no column of its own."""
    return one.y > other.y + 3 and one.first <= other.first and other.last <= one.last


# Geometry ---------------------------------------------------------------------------------------


def _overlap(one: Word, other: Word) -> float:
    return min(one.x1, other.x1) - max(one.x0, other.x0)


def _y(line: TextLine) -> float:
    return sum(word.y for word in line) / len(line)


def _height(line: TextLine) -> float:
    return max(word.height for word in line)


def _span(words: Sequence[Word]) -> tuple[float, float]:
    return min(word.box[1] for word in words), max(word.box[3] for word in words)
