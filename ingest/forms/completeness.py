"""Find coded forms that break off: rows that other forms of the same paper print are not there."""

from collections.abc import Sequence
from decimal import Decimal

from ingest.forms.grid import digits_of
from ingest.forms.result import ParsedForm
from ingest.model import FormCell, FormLine

SUMMARY = "income_expenditure_summary"
COMPARED = ("income", "expenditure", "general_public_expenditure")


def find_cut_forms(parsed: Sequence[ParsedForm]) -> None:
    """Mark a coded form as cut where its classes fall short of its total and a class is missing.

    A shortfall alone may be the publisher's; a shortfall and a class that the summary prints with
    an amount, but that has no row here, is a form of which the extraction lost a part.
    """
    summary = next((form for form in parsed if form.form == SUMMARY), None)
    classes = _summary_classes(summary) if summary else {}
    for form in parsed:
        if form.form not in COMPARED or form.cut_reason:
            continue
        totals = _totals(form)
        total = next(
            (totals[key] for line, key in _keys(form) if line.line == "total" and key in totals), None
        )
        rows = [(line, key) for line, key in _keys(form) if line.line is None]
        names = {line.row_name for line, _ in rows}
        lost = sorted(name for name in classes if name not in names)
        top = [totals[key] for line, key in rows if _is_class(line, classes) and key in totals]
        tolerance = Decimal("0.01") * (len(top) + 1)
        if total is not None and total - sum(top, Decimal(0)) > tolerance and lost:
            form.cut_reason = f"the form breaks off: no row for {'、'.join(lost)}, and its classes fall short"
        elif rows and _ends_at_heading(rows):
            form.cut_reason = "the form breaks off: its last class has no items"


def _keys(form: ParsedForm) -> list[tuple[FormLine, tuple[int, int]]]:
    return [(line, (line.table_no, line.row_no)) for line in form.lines]


def _totals(form: ParsedForm) -> dict[tuple[int, int], Decimal]:
    return {(cell.table_no, cell.row_no): cell.amount for cell in form.cells if cell.measure == "total"}


def _is_class(line: FormLine, classes: dict[str, FormCell]) -> bool:
    digits = digits_of(line.code_printed or "")
    return len(digits) == 3 or (not digits and line.row_name in classes)


def _ends_at_heading(rows: Sequence[tuple[FormLine, tuple[int, int]]]) -> bool:
    lengths = [len(digits_of(line.code_printed or "")) for line, _ in rows]
    return max(lengths) >= 7 and lengths[-1] in (3, 5)


def _summary_classes(summary: ParsedForm) -> dict[str, FormCell]:
    cells = {(cell.table_no, cell.row_no, cell.block_no): cell for cell in summary.cells}
    return {
        line.row_name: cells[key]
        for line in summary.lines
        if line.side == "expenditure" and line.line is None and line.row_name
        if (key := (line.table_no, line.row_no, line.block_no)) in cells and cells[key].amount
    }
