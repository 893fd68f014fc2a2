"""Budget form 11 (整体支出绩效目标表) printed as running text: funds by year, projects, goals."""

import re
from collections.abc import Sequence

from ingest.model import Indicator, ProjectLine
from ingest.narrative.indicator_text import Token, join, phrase_at, read_records, to_indicators
from ingest.narrative.project_text import by_line, is_amount, money_line

_YEAR = re.compile(r"(20\d\d)年")
_SUMMARY_HEADER = re.compile(r"[项目名称支出类别总预算本年度主要方向和用途]+")
_CATEGORY = re.compile(r".*(?:支出项目|类项目)")


def overall_start(tokens: list[Token], stop: int) -> int | None:
    """Where the whole-department form starts: its funds table, else its first goal."""
    for position in range(stop):
        if tokens[position].text == "总体资金情况" or _goal_mark(tokens, position) is not None:
            return position
    return None


def composition(tokens: list[Token], unit: str, names: frozenset[str]) -> list[ProjectLine]:
    """Read the funds by year (composition) and the list of projects (project_summary)."""
    lines = by_line(tokens)
    years: list[int] = []
    found: list[ProjectLine] = []
    side: str | None = None
    rest: list[list[Token]] = []
    for position, line in enumerate(lines):
        text = join(line)
        if text == "项目支出情况":
            rest = lines[position + 1 :]
            break
        if _goal_mark(line, 0) is not None:
            break
        if text in ("收入", "支出", "收入构成", "支出构成"):
            side = f"{text[:2]}构成"
        if side is None:
            years.extend(int(year) for year in _YEAR.findall(text))
            continue
        first = next((n for n, token in enumerate(line) if is_amount(token)), None)
        amounts = [token for token in line if is_amount(token)]
        # 当年 is the year after the 近两年 that the head names.
        columns = [max(years) + 1, *years] if years else []
        if first and columns and len(amounts) == len(columns):
            name = join(line[:first])
            for year, amount in zip(columns, amounts, strict=True):
                found.append(money_line("composition", name, amount, unit, year=year, description=side))
    found.extend(_summary(rest, unit, max(years) + 1 if years else None, names))
    return found


def _summary(
    lines: list[list[Token]], unit: str, year: int | None, names: frozenset[str]
) -> list[ProjectLine]:
    """Read the list of projects: name, category, total budget, this year's budget, purpose."""
    found: list[ProjectLine] = []
    pending: list[str] = []
    width = 0
    for line in lines:
        text = join(line)
        if text.startswith("整体绩效") or _goal_mark(line, 0) is not None:
            break
        if not found and not pending and _SUMMARY_HEADER.fullmatch(text):
            continue
        at = next((n for n, token in enumerate(line) if _CATEGORY.fullmatch(token.text)), None)
        budgets = line[at + 1 : at + 3] if at is not None else []
        if at is None or len(budgets) < 2 or not all(map(is_amount, budgets)):
            pending.append(text)
            continue
        name = _summary_name(pending, join(line[:at]), width, names)
        if name:
            category = line[at].text
            found.append(
                money_line("project_summary", name, budgets[1], unit, year=year, description=category)
            )
        pending, width = [], len(join(line[at + 3 :]))
    return found


def _summary_name(above: list[str], own: str, width: int, names: frozenset[str]) -> str:
    """Part a wrapped name from the rest of the purpose of the row above.

    A name that a project form of the paper bears settles it. Else the purpose ends with the first
    line wider than its own first line, for a cell wraps at its width.
    """
    readings = ["".join(above[n:]) + own for n in range(len(above) + 1)]
    known = next((reading for reading in readings if reading in names), None)
    if known is not None:
        return known
    start = next((n for n, text in enumerate(above) if len(text) > width), len(above))
    return readings[start]


def _goal_mark(tokens: Sequence[Token], start: int) -> tuple[str, int] | None:
    """Horizon and number of a goal of the whole department at the start of a line (长期目标 1：), or None."""
    if tokens[start].gap == "blank":
        return None
    text = "".join(token.text for token in tokens[start : start + 2])
    match = re.match(r"(长期|年度)目标(\d{1,2})[:：]", text)
    if match is None:
        return None
    return ("long_term" if match.group(1) == "长期" else "annual"), int(match.group(2))


def goals(tokens: list[Token], project_no: int) -> list[Indicator]:
    """Read the indicator tables of the department's goals, long-term and annual."""
    marks = [(n, mark) for n in range(len(tokens)) if (mark := _goal_mark(tokens, n)) is not None]
    ends = [*(start for start, _ in marks), len(tokens)][1:]
    indicators: list[Indicator] = []
    for (start, (horizon, goal)), stop in zip(marks, ends, strict=True):
        table = next(
            (
                found[1]
                for n in range(start, stop)
                if (found := phrase_at(tokens, n, ("长期绩效指标", "年度绩效指标"))) is not None
            ),
            None,
        )
        if table is not None:
            records, _ = read_records(tokens[table:stop], horizon)
            indicators.extend(to_indicators(records, project_no, horizon, goal, len(indicators)))
    return indicators
