"""Tables without rules: rows and columns from where the words stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.readers.ruled import text_lines
from ingest.readers.scan_words import Word

#: A table has at least so many rows of two words and more.
MIN_ROWS = 3
#: Words that share less of their width than this (points) stand beside, not above each other.
TOUCH = 1.0
#: The detector draws its boxes this much wider than the print on either side, in points.
MARGIN = 2.0
_FIGURE = re.compile(r"[-+]?[\d,]*\d(?:\.\d*)?%?")
#: Lines above a table that look like two columns: department on the left, unit on the right.
_HEADING = re.compile(r"[:：]|^公开\d+表$|^单位.*元$")


@dataclass(frozen=True)
class Layout:
    """A table found: cells by row and column, each the words that stand in it."""

    cells: dict[tuple[int, int], list[Word]]
    row_count: int
    column_count: int

    @property
    def words(self) -> list[Word]:
        """All words of the table."""
        return [word for words in self.cells.values() for word in words]


def lines_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words as printed lines from top to bottom, each from left to right."""
    return [[word for word in line if isinstance(word, Word)] for line in text_lines(words)]


def find_layouts(words: Sequence[Word]) -> list[Layout]:
    """Tables among ``words``, from top to bottom."""
    lines = lines_of([word for word in words if word.text])
    layouts = []
    for run in _runs(lines):
        layout = _layout(run)
        if layout:
            layouts.append(layout)
    return layouts


def is_figure(text: str) -> bool:
    """Whether the text is a number as tables print it."""
    return bool(_FIGURE.fullmatch(text))


def _runs(lines: Sequence[list[Word]]) -> list[list[list[Word]]]:
    """Stretches of lines that may be a table: parted by prose and by wide gaps."""
    if not lines:
        return []
    page_left = min(word.x0 for line in lines for word in line)
    page_right = max(word.x1 for line in lines for word in line)
    steps = [_middle(a) - _middle(b) for a, b in pairwise(lines)]
    pitch = median(steps) if steps else 0.0
    runs: list[list[list[Word]]] = [[]]
    for number, line in enumerate(lines):
        prose = len(line) == 1 and line[0].x1 - line[0].x0 > 0.5 * (page_right - page_left)
        heading = any(_HEADING.search(word.text) for word in line) and not any(
            is_figure(word.text) for word in line
        )
        if prose or heading:
            runs.append([])
            continue
        if runs[-1] and steps[number - 1] > 5 * pitch:
            runs.append([])
        runs[-1].append(line)
    return [run for run in (_trimmed(run) for run in runs) if run]


def _trimmed(run: list[list[Word]]) -> list[list[Word]]:
    """Without the lone words above and below: titles and notes."""
    wide = [number for number, line in enumerate(run) if len(line) > 1]
    figures = [number for number in wide if any(is_figure(word.text) for word in run[number])]
    if len(figures) < MIN_ROWS:
        return []
    last = wide[-1]
    if last + 1 < len(run):  # the second line of the last name, not a note
        reach = 1.6 * (run[last][0].y1 - run[last][0].y0)
        word = run[last + 1][0]
        if _middle(run[last]) - _middle(run[last + 1]) < reach and not word.text.endswith("。"):
            last += 1
    return run[wide[0] : last + 1]


def _layout(run: list[list[Word]]) -> Layout | None:
    columns = _columns(run)
    if len(set(columns.values())) < 2:
        return None
    rows = _continued([[(word, columns[word]) for word in line] for line in run])
    cells: dict[tuple[int, int], list[Word]] = {}
    for number, row in enumerate(rows):
        for word, column in row:
            cells.setdefault((number, column), []).append(word)
    return Layout(cells, len(rows), 1 + max(columns.values()))


