"""Self-evaluation tables of a final account: paper to projects and indicators.

A table is found by its own rows (项目名称, 基本支出总额, 预算执行情况, 总分), never by its place, and
may run over several grids. Rows are often shifted by a cell or more, so cells are put in place by
what they are (a level name, a score) and by their distance from the indicator's name, learned from
the complete rows of the same table; the header's columns come second.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ingest.model import Grid, GridRow, Indicator, Line, Paper, Project
from ingest.narrative.vocabulary import (
    NUMBER,
    choice,
    clean,
    is_level_tail,
    level_word,
    read_number,
    resolve_levels,
    squeeze,
    vocabulary,
)

OVERALL_NAME = "部门整体支出"
_TITLE = re.compile(r"自评表(?:[/／]?结果)?(?:[（(]摘要版[）)])?$")
_TITLE_FRAME = re.compile(r"^[#\s\d一二三四五六七八九十、.]*?(?:20\d\d年度?)?|(?:项目)?(?:支出)?(?:绩效)?自评表.*$")
_GOAL = re.compile(r"^年度\D{0,6}(\d{1,2})(?:$|[:：(（])")
_WEIGHTS = (
    re.compile(r"得分[（(]?(\d+)分"),
    re.compile(r"(\d+)分[\\*×]*\*?执"),
    re.compile(r"[（(](\d+)分?[）)]"),
)
_UNIT = re.compile(r"[（(](万元|千元|元)[）)]")
_FLAT_FIGURES = re.compile(
    rf"({NUMBER.pattern})\s+({NUMBER.pattern})\s+({NUMBER.pattern})\s*[%％](?:\s+({NUMBER.pattern})(?=\s))?"
)
_CJK = re.compile(r"[㐀-鿿]")

Cells = list[tuple[int, str]]
Offsets = tuple[int, int, int | None]


@dataclass
class _Table:
    """The rows of one self-evaluation table, from its first row to its 总分 row."""

    overall: bool
    title: str
    page: int
    table_no: int | None = None
    flat: str | None = None
    rows: list[tuple[Grid, GridRow]] = field(default_factory=list)


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


def extract_performance(paper: Paper) -> tuple[list[Project], list[Indicator]]:
    """Read the self-evaluation tables of ``paper``; empty lists where it has none.

    A whole-department table gives a project of source ``overall``, a project table one of source
    ``self_evaluation``. Budget and execution are in ``unit_printed`` (万元). A table printed twice
    with the same figures is one project. Figures that are not printed, or cannot be told apart,
    are None; nothing is raised on odd input.
    """
    projects: list[Project] = []
    indicators: list[Indicator] = []
    seen: set[tuple[object, ...]] = set()
    for table in _tables(paper):
        project, found = _read_table(table, len(projects) + 1)
        figures = (
            project.source,
            project.project_name,
            project.budget,
            project.executed,
            project.execution_rate_pct,
            project.execution_score,
            project.total_score,
        )
        if figures in seen:
            continue
        seen.add(figures)
        projects.append(project)
        indicators.extend(found)
    units = {project.unit_printed for project in projects if project.unit_printed}
    if len(units) == 1:
        # A unit lost in one table is that of the paper's other tables: the form is the same.
        projects = [replace(project, unit_printed=next(iter(units))) for project in projects]
    return projects, indicators


def _tables(paper: Paper) -> list[_Table]:
    """Cut the paper's blocks into self-evaluation tables, in reading order."""
    tables: list[_Table] = []
    current: _Table | None = None
    title = ""
    for block in paper.blocks:
        if isinstance(block, Line):
            text = squeeze(block.text)
            if _is_flat(text):
                current = _Table("项目名称" not in text, title, block.page, flat=clean(block.text))
                tables.append(current)
                title = ""
            elif _TITLE.search(text) and len(text) < 80:
                current, title = None, text
            elif text.startswith("备注"):
                current = None
            continue
        evidence = "自评" in title or any(
            word in squeeze("".join(row.cells)) for row in block.rows for word in ("执行数", "实际完成")
        )
        for row in block.rows:
            start = _start(row, title, current) if evidence else None
            if start is not None:
                current = _Table(start, title, block.page, block.table_no)
                tables.append(current)
                title = ""
            if current is None:
                continue
            if current.table_no is None:
                current.table_no = block.table_no
            current.rows.append((block, row))
            if _is_total(row):
                current = None
    return tables


