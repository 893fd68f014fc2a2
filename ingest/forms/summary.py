"""Summaries: income on the left, expenditure beside it, each label | line number | amounts."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import Form, plain_label, row_name, squeeze
from ingest.forms.completeness import missing_line_numbers
from ingest.forms.grid import (
    amount_among_words,
    has_cjk,
    holds_number,
    is_note,
    merge_split_words,
    whole_number,
)
from ingest.forms.header import column_paths, is_number_row, measures_by_words
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow, Segment
from ingest.forms.torn import class_names, join_torn_rows

SIDES = ("income", "expenditure")
HEADER_WORDS = frozenset(
    {"项目", "行次", "行", "栏次", "收入", "支出", "金额", "决算数", "预算数", "预算", "小计", "合计"}
    | {"本年收入", "本年支出"}
)
#: Labels in a column from which on it is a side of its own.
LABELS_OF_A_SIDE = 3
#: The code of a class before its name.
_CLASS_CODE = re.compile(r"^\s*[\[【（(]?2\d\d[\]】）)]?\s*[-—－]?\s*(?=[\u4e00-\u9fff])")
TOTAL_LINES = frozenset({"total", "current_year_total"})


@dataclass
class Side:
    """One side of a summary: where its labels stand, and which columns hold which measure."""

    name: str
    block_no: int
    start: int
    end: int
    first_amount: int
    measures: dict[int, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


def parse_summary(form: Form, segment: Segment, parsed: ParsedForm) -> None:
    """Read the lines of all sides; a row without a known place is left over, not guessed."""

    def is_known(label: str) -> bool:
        return form.has_line(label) or label in HEADER_WORDS

    rows = [
        replace(row, cells=merge_split_words(row.cells, is_known))
        for row in segment.rows
        if not is_note(row.cells)
    ]
    rows = join_torn_rows(rows, lambda label: form.has_line(label) or label in class_names())
    starts = _starts(form, rows)
    if len(starts) < len(SIDES):
        parsed.unread = True
        for row in rows:
            for index, cell in enumerate(row.cells):
                if holds_number(cell) and whole_number(cell) is None:
                    parsed.add_leftover(row, index + 1, cell, "no line of the form could be recognised")
        return
    body_at = _body_start(form, rows, starts)
    header, body = rows[:body_at], rows[body_at:]
    numbered = _has_line_numbers(rows, starts)
    sides = _sides(form, header, body, starts, numbered, parsed.fiscal_year)
    below = {side.name: _lines_below(form, side, body) for side in sides}
    for number, row in enumerate(body):
        names = [squeeze(row.cells[side.start]) for side in sides if side.start < len(row.cells)]
        if is_number_row(row) or any(name in HEADER_WORDS and _is_head(row, sides) for name in names):
            continue
        for side in _sides_of(form, row, sides):
            _read_side(form, row, side, below[side.name][number], parsed)
    if not all(side.seen & TOTAL_LINES for side in sides if side.name in SIDES):
        parsed.cut_reason = "the form ends before its 总计 line"
    elif numbered and (lost := missing_line_numbers(_line_numbers(rows, starts[0]))):
        parsed.cut_reason = f"the form lost the lines {lost[0]} to {lost[-1]}"


def _sides_of(form: Form, row: PlacedRow, sides: Sequence[Side]) -> list[Side]:
    """The sides of a row; where a label spans the side behind it too, the two are one."""
    found: list[Side] = []
    for side in sides:
        before = found[-1] if found else None
        spans = (
            before is not None
            and before.name != "income"
            and side.start < len(row.cells)
            and not any(row.cells[before.start + 1 : side.start + 1])
            and form.line_of("expenditure", plain_label(row.cells[before.start]), before.seen)
        )
        if before and spans:
            found[-1] = replace(before, end=side.end, measures=before.measures | side.measures)
        else:
            found.append(side)
    return found


def _lines_below(form: Form, side: Side, body: Sequence[PlacedRow]) -> list[frozenset[str]]:
    """For each row the keys of the side's lines below it."""
    known = side.name if side.name in SIDES else "expenditure"
    found: list[frozenset[str]] = []
    below: frozenset[str] = frozenset()
    for row in reversed(body):
        found.append(below)
        label = plain_label(row.cells[side.start]) if side.start < len(row.cells) else ""
        line = form.line_of(known, label)
        below |= {line} if line else set()
    return found[::-1]


def _read_side(form: Form, row: PlacedRow, side: Side, below: frozenset[str], parsed: ParsedForm) -> None:
    end = min(side.end, len(row.cells))
    label = row.cells[side.start] if side.start < len(row.cells) else ""
    amounts = [(index, row.cells[index]) for index in range(side.first_amount, end)]
    if not has_cjk(label):
        before = [(i, row.cells[i]) for i in range(side.start, min(side.first_amount, end))]
        for index, text in [*(item for item in before if whole_number(item[1]) is None), *amounts]:
            if holds_number(text):
                parsed.add_leftover(row, index + 1, text, "no label stands before the number")
        return
    known = side.name if side.name in SIDES else "expenditure"
    label = _CLASS_CODE.sub("", label)
    line = form.line_of(known, plain_label(label), side.seen, below)
    if line:
        side.seen.add(line)
    parsed.add_line(row, side.block_no, side.name, line, None, row_name(label))
    for index, text in amounts:
        if has_cjk(text):
            if amount_among_words(text):
                parsed.add_leftover(row, index + 1, text, "words stand in the number's cell")
            continue
        reading = read_amounts(text)
        if reading.is_blank:
            continue
        if len(reading.amounts) == 1 and index in side.measures:
            parsed.add_cell(row, side.block_no, index + 1, side.measures[index], reading.amounts[0])
        else:
            parsed.add_leftover(row, index + 1, text, "not one readable amount in a known column")


