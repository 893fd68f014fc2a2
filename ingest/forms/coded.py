"""Coded forms: classification code | name | amounts, one row a code, and a 合计 row.

Extraction shifts cells, runs two rows together and leaves ghosts, so each row is placed by what
it says: the alignment of its figures to the columns, and then the figures themselves, are chosen
by the identities that every row of the form must satisfy (seeds/, read through ingest.rules).
"""

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
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow, Segment
from ingest.rules import RowIdentity, row_identities

HALF = Decimal("0.5")
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
    measures = list(form.columns["any"])
    numbers = _printed_numbers(header)
    rows = list(_rows(body, bool(header) and _swallowed_total(header), numbers, len(measures), parsed))
    identities = row_identities().get(form.slug, ())
    _align(rows, _alignments(form, header, rows), identities, parsed)
    _settle(rows, identities, parsed)
    for row in rows:
        parsed.add_line(row.placed, 1, None, row.line, row.code, row.name)
        for measure in measures:
            if measure in row.chosen:
                parsed.add_cell(row.placed, 1, row.column_of[measure] + 1, measure, row.chosen[measure])
    if not header:
        parsed.cut_reason = "the form lost its header, so its columns have no meaning"
    elif not any(row.line == "total" for row in rows):
        parsed.cut_reason = "the form has no 合计 row"


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
        if (len(digits_of(first)) >= 3 and is_code_like(first)) or squeeze(first) in TOTAL_LABELS:
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
    body: Sequence[PlacedRow], total_due: bool, numbers: Mapping[int, int], width: int, parsed: ParsedForm
) -> Iterator[CodedRow]:
    pending_name: str | None = None
    uncounted = set(range(1, width + 1)) - set(numbers.values()) if numbers else set()
    for position, placed in enumerate(body):
        if is_note(placed.cells):
            continue
        words = [index for index, cell in enumerate(placed.cells) if has_cjk(cell)]
        total_at = next((i for i in words if squeeze(placed.cells[i]) in TOTAL_LABELS), None)
        if total_at is not None:
            row = _row(placed, "total", None, squeeze(placed.cells[total_at]), max(words) + 1)
            total_due = False
            _drop_column_numbers(row, uncounted)
        elif words:
            name_at = words[0]
            name, next_name = _names(placed.cells[name_at], _next(body, position))
            code = _code(placed.cells[:name_at], placed.cells[name_at])
            if code is None and not _has_figures(placed, name_at + 1):
                continue
            row = _row(placed, None, code, name, name_at + 1)
            pending_name = next_name
        elif total_due and _has_figures(placed, 0):
            row = _row(placed, "total", None, "合计", 0)
            total_due = False
        elif pending_name and _has_figures(placed, 0):
            row = _row(placed, None, None, pending_name, 0)
            pending_name = None
        else:
            code_cells = [cell for cell in placed.cells if cell]
            for index, cell in enumerate(placed.cells):
                if not read_amounts(cell).is_blank and code_cells:
                    parsed.add_leftover(placed, index + 1, cell, "the row has neither code nor name")
            continue
        yield row


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


def _names(text: str, below: PlacedRow | None) -> tuple[str, str | None]:
    """The row's name, and the next row's where that row has figures but no words of its own."""
    name = text.lstrip("0123456789 ")
    parts = name.split()
    nameless = below is not None and not any(has_cjk(c) for c in below.cells) and _has_figures(below, 0)
    if nameless and len(parts) > 1 and below is not None and not is_code_like(below.cells[0]):
        return row_name("".join(parts[:-1])), row_name(parts[-1])
    return row_name(name), None


def _code(cells: Sequence[str], name_cell: str) -> str | None:
    """The code's fragments as printed, joined by a blank; OCR strokes without digits are dropped."""
    fragments = [cell for cell in cells if is_code_like(cell) and digits_of(cell)]
    if not fragments:
        leading = name_cell[: len(name_cell) - len(name_cell.lstrip("0123456789 "))].strip()
        fragments = [leading] if leading else []
    return " ".join(fragments) or None


def _drop_column_numbers(row: CodedRow, uncounted: set[int]) -> None:
    """A whole number that the broken 栏次 row lacks is a column number, not an amount."""
    for index, text in list(row.figures.items()):
        if whole_number(text) in uncounted:
            del row.figures[index]


# Columns ----------------------------------------------------------------------------------------


def _alignments(form: Form, header: Sequence[PlacedRow], rows: Sequence[CodedRow]) -> list[Alignment]:
    """Ways to lay the measures over the columns: by header words, by column numbers, one beside."""
    measures = form.columns["any"]
    words: dict[int, str] = {}
    for row in header:
        for index, cell in enumerate(row.cells):
            text = squeeze(cell)
            for measure, heads in measures.items():
                if text in heads and measure not in words.values():
                    words[index] = measure
    by_words = tuple(sorted(words.items()))
    order = list(measures) if set(words.values()) >= set(measures) or not words else [m for _, m in by_words]
    order = list(measures) if len(order) < len(measures) - 1 else order
    numbers = _printed_numbers(header)
    by_number = tuple(sorted((i, order[n - 1]) for i, n in numbers.items() if 1 <= n <= len(order)))
    found: list[Alignment] = [by_number, by_words]
    for base in (by_number, by_words):
        found += [tuple((index + shift, measure) for index, measure in base) for shift in (-1, 1)]
    starts = sorted({row.first_amount for row in rows})
    found += [tuple((start + k, measure) for k, measure in enumerate(order)) for start in starts]
    return list(dict.fromkeys(alignment for alignment in found if alignment))


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
        best = max(scores[id(row)])
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
