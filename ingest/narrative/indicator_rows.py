"""Indicator rows of a self-evaluation table: grid rows to indicators.

Rows are often shifted by a cell or more, so cells are put in place by what they are (a level name,
a score) and by their distance from the indicator's name, learned from the complete rows of the
same table; the header's columns come second.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ingest.model import Grid, GridRow, Indicator
from ingest.narrative.vocabulary import (
    NOTHING,
    glue,
    is_level_tail,
    level_word,
    read_number,
    resolve_levels,
    squeeze,
)

_GOAL = re.compile(r"^年度\D{0,6}(\d{1,2})(?:$|[:：(（])")
_CJK = re.compile(r"[㐀-鿿]")

Cells = list[tuple[int, str]]
Offsets = tuple[int, int, int | None]
TableRows = Sequence[tuple[Grid, GridRow]]


@dataclass(frozen=True)
class _Header:
    """Columns of a header row of the indicators; None where the column is not printed."""

    level1: int | None
    level2: int | None
    level3: int | None
    target: int | None
    actual: int | None
    score: int | None


@dataclass
class _Row:
    """An indicator row on its way: names as printed in the row, values with their columns."""

    grid: Grid
    row: GridRow
    goal_no: int | None
    segment: int
    header: _Header | None
    level1: str | None
    level2: str | None
    level3: str = ""
    column: int = -1
    values: Cells = field(default_factory=list)


def starts_indicators(row: GridRow) -> bool:
    """Whether the rows of goals and indicators start here: a goal, a header or a level name."""
    cells = [squeeze(cell) for cell in row.cells]
    return (
        _read_header(cells) is not None
        or _read_goal(cells, 0) is not None
        or any(word.complete for word in map(level_word, cells) if word is not None)
    )


def _read_header(cells: list[str]) -> _Header | None:
    """Read a header row of the indicators, or None."""

    def column(*marks: str) -> int | None:
        return next((n for n, cell in enumerate(cells) if any(mark in cell for mark in marks)), None)

    level2, level3 = column("二级指标"), column("三级")
    if level2 is None or level3 is None:
        return None
    return _Header(
        level1=column("一级", "级指标"),
        level2=level2,
        level3=level3,
        target=column("目标值", "年初目标", "指标值"),
        actual=column("实际完成", "完成值"),
        score=column("得分"),
    )


def _read_goal(cells: list[str], previous: int) -> int | None:
    """The number of the yearly goal that a row names (by position where the number is lost)."""
    filled = [cell for cell in cells if cell]
    if not filled or "二级指标" in "".join(cells) or any(level_word(cell) for cell in filled):
        return None
    match = _GOAL.match(filled[0])
    if match:
        return int(match.group(1))
    return previous + 1 if re.match(r"^年度(?:绩效)?目(?!.*\d+分[）)]$)", filled[0]) else None


def read_indicators(body: TableRows, project_no: int) -> list[Indicator]:
    """Read the rows of a table below its head and above its total, one indicator a named row."""
    rows = _rows(body)
    offsets = _learn(rows)
    indicators: list[Indicator] = []
    for segment in sorted({row.segment for row in rows}):
        own = [row for row in rows if row.segment == segment]
        levels = resolve_levels([(row.level1, row.level2) for row in own])
        for row, (level1, level2) in zip(own, levels, strict=True):
            if not row.level3:
                continue
            level3, target, actual, score = _place(row, offsets)
            indicators.append(
                Indicator(
                    project_no=project_no,
                    indicator_no=len(indicators) + 1,
                    horizon="annual",
                    goal_no=row.goal_no,
                    level1=level1,
                    level2=level2,
                    level3=level3,
                    target=None if target in NOTHING else target or None,
                    actual=None if actual in NOTHING else actual or None,
                    score=score,
                    table_no=row.grid.table_no,
                    row_no=row.row.row_no,
                    page=row.grid.page,
                )
            )
    return indicators


def _rows(body: TableRows) -> list[_Row]:
    """Tell headers, goals and indicator rows apart; rows of level names alone keep level3 blank."""
    rows: list[_Row] = []
    goal: int | None = None
    goals, segment = 0, 0
    header: _Header | None = None
    for grid, row in body:
        cells = [squeeze(cell) for cell in row.cells]
        found = _read_header(cells)
        number = _read_goal(cells, goals)
        if found is not None:
            header, segment = found, segment + 1
            # A header cell may hold the level name of the row below as well: 一级指标产出指标.
            for word in (level_word(re.sub(r"^[一二-]?级指标", "", cell)) for cell in cells):
                if word is not None:
                    level2 = None if word.level1 else word.level2
                    rows.append(_Row(grid, row, goal, segment, header, word.level1, level2))
        elif number is not None:
            goal, goals, segment = number, number, segment + 1
        else:
            rows.extend(_row(grid, row, cells, goal, segment, header, rows))
    return rows


def _row(
    grid: Grid,
    row: GridRow,
    cells: list[str],
    goal: int | None,
    segment: int,
    header: _Header | None,
    above: list[_Row],
) -> list[_Row]:
    """Tell the cells of one row apart: level names first, then the indicator's name, then values."""
    label_column = header is None or header.level1 != 0
    filled: Cells = [(n, cell) for n, cell in enumerate(cells) if cell]
    if label_column and filled and filled[0][0] == 0:
        word = level_word(filled[0][1])
        if word is None or not (word.complete or word.level1):
            filled = filled[1:]
    result = _Row(grid, row, goal, segment, header, None, None)
    while filled:
        column, text = filled[0]
        word = level_word(text) if result.level2 is None else None
        named = header is not None and header.level3 is not None and column >= header.level3
        if named and not text.endswith("标"):
            word = None
        if word and (result.level1 is not None or result.level2 is not None) and len(filled) < 2:
            word = None
        if word:
            after = level_word(filled[1][1]) if len(filled) > 1 else None
            if result.level1 is not None:
                result.level2 = word.level2 or word.level1
            elif word.level1 and (word.level2 is None or after is not None or word.weighted):
                result.level1 = word.level1
            else:
                result.level2 = word.level2
                if after is not None and len(filled) > 1 and filled[1][1] == text:
                    filled = filled[1:]
        elif is_level_tail(text):
            _complete(above, segment, text)
        elif len(_CJK.findall(text)) >= 2:
            break
        filled = filled[1:]
    if result.level1 and result.level2 is None and len(filled) == 5 and _is_score(filled[-1][1]):
        # Five cells after the level-1 name: the first is a level-2 name the vocabulary lacks.
        result.level2 = filled[0][1]
        filled = filled[1:]
    if filled and header and _continues(filled, header, result) and above and above[-1].values:
        last = above[-1]
        known = dict(last.values)
        if all(column in known for column, _ in filled):
            last.values = [(column, text + dict(filled).get(column, "")) for column, text in last.values]
            return []
    if len(filled) >= 2:
        result.level3, result.column, result.values = filled[0][1], filled[0][0], filled[1:]
    if not result.level3 and result.level1 is None and result.level2 is None:
        return []
    return [result]