def _columns(run: Sequence[list[Word]]) -> dict[Word, int]:
    """The column of each word: figures and names make the columns, headings take their place in them."""
    body = [line for line in run if _is_body(line)]
    columns = _stacks([word for line in body for word in line if not _spans(word, body)])
    heads = [word for line in run for word in line if not any(word in column for column in columns)]
    strays = []
    for word in heads:
        best = max(columns, key=lambda column: _shared(word, _extent(column)))
        if _shared(word, _extent(best)) > TOUCH:
            best.append(word)
        else:
            strays.append(word)
    # A heading over a column of which only the figures' edge is printed below it, or over none.
    headings = [word for word in heads if word not in strays]
    lone = []
    for word in strays:
        above = [other for other in headings if _shared(word, other) > TOUCH]
        if above:
            narrowest = min(above, key=lambda other: other.x1 - other.x0)
            next(column for column in columns if narrowest in column).append(word)
        else:
            lone.append(word)
    for stack in _stacks(lone):
        _place(stack, columns, body)
    columns.sort(key=lambda column: _extent([word for word in column if _in(word, body)] or column).x0)
    return {word: number for number, column in enumerate(columns) for word in column}


def _place(stack: list[Word], columns: list[list[Word]], body: Sequence[list[Word]]) -> None:
    """Headings that stand over no figure: those of a neighbour without headings, else an empty column."""
    extent = _extent(stack)
    left = [column for column in columns if _extent(column).x1 <= extent.x0 + TOUCH]
    right = [column for column in columns if _extent(column).x0 >= extent.x1 - TOUCH]
    near = [
        *([max(left, key=lambda column: _extent(column).x1)] if left else []),
        *([min(right, key=lambda column: _extent(column).x0)] if right else []),
    ]
    for column in near:
        if all(_in(word, body) for word in column):
            column += stack
            return
    columns.append(stack)


def _is_body(line: Sequence[Word]) -> bool:
    """Whether a line prints figures, other than the numbers of the columns."""
    figures = [word.text for word in line if is_figure(word.text)]
    first = int(figures[0]) if figures and figures[0].isdigit() else None
    numbering = first is not None and figures == [str(first + step) for step in range(len(figures))]
    return len(line) > 1 and bool(figures) and not (numbering and len(figures) > 1)


def _stacks(words: Sequence[Word]) -> list[list[Word]]:
    """Words that stand above each other, from left to right."""
    stacks: list[list[Word]] = []
    right = 0.0
    for word in sorted(words, key=lambda w: w.x0):
        low, high = _core(word)
        if stacks and low < right:
            stacks[-1].append(word)
            right = max(right, high)
        else:
            stacks.append([word])
            right = high
    return stacks


def _spans(word: Word, lines: Sequence[list[Word]]) -> bool:
    """Whether the word stands over two words of one line."""
    return any(sum(_shared(word, other) > TOUCH for other in line) > 1 for line in lines)


def _core(word: Word) -> tuple[float, float]:
    """The word's sides without the margin that the detector leaves around it."""
    margin = min(MARGIN, (word.x1 - word.x0) / 4)
    return word.x0 + margin, word.x1 - margin


def _extent(words: Sequence[Word]) -> Word:
    return Word("", min(w.x0 for w in words), 0.0, max(w.x1 for w in words), 0.0)


def _in(word: Word, lines: Sequence[list[Word]]) -> bool:
    return any(word in line for line in lines)


def _continued(rows: list[list[tuple[Word, int]]]) -> list[list[tuple[Word, int]]]:
    """Join a lone word without figures to the row whose cell it continues, above or below."""

    def height(row: list[tuple[Word, int]]) -> float:
        return _middle([word for word, _ in row])

    whole = [row for row in rows if len(row) > 1]
    steps = [height(a) - height(b) for a, b in pairwise(whole)]
    reach = 0.75 * median(steps) if steps else 0.0
    joined = [list(row) for row in rows]
    for number, row in enumerate(rows):
        if len(row) != 1 or is_figure(row[0][0].text):
            continue
        near = [
            (abs(height(rows[other]) - height(row)), other)
            for other in (number - 1, number + 1)
            if 0 <= other < len(rows) and len(rows[other]) > 1
        ]
        if near and min(near)[0] < reach:
            joined[min(near)[1]] += row
            joined[number] = []
    return [row for row in joined if row]


def _middle(line: Sequence[Word]) -> float:
    return sum(word.y for word in line) / len(line)


def _shared(one: Word, other: Word) -> float:
    (low, high), (left, right) = _core(one), _core(other)
    return min(high, right) - max(low, left)
