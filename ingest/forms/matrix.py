"""One row of amounts under numbered columns, in blocks of phases (三公: budget | actual)."""

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import Form, squeeze
from ingest.forms.grid import has_cjk, is_note, whole_number
from ingest.forms.result import ParsedForm
from ingest.forms.segment import Segment


def parse_matrix(form: Form, segment: Segment, parsed: ParsedForm) -> None:
    """Place amounts by the printed column numbers; phases take their columns in header order.

    A whole number that goes on counting where the number row was broken off is a column number.
    """
    measures = list(form.columns["any"])
    phases = _phases_in_order(form, segment)
    columns: dict[int, int] = {}
    for row in segment.rows:
        if is_note(row.cells) or any(has_cjk(cell) for cell in row.cells):
            continue
        numbers = {index: whole_number(cell) for index, cell in enumerate(row.cells) if cell}
        counted = sorted(number for number in [*columns.values(), *numbers.values()] if number is not None)
        if numbers and None not in numbers.values() and counted == list(range(1, len(counted) + 1)):
            columns |= {index: number for index, number in numbers.items() if number is not None}
            continue
        for index, cell in enumerate(row.cells):
            reading = read_amounts(cell)
            if reading.is_blank:
                continue
            number = columns.get(index, 0)
            if len(reading.amounts) != 1 or not 1 <= number <= len(phases) * len(measures):
                parsed.add_leftover(row, index + 1, cell, "no numbered column or not one readable amount")
                continue
            block, order = divmod(number - 1, len(measures))
            line = phases[block]
            if not any(item.row_no == row.row_no and item.line == line for item in parsed.lines):
                parsed.add_line(row, block + 1, None, line, None, line)
            parsed.add_cell(row, block + 1, index + 1, measures[order], reading.amounts[0])
    if not columns or (parsed.leftovers and not parsed.cells):
        parsed.cut_reason = "the form lost its header or its column numbers"


def _phases_in_order(form: Form, segment: Segment) -> list[str]:
    found: dict[str, int] = {}
    for row in segment.rows:
        for index, cell in enumerate(row.cells):
            for phase, words in form.phases.items():
                if squeeze(cell) in words:
                    found.setdefault(phase, index)
    return sorted(found, key=lambda phase: found[phase])
