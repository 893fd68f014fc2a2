"""What of an extraction does not add up: the identities within rows, and totals against what they sum."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ingest.forms.grid import digits_of
from ingest.model import Extraction, FormCell, FormLine
from ingest.rules import child_sums, identities_among, slack

CODE_LENGTHS = (3, 5, 7)

RowKey = tuple[str, int, int, int]


class BrokenRow(NamedTuple):
    """A row that breaks one of its form's identities."""

    form: str
    table_no: int
    row_no: int
    block_no: int
    page: int


def broken_rows(extraction: Extraction) -> list[BrokenRow]:
    """Rows that break an identity by more than half a unit of each printed figure."""
    printed = printed_measures(extraction)
    broken = []
    for cells in _whole_rows(extraction).values():
        first = cells[0]
        values = {cell.measure: cell for cell in cells}
        told = identities_among(first.form, printed[first.form])
        if not all(identity.holds(values) for identity in told):
            broken.append(BrokenRow(*key_of(first), first.page))
    return broken


def broken_sums(extraction: Extraction) -> list[tuple[str, str, str]]:
    """Totals, classes and groups that are not the sum of what stands under them: form, key, measure."""
    cells = rows_of(extraction)
    rows: dict[str, list[tuple[str, Mapping[str, FormCell]]]] = defaultdict(list)
    for line in extraction.form_lines:
        key = "total" if line.line == "total" else _whole_code(line.code_printed or "")
        row = {cell.measure: cell for cell in cells.get(key_of(line), ())}
        if line.form in child_sums() and (key == "total" or len(key) in CODE_LENGTHS):
            rows[line.form].append((key, row))
    return [broken for form, found in rows.items() for broken in _broken_sums_of(form, found)]


def _whole_code(printed: str) -> str:
    """The digits of a code; levels in columns of their own may be printed without their zero."""
    first, *levels = map(digits_of, printed.split() or [""])
    return first + "".join(level.zfill(2) if len(first) == CODE_LENGTHS[0] else level for level in levels)


def _amounts(row: Mapping[str, FormCell]) -> dict[str, Decimal]:
    return {measure: cell.amount for measure, cell in row.items()}


def _broken_sums_of(
    form: str, rows: Sequence[tuple[str, Mapping[str, FormCell]]]
) -> list[tuple[str, str, str]]:
    children: dict[int, list[Mapping[str, FormCell]]] = defaultdict(list)
    above: list[int] = []
    total = next((number for number, (key, _) in enumerate(rows) if key == "total"), None)
    for number, (key, row) in enumerate(rows):
        if key == "total":
            # The total once more, at the head of a continuation page, ends no class.
            above = above if total is not None and _amounts(row) == _amounts(rows[total][1]) else []
            continue
        above = [other for other in above if key.startswith(rows[other][0]) and key != rows[other][0]]
        parent = above[-1] if above else total
        if parent is not None:
            children[parent].append(row)
        above.append(number)
    levels = child_sums()[form]
    broken = []
    for parent, parts in children.items():
        key, row = rows[parent]
        level = {3: "@class", 5: "@group"}.get(len(key), key) if key != "total" else "total"
        for measure in sorted(set(row).union(*parts)) if level in levels else ():
            terms = [part[measure] for part in (row, *parts) if measure in part]
            whole = row[measure].amount if measure in row else Decimal(0)
            of_parts = sum((part[measure].amount for part in parts if measure in part), Decimal(0))
            if abs(whole - of_parts) > slack(terms):
                broken.append((form, key, measure))
    return broken


def rows_of(extraction: Extraction) -> dict[RowKey, list[FormCell]]:
    """The amounts of each printed row."""
    rows: dict[RowKey, list[FormCell]] = defaultdict(list)
    for cell in extraction.form_cells:
        rows[key_of(cell)].append(cell)
    return rows


def _whole_rows(extraction: Extraction) -> dict[RowKey, list[FormCell]]:
    """The rows by their first; kinds printed below each other, on one line of the form, are one row."""
    rows = rows_of(extraction)
    told_below: dict[tuple[str, str], list[RowKey]] = defaultdict(list)
    for line in extraction.form_lines:
        if line.line and line.side is None and key_of(line) in rows:
            told_below[line.form, line.line].append(key_of(line))
    for keys in told_below.values():
        cells = [cell for key in keys for cell in rows[key]]
        if len(keys) > 1 and len({cell.measure for cell in cells}) == len(cells):
            for key in keys:
                del rows[key]
            rows[keys[0]] = cells
    return rows


def key_of(item: FormCell | FormLine) -> RowKey:
    """The printed row of a cell or a line."""
    return item.form, item.table_no, item.row_no, item.block_no


def printed_measures(extraction: Extraction) -> dict[str, set[str]]:
    """Which columns each form prints, by what they measure."""
    printed: dict[str, set[str]] = defaultdict(set)
    for cell in extraction.form_cells:
        printed[cell.form].add(cell.measure)
    return printed
