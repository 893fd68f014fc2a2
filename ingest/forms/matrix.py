"""Amounts by kind and phase (三公: budget | actual), by fund and by unit, whatever stands across or below."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import OF_WHICH, Form, plain_label, squeeze
from ingest.forms.grid import (
    TOTAL_LABELS,
    digits_of,
    figures_of,
    has_cjk,
    is_code_like,
    is_note,
    whole_number,
)
from ingest.forms.header import column_paths, is_number_row, measure_of
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow, Segment

_YEAR = re.compile(r"^(\d{4})年")
_ACTUAL = re.compile(r"执行|决算")
#: Words over amounts that say neither kind, nor fund, nor phase.
_AMOUNT_WORDS = re.compile(r"(?:金额|项目|.{0,4}(?:合计|总计|小计))")
#: What is left of a phase's words without the year.
_PHASE_WORDS = frozenset({"", "度", "预算数", "执行数", "决算数", "预算", "决算"})


@dataclass(frozen=True)
class Place:
    """What a column, a row or both say of an amount; None where they do not."""

    phase: str | None = None
    fund: str | None = None
    measure: str | None = None
    unit: str | None = None


Columns = dict[int, Place]
#: A percentage is a measure of the change; it may stand below a heading that says change.
CHANGES = ("change_pct", "change")
BUDGETS = frozenset({"budget", "initial_budget", "adjusted_budget"})


def parse_matrix(form: Form, segment: Segment, parsed: ParsedForm) -> None:
    """Place amounts by the printed column numbers where they are whole, else by the header words."""
    rows = [row for row in segment.rows if not is_note(row.cells)]
    numbers = _column_numbers(rows)
    phases = _phases_in_order(form, rows)
    header = _header(rows, numbers)
    body = [row for row in rows[len(header) :] if not _prints_numbers(row, numbers)]
    blocks = len(numbers) // len(form.printed_order)
    if (blocks > 1 and not phases) or not body:
        parsed.cut_reason = "the form lost its header or its amounts"
        return
    columns = _numbered_columns(form, numbers, phases) or _headed_columns(form, header, body, parsed)
    if not {place.measure for place in columns.values()} - {None, "total"}:
        # The kinds stand below each other.
        columns = {index: replace(place, measure=None) for index, place in columns.items()}
    columns = _with_plain_budget(columns)
    lines = list(_lines(form, body, columns, parsed))
    units = {line.unit for _, line in lines}
    for row, line in lines:
        # The only unit of a form without a total is the paper's own.
        _read_row(row, replace(line, unit=None) if len(units) == 1 else line, columns, parsed)


def _column_numbers(rows: Sequence[PlacedRow]) -> dict[int, int]:
    """Column index to its printed number 1, 2, 3 …; the number row may be broken over two rows."""
    found: dict[int, int] = {}
    for row in rows:
        if any(has_cjk(cell) for cell in row.cells):
            continue
        numbers = {index: whole_number(cell) for index, cell in enumerate(row.cells) if cell}
        counted = sorted(number for number in [*found.values(), *numbers.values()] if number is not None)
        if numbers and None not in numbers.values() and counted == list(range(1, len(counted) + 1)):
            found |= {index: number for index, number in numbers.items() if number is not None}
    return found


def _numbered_columns(form: Form, numbers: Mapping[int, int], phases: Sequence[str]) -> Columns:
    order = form.printed_order
    if not phases or len(numbers) != len(phases) * len(order):
        return {}
    return {
        index: Place(phases[(number - 1) // len(order)], None, order[(number - 1) % len(order)])
        for index, number in numbers.items()
    }


def _phases_in_order(form: Form, rows: Sequence[PlacedRow]) -> list[str]:
    found: dict[str, int] = {}
    for row in rows:
        for index, cell in enumerate(row.cells):
            for phase, words in form.phases.items():
                if squeeze(cell) in words:
                    found.setdefault(phase, index)
    return sorted(found, key=lambda phase: found[phase])


def _header(rows: Sequence[PlacedRow], numbers: Mapping[int, int]) -> list[PlacedRow]:
    """Rows up to 栏次, or before the first that holds an amount; column numbers are none."""
    for index, row in enumerate(rows):
        if any("栏次" in squeeze(cell) for cell in row.cells):
            return list(rows[: index + 1])
        if figures_of(row.cells) and not _prints_numbers(row, numbers):
            return list(rows[:index])
    return list(rows)


def _prints_numbers(row: PlacedRow, numbers: Mapping[int, int]) -> bool:
    """A row of column numbers: those found for the form, or a whole count of its own."""
    printed = {index: whole_number(cell) for index, cell in enumerate(row.cells) if cell}
    own = len(printed) > 1 and is_number_row(row)
    return own or (bool(printed) and all(numbers.get(index, -1) == n for index, n in printed.items()))


def _headed_columns(
    form: Form, header: Sequence[PlacedRow], body: Sequence[PlacedRow], parsed: ParsedForm
) -> Columns:
    """What the heads say of the columns that hold amounts; one that holds words names the rows."""
    columns: Columns = {}
    names = {index for row in body for index, cell in enumerate(row.cells) if has_cjk(cell)}
    for index, path in sorted(column_paths(header).items()):
        place = _place(form, path, parsed)
        if place is None or index in names:
            continue
        if place in columns.values() and place.measure == "total" and form.wider_total:
            first = next(i for i, earlier in columns.items() if earlier == place)
            columns[first] = replace(place, measure=form.wider_total)
        if place not in columns.values():
            columns[index] = place
    return columns


def _with_plain_budget(columns: Columns) -> Columns:
    """The only budget that a form prints is the budget, whatever the form calls it."""
    budgets = {place.phase for place in columns.values()} & BUDGETS
    if len(budgets) != 1:
        return columns
    return {i: replace(p, phase="budget") if p.phase in BUDGETS else p for i, p in columns.items()}


def _place(form: Form, words: Sequence[str], parsed: ParsedForm) -> Place | None:
    """What header words say; None where they name something unknown."""
    phases = [phase for word in words if (phase := _phase(form, word, parsed))]
    phase = CHANGES[0] if CHANGES[0] in phases else next(iter(phases), None)
    fund = next((fund for word in words if (fund := _fund(form, word))), None)
    kinds = [OF_WHICH.sub("", word) for word in words if not _fund(form, word)]
    # A word may say the phase and the kind: 2024年机关运行经费预算数.
    kinds = [_YEAR.sub("", kind) if _phase(form, kind, parsed) else kind for kind in kinds]
    kinds = [kind for kind in kinds if kind not in _PHASE_WORDS and not _phase(form, kind, parsed)]
    measure = measure_of(kinds, form.columns["any"], ())
    known = measure is not None or all(_AMOUNT_WORDS.fullmatch(kind) for kind in kinds)
    return Place(phase, fund, measure) if known else None


def _fund(form: Form, word: str) -> str | None:
    return next((fund for fund, words in form.funds.items() if word in words), None)


def _phase(form: Form, word: str, parsed: ParsedForm) -> str | None:
    change = next((phase for phase in CHANGES if form.column_phases[phase].search(word)), None)
    if change:
        return change
    year = _YEAR.match(word)
    if year and parsed.fiscal_year:
        if int(year[1]) == parsed.fiscal_year - 1:
            return "prior_year_actual" if _ACTUAL.search(word) else "prior_year_budget"
        if int(year[1]) == parsed.fiscal_year:
            return "actual" if "决算" in word else "budget"
        return None
    return next((phase for phase, words in form.phases.items() if word in words), None)


def _lines(
    form: Form, body: Sequence[PlacedRow], columns: Columns, parsed: ParsedForm
) -> list[tuple[PlacedRow, Place]]:
    """The rows with what their own words say. A unit stands once over the rows of its phases."""
    by_kind = not any(place.measure for place in columns.values())
    lines: list[tuple[PlacedRow, Place]] = []
    unit: str | None = None
    for row in body:
        words = [squeeze(cell) for cell in row.cells if has_cjk(cell)]
        phase = next((phase for word in words if (phase := _phase(form, word, parsed))), None)
        names = [word for word in words if not _phase(form, word, parsed)]
        if by_kind:
            printed = names[0] if names else ""
            label = plain_label(printed)
            if form.counts and form.counts.search(printed):
                continue
            measure = measure_of([label], form.columns["any"], ()) if label else None
            lines.append((row, Place(phase, None, measure)))
            continue
        if names or phase is None:
            name = "".join(word for word in names if word not in TOTAL_LABELS)
            code = next((digits_of(cell) for cell in row.cells[:1] if is_code_like(cell)), "") if name else ""
            unit = f"{code}{name}" or None
        lines.append((row, Place(phase, None, None, unit)))
    return lines


def _read_row(row: PlacedRow, line: Place, columns: Columns, parsed: ParsedForm) -> None:
    blocks: dict[str, int] = {}
    label = "".join(squeeze(cell) for cell in row.cells if has_cjk(cell))
    for index in figures_of(row.cells):
        place = columns.get(index)
        is_share = place is not None and place.phase == CHANGES[0]
        reading = read_amounts(row.cells[index].rstrip("%％") if is_share else row.cells[index])
        measure = (place.measure or line.measure) if place else None
        if place is None or measure is None or len(reading.amounts) != 1:
            parsed.add_leftover(
                row, index + 1, row.cells[index], "no known kind or column, or not one readable amount"
            )
            continue
        key = place.phase or line.phase or parsed.default_phase
        if is_share:
            key, measure = CHANGES[1], f"{CHANGES[0]}_{measure}"
        key += f"/{place.fund}" if place.fund else ""
        key += f"/unit:{line.unit}" if line.unit else ""
        if key not in blocks:
            blocks[key] = len(blocks) + 1
            parsed.add_line(row, blocks[key], None, key, None, line.unit or plain_label(label) or key)
        parsed.add_cell(row, blocks[key], index + 1, measure, reading.amounts[0])
