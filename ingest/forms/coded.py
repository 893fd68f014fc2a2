"""Coded forms: classification code | name | amounts, one row a code, and a 合计 row.

Extraction shifts cells, runs two rows together and leaves ghosts, so each row is placed by what
it says: the alignment of its figures to the columns, and then the figures themselves, are chosen
by the identities that every row of the form must satisfy (seeds/, read through ingest.rules).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from ingest.forms.amounts import Amount, read_amounts
from ingest.forms.catalogue import Form, row_name, squeeze
from ingest.forms.grid import (
    TOTAL_LABELS,
    digits_of,
    has_cjk,
    is_code_like,
    is_note,
    merge_split_words,
    whole_number,
)
from ingest.forms.header import column_paths, is_number_row, measures_by_words
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow, Segment
from ingest.rules import RowIdentity, row_identities

HALF = Decimal("0.5")
_BRACKETED = re.compile(r"^\s*[\[【（(]\d{3,7}[\]】）)]\s*")
_LEADING = re.compile(r"^\s*\d+(?:\s+\d+)*\s*[-—－]?\s*")
_CODE_HEAD = re.compile(r"编码|科目|功能分类|^[类款项]$")
_UNIT_HEAD = re.compile(r"^(?:(?:预算)?单位(?:代码|编码|名称)?|部门(?:代码|编码|名称))$")
Alignment = tuple[tuple[int, str], ...]


@dataclass
class CodedRow:
    """A logical row before its figures are settled."""

    placed: PlacedRow
    line: str | None
    code: str | None
    name: str | None
    first_amount: int
    figures: dict[int, str] = field(default_factory=dict)
    own: dict[str, tuple[Amount, ...]] = field(default_factory=dict)
    torn: set[str] = field(default_factory=set)
    column_of: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, Amount] = field(default_factory=dict)
    spare_below: dict[str, Amount] = field(default_factory=dict)


def parse_coded(form: Form, segment: Segment, parsed: ParsedForm) -> None:
    """Read all rows of a coded form into ``parsed``."""
    header, body = _split_header(segment.rows)
    numbers = _printed_numbers(header)
    due = bool(header) and _swallowed_total(header)
    rows = list(_rows(body, header, due, numbers, len(form.printed_order), form.columns["any"], parsed))
    headed = any(_CODE_HEAD.search(cell) for row in header for cell in _squeezed(row))
    parsed.has_codes = headed or any(row.code for row in rows)
    alignments = _alignments(form, header, rows)
    identities = _identities(form, {measure for alignment in alignments for _, measure in alignment})
    _align(rows, alignments, identities, parsed)
    _settle(rows, identities, parsed)
    for row in rows:
        second = _second_code(row.placed.cells)
        parsed.add_line(row.placed, 1, None, row.line, row.code, row.name, second)
        for measure in sorted(row.chosen, key=lambda name: row.column_of[name]):
            parsed.add_cell(row.placed, 1, row.column_of[measure] + 1, measure, row.chosen[measure])
    if not header:
        parsed.cut_reason = "the form lost its header, so its columns have no meaning"
    elif not alignments or (not rows and parsed.leftovers):
        parsed.unread = True
    elif not rows and parsed.has_codes:
        parsed.cut_reason = "the form breaks off behind its header"
    elif not any(row.line for row in rows):
        if any(row.code for row in rows):
            parsed.cut_reason = "the form has no 合计 row"
        else:
            parsed.withdraw("rows without code and total: a layout that the catalogue does not know")


# Rows -------------------------------------------------------------------------------------------


def _split_header(rows: Sequence[PlacedRow]) -> tuple[list[PlacedRow], list[PlacedRow]]:
    """Header rows up to the row of column numbers (栏次), or up to the first code or total."""
    merged = [
        PlacedRow(row.table_no, row.page, row.row_no, merge_split_words(row.cells, TOTAL_LABELS))
        for row in rows
    ]
    for index, row in enumerate(merged):
        if any("栏次" in squeeze(cell) for cell in row.cells):
            return merged[: index + 1], merged[index + 1 :]
    for index, row in enumerate(merged):
        first = next((cell for cell in row.cells if cell), "")
        printed_code = is_code_like(first) and len(digits_of(first)) >= 3
        lone = sum(has_cjk(cell) for cell in row.cells) == 1
        total = squeeze(first) in TOTAL_LABELS and (lone or _has_figures(row, 0))
        if index and (printed_code or _BRACKETED.match(first) or total or _has_decimals(row)):
            return merged[:index], merged[index:]
    return merged, []


def _swallowed_total(header: Sequence[PlacedRow]) -> bool:
    return any(squeeze(cell) in {"栏次合计", "合计栏次"} for cell in header[-1].cells)


def _printed_numbers(header: Sequence[PlacedRow]) -> dict[int, int]:
    """Column index to printed column number, from the 栏次 row."""
    for row in reversed(header):
        if any("栏次" in squeeze(cell) for cell in row.cells):
            start = next(i for i, cell in enumerate(row.cells) if "栏次" in squeeze(cell))
            found = {i: whole_number(cell) for i, cell in enumerate(row.cells) if i > start}
            return {index: number for index, number in found.items() if number is not None}
    return {}


def _rows(
    body: Sequence[PlacedRow],
    header: Sequence[PlacedRow],
    total_due: bool,
    numbers: Mapping[int, int],
    width: int,
    columns: Mapping[str, Sequence[str]],
    parsed: ParsedForm,
) -> Iterator[CodedRow]:
    pending_name: str | None = None
    uncounted = set(range(1, width + 1)) - set(numbers.values()) if numbers else set()
    heads = {_squeezed(row) for row in header}
    paths = column_paths(header)
    unit_columns = {index for index, path in paths.items() if _UNIT_HEAD.search(path[-1])}
    all_figures = bool(measures_by_words(header, columns, ()).get(0))
    levels = CodeLevels()
    for position, placed in enumerate(body):
        if is_note(placed.cells) or _squeezed(placed) in heads or is_number_row(placed):
            continue
        words = _leading_words(placed.cells)
        total_at = next((i for i in words if squeeze(placed.cells[i]) in TOTAL_LABELS), None)
        if total_at is not None:
            row = _row(placed, "total", None, squeeze(placed.cells[total_at]), max(words) + 1)
            total_due = False
            _drop_column_numbers(row, uncounted)
        elif words:
            name_at = words[0]
            name, next_name = _names(placed.cells[name_at], _next(body, position))
            code = levels.complete(
                _code(placed.cells[:name_at], placed.cells[name_at]), placed.cells[:name_at]
            )
            if code is None and not _has_figures(placed, name_at + 1):
                continue
            is_unit = name_at in unit_columns or _is_unit_code(code)
            line = f"unit:{(code or '').replace(' ', '')}{name}" if is_unit else None
            row = _row(placed, line, code, name, words[-1] + 1)
            pending_name = next_name
        elif (total_due or all_figures) and _has_figures(placed, 0):
            row = _row(placed, "total", None, "合计", 0)
            total_due = False
        elif pending_name and _has_figures(placed, 0):
            row = _row(placed, None, None, pending_name, 0)
            pending_name = None
        else:
            for index, cell in enumerate(placed.cells):
                if not read_amounts(cell).is_blank:
                    parsed.add_leftover(placed, index + 1, cell, "the row has neither code nor name")
            continue
        yield row


class CodeLevels:
    """Completes codes printed level by level: 201, then 08 in the next column, then 01."""

    def __init__(self) -> None:
        self._levels: list[str] = []

    def complete(self, code: str | None, cells: Sequence[str]) -> str | None:
        """The code with the levels above it, where its cells leave the first column blank."""
        fragments = [(index, digits_of(cell)) for index, cell in enumerate(cells) if digits_of(cell)]
        if not code or not fragments:
            return code
        first, digits = fragments[0]
        if first and len(digits) == 2 and len(self._levels) >= first:
            self._levels = [*self._levels[:first], *(part for _, part in fragments)]
            return " ".join(self._levels)
        self._levels = [part for _, part in fragments]
        return code


def _is_unit_code(code: str | None) -> bool:
    """Codes of functions begin with 2, of economic use with 3 and 5; others are numbers of units."""
    return bool(code) and len(digits_of(code or "")) in (3, 6) and (code or "")[0] not in "235"


def _squeezed(row: PlacedRow) -> tuple[str, ...]:
    return tuple(squeeze(cell) for cell in row.cells)


def _leading_words(cells: Sequence[str]) -> list[int]:
    """Columns of the words before the first figure; codes may stand between them."""
    words: list[int] = []
    for index, cell in enumerate(cells):
        if has_cjk(cell):
            words.append(index)
        elif (
            words
            and cell
            and not (is_code_like(cell) and any(has_cjk(c) for c in cells[index + 1 : index + 3]))
        ):
            break
    return words


def _row(placed: PlacedRow, line: str | None, code: str | None, name: str | None, start: int) -> CodedRow:
    figures = {
        index: cell
        for index, cell in enumerate(placed.cells)
        if index >= start and not has_cjk(cell) and not read_amounts(cell).is_blank
    }
    return CodedRow(placed, line, code, name, start, figures)


def _next(body: Sequence[PlacedRow], position: int) -> PlacedRow | None:
    return body[position + 1] if position + 1 < len(body) else None


def _has_figures(row: PlacedRow, start: int) -> bool:
    return any(read_amounts(cell).amounts for cell in row.cells[start:] if not has_cjk(cell))


def _has_decimals(row: PlacedRow) -> bool:
    return any(amount.decimals for cell in row.cells for amount in read_amounts(cell).amounts)


def _names(text: str, below: PlacedRow | None) -> tuple[str, str | None]:
    """The row's name, and the next row's where that row has figures but no words of its own."""
    name = text[_leading_code(text) :]
    parts = name.split()
    nameless = below is not None and not any(has_cjk(c) for c in below.cells) and _has_figures(below, 0)
    if nameless and len(parts) > 1 and below is not None and not is_code_like(below.cells[0]):
        return row_name("".join(parts[:-1])), row_name(parts[-1])
    return row_name(name), None


def _code(cells: Sequence[str], name_cell: str) -> str | None:
    """The code's fragments as printed, joined by a blank; OCR strokes without digits are dropped."""
    fragments = [cell for cell in cells if is_code_like(cell) and digits_of(cell)]
    if not fragments:
        leading = digits_of(name_cell[: _leading_code(name_cell)])
        fragments = [leading] if leading else []
    return " ".join(fragments) or None


