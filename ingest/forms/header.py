"""Header rows to columns: what each column measures, by the words above it and their merging."""

import re
from collections.abc import Mapping, Sequence

from ingest.forms.catalogue import Form, squeeze
from ingest.forms.grid import TOTAL_LABELS, has_cjk, whole_number
from ingest.forms.segment import PlacedRow

#: Words that name no measure of their own: the column is the total of what stands above it.
TOTAL_WORDS = TOTAL_LABELS | {"小计"}
#: Words over columns of amounts that name no kind of them.
LABELS = frozenset({"金额", "支出", "收入"})
_AMOUNT_MEASURES = frozenset({"amount", "total"})
_ALNUM = re.compile(r"[0-9A-Za-z]")
_YEAR = re.compile(r"^\d{4}年度?")
_COMPARISON = re.compile(r"(?:比|较|与|同).{0,3}(?:上年|\d{4}年)")
_REMARK = re.compile(r"^其中：?|（[^（）]*）$")


def is_number_row(row: PlacedRow) -> bool:
    """A row of column numbers: 栏次, or nothing but whole numbers and marks."""
    if any("栏次" in squeeze(cell) for cell in row.cells):
        return True
    # A mark (** or —) stands where a column has no number.
    printed = [cell for cell in row.cells if has_cjk(cell) or _ALNUM.search(cell)]
    numbers = [number for cell in printed if (number := whole_number(cell)) is not None]
    # Amounts can be whole numbers too; only column numbers count up one by one.
    counting = bool(numbers) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return counting and not any(has_cjk(cell) for cell in printed) and len(numbers) + 1 >= len(printed)


def column_paths(header: Sequence[PlacedRow]) -> dict[int, tuple[str, ...]]:
    """Column index to the words above it, from top to bottom.

    A merged header cell prints its words once, at its left end; a blank cell belongs to the one on
    its left where everything above the two is shared.
    """
    rows = [row for row in header if not is_number_row(row)]
    width = max((len(row.cells) for row in rows), default=0)
    owners: list[tuple[tuple[int, int], ...]] = [() for _ in range(width)]
    for level, row in enumerate(rows):
        above = list(owners)
        for index in range(width):
            text = squeeze(row.cells[index]) if index < len(row.cells) else ""
            if text:
                owners[index] = (*above[index], (level, index))
            elif (
                index and above[index] == above[index - 1] and len(owners[index - 1]) > len(above[index - 1])
            ):
                owners[index] = (*above[index], owners[index - 1][-1])
    return {
        index: tuple(squeeze(rows[level].cells[column]) for level, column in chain)
        for index, chain in enumerate(owners)
        if chain
    }


def measure_of(
    path: Sequence[str], columns: Mapping[str, Sequence[str]], scopes: Sequence[str]
) -> str | None:
    """The measure that a column's words name, or None.

    The lowest word decides; a bare 小计 or 合计 is the total of the measure above it. ``scopes`` are
    measures whose parts are measures again: opening_balance above 一般公共预算 is
    opening_balance_general_public.
    """
    if not path:
        return None
    named = [_named(word, columns) for word in path]
    parents = [measure for measure in named[:-1] if measure and measure not in _AMOUNT_MEASURES]
    leaf = named[-1]
    if path[-1] in TOTAL_WORDS:
        of_group = "".join(path[-2:])
        if any(of_group in words for words in columns.values()):
            return _named(of_group, columns)
        leaf = parents[-1] if parents else leaf or ("total" if "total" in columns else None)
    if leaf is None:
        return None
    scope = next((parent for parent in parents if parent in scopes and parent != leaf), None)
    return f"{scope}_{leaf}" if scope else leaf


def measures_by_words(
    header: Sequence[PlacedRow], form: Form, fiscal_year: int | None, side: str = "any"
) -> dict[int, str]:
    """Column index to measure, each measure at its first column.

    A column of another phase or year (年初预算数, 上年执行数, 增减) takes the phase before its measure.
    Of two columns that both are the total, the second is of the group above it (本年收入: 合计), or else
    the form's ``second_total``.
    """
    columns = form.columns[side]
    found: dict[int, str] = {}
    for index, path in sorted(column_paths(header).items()):
        phases = {word: phase for word in path if (phase := form.phase_of(word, fiscal_year)) is not None}
        kinds = [word for word in path if word not in phases and not _COMPARISON.search(word)]
        measure = measure_of(kinds, columns, form.scopes)
        if measure is None and phases and all(word in LABELS for word in kinds):
            measure = "amount" if "amount" in columns else "total"
        if measure is None:
            continue
        prefix = next((phase for phase in reversed(phases.values()) if phase), "")
        measure = f"{prefix}_{measure}" if prefix else measure
        if measure == "total" and "total" in found.values():
            measure = measure_of(kinds[:-1], columns, form.scopes) or form.second_total or measure
        if measure not in found.values():
            found[index] = measure
    return found


def _named(word: str, columns: Mapping[str, Sequence[str]]) -> str | None:
    """The measure whose header word this is, or begins with; the longest word wins."""
    bare = _YEAR.sub("", _REMARK.sub("", word))
    best: tuple[int, str] | None = None
    for measure, heads in columns.items():
        for head in heads:
            exact = bare == head or word == head
            if (exact or (len(head) > 2 and bare.startswith(head))) and (best is None or len(head) > best[0]):
                best = len(head), measure
    return best[1] if best else None
