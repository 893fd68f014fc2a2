"""The rows of a coded form: which line is a total, a unit or a code, and what its cells hold."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from ingest.forms.amounts import Amount, read_amounts
from ingest.forms.catalogue import Form, plain_label, row_name, squeeze
from ingest.forms.grid import (
    TOTAL_LABELS,
    amount_among_words,
    digits_of,
    has_cjk,
    is_code_like,
    is_note,
    merge_split_words,
    whole_number,
)
from ingest.forms.header import column_paths, is_number_row, measures_by_words
from ingest.forms.result import ParsedForm
from ingest.forms.segment import PlacedRow

_BRACKETED = re.compile(r"^\s*[\[【（(]\d{3,7}[\]】）)]\s*")
_LEADING = re.compile(r"^\s*\d+(?:\s+\d+)*\s*[-—－]?\s*")
CODE_LENGTHS = (3, 5, 7)
#: Codes of the government's economic classification begin with it.
GOVERNMENT = "5"
_UNIT_HEAD = re.compile(r"^(?:(?:预算)?单位(?:代码|编码|名称)?|部门(?:代码|编码|名称))$")


@dataclass
class CodedRow:
    """A logical row before its figures are settled."""

    placed: PlacedRow
    line: str | None
    code: str | None
    name: str | None
    first_amount: int
    figures: dict[int, str] = field(default_factory=dict)
    own: dict[str, tuple[Amount, ...]] = field(default_factory=dict)
    torn: set[str] = field(default_factory=set)
    column_of: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, Amount] = field(default_factory=dict)
    spare_below: dict[str, Amount] = field(default_factory=dict)


def split_header(rows: Sequence[PlacedRow]) -> tuple[list[PlacedRow], list[PlacedRow]]:
    """Header rows up to the row of column numbers (栏次), or up to the first code or total."""
    merged = [replace(row, cells=merge_split_words(row.cells, TOTAL_LABELS.__contains__)) for row in rows]
    for index, row in enumerate(merged):
        if any("栏次" in squeeze(cell) for cell in row.cells):
            return merged[: index + 1], merged[index + 1 :]
    for index, row in enumerate(merged):
        first = next((cell for cell in row.cells if cell), "")
        printed_code = is_code_like(first) and len(digits_of(first)) >= 3
        lone = sum(has_cjk(cell) for cell in row.cells) == 1
        total = squeeze(first) in TOTAL_LABELS and (lone or _has_figures(row, 0))
        if index and (printed_code or _BRACKETED.match(first) or total or _has_decimals(row)):
            return merged[:index], merged[index:]
    return merged, []


def swallowed_total(header: Sequence[PlacedRow]) -> bool:
    """Whether the header took the words of the 合计 row, so that its figures stand alone below."""
    return any(squeeze(cell) in {"栏次合计", "合计栏次"} for cell in header[-1].cells)


def printed_numbers(header: Sequence[PlacedRow]) -> dict[int, int]:
    """Column index to printed column number, from the 栏次 row."""
    for row in reversed(header):
        if any("栏次" in squeeze(cell) for cell in row.cells):
            start = next(i for i, cell in enumerate(row.cells) if "栏次" in squeeze(cell))
            found = {i: whole_number(cell) for i, cell in enumerate(row.cells) if i > start}
            return {index: number for index, number in found.items() if number is not None}
    return {}


def read_rows(
    form: Form,
    body: Sequence[PlacedRow],
    header: Sequence[PlacedRow],
    total_due: bool,
    numbers: Mapping[int, int],
    parsed: ParsedForm,
) -> Iterator[CodedRow]:
    """The logical rows of the body; repeated headers, notes and number rows are passed over.

    ``numbers`` are the printed column numbers. Figures of a row with neither code nor name go to the
    leftovers.
    """
    pending_name: str | None = None
    uncounted = set(range(1, len(form.printed_order) + 1)) - set(numbers.values()) if numbers else set()
    heads = {squeezed(row) for row in header}
    paths = column_paths(header)
    unit_columns = {index for index, path in paths.items() if _UNIT_HEAD.search(path[-1])}
    all_figures = bool(paths) and min(paths) in measures_by_words(header, form, parsed.fiscal_year)
    levels = CodeLevels()
    class_above = ""
    for position, placed in enumerate(body):
        if is_note(placed.cells) or squeezed(placed) in heads or is_number_row(placed):
            continue
        for index, cell in enumerate(placed.cells):
            if amount_among_words(cell):
                parsed.add_leftover(placed, index + 1, cell, "words stand in the number's cell")
        words = _leading_words(placed.cells)
        total_at = next((i for i in words if squeeze(placed.cells[i]) in TOTAL_LABELS), None)
        if total_at is not None:
            row = _row(placed, "total", None, squeeze(placed.cells[total_at]), max(words) + 1)
            total_due = False
            for index in _column_numbers(row, uncounted):
                parsed.add_leftover(
                    placed, index + 1, row.figures.pop(index), "a column number, not an amount"
                )
        elif words:
            name_at = _key_column(placed.cells, words)
            name, next_name = _names(placed.cells[name_at], _next(body, position))
            before, number = _without_unit_code(placed.cells[:name_at], unit_columns)
            code = number or levels.complete(_code(before, placed.cells[name_at]), before)
            if code is None and not _has_figures(placed, name_at + 1):
                continue
            is_unit = (
                name_at in unit_columns
                or bool(number)
                or _is_unit_code(code, class_above, _next(body, position))
            )
            if code and not is_unit:
                class_above = digits_of(code)[:3]
            line = f"unit:{(code or '').replace(' ', '')}{name}" if is_unit else None
            if not code:
                line = line or form.line_of("any", plain_label(placed.cells[name_at]))
            row = _row(placed, line, code, name, words[-1] + 1)
            pending_name = next_name
        elif (total_due or all_figures) and _has_figures(placed, 0):
            row = _row(placed, "total", None, "合计", 0)
            total_due = False
        elif pending_name and _has_figures(placed, 0):
            row = _row(placed, None, None, pending_name, 0)
            pending_name = None
        else:
            for index, cell in enumerate(placed.cells):
                if not read_amounts(cell).is_blank:
                    parsed.add_leftover(placed, index + 1, cell, "the row has neither code nor name")
            continue
        yield row


class CodeLevels:
    """Completes codes printed level by level: 201, then 08 in the next column, then 01."""

    def __init__(self) -> None:
        self._levels: list[str] = []

    def complete(self, code: str | None, cells: Sequence[str]) -> str | None:
        """The code with the levels above it, where its cells leave the first column blank."""
        fragments = [(index, digits_of(cell)) for index, cell in enumerate(cells) if digits_of(cell)]
        if not code or not fragments:
            return code
        first, digits = fragments[0]
        if first and len(digits) == 2 and len(self._levels) >= first:
            self._levels = [*self._levels[:first], *(part for _, part in fragments)]
            return " ".join(self._levels)
        self._levels = [part for _, part in fragments]
        return code


def _is_unit_code(code: str | None, class_above: str, below: PlacedRow | None) -> bool:
    """Codes of functions begin with 2, of economic use with 3 and 5; others are numbers of units.

    A code of six digits is of no classification; one that begins like them is a unit's if a class
    follows it, unless it is what is left of an item of the class above.
    """
    digits = digits_of(code or "")
    if len(digits) not in (3, 6):
        return False
    filled = [cell for cell in below.cells if cell] if below else []
    class_below = len(filled) > 1 and bool(re.fullmatch(r"[235]\d\d", filled[0])) and has_cjk(filled[1])
    cut_item = code != digits or len(digits) != 6 or digits[:3] == class_above
    return (code or "")[0] not in "235" or (class_below and not cut_item)


def squeezed(row: PlacedRow) -> tuple[str, ...]:
    """The row's cells without blanks and quotation marks."""
    return tuple(squeeze(cell) for cell in row.cells)