def _second_code(cells: Sequence[str]) -> str | None:
    """The code between two names of a row: 30101 | 基本工资 | 50101 | 工资奖金津补贴."""
    words = _leading_words(cells)
    if len(words) < 2:
        return None
    between = [cell for cell in cells[words[0] + 1 : words[-1]] if is_code_like(cell) and digits_of(cell)]
    return " ".join(between) or None


def _leading_code(text: str) -> int:
    """Length of the code that a name cell begins with: ``201``, ``[201]`` or ``201-``."""
    match = _BRACKETED.match(text) or _LEADING.match(text)
    return match.end() if match else 0


def _drop_column_numbers(row: CodedRow, uncounted: set[int]) -> None:
    """A whole number that the broken 栏次 row lacks is a column number, not an amount."""
    for index, text in list(row.figures.items()):
        if whole_number(text) in uncounted:
            del row.figures[index]


# Columns ----------------------------------------------------------------------------------------


def _alignments(form: Form, header: Sequence[PlacedRow], rows: Sequence[CodedRow]) -> list[Alignment]:
    """Ways to lay the measures over the columns: by header words, by column numbers, one beside."""
    by_words = tuple(sorted(measures_by_words(header, form.columns["any"], form.scopes).items()))
    numbers = _printed_numbers(header)
    order = _order(form, by_words, numbers)
    by_number = tuple(sorted((i, order[n - 1]) for i, n in numbers.items() if 1 <= n <= len(order)))
    found: list[Alignment] = [by_number, by_words]
    for base in (by_number, by_words):
        found += [tuple((index + shift, measure) for index, measure in base) for shift in (-1, 1)]
    # A table that goes on with fewer columns (its last row alone on a page) keeps the last ones.
    width = max((len(row.cells) for row in header), default=0)
    narrower = sorted({len(row.placed.cells) - width for row in rows if len(row.placed.cells) < width})
    for base in (by_number, by_words):
        found += [tuple((i + shift, m) for i, m in base if i + shift >= 0) for shift in narrower]
    starts = sorted({row.first_amount for row in rows})
    if tuple(order) == form.printed_order:
        found += [tuple((start + k, measure) for k, measure in enumerate(order)) for start in starts]
    return list(dict.fromkeys(alignment for alignment in found if alignment))