def _is_flat(text: str) -> bool:
    """Whether a line of text is the head of a table that the reading tool flattened."""
    return (
        ("项目名称" in text or "基本支出总额" in text)
        and "预算数" in text
        and "执行数" in text
        and "指标" in text
    )


def _start(row: GridRow, title: str, current: _Table | None) -> bool | None:
    """True where the row starts a whole-department table, False a project table, None neither."""
    text = _joined(row)
    labels = {label for label, _ in _labelled(text)}
    if "项目名称" in labels:
        return False
    if labels & {"基本支出总额", "单位名称", "部门名称"} and (
        "基本支出总额" in labels or _TITLE.search(title)
    ):
        known = current is not None and current.overall and len(current.rows) < 2
        return None if known else True
    if "预算数" in text and "执行数" in text and current is None and title:
        return "整体" in title
    return None


def _is_total(row: GridRow) -> bool:
    first = next((cell for cell in map(squeeze, row.cells) if cell), "")
    return first.startswith("总分")


def _joined(row: GridRow) -> str:
    """Join the cells of a row; what two cells both hold of a cut word is kept once."""
    text = ""
    for cell in map(squeeze, row.cells):
        overlap = next((n for n in range(len(cell), 0, -1) if text.endswith(cell[:n])), 0)
        text += cell[overlap:]
    return text


def _labelled(text: str) -> list[tuple[str, str]]:
    """Cut a row's text at the form's labels: (label, value) pairs, in order."""
    labels = vocabulary().self_evaluation_labels
    noise = r"[\s:：/)》]*"
    pattern = "|".join(noise.join(map(re.escape, label)) for label in labels)
    found = list(re.finditer(pattern, text))
    pairs = []
    for match, following in zip(found, [*found[1:], None], strict=True):
        value = text[match.end() : following.start() if following else len(text)]
        label = re.sub(noise, "", match.group())
        pairs.append((label, value.strip(" :：")))
    return pairs


def _read_table(table: _Table, project_no: int) -> tuple[Project, list[Indicator]]:
    """Read one table: its head, its budget row, its indicators and its total."""
    words = vocabulary()
    attributes: dict[str, str] = {}
    name, name_cells = "", 0
    head = _head(table.rows)
    for _, row in head:
        for label, value in _labelled(_joined(row)):
            if label == "项目名称" and not name:
                name, name_cells = value, sum(1 for cell in row.cells if squeeze(cell))
            elif label in words.self_evaluation_attributes and value and label not in attributes:
                attributes[label] = choice(value) if label in words.choice_labels else value
    budget = _budget(head)
    if table.flat is not None:
        name, flat_attributes, budget = _flat_head(table.flat, table.overall)
        attributes = flat_attributes
    titled = _TITLE_FRAME.sub("", table.title)
    if not name or (name_cells > 2 and name != titled and _is_spread(titled, name)):
        name = titled
    indicators = _indicators(table, project_no)
    project = Project(
        project_no=project_no,
        source="overall" if table.overall else "self_evaluation",
        project_name=OVERALL_NAME if table.overall else name or "未印名称",
        budget=budget.budget,
        executed=budget.executed,
        budget_printed=budget.budget_printed,
        executed_printed=budget.executed_printed,
        execution_rate_pct=budget.rate,
        execution_weight=budget.weight,
        execution_score=budget.score,
        total_score=_total(table.rows, budget.score, indicators),
        unit_printed=budget.unit,
        attributes={label: attributes[label] for label in words.self_evaluation_attributes if label in attributes},
        table_no=table.table_no,
        page=table.page,
    )
    return project, indicators


def _is_spread(part: str, text: str) -> bool:
    """Whether the characters of ``part`` occur in ``text`` in order: then ``text`` holds ghosts."""
    rest = iter(text)
    return bool(part) and all(char in rest for char in part)


def _head(rows: list[tuple[Grid, GridRow]]) -> list[tuple[Grid, GridRow]]:
    """The rows above the first goal or indicator header."""
    for position, (_, row) in enumerate(rows):
        cells = [squeeze(cell) for cell in row.cells]
        if _header(cells) is not None or _goal(cells, 0) is not None or _is_total(row):
            return rows[:position]
    return rows