def _complete(above: list[_Row], segment: int, tail: str) -> None:
    """Join a level-2 name broken over two rows (可持续 + 影响指标)."""
    if above and above[-1].segment == segment and above[-1].level2:
        whole = level_word(above[-1].level2 + tail)
        now = level_word(above[-1].level2)
        if whole and whole.complete and whole.level2 and now and not now.complete:
            above[-1].level2 = whole.level2


def _continues(filled: Cells, header: _Header, row: _Row) -> bool:
    """Whether a row holds only the rest of the target and the actual value of the row above."""
    columns = [column for column, _ in filled]
    return row.level1 is None and row.level2 is None and columns == [header.target, header.actual]


def _is_score(text: str) -> bool:
    return read_number(text.removesuffix("分")) is not None


def _learn(rows: list[_Row]) -> Offsets | None:
    """The usual distance of target, actual and score from the indicator's name in this table."""
    complete = Counter(
        (row.values[0][0] - row.column, row.values[1][0] - row.column, row.values[2][0] - row.column)
        for row in rows
        if len(row.values) == 3 and _is_score(row.values[2][1])
    )
    if complete:
        return sorted(complete.items(), key=lambda item: (-item[1], item[0]))[0][0]
    pairs = Counter(
        (row.values[0][0] - row.column, row.values[1][0] - row.column) for row in rows if len(row.values) == 2
    )
    if not pairs:
        return None
    target, actual = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[0][0]
    return target, actual, None


def _place(row: _Row, offsets: Offsets | None) -> tuple[str, str, str, Decimal | None]:
    """Return level3, target, actual and score of a row."""
    values, header = row.values, row.header
    level3, target, actual, score = row.level3, "", "", ""
    printed = (header.target, header.actual, header.score) if header else (None, None, None)
    columns = [column for column, _ in values]
    scored = _is_score(values[-1][1])
    by_header = printed[0] in columns and printed[1] in columns and len(values) > 2
    if by_header and (len(values) > 3 or not scored):
        for column, text in values:
            if column < (printed[0] or 0):
                level3 = glue(level3, text)
            elif column < (printed[1] or 0):
                target = glue(target, text)
            elif printed[2] is None or column < printed[2]:
                actual = glue(actual, text)
            else:
                score += text
    elif len(values) >= 3:
        count = 3 if scored else 2
        for _, text in values[:-count]:
            level3 = glue(level3, text)
        target, actual, *rest = [text for _, text in values[-count:]]
        score = rest[0] if rest else ""
    else:
        places = _match(columns, row, offsets, scored)
        for place, (_, text) in zip(places, values, strict=True):
            if place == 0:
                target = text
            elif place == 1:
                actual = text
            else:
                score = text
    return level3, target, actual, read_number(score.removesuffix("分")) if score else None


def _match(columns: list[int], row: _Row, offsets: Offsets | None, scored: bool) -> list[int]:
    """Tell which of target (0), actual (1), score (2) one or two values are, by their columns."""
    header = row.header
    candidates: list[list[int | None]] = []
    if offsets is not None:
        candidates.append([None if offset is None else row.column + offset for offset in offsets])
    if header is not None:
        candidates.append([header.target, header.actual, header.score])
        if header.level3 is not None:
            shift = row.column - header.level3
            candidates.append([None if n is None else n + shift for n in candidates[-1]])
    for candidate in candidates:
        if all(column in candidate for column in columns):
            places = [candidate.index(column) for column in columns]
            if 2 not in places or scored:
                return places
    return list(range(len(columns)))