def _is_head(row: PlacedRow, sides: Sequence[Side]) -> bool:
    """A header row once more: it has words where a line has amounts, or no figures at all."""
    return not any(holds_number(cell) for side in sides for cell in row.cells[side.first_amount : side.end])


def _known(form: Form, side: str, label: str) -> bool:
    return any(line.label.fullmatch(label) for line in form.lines.get(side, ()))


def _starts(form: Form, rows: Sequence[PlacedRow]) -> list[int]:
    """The label columns: where known income lines stand, and the columns of labels right of it."""
    income: Counter[int] = Counter()
    labels: Counter[int] = Counter()
    for row in rows:
        if any(squeeze(cell) in HEADER_WORDS for cell in row.cells):
            continue
        for index, cell in enumerate(row.cells):
            name = plain_label(cell)
            if has_cjk(cell):
                labels[index] += 1
                if _known(form, "income", name) and name not in {"总计"}:
                    income[index] += 1
    if not income:
        return []
    left = min(income, key=lambda index: (-income[index], index))
    right = {index: count for index, count in labels.items() if index > left}
    if not right:
        return []
    sides = sorted(index for index, count in right.items() if count >= LABELS_OF_A_SIDE)
    return [left, *(sides or [min(right, key=lambda index: (-right[index], index))])]


def _body_start(form: Form, rows: Sequence[PlacedRow], starts: Sequence[int]) -> int:
    for number, row in enumerate(rows):
        if any(reading.amounts and reading.amounts[0].decimals for reading in map(read_amounts, row.cells)):
            return number
        for index, side in zip(starts, SIDES, strict=False):
            cell = row.cells[index] if index < len(row.cells) else ""
            label = plain_label(cell)
            numbered = has_cjk(cell) and squeeze(cell) != label and cell[0] in "一1（("
            if squeeze(cell) not in HEADER_WORDS and (_known(form, side, label) or numbered):
                return number
    return len(rows)


def _sides(
    form: Form,
    header: Sequence[PlacedRow],
    body: Sequence[PlacedRow],
    starts: Sequence[int],
    numbered: bool,
    fiscal_year: int | None,
) -> list[Side]:
    width = max((len(row.cells) for row in [*header, *body]), default=0)
    names = _names_of_sides(form, column_paths(header), starts)
    sides = []
    for order, (start, end) in enumerate(zip(starts, [*starts[1:], width], strict=True)):
        name = names[order]
        side = Side(name, order + 1, start, end, start + (2 if numbered else 1))
        known = name if name in form.columns else "expenditure"
        columns = form.columns[known]
        by_order = dict(zip(range(side.first_amount, end), columns, strict=False))
        by_words = {
            index: measure
            for index, measure in measures_by_words(
                [_span(row, start, end) for row in header], form, fiscal_year, known
            ).items()
            if index >= side.first_amount
        }
        figures = Counter(
            index
            for row in body
            for index in range(side.first_amount, min(end, len(row.cells)))
            if holds_number(row.cells[index])
        )
        side.measures = max((by_words, by_order), key=lambda places: _placed(places, figures))
        sides.append(side)
    return sides


def _span(row: PlacedRow, start: int, end: int) -> PlacedRow:
    """The row with only one side's header cells, so that no word of its neighbour spreads to it."""
    cells = tuple(cell if start <= index < end else "" for index, cell in enumerate(row.cells))
    return replace(row, cells=cells)


def _placed(places: Mapping[int, str], figures: Mapping[int, int]) -> int:
    return sum(count for index, count in figures.items() if index in places)


def _names_of_sides(form: Form, paths: Mapping[int, Sequence[str]], starts: Sequence[int]) -> list[str]:
    """Income, and by their heads the others; of those, the first that is no further side is by function."""
    named = [_further_side(form, paths.get(start, ())) for start in starts]
    others = range(1, len(starts))
    by_function = next((order for order in others if named[order] is None), 1)
    names = [name or f"expenditure_{order}" for order, name in enumerate(named)]
    names[0], names[by_function] = SIDES
    return names


def _further_side(form: Form, path: Sequence[str]) -> str | None:
    sides = (
        side for side, words in form.sides.items() if any(word in head for word in words for head in path)
    )
    return next(sides, None)


def _has_line_numbers(rows: Sequence[PlacedRow], starts: Sequence[int]) -> bool:
    """The header says 行次, or numbers count up behind the labels as amounts never do."""
    if any(squeeze(cell) == "行次" for row in rows for cell in row.cells):
        return True
    for start in starts:
        numbers = _line_numbers(rows, start)
        steps = sum(1 for low, high in pairwise(numbers) if high == low + 1)
        if len(numbers) >= LABELS_OF_A_SIDE and steps * 2 >= len(numbers):
            return True
    return False


def _line_numbers(rows: Sequence[PlacedRow], start: int) -> list[int]:
    return [
        number
        for row in rows
        if start + 1 < len(row.cells) and (number := whole_number(row.cells[start + 1]))
    ]