@dataclass(frozen=True)
class _Budget:
    budget: Decimal | None = None
    executed: Decimal | None = None
    budget_printed: str | None = None
    executed_printed: str | None = None
    rate: Decimal | None = None
    weight: Decimal | None = None
    score: Decimal | None = None
    unit: str | None = None


def _budget(head: list[tuple[Grid, GridRow]]) -> _Budget:
    """Read 预算执行情况: the row of 预算数, 执行数 and the row of figures below it."""
    texts = ["\t".join(clean(cell) for cell in row.cells) for _, row in head]
    start = next((n for n, text in enumerate(texts) if "预算数" in text and "执行" in text), None)
    if start is None:
        return _Budget()
    frame = squeeze("".join(texts[start : start + 2]).replace("\t", ""))
    unit = _UNIT.search(frame)
    result = _Budget(weight=_weight(frame), unit=unit.group(1) if unit else None)
    for text in texts[start + 1 : start + 4]:
        figures = _figures(text.rpartition("总额")[2])
        if len(figures) >= 2:
            return _place_budget(figures, result)
    return result


def _weight(text: str) -> Decimal | None:
    for pattern in _WEIGHTS:
        match = pattern.search(text)
        if match:
            return Decimal(match.group(1))
    return None


def _figures(text: str) -> list[tuple[str, Decimal, bool]]:
    """The figures of a row: printed text, value, whether a percentage."""
    text = re.sub(r"[（(][^（）()]*[）)]", " ", text)
    found = []
    for match in NUMBER.finditer(text):
        value = read_number(match.group())
        if value is not None:
            percent = text[match.end() : match.end() + 2].strip()[:1] in ("%", "％")
            found.append((match.group(), value, percent))
    return found


def _place_budget(figures: list[tuple[str, Decimal, bool]], found: _Budget) -> _Budget:
    """Tell budget, execution, rate and score apart; the percent sign fixes the rate's place."""
    at = next((n for n, figure in enumerate(figures) if figure[2]), None)
    rate: Decimal | None = None
    if at is None:
        pairs, after = [(figures[0], figures[1])], figures[3:4]
        rate = figures[2][1] if len(figures) == 4 else None
    else:
        rate, after = figures[at][1], figures[at + 1 : at + 2]
        before = figures[:at]
        pairs = [(before[0], before[1])] if len(before) == 2 else []
        if len(before) > 2:
            # A ghost stands among the figures: the printed rate singles out the true pair, or none.
            exponent = rate.as_tuple().exponent
            places = -exponent if isinstance(exponent, int) else 0
            tolerance = Decimal(1).scaleb(-places) / 2
            pairs = [
                (a, b)
                for n, a in enumerate(before)
                for b in before[n + 1 :]
                if a[1] and abs(b[1] / a[1] * 100 - rate) <= tolerance
            ]
    if len({(a[1], b[1]) for a, b in pairs}) != 1:
        return replace(found, rate=rate, score=after[0][1] if after else None)
    (budget_printed, budget, _), (executed_printed, executed, _) = pairs[0]
    return replace(
        found,
        budget=budget,
        executed=executed,
        budget_printed=budget_printed,
        executed_printed=executed_printed,
        rate=rate,
        score=after[0][1] if after else None,
    )


def _flat_head(text: str, overall: bool) -> tuple[str, dict[str, str], _Budget]:
    """Read what a flattened table still tells: name, ticked choices, figures beside the percentage.

    The reading tool ran the cells together, a value sometimes before its label; what cannot be
    told for certain (the units named, the indicators) is left out.
    """
    words = vocabulary()
    pairs = _labelled(text)
    attributes: dict[str, str] = {}
    for label, value in pairs:
        if label in ("基本支出总额", "项目支出总额"):
            amount = re.match(rf"(?:{NUMBER.pattern})\s*(?:万元|元)?", value)
            if amount:
                attributes[label] = squeeze(amount.group())
        elif label in words.choice_labels and choice(value) != value:
            attributes[label] = choice(value)
    name = ""
    if not overall:
        before = text.partition("项目名称")[0].strip()
        name = squeeze(before) or squeeze(dict(pairs).get("项目名称", ""))
    frame = squeeze(text)
    unit = _UNIT.search(frame)
    budget = _Budget(weight=_weight(frame), unit=unit.group(1) if unit else None)
    figures = _FLAT_FIGURES.search(text)
    if figures:
        first, second, rate, score = figures.groups()
        budget = replace(
            budget,
            budget=read_number(first),
            executed=read_number(second),
            budget_printed=first,
            executed_printed=second,
            rate=read_number(rate),
            score=read_number(score) if score else None,
        )
    return name, attributes, budget


