"""Kinds of money below each other: the row names the measure, one column holds the amounts."""

from collections.abc import Iterator, Sequence

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import Form, plain_label, squeeze
from ingest.forms.grid import digits_of, figures_of, has_cjk, is_code_like
from ingest.forms.header import TOTAL_WORDS, measure_of
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow

#: So many kinds make a table of kinds; a lone label that sounds like one does not.
LEAST_KINDS = 3
CLASS_DIGITS = 3
#: A row of more words is a header.
GROUP_AND_KIND = 2


def names_measures(form: Form, rows: Sequence[PlacedRow]) -> bool:
    """Whether the rows, and not the columns, name the measures of the form; rows of codes never do."""
    first = [next((cell for cell in row.cells if cell), "") for row in rows]
    if any(is_code_like(cell) and len(digits_of(cell)) >= CLASS_DIGITS for cell in first):
        return False
    kinds = [path for _, path in _labelled(rows) if len(path) <= GROUP_AND_KIND]
    measures = [measure_of(path, form.columns["any"], form.scopes) for path in kinds]
    return "total" in measures and len(set(measures) - {None, "total"}) >= LEAST_KINDS


def parse_pivoted(form: Form, rows: Sequence[PlacedRow], parsed: ParsedForm, line: str) -> None:
    """Place the amounts of all rows on one line of the form.

    The amounts stand in the column headed as a total, else in the first with figures. A kind within
    a group (其他资金: 事业收入) takes the group's measure into its own where the form has it as a scope.
    """
    total = None
    seen: set[str] = set()
    for row, path in _labelled(rows):
        heads = [i for i, cell in enumerate(row.cells) if squeeze(cell) in TOTAL_WORDS]
        total = heads[0] if total is None and heads and not seen and not figures_of(row.cells) else total
        measure = measure_of(path, form.columns["any"], form.scopes)
        for order, index in enumerate(figures_of(row.cells)):
            reading = read_amounts(row.cells[index])
            wanted = index == total if total is not None else order == 0
            if measure and measure not in seen and wanted and len(reading.amounts) == 1:
                seen.add(measure)
                parsed.add_line(row, 1, None, line, None, path[-1])
                parsed.add_cell(row, 1, index + 1, measure, reading.amounts[0])
            else:
                parsed.add_leftover(row, index + 1, row.cells[index], "no known kind or not its total column")


def _labelled(rows: Sequence[PlacedRow]) -> Iterator[tuple[PlacedRow, tuple[str, ...]]]:
    """Each row with its words: the group, printed once for the rows beside it, and the kind."""
    group, group_at = "", 0
    for row in rows:
        figures = figures_of(row.cells)
        words = [i for i, cell in enumerate(row.cells) if has_cjk(cell) and (not figures or i < figures[0])]
        path = [plain_label(row.cells[i]) for i in words]
        if len(words) > 1:
            group, group_at = path[0], words[0]
        elif words and words[0] > group_at and group:
            path = [group, *path]
        elif words:
            group, group_at = path[0], words[0]
        yield row, tuple(path)
