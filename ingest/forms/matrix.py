"""Amounts by kind across and phase by phase (三公: budget | actual), by unit below, or kind by row."""

import re
from collections.abc import Mapping, Sequence

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import Form, plain_label, squeeze
from ingest.forms.grid import TOTAL_LABELS, digits_of, has_cjk, is_code_like, is_note, whole_number
from ingest.forms.header import TOTAL_WORDS, column_paths, is_number_row, measure_of
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow, Segment

_YEAR = re.compile(r"^(\d{4})年")
_OF_WHICH = re.compile(r"^其中：?")
#: Column index to (phase, measure).
Columns = dict[int, tuple[str, str]]


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
    columns = _numbered_columns(form, numbers, phases) or _headed_columns(form, header, parsed)
    if columns:
        for row in body:
            _read_row(row, columns, parsed)
    else:
        _read_pivoted(form, rows, parsed)


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
        index: (phases[(number - 1) // len(order)], order[(number - 1) % len(order)])
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
    """Rows before the first that holds an amount; column numbers are none."""
    for index, row in enumerate(rows):
        if _figures(row) and not _prints_numbers(row, numbers):
            return list(rows[:index])
    return list(rows)


def _prints_numbers(row: PlacedRow, numbers: Mapping[int, int]) -> bool:
    """A row of column numbers: those found for the form, or a whole count of its own."""
    printed = {index: whole_number(cell) for index, cell in enumerate(row.cells) if cell}
    own = len(printed) > 1 and is_number_row(row)
    return own or (bool(printed) and all(numbers.get(index, -1) == n for index, n in printed.items()))


def _figures(row: PlacedRow) -> list[int]:
    """Columns of the row that hold an amount, codes and unit numbers before words left out."""
    words = [index for index, cell in enumerate(row.cells) if has_cjk(cell)]
    start = max(words) + 1 if words else 0
    return [i for i, cell in enumerate(row.cells) if i >= start and not read_amounts(cell).is_blank]


def _headed_columns(form: Form, header: Sequence[PlacedRow], parsed: ParsedForm) -> Columns:
    columns: Columns = {}
    for index, path in sorted(column_paths(header).items()):
        phase = next((p for word in path if (p := _phase(form, word, parsed))), parsed.default_phase)
        kinds = [_OF_WHICH.sub("", word) for word in path if not _phase(form, word, parsed)]
        measure = measure_of(kinds, form.columns["any"], ())
        if measure is None:
            continue
        if (phase, measure) in columns.values() and measure == "total" and form.wider_total:
            first = next(i for i, place in columns.items() if place == (phase, measure))
            columns[first] = (phase, form.wider_total)
        if (phase, measure) not in columns.values():
            columns[index] = (phase, measure)
    kinds_found = {measure for _, measure in columns.values()} - {"total"}
    return columns if kinds_found else {}


def _phase(form: Form, word: str, parsed: ParsedForm) -> str | None:
    year = _YEAR.match(word)
    if year and parsed.fiscal_year:
        if int(year[1]) == parsed.fiscal_year - 1:
            return "prior_year_budget"
        if int(year[1]) == parsed.fiscal_year:
            return "actual" if "决算" in word else "budget"
        return None
    return next((phase for phase, words in form.phases.items() if word in words), None)


def _read_row(row: PlacedRow, columns: Mapping[int, tuple[str, str]], parsed: ParsedForm) -> None:
    figures = _figures(row)
    words = [squeeze(cell) for cell in row.cells if has_cjk(cell)]
    unit = "".join(word for word in words if word not in TOTAL_LABELS)
    code = next((digits_of(cell) for cell in row.cells[:1] if is_code_like(cell)), "") if unit else ""
    blocks: dict[str, int] = {}
    for index in figures:
        reading = read_amounts(row.cells[index])
        if index not in columns or len(reading.amounts) != 1:
            parsed.add_leftover(
                row, index + 1, row.cells[index], "no known column or not one readable amount"
            )
            continue
        phase, measure = columns[index]
        if phase not in blocks:
            blocks[phase] = len(blocks) + 1
            line = f"{phase}/unit:{code}{unit}" if unit else phase
            parsed.add_line(row, blocks[phase], None, line, None, unit or phase)
        parsed.add_cell(row, blocks[phase], index + 1, measure, reading.amounts[0])


def _read_pivoted(form: Form, rows: Sequence[PlacedRow], parsed: ParsedForm) -> None:
    """Kinds below each other: the row names the measure, the first amount column is the total."""
    phase = parsed.default_phase
    total = None
    for row in rows:
        heads = [i for i, cell in enumerate(row.cells) if squeeze(cell) in TOTAL_WORDS]
        total = heads[0] if total is None and heads else total
        label = next((cell for cell in row.cells if has_cjk(cell)), "")
        measure = measure_of(
            [_OF_WHICH.sub("", plain_label(_OF_WHICH.sub("", squeeze(label))))], form.columns["any"], ()
        )
        for order, index in enumerate(_figures(row)):
            reading = read_amounts(row.cells[index])
            wanted = index == total if total is not None else order == 0
            if measure and wanted and len(reading.amounts) == 1:
                parsed.add_line(row, 1, None, phase, None, plain_label(label))
                parsed.add_cell(row, 1, index + 1, measure, reading.amounts[0])
            else:
                parsed.add_leftover(row, index + 1, row.cells[index], "no known kind or not its total column")