def _header(cells: list[str]) -> _Header | None:
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


def _goal(cells: list[str], previous: int) -> int | None:
    """The number of the yearly goal that a row names (by position where the number is lost)."""
    filled = [cell for cell in cells if cell]
    if not filled or "二级指标" in "".join(cells) or any(level_word(cell) for cell in filled):
        return None
    match = _GOAL.match(filled[0])
    if match:
        return int(match.group(1))
    return previous + 1 if re.match(r"^年度(?:绩效)?目(?!.*\d+分[）)]$)", filled[0]) else None


def _indicators(table: _Table, project_no: int) -> list[Indicator]:
    """Read the indicator rows of a table."""
    rows = _rows(table)
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
                    target=target or None,
                    actual=actual or None,
                    score=score,
                    table_no=row.grid.table_no,
                    row_no=row.row.row_no,
                    page=row.grid.page,
                )
            )
    return indicators


def _rows(table: _Table) -> list[_Row]:
    """Cut the table's rows below the head into indicator rows; level-only rows keep level3 blank."""
    rows: list[_Row] = []
    goal: int | None = None
    goals, segment = 0, 0
    header: _Header | None = None
    for grid, row in table.rows[len(_head(table.rows)) :]:
        cells = [squeeze(cell) for cell in row.cells]
        found = _header(cells)
        number = _goal(cells, goals)
        if _is_total(row):
            break
        if found is not None:
            header, segment = found, segment + 1
            merged = [level_word(re.sub(r"^[一二-]?级指标", "", cell)) for cell in cells]
            for word in merged:
                if word is not None:
                    rows.append(_Row(grid, row, goal, segment, header, word.level1, None if word.level1 else word.level2))
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
        if word and header and header.level3 is not None and column >= header.level3 and not text.endswith("标"):
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
        (row.values[0][0] - row.column, row.values[1][0] - row.column)
        for row in rows
        if len(row.values) == 2
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
    if by_header and (len(values) > 3 or columns[0] != printed[0]):
        for column, text in values:
            if column < (printed[0] or 0):
                level3 = _glue(level3, text)
            elif column < (printed[1] or 0):
                target = _glue(target, text)
            elif printed[2] is None or column < printed[2]:
                actual = _glue(actual, text)
            else:
                score += text
    elif len(values) >= 3:
        count = 3 if scored else 2
        for _, text in values[:-count]:
            level3 = _glue(level3, text)
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


def _glue(first: str, second: str) -> str:
    """Join two cells of one text; characters that the cut left in both are kept once."""
    overlap = next((n for n in range(min(len(first), len(second)), 0, -1) if first.endswith(second[:n])), 0)
    return first + second[overlap:]


def _total(
    rows: list[tuple[Grid, GridRow]], execution_score: Decimal | None, indicators: list[Indicator]
) -> Decimal | None:
    """Read the 总分 row. A total cut into two cells is read only where the scores add up to it."""
    row = next((row for _, row in rows if _is_total(row)), None)
    if row is None:
        return None
    cells = [squeeze(cell).removeprefix("总分").removesuffix("分") for cell in row.cells]
    filled = [cell for cell in cells if cell]
    if len(filled) == 1:
        return read_number(filled[0])
    scores = [indicator.score for indicator in indicators if indicator.score is not None]
    added = sum(scores, execution_score or Decimal(0))
    readings = {read_number("".join(filled))}
    joined = ""
    for cell in filled:
        joined = _glue(joined, cell)
    readings.add(read_number(joined))
    return next((reading for reading in readings if reading is not None and reading == added), None)