def _identities(form: Form, printed: set[str]) -> list[RowIdentity]:
    """The row identities that the printed columns can satisfy: all terms there, or nothing else there."""
    return [
        identity
        for identity in (rule.among(printed) for rule in row_identities().get(form.slug, ()))
        if identity.left in printed and (identity.measures() <= printed or printed <= identity.measures())
    ]


def _order(form: Form, by_words: Alignment, numbers: Mapping[int, int]) -> list[str]:
    """The measures from left to right: the standard order where the paper prints the standard columns."""
    measures = [measure for _, measure in by_words]
    standard = list(form.printed_order)
    if not measures or set(measures) == set(standard) or max(numbers.values(), default=0) == len(standard):
        return standard
    return measures


def _align(
    rows: Sequence[CodedRow],
    alignments: Sequence[Alignment],
    identities: Sequence[RowIdentity],
    parsed: ParsedForm,
) -> None:
    """Give each row the alignment that places its figures best; ties go to the grid's usual one."""
    scores = {id(row): [_score(row, alignment, identities) for alignment in alignments] for row in rows}
    usual: dict[int, Counter[int]] = {}
    for row in rows:
        best = max(scores[id(row)], default=None)
        winners = [n for n, score in enumerate(scores[id(row)]) if score == best]
        usual.setdefault(row.placed.table_no, Counter()).update(winners)
    for row in rows:
        votes = usual[row.placed.table_no]
        order = range(len(alignments))
        winner = max(order, key=lambda n: (scores[id(row)][n], votes[n], -n)) if alignments else None
        placed = _place(row, alignments[winner]) if winner is not None else {}
        for index, text in sorted(row.figures.items()):
            if index not in placed:
                parsed.add_leftover(row.placed, index + 1, text, "no column of the form stands here")
        for index, measure in placed.items():
            reading = read_amounts(row.figures[index])
            row.column_of[measure] = index
            row.own[measure] = reading.amounts
            if reading.malformed:
                row.torn.add(measure)


