"""Nothing lost: every number of a page that carries a form is placed, or left over with its box.

A number is placed where it is an amount of a form, belongs to a row's label (a code, an ordinal, a
line number) or to a heading, or stands in a claim or in the table of a project. All others join the
leftovers.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from ingest.forms.amounts import read_amounts
from ingest.forms.grid import digits_of, has_cjk, whole_number
from ingest.forms.result import at
from ingest.model import Extraction, FormLine, Grid, GridRow, Leftover, Line, Paper

OUTSIDE = "outside the tables"
NO_FORM = "in a table of which no cell is read as a form's"
NO_LINE = "in a row that is no line of the form"
UNPLACED = "in no cell of its row"

_NUMBER = re.compile(r"\d(?:[\d,，.．]*\d)?")
#: What no label and no heading holds: a decimal point or a separator of thousands.
_SEPARATED = re.compile(r"\d[,，]\d{3}|[.．]\d")
#: A column counts its lines where so many of its steps go up: pages may start anew.
MOSTLY_RISING = 0.8

Place = tuple[int, int, int]


def account_for(paper: Paper, extraction: Extraction) -> None:
    """Count the numbers of the form pages into the document, and append those without a place.

    Of formats without page geometry only the rows of forms are counted.
    """
    accounts = _Accounts(extraction)
    seen = 0
    for block in paper.blocks:
        numbers = list(accounts.outside(block) if isinstance(block, Line) else accounts.within(block))
        seen += len(numbers)
        extraction.leftovers += [left for left in numbers if left]
    extraction.document = replace(extraction.document, number_count=seen)


class _Accounts:
    """What the extraction has placed, by address."""

    def __init__(self, extraction: Extraction) -> None:
        self.forms = {(cell.table_no, cell.row_no): cell.form for cell in extraction.table_cells if cell.form}
        self.pages = {cell.page for cell in extraction.table_cells if cell.form}
        self.read = {line.form for line in extraction.form_lines}
        self.read |= {left.form for left in extraction.leftovers if left.form}
        self.placed: dict[Place, list[str]] = defaultdict(list)
        for cell in extraction.form_cells:
            place = (cell.table_no, cell.row_no, cell.column_no)
            self.placed[place].append(digits_of(cell.amount_printed))
        # A total printed again at the head of the next page is told once.
        amounts: dict[tuple[str, int, int], list[tuple[int, str]]] = defaultdict(list)
        for cell in extraction.form_cells:
            amounts[cell.form, cell.table_no, cell.row_no].append(
                (cell.column_no, digits_of(cell.amount_printed))
            )
        self.told = {(form, tuple(sorted(cells))) for (form, _, _), cells in amounts.items()}
        self.left = {(left.table_no, left.row_no, left.column_no) for left in extraction.leftovers}
        self.labels: dict[tuple[int, int], list[FormLine]] = defaultdict(list)
        for line in extraction.form_lines:
            self.labels[line.table_no, line.row_no].append(line)
        self.counting = _counting_columns(extraction)
        self.project_tables = {item.table_no for item in extraction.projects}
        self.project_tables |= {item.table_no for item in extraction.indicators}
        self.claims = [
            (claim.snippet_offset, claim.snippet_offset + claim.snippet_length) for claim in extraction.claims
        ]

    def outside(self, line: Line) -> Iterator[Leftover | None]:
        """One entry a number: None where it is placed."""
        if line.bbox is None or line.page not in self.pages:
            return
        for match in _NUMBER.finditer(line.text):
            start = line.offset + match.start()
            claimed = any(first <= start < end for first, end in self.claims)
            yield (
                None
                if claimed
                else Leftover(None, None, None, None, line.page, match.group(), OUTSIDE, line.bbox)
            )

    def within(self, grid: Grid) -> Iterator[Leftover | None]:
        """One entry a number of the grid: None where it is placed."""
        for row in grid.rows:
            form = self.forms.get((grid.table_no, row.row_no))
            if form and not self.labels[grid.table_no, row.row_no] and (form, _amounts(row)) in self.told:
                yield from [None] * len(_amounts(row))
                continue
            if form not in self.read and (grid.page not in self.pages or not any(row.boxes)):
                continue
            for column_no, text in enumerate(row.cells, 1):
                numbers = _numbers(text)
                place = (grid.table_no, row.row_no, column_no)
                reason = None
                if numbers and place not in self.left and (form, column_no) not in self.counting:
                    reason = self._reason(form, place, text)
                own = Counter(self.placed.get(place, ()))
                for number in numbers:
                    if reason is None or self._is_placed(number, own, place):
                        yield None
                    else:
                        yield Leftover(form, *place, grid.page, number, reason, at(row.boxes, column_no))

    def _is_placed(self, number: str, own: Counter[str], place: Place) -> bool:
        """Whether it is an amount of its own cell, or was given to the row above or below."""
        digits = digits_of(number)
        if own[digits]:
            own[digits] -= 1
            return True
        table_no, row_no, column_no = place
        return any(digits in self.placed.get((table_no, row_no + by, column_no), ()) for by in (-1, 1))

    def _reason(self, form: str | None, place: Place, text: str) -> str | None:
        """Why the numbers of a cell have no place; None where they are a label's or a heading's."""
        if form not in self.read:
            return None if place[0] in self.project_tables else NO_FORM
        lines = self.labels[place[:2]]
        if not _SEPARATED.search(text) and (has_cjk(text) or not lines or _is_label(text, lines)):
            return None
        return UNPLACED if lines else NO_LINE


def _counting_columns(extraction: Extraction) -> set[tuple[str, int]]:
    """Columns of 行次, by form: whole numbers that rise, and no amount among them."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for cell in extraction.table_cells:
        number = whole_number(cell.text)
        if cell.form and number is not None:
            found[cell.form, cell.column_no].append(number)
    amounts = {(cell.form, cell.column_no) for cell in extraction.form_cells}
    return {
        column
        for column, numbers in found.items()
        if column not in amounts
        and len(numbers) > 2
        and sum(one < two for one, two in pairwise(numbers)) >= MOSTLY_RISING * (len(numbers) - 1)
    }


def _amounts(row: GridRow) -> tuple[tuple[int, str], ...]:
    """The amounts of a row by column, in digits; of a cell with several none."""
    readings = ((number, read_amounts(text)) for number, text in enumerate(row.cells, 1))
    return tuple((n, digits_of(r.amounts[0].printed)) for n, r in readings if len(r.amounts) == 1)


def _numbers(text: str) -> list[str]:
    """The amounts of a cell as printed, stray blanks and all, or else its runs of digits."""
    reading = read_amounts(text)
    return [amount.printed for amount in reading.amounts] or _NUMBER.findall(text)


def _is_label(text: str, lines: list[FormLine]) -> bool:
    """Whether the digits of a cell are those of its row's name or codes."""
    digits = digits_of(text)
    known = (
        digits_of(label or "")
        for line in lines
        for label in (line.row_name, line.code_printed, line.second_code_printed)
    )
    return any(digits in label for label in known if label)
