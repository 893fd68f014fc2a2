"""Find forms that lost a part of themselves in the extraction.

A publisher's wrong sum is a finding; a form without a part of its rows is no form, and the paper
is quarantined. The evidence asked for is therefore such that only a loss explains it: gaps in the
printed line numbers, items without the row of their class, or a shortfall that is just the amount
of classes which the summary prints and which have no row here.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

from ingest.forms.grid import digits_of
from ingest.forms.result import ParsedForm
from ingest.model import FormLine

#: Where the classes of a coded form are printed once more: form and measure of a summary.
REFERENCES = {
    "income": ("income_expenditure_summary", "amount"),
    "expenditure": ("income_expenditure_summary", "amount"),
    "general_public_expenditure": ("appropriation_summary", "general_public"),
    "government_fund": ("appropriation_summary", "government_fund"),
    "state_capital": ("appropriation_summary", "state_capital"),
}
CENT = Decimal("0.01")
#: Beyond this many missing classes every combination of amounts would be tried in vain.
MOST_LOST_CLASSES = 12
RowKey = tuple[int, int]


def find_cut_forms(parsed: Sequence[ParsedForm], layouts: Sequence[str]) -> None:
    """Set ``cut_reason`` of every form that lost rows; ``layouts`` goes along with ``parsed``."""
    for form, layout in zip(parsed, layouts, strict=True):
        if (
            form.cut_reason
            or not form.has_codes
            or any((line.line or "").startswith("unit:") for line in form.lines)
        ):
            continue
        if layout == "coded":
            form.cut_reason = _lost_classes(form, _printed_classes(form.form, parsed)) or _ends_at_heading(
                form
            )
        elif layout == "blocks":
            form.cut_reason = _items_without_class(form)


def missing_line_numbers(numbers: Sequence[int]) -> list[int]:
    """Numbers that a printed 行次 column skips between 1 and its largest."""
    return sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))


def _lost_classes(form: ParsedForm, classes: dict[str, Decimal]) -> str | None:
    totals = _totals(form)
    printed = next((totals[key] for line, key in _rows(form, "total") if key in totals), None)
    rows = _rows(form, None)
    top = [totals[key] for line, key in rows if _is_class(line, classes) and key in totals]
    if printed is None or (rows and not top):
        # A form that prints items alone has no classes to lose.
        return None
    shortfall = printed - sum(top, Decimal(0))
    names = {line.row_name for line, _ in rows}
    lost = {name: amount for name, amount in sorted(classes.items()) if name not in names}
    if shortfall <= CENT * (len(top) + 1) or len(lost) > MOST_LOST_CLASSES:
        return None
    for size in range(1, len(lost) + 1):
        for group in combinations(lost, size):
            if abs(shortfall - sum(lost[name] for name in group)) <= CENT * (len(top) + size + 1):
                return f"the form breaks off: {'、'.join(group)} are in the summary and have no row here"
    return None


def _ends_at_heading(form: ParsedForm) -> str | None:
    lengths = [len(digits_of(line.code_printed or "")) for line, _ in _rows(form, None)]
    if lengths and max(lengths) >= 7 and lengths[-1] in (3, 5):
        return "the form breaks off: its last class has no items"
    return None


def _items_without_class(form: ParsedForm) -> str | None:
    codes = [code for line in form.lines if (code := digits_of(line.code_printed or ""))]
    classes = {code for code in codes if len(code) == 3}
    orphans = sorted({code[:3] for code in codes if len(code) > 3} - classes)
    if (classes and orphans) or (codes and not classes and not _adds_up(form)):
        return f"the form lost rows: items of {', '.join(orphans)} have no row of their class"
    return None


def _adds_up(form: ParsedForm) -> bool:
    """Whether the coded rows make up the printed total: a form of items alone that lost none."""
    measure = next((m for m in ("total", "amount") if any(cell.measure == m for cell in form.cells)), "")
    amounts = {(cell.table_no, cell.row_no): cell.amount for cell in form.cells if cell.measure == measure}
    total = next((amounts[key] for _, key in _rows(form, "total") if key in amounts), None)
    parts = [amounts[key] for _, key in _rows(form, None) if key in amounts]
    return total is not None and abs(total - sum(parts, Decimal(0))) <= CENT * (len(parts) + 1)


def _rows(form: ParsedForm, line: str | None) -> list[tuple[FormLine, RowKey]]:
    return [(item, (item.table_no, item.row_no)) for item in form.lines if item.line == line]


def _totals(form: ParsedForm) -> dict[RowKey, Decimal]:
    return {(cell.table_no, cell.row_no): cell.amount for cell in form.cells if cell.measure == "total"}


def _is_class(line: FormLine, classes: dict[str, Decimal]) -> bool:
    digits = digits_of(line.code_printed or "")
    return len(digits) == 3 or (not digits and line.row_name in classes)


def _printed_classes(slug: str, parsed: Sequence[ParsedForm]) -> dict[str, Decimal]:
    """Class name to amount, as the summary of the form prints them."""
    reference, measure = REFERENCES.get(slug, ("", ""))
    classes: dict[str, Decimal] = {}
    for summary in (form for form in parsed if form.form == reference):
        amounts = {
            (cell.table_no, cell.row_no, cell.block_no): cell.amount
            for cell in summary.cells
            if cell.measure == measure
        }
        for line in summary.lines:
            amount = amounts.get((line.table_no, line.row_no, line.block_no))
            if line.side == "expenditure" and line.line is None and line.row_name and amount:
                classes[line.row_name] = amount
    return classes
