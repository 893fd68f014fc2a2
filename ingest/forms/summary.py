"""Summaries: income on the left, expenditure on the right, each label | line number | amounts."""

from collections import Counter
from itertools import pairwise

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import Form, plain_label, row_name, squeeze
from ingest.forms.completeness import missing_line_numbers
from ingest.forms.grid import has_cjk, holds_number, is_note, merge_split_words, whole_number
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow, Segment

SIDES = ("income", "expenditure")
HEADER_WORDS = frozenset(
    {"项目", "行次", "行", "栏次", "收入", "支出", "金额", "决算数", "预算数", "小计", "合计"}
)


def parse_summary(form: Form, segment: Segment, parsed: ParsedForm) -> None:
    """Read the lines of both sides; a row without a known place is left over, not guessed."""
    labels = frozenset(label for lines in form.lines.values() for line in lines for label in line.labels)
    words = labels | HEADER_WORDS
    rows = [
        PlacedRow(row.table_no, row.page, row.row_no, merge_split_words(row.cells, words))
        for row in segment.rows
    ]
    starts = _side_starts(form, rows)
    if starts is None:
        parsed.cut_reason = "no line of the form could be recognised"
        return
    numbered = _has_line_numbers(rows, starts)
    seen: dict[str, set[str]] = {side: set() for side in SIDES}
    body = False
    for row in rows:
        if is_note(row.cells):
            continue
        names = [plain_label(row.cells[start]) for start in starts if start < len(row.cells)]
        body = body or any(_known(form, side, name) for side, name in zip(SIDES, names, strict=False))
        if not body or any(name in HEADER_WORDS for name in names):
            continue
        for block_no, (side, start) in enumerate(zip(SIDES, starts, strict=True), 1):
            end = starts[1] if side == "income" else len(row.cells)
            _read_side(form, row, side, block_no, (start, end), numbered, seen[side], parsed)
    if not all("total" in keys for keys in seen.values()):
        parsed.cut_reason = "the form ends before its 总计 line"
    elif numbered and (lost := missing_line_numbers(_line_numbers(rows, starts[0]))):
        parsed.cut_reason = f"the form lost the lines {lost[0]} to {lost[-1]}"


def _read_side(
    form: Form,
    row: PlacedRow,
    side: str,
    block_no: int,
    span: tuple[int, int],
    numbered: bool,
    seen: set[str],
    parsed: ParsedForm,
) -> None:
    start, end = span
    label = row.cells[start] if start < len(row.cells) else ""
    first_amount = start + (2 if numbered else 1)
    amounts = [(index, row.cells[index]) for index in range(first_amount, min(end, len(row.cells)))]
    if not has_cjk(label):
        torn = [(index, row.cells[index]) for index in range(start, min(first_amount, end, len(row.cells)))]
        for index, text in [*(item for item in torn if whole_number(item[1]) is None), *amounts]:
            if holds_number(text):
                parsed.add_leftover(row, index + 1, text, "no label stands before the number")
        return
    line = form.line_of(side, plain_label(label), frozenset(seen))
    if line:
        seen.add(line)
    parsed.add_line(row, block_no, side, line, None, row_name(label))
    measures = list(form.columns[side])
    for order, (index, text) in enumerate(amounts):
        reading = read_amounts(text) if not has_cjk(text) else None
        if reading is None or reading.is_blank:
            continue
        if len(reading.amounts) == 1 and order < len(measures):
            parsed.add_cell(row, block_no, index + 1, measures[order], reading.amounts[0])
        else:
            parsed.add_leftover(row, index + 1, text, "not one readable amount in a known column")


def _known(form: Form, side: str, label: str) -> bool:
    return label not in HEADER_WORDS and any(label in line.labels for line in form.lines.get(side, ()))


def _side_starts(form: Form, rows: list[PlacedRow]) -> tuple[int, int] | None:
    """The label columns: where known income lines stand, and the next column full of labels."""
    income: Counter[int] = Counter()
    labels: Counter[int] = Counter()
    for row in rows:
        for index, cell in enumerate(row.cells):
            name = plain_label(cell)
            if has_cjk(cell) and name not in HEADER_WORDS and not is_note((cell,)):
                labels[index] += 1
                if _known(form, "income", name) and name not in {"总计"}:
                    income[index] += 1
    if not income:
        return None
    left = min(income, key=lambda index: (-income[index], index))
    right = {index: count for index, count in labels.items() if index > left}
    if not right:
        return None
    return left, min(right, key=lambda index: (-right[index], index))


def _has_line_numbers(rows: list[PlacedRow], starts: tuple[int, int]) -> bool:
    """The header says 行次, or numbers count up behind the labels as amounts never do."""
    if any(squeeze(cell) == "行次" for row in rows for cell in row.cells):
        return True
    for start in starts:
        numbers = _line_numbers(rows, start)
        steps = sum(1 for low, high in pairwise(numbers) if high == low + 1)
        if len(numbers) >= 3 and steps * 2 >= len(numbers):
            return True
    return False


def _line_numbers(rows: list[PlacedRow], start: int) -> list[int]:
    return [
        number
        for row in rows
        if start + 1 < len(row.cells) and (number := whole_number(row.cells[start + 1]))
    ]