def _place(row: CodedRow, alignment: Alignment) -> dict[int, str]:
    """Column index to measure; a figure one cell beyond the last column belongs to the last."""
    columns = dict(alignment)
    last = max(columns)
    placed = {index: columns[index] for index in row.figures if index in columns}
    if last + 1 in row.figures and last not in row.figures:
        placed[last + 1] = columns[last]
    return placed


def _score(row: CodedRow, alignment: Alignment, identities: Sequence[RowIdentity]) -> tuple[int, int, int]:
    placed = _place(row, alignment)
    values = {
        measure: reading.amounts[0]
        for index, measure in placed.items()
        if len((reading := read_amounts(row.figures[index])).amounts) == 1
    }
    told = [identity for identity in identities if identity.measures() & set(values)]
    holds = sum(_holds(identity, values) for identity in told)
    return len(placed) - len(row.figures), holds - len(told), holds


def _holds(identity: RowIdentity, values: Mapping[str, Amount]) -> bool:
    """Whether the identity holds within half a unit of the last place of each printed figure."""
    terms = [values[m] for m in identity.measures() if m in values]
    slack = sum((HALF.scaleb(-amount.decimals) for amount in terms), Decimal(0))
    difference = identity.difference({measure: amount.value for measure, amount in values.items()})
    return abs(difference) <= slack


