"""Forms of code | name | amount groups side by side, with block totals at the foot."""

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import Form, plain_label, row_name, squeeze
from ingest.forms.coded import parse_coded
from ingest.forms.grid import digits_of, has_cjk, is_code_like, is_note
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow, Segment

_AMOUNT_WORDS = frozenset({"决算数", "金额", "预算数"})


def parse_blocks(form: Form, segment: Segment, parsed: ParsedForm) -> None:
    """Read every group of a row; a form printed as one list of codes is read as a coded form."""
    if _groups(segment) < 2:
        parse_coded(form, segment, parsed)
        return
    measure = next(iter(form.columns["any"]))
    seen: set[str] = set()
    for row in segment.rows:
        if is_note(row.cells):
            continue
        names = [index for index, cell in enumerate(row.cells) if has_cjk(cell)]
        for block_no, index in enumerate(names, 1):
            line = form.line_of("any", plain_label(row.cells[index]), seen)
            code = row.cells[index - 1] if index and is_code_like(row.cells[index - 1]) else ""
            if not line and len(digits_of(code)) < 3:
                continue
            seen |= {line} if line else set()
            parsed.add_line(row, block_no, None, line, code or None, row_name(row.cells[index]))
            end = names[block_no] if block_no < len(names) else len(row.cells)
            _read_amounts(row, block_no, range(index + 1, end), end < len(row.cells), measure, parsed)
    missing = [line.key for line in form.lines["any"] if line.key not in seen]
    if missing:
        parsed.cut_reason = f"the form ends before its block totals ({', '.join(missing)})"


def _groups(segment: Segment) -> int:
    """How many code | name | amount groups stand side by side, by the header or by the totals."""
    heads = [sum(squeeze(cell).endswith("科目名称") for cell in row.cells) for row in segment.rows[:6]]
    amounts = [sum(squeeze(cell) in _AMOUNT_WORDS for cell in row.cells) for row in segment.rows[:6]]
    return min(max(heads, default=0), max(amounts, default=0))


def _read_amounts(
    row: PlacedRow, block_no: int, span: range, code_follows: bool, measure: str, parsed: ParsedForm
) -> None:
    for index in span:
        text = row.cells[index]
        if code_follows and index == span[-1] and is_code_like(text) and len(digits_of(text)) >= 3:
            continue
        reading = read_amounts(text)
        if len(reading.amounts) == 1:
            parsed.add_cell(row, block_no, index + 1, measure, reading.amounts[0])
        elif not reading.is_blank:
            parsed.add_leftover(row, index + 1, text, "not one readable amount")
