"""Self-evaluation tables of a final account: paper to projects and indicators.

A table is found by its own rows (项目名称, 基本支出总额, 预算执行情况, 总分), never by its place, and
may run over several grids.
"""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ingest.model import Grid, GridRow, Indicator, Line, Paper, Project
from ingest.narrative.indicator_rows import TableRows, read_indicators, starts_indicators
from ingest.narrative.vocabulary import NUMBER, choice, clean, glue, read_number, squeeze, vocabulary

OVERALL_NAME = "部门整体支出"
_TITLE = re.compile(r"自评表(?:[/／]?结果)?(?:[（(]摘要版[）)])?$")
_TITLE_FRAME = re.compile(
    r"^#*(?:[一二三四五六七八九十]+、)?(?:20\d\d年度?)?|(?:项目)?(?:支出)?(?:绩效)?自评表.*$"
)
_WEIGHTS = (
    re.compile(r"得分[（(]?(\d+)分"),
    re.compile(r"(\d+)分[\\*×]*\*?执"),
    re.compile(r"[（(](\d+)分?[）)]"),
)
_UNIT = re.compile(r"[（(](万元|千元|元)[）)]")
_FLAT_FIGURES = re.compile(
    rf"({NUMBER.pattern})\s+({NUMBER.pattern})\s+({NUMBER.pattern})\s*[%％](?:\s+({NUMBER.pattern})(?=\s))?"
)


@dataclass
class _Table:
    """The rows of one self-evaluation table, from its first row to its 总分 row."""

    overall: bool
    title: str
    page: int
    table_no: int | None = None
    flat: str | None = None
    rows: list[tuple[Grid, GridRow]] = field(default_factory=list)


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
        text = glue(text, cell)
    return text


def _labelled(text: str) -> list[tuple[str, str]]:
    """Cut a row's text at the form's labels: (label, value) pairs, in order."""
    labels = vocabulary().self_evaluation_labels
    noise = r"[\s:：/)》]*"
    pattern = "|".join(noise.join(map(re.escape, label)) for label in labels)
    found = list(re.finditer(pattern, text))
    pairs = []
    ends = [*(match.start() for match in found), len(text)][1:]
    for match, end in zip(found, ends, strict=True):
        value = text[match.end() : end]
        label = re.sub(noise, "", match.group())
        pairs.append((label, value.strip(" :：")))
    return pairs


def _read_table(table: _Table, project_no: int) -> tuple[Project, list[Indicator]]:
    """Read one table: its head, its budget row, its indicators and its total."""
    words = vocabulary()
    attributes: dict[str, str] = {}
    name, name_cells = "", 0
    head, body, total = _split(table.rows)
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
    indicators = read_indicators(body, project_no)
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
        total_score=_total(total, budget.score, indicators),
        unit_printed=budget.unit,
        attributes={
            label: attributes[label] for label in words.self_evaluation_attributes if label in attributes
        },
        table_no=table.table_no,
        page=table.page,
    )
    return project, indicators


def _is_spread(part: str, text: str) -> bool:
    """Whether the characters of ``part`` occur in ``text`` in order: then ``text`` holds ghosts."""
    rest = iter(text)
    return bool(part) and all(char in rest for char in part)


def _split(rows: list[tuple[Grid, GridRow]]) -> tuple[TableRows, TableRows, GridRow | None]:
    """Part a table into the rows of its head, those of its indicators, and its 总分 row."""
    total = rows[-1][1] if rows and _is_total(rows[-1][1]) else None
    inner = rows[:-1] if total is not None else rows
    cut = next((n for n, (_, row) in enumerate(inner) if starts_indicators(row)), len(inner))
    return inner[:cut], inner[cut:], total


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


def _budget(head: TableRows) -> _Budget:
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


def _total(
    row: GridRow | None, execution_score: Decimal | None, indicators: list[Indicator]
) -> Decimal | None:
    """Read the 总分 row. A total cut into two cells is read only where the scores add up to it."""
    if row is None:
        return None
    cells = [squeeze(cell).removeprefix("总分").removesuffix("分") for cell in row.cells]
    filled = [cell for cell in cells if cell]
    if len(filled) == 1:
        return read_number(filled[0])
    if execution_score is None:
        return None
    scores = [indicator.score for indicator in indicators if indicator.score is not None]
    added = sum(scores, execution_score)
    whole = "".join(filled)
    doubled = filled[0] if filled else ""
    for cell in filled[1:]:
        doubled += cell[1:] if doubled[-1:] == cell[:1] else cell
    return next((reading for reading in map(read_number, (whole, doubled)) if reading == added), None)