def _leading_words(cells: Sequence[str]) -> list[int]:
    """Columns of the words before the first figure; codes may stand between them."""
    words: list[int] = []
    for index, cell in enumerate(cells):
        if has_cjk(cell):
            words.append(index)
        elif (
            words
            and cell
            and not (is_code_like(cell) and any(has_cjk(c) for c in cells[index + 1 : index + 3]))
        ):
            break
    return words


def _row(placed: PlacedRow, line: str | None, code: str | None, name: str | None, start: int) -> CodedRow:
    figures = {
        index: cell
        for index, cell in enumerate(placed.cells)
        if index >= start and not has_cjk(cell) and not read_amounts(cell).is_blank
    }
    return CodedRow(placed, line, code, name, start, figures)


def _next(body: Sequence[PlacedRow], position: int) -> PlacedRow | None:
    return body[position + 1] if position + 1 < len(body) else None


def _has_figures(row: PlacedRow, start: int) -> bool:
    return any(read_amounts(cell).amounts for cell in row.cells[start:] if not has_cjk(cell))


def _has_decimals(row: PlacedRow) -> bool:
    return any(amount.decimals for cell in row.cells for amount in read_amounts(cell).amounts)


def _names(text: str, below: PlacedRow | None) -> tuple[str, str | None]:
    """The row's name, and the next row's where that row has figures but no words of its own."""
    name = text[_leading_code(text) :]
    parts = name.split()
    nameless = below is not None and not any(has_cjk(c) for c in below.cells) and _has_figures(below, 0)
    if nameless and len(parts) > 1 and below is not None and not is_code_like(below.cells[0]):
        return row_name("".join(parts[:-1])), row_name(parts[-1])
    return row_name(name), None