# Figures ----------------------------------------------------------------------------------------


def _settle(rows: Sequence[CodedRow], identities: Sequence[RowIdentity], parsed: ParsedForm) -> None:
    """Choose each row's figures top down; rows run together share their figures by the identities."""
    noisy_tables = {
        row.placed.table_no for row in rows if row.torn or any(len(a) > 1 for a in row.own.values())
    }
    for position, row in enumerate(rows):
        above = rows[position - 1] if position else None
        below = rows[position + 1] if position + 1 < len(rows) else None
        noisy = row.placed.table_no in noisy_tables
        plain = {measure: amounts[0] for measure, amounts in row.own.items() if len(amounts) == 1}
        clean = not row.torn and len(plain) == len(row.own)
        if clean and (not noisy or all(_holds(identity, plain) for identity in identities)):
            row.chosen = plain
        else:
            _choose(row, above, below, identities)
        _spare(row)
    for row in rows:
        _record_unused(row, parsed)


def _choose(
    row: CodedRow, above: CodedRow | None, below: CodedRow | None, identities: Sequence[RowIdentity]
) -> None:
    """The cheapest choice of own and neighbours' spare figures that satisfies every identity."""
    measures = sorted({m for identity in identities for m in identity.measures()} | set(row.own))
    options: list[list[tuple[int, str, Amount | None]]] = []
    for measure in measures:
        own = [(0, "own", amount) for amount in row.own.get(measure, ())]
        near: list[tuple[int, str, Amount | None]] = []
        if above and measure in above.spare_below:
            near.append((1, "above", above.spare_below[measure]))
        if below and len(below.own.get(measure, ())) > 1:
            near.append((1, "below", below.own[measure][0]))
        blank_cost = 2 if own or measure in row.torn else 0
        options.append([*own, *near, (blank_cost, "blank", None)])
    best: tuple[int, tuple[tuple[int, str, Amount | None], ...]] | None = None
    for choice in product(*options):
        values = {m: option[2] for m, option in zip(measures, choice, strict=True) if option[2] is not None}
        if all(_holds(identity, values) for identity in identities):
            cost = sum(option[0] for option in choice)
            if best is None or cost < best[0]:
                best = (cost, choice)
    if best is None:
        row.chosen = {measure: amounts[0] for measure, amounts in row.own.items() if amounts}
        return
    for measure, (_, origin, amount) in zip(measures, best[1], strict=True):
        if amount is None:
            continue
        row.chosen[measure] = amount
        if origin == "above" and above:
            row.column_of.setdefault(measure, above.column_of[measure])
            del above.spare_below[measure]
        elif origin == "below" and below:
            row.column_of.setdefault(measure, below.column_of[measure])
            below.own[measure] = below.own[measure][1:]


def _spare(row: CodedRow) -> None:
    """Keep the last unused figure of a cell for the row below, of which it may be."""
    for measure, amounts in row.own.items():
        unused = list(amounts)
        if row.chosen.get(measure) in unused:
            unused.remove(row.chosen[measure])
        if unused:
            row.spare_below[measure] = unused[-1]


def _record_unused(row: CodedRow, parsed: ParsedForm) -> None:
    """Torn digits, and figures that neither the row nor its neighbour took, are left over."""
    for measure, index in sorted(row.column_of.items()):
        if measure in row.torn:
            parsed.add_leftover(row.placed, index + 1, row.figures[index], "torn digits")
        elif measure in row.spare_below:
            printed = row.spare_below[measure].printed
            parsed.add_leftover(row.placed, index + 1, printed, "no place in rows whose identities hold")
