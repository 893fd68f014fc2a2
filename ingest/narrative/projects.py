"""Budget forms 11 (整体支出绩效目标表) and 12 (项目支出绩效目标表, 部门项目申报表) printed as running text.

The text has no tabs. Cells are parted by blanks or by a single line break, and a cell wrapped over
several lines leaves blank lines between them, so one token may be a cell or a part of one. Cells
are found by what may stand in them: form labels, level names, values, grounds (计划数据), figures.
Persons, telephones and addresses of the forms are never read out. This module finds the forms and
reads form 12; form 11 is overall.py's.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from ingest.model import Indicator, Paper, Project, ProjectLine
from ingest.narrative.indicator_text import Token, join, phrase_at, read_records, read_tokens, to_indicators
from ingest.narrative.overall import composition, goals, overall_start
from ingest.narrative.performance import OVERALL_NAME
from ingest.narrative.project_text import by_line, is_amount, money_line
from ingest.narrative.vocabulary import choice, read_number, vocabulary

_UNIT = re.compile(r"单位[:：]\s*(万元|千元|元)")
_PRIOR = re.compile(r"(20\d\d)年度?(?:预算)?(?:资金)?(?:安排)?(?:为)?(\d+(?:\.\d+)?)(万元?|元)")
_END = re.compile(r"附件\d*|第[一二三四五六七八九十]部分")


def extract_budget_projects(paper: Paper) -> tuple[list[Project], list[Indicator], list[ProjectLine]]:
    """Read forms 11 and 12 of ``paper``; empty lists where it has none.

    The whole department is the project of source ``budget_overall``, each form 12 one of source
    ``budget_form``. Amounts are in ``unit_printed`` (the form's own 单位：…). Nothing is raised on
    odd input: what cannot be told apart is left out.
    """
    tokens = read_tokens(paper)
    starts = [n for n in range(len(tokens)) if _is_project_start(tokens, n)]
    forms = [tokens[start : _end(tokens, start, stop)] for start, stop in pairwise([*starts, len(tokens)])]
    projects: list[Project] = []
    indicators: list[Indicator] = []
    lines: list[ProjectLine] = []
    opening = overall_start(tokens, starts[0] if starts else len(tokens))
    if opening is not None:
        own = tokens[opening : _end(tokens, opening, starts[0] if starts else len(tokens))]
        unit = _unit(tokens, opening)
        names = frozenset(join(_value(form, _fields(form), "项目名称")) for form in forms)
        found = composition(own, unit, names)
        totals = [line for line in found if line.line_kind == "composition" and line.item_name == "合计"]
        year = max((line.year for line in totals if line.year is not None), default=None)
        current = next((line for line in totals if line.year == year), None)
        projects.append(
            Project(
                project_no=1,
                source="budget_overall",
                project_name=OVERALL_NAME,
                budget=current.amount if current else None,
                budget_printed=current.amount_printed if current else None,
                unit_printed=unit or None,
                page=own[0].page,
            )
        )
        lines.extend(_numbered(found, 1))
        indicators.extend(goals(own, 1))
    for start, own in zip(starts, forms, strict=True):
        project_no = len(projects) + 1
        unit = _unit(tokens, start)
        fields = _fields(own)
        projects.append(_project(own, fields, project_no, unit))
        lines.extend(_numbered(_money(own, fields, unit), project_no))
        indicators.extend(_project_indicators(own, fields, project_no))
    return projects, indicators, lines


def _is_project_start(tokens: list[Token], start: int) -> bool:
    """Whether a project form starts here: 项目名称, and soon its code or its department."""
    if tokens[start].text != "项目名称":
        return False
    return any(token.text in ("项目编码", "项目主管部门") for token in tokens[start : start + 12])


def _end(tokens: list[Token], start: int, stop: int) -> int:
    """Where a form that starts at ``start`` ends: the next part of the paper, or ``stop``."""
    for position in range(start, stop):
        if tokens[position].gap != "blank" and _END.match(tokens[position].text):
            return position
    return stop


def _unit(tokens: list[Token], start: int) -> str:
    """The unit printed last above ``start``; blank where none is."""
    for token in reversed(tokens[:start]):
        match = _UNIT.match(token.text)
        if match:
            return match.group(1)
    return ""


def _numbered(lines: Iterable[ProjectLine], project_no: int) -> list[ProjectLine]:
    return [replace(line, project_no=project_no, line_no=n) for n, line in enumerate(lines, start=1)]


def _fields(tokens: list[Token]) -> list[tuple[str, int, int]]:
    """Cut a form at its labels: (label, first token of the value, end of the value)."""
    labels = vocabulary().budget_labels
    marks: list[tuple[str, int, int]] = []
    position = 0
    while position < len(tokens):
        found = phrase_at(tokens, position, labels)
        if found is not None:
            marks.append((found[0], position, found[1]))
            position = found[1]
        else:
            position += 1
    ends = [start for _, start, _ in marks[1:]] + [len(tokens)]
    return [(label, first, end) for (label, _, first), end in zip(marks, ends, strict=True)]


def _value(tokens: list[Token], fields: list[tuple[str, int, int]], label: str) -> list[Token]:
    return next((tokens[first:end] for name, first, end in fields if name == label), [])


def _project(tokens: list[Token], fields: list[tuple[str, int, int]], project_no: int, unit: str) -> Project:
    """Read the head of a project form."""
    words = vocabulary()
    attributes: dict[str, str] = {}
    for label in words.budget_attributes:
        value = _value(tokens, fields, label)
        if value and label in words.choice_labels:
            attributes[label] = choice(" ".join(token.text for token in value))
        elif value:
            attributes[label] = join(value)
    code = "".join(token.text for token in _value(tokens, fields, "项目编码"))
    budget = next((token for token in _value(tokens, fields, "项目当年预算") if is_amount(token)), None)
    return Project(
        project_no=project_no,
        source="budget_form",
        project_name=join(_value(tokens, fields, "项目名称")) or "未印名称",
        project_code=code if re.fullmatch(r"[0-9A-Za-z]+", code) else None,
        budget=read_number(budget.text) if budget else None,
        budget_printed=budget.text if budget else None,
        unit_printed=unit or None,
        attributes=attributes,
        page=tokens[0].page,
    )


def _money(tokens: list[Token], fields: list[tuple[str, int, int]], unit: str) -> list[ProjectLine]:
    """Read the money lines of a project form in the order of the form."""
    return [
        *_prior_budgets(_value(tokens, fields, "项目前两年预算及当年预算变动情况"), unit),
        *_funding(_value(tokens, fields, "来源项目"), unit),
        *_spending(_value(tokens, fields, "项目活动"), tokens, unit),
        *_procurement(_value(tokens, fields, "品名"), unit),
    ]


def _prior_budgets(tokens: list[Token], unit: str) -> list[ProjectLine]:
    """Read the budgets that the prose names by year; a year without an amount gives no line."""
    found = []
    for year, amount, printed in _PRIOR.findall("".join(token.text for token in tokens)):
        token = replace(tokens[0], text=amount)
        own = "万元" if printed.startswith("万") else printed
        found.append(money_line("prior_budget", f"{year}年预算", token, own or unit, year=int(year)))
    return found


def _funding(tokens: list[Token], unit: str) -> list[ProjectLine]:
    """Read 来源项目 and 金额; a source without an amount gives no line."""
    found = []
    for line in by_line(tokens):
        if len(line) >= 2 and is_amount(line[-1]):
            name = re.sub(r"^\d+\s*[.、．]?", "", join(line[:-1]))
            if name:
                found.append(money_line("funding", name, line[-1], unit))
    return found


def _spending(tokens: list[Token], form: list[Token], unit: str) -> list[ProjectLine]:
    """Read 项目活动, 活动内容表述, 支出经济分类 and 金额. The grounds behind the amount are prose."""
    head = next((n for n, token in enumerate(tokens[:16]) if token.text == "备注"), None)
    found = []
    pending: list[Token] = []
    basis = ""
    for line in by_line(tokens[head + 1 :] if head is not None else tokens):
        text = join(line)
        at = next((n for n, token in enumerate(line) if is_amount(token) and (pending or n)), None)
        if at is None:
            continued = basis and (
                basis[-1] in "/，、*（(：；" or (text.endswith("。") and not basis.endswith("。"))
            )
            if pending or not continued:
                pending.extend(line)
            else:
                basis = text
            continue
        cells = [*pending, *line[:at]]
        name, description, economic = _split_spending(cells, form)
        if name:
            found.append(
                money_line("spending", name, line[at], unit, description=description, economic_name=economic)
            )
        pending, basis = [], join(line[at + 1 :])
    return found


def _split_spending(cells: list[Token], form: list[Token]) -> tuple[str, str | None, str | None]:
    """Tell activity, description and economic class apart."""
    names = vocabulary().economic_names
    cut = next((n for n in range(1, len(cells)) if join(cells[n:]) in names), len(cells))
    economic = join(cells[cut:]) or None
    cells = cells[:cut]
    split = next((n for n, token in enumerate(cells) if n and token.text.startswith("用于")), None)
    if split is None:
        # No mark parts the two cells: an activity that the form names elsewhere, whole, is the first.
        own = {id(token) for token in cells}
        rest = join(token for token in form if id(token) not in own)
        named = [n for n in range(1, len(cells) + 1) if join(cells[:n]) in rest]
        split = max(named, default=len(cells))
    return join(cells[:split]), join(cells[split:]) or None, economic


def _procurement(tokens: list[Token], unit: str) -> list[ProjectLine]:
    """Read 品名, 数量 and 金额; the quantity keeps its unit as printed."""
    found = []
    pending: list[Token] = []
    for line in by_line(tokens):
        if not pending and join(line) in ("数量金额", "数量", "金额"):
            continue
        pending.extend(line)
        name, last = pending[:-2], pending[-2:]
        if name and is_amount(last[1]) and re.match(r"\d", last[0].text):
            found.append(money_line("procurement", join(name), last[1], unit, quantity=last[0].text))
            pending = []
    return found


def _project_indicators(
    tokens: list[Token], fields: list[tuple[str, int, int]], project_no: int
) -> list[Indicator]:
    indicators: list[Indicator] = []
    for label, horizon in (("长期绩效目标表", "long_term"), ("年度绩效目标表", "annual")):
        records, goal = read_records(_value(tokens, fields, label), horizon)
        indicators.extend(to_indicators(records, project_no, horizon, goal, len(indicators)))
    return indicators