def _without_unit_code(cells: Sequence[str], unit_columns: Set[int]) -> tuple[Sequence[str], str | None]:
    """The cells before a name without the unit's number; that number where it is the row's only code."""
    others = ["" if index in unit_columns else cell for index, cell in enumerate(cells)]
    if any(digits_of(cell) for cell in others):
        return others, None
    return cells, next((digits_of(cells[i]) for i in sorted(unit_columns) if i < len(cells)), "") or None


def _code(cells: Sequence[str], name_cell: str) -> str | None:
    """The code's fragments as printed, joined by a blank; OCR strokes without digits are dropped."""
    fragments = [cell for cell in cells if is_code_like(cell) and digits_of(cell)]
    if not fragments:
        leading = digits_of(name_cell[: _leading_code(name_cell)])
        fragments = [leading] if leading else []
    return " ".join(fragments) or None


def _key_column(cells: Sequence[str], words: Sequence[int]) -> int:
    """The word by whose code the row is known: not by a government code beside a department's one."""
    codes = {index: _embedded_code(cells[index]) for index in words}
    if not codes[words[0]].startswith(GOVERNMENT):
        return words[0]
    return next(
        (index for index in words if codes[index] and not codes[index].startswith(GOVERNMENT)), words[0]
    )


def _embedded_code(text: str) -> str:
    """The classification code that a word begins with, or ''."""
    code = digits_of(text[: _leading_code(text)])
    return code if len(code) in CODE_LENGTHS else ""


def second_codes(cells: Sequence[str]) -> str | None:
    """The codes of other classifications on the row, separated by a comma.

    They stand between two names (30101 | 基本工资 | 50101 | 工资奖金津补贴) or before a name in its own
    cell (2010801-行政运行 | 50101-工资奖金津补贴 | 30101-基本工资).
    """
    words = _leading_words(cells)
    if len(words) < 2:
        return None
    between = [cell for cell in cells[words[0] + 1 : words[-1]] if is_code_like(cell) and digits_of(cell)]
    key = _key_column(cells, words)
    before = [_embedded_code(cells[i]) for i in words if i != key]
    return ",".join([*([" ".join(between)] if between else []), *filter(None, before)]) or None


def _leading_code(text: str) -> int:
    """Length of the code that a name cell begins with: ``201``, ``[201]`` or ``201-``."""
    match = _BRACKETED.match(text) or _LEADING.match(text)
    return match.end() if match else 0


def _column_numbers(row: CodedRow, uncounted: set[int]) -> list[int]:
    """Columns with a whole number that the broken 栏次 row lacks: column numbers on the wrong row."""
    return [index for index, text in row.figures.items() if whole_number(text) in uncounted]
