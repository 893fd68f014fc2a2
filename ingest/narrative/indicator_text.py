"""Indicator tables printed as running text: words to indicators.

The text has no tabs. Cells are parted by blanks or by a single line break, and a cell wrapped over
several lines leaves blank lines between them, so one word may be a cell or a part of one. Cells
are found by what may stand in them: level names, values, grounds (计划数据).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.model import Indicator, Line, Paper
from ingest.narrative.vocabulary import NOTHING, resolve_levels, squeeze, vocabulary

_FOOTER = re.compile(r"[—–-]\s*\d+\s*[—–-]")
_UNITS = r"[%％㎡A-Za-z一-鿿]{0,8}(?:/[A-Za-z一-鿿]{1,4})*"
_FIGURE = re.compile(rf"(?:[≥≤＞＜<>=≧≦]=?)?\d[\d.,]*{_UNITS}")
_LIMIT = re.compile(r"不(?:超过|低于|少于|高于)")
_HEADER = re.compile(r"(?:[目标名称一二三级指值确定依据近两年预期计当实现前上]|(?<=指标)效益)+")


@dataclass(frozen=True)
class Token:
    """A word of the text: ``gap`` is how it hangs on the one before (blank, break, gap)."""

    text: str
    line: int
    page: int
    gap: str


@dataclass(frozen=True)
class _Record:
    """An indicator as cut from the text; level names as printed in its own row."""

    level1: str | None
    level2: str | None
    level3: str
    values: tuple[str | None, ...]
    basis: str | None
    page: int


def read_tokens(paper: Paper) -> list[Token]:
    """Cut the paper's lines into words; page numbers at the foot are dropped."""
    tokens: list[Token] = []
    end = 0
    for number, block in enumerate(block for block in paper.blocks if isinstance(block, Line)):
        if _FOOTER.fullmatch(block.text):
            continue
        breaks = paper.text.count("\n", end, block.offset)
        gap = "break" if breaks == 1 else "gap"
        for word in block.text.split():
            tokens.append(Token(word, number, block.page, gap))
            gap = "blank"
        end = block.offset + len(block.text)
    return tokens


def phrase_at(tokens: Sequence[Token], start: int, phrases: Iterable[str]) -> tuple[str, int] | None:
    """The longest of ``phrases`` that the tokens from ``start`` spell out, and where it ends."""
    known = tuple(phrases)
    text, best = "", None
    for position in range(start, min(start + 8, len(tokens))):
        text += tokens[position].text
        if text in known:
            best = (text, position + 1)
        elif not any(phrase.startswith(text) for phrase in known):
            break
    return best


def join(tokens: Iterable[Token]) -> str:
    """Join the parts of a cell. A line break inside a Chinese cell is no blank."""
    return squeeze(" ".join(token.text for token in tokens))


def to_indicators(
    records: list[_Record], project_no: int, horizon: str, goal: int | None, count: int
) -> list[Indicator]:
    """Fill the level names and number the indicators on from ``count``."""
    levels = resolve_levels([(record.level1, record.level2) for record in records])
    found = []
    for number, (record, (level1, level2)) in enumerate(zip(records, levels, strict=True), start=count + 1):
        before, previous, target = record.values if len(record.values) == 3 else (None, None, *record.values)
        found.append(
            Indicator(
                project_no=project_no,
                indicator_no=number,
                horizon=horizon,
                goal_no=goal,
                level1=level1,
                level2=level2,
                level3=record.level3,
                target=target,
                target_two_years_before=before,
                target_year_before=previous,
                basis=record.basis,
                page=record.page,
            )
        )
    return found


def read_records(tokens: list[Token], horizon: str) -> tuple[list[_Record], int | None]:
    """Cut an indicator table into records; the goal's number where the table prints one.

    A record is level names (where they change), the indicator's name, one value or three, and the
    grounds. Words between the grounds and the next level name are the rest of a name that a page
    break cut: they go back to the record before.
    """
    position = 0
    while position < len(tokens) and _HEADER.fullmatch(tokens[position].text):
        position += 1
    goal, position = _goal_name(tokens, position)
    count = 3 if horizon == "annual" else 1
    records: list[_Record] = []
    level1: str | None = None
    level2: str | None = None
    while position < len(tokens):
        found = _level(tokens, position)
        if found is not None:
            name, end = found
            is_second = name in vocabulary().level2 or f"{name}指标" in vocabulary().level2
            if name in vocabulary().level1 and (not is_second or _level(tokens, end) is not None):
                level1 = name
            else:
                level2 = name
            position = end
            continue
        cut = next(
            (
                n
                for n in range(position, len(tokens))
                if _basis(tokens, n) is not None or _level(tokens, n) is not None
            ),
            None,
        )
        if cut is None:
            break
        own = tokens[position:cut]
        grounds = _basis(tokens, cut)
        level3, values = _split_record(own, count)
        if grounds is None and not any(values):
            if records and level1 is None and level2 is None:
                records[-1] = replace(records[-1], level3=records[-1].level3 + join(own))
        elif level3:
            basis = grounds[0] if grounds else None
            records.append(_Record(level1, level2, level3, values, basis, own[0].page))
            level1 = level2 = None
        position = grounds[1] if grounds else cut
    return records, goal


def _goal_name(tokens: list[Token], start: int) -> tuple[int | None, int]:
    """Step over the goal's name in the first column (长期绩效目标 1)."""
    text = ""
    for position in range(start, min(start + 4, len(tokens))):
        text += tokens[position].text
        match = re.fullmatch(r"(?:长期|年度)绩效目标(\d{0,2})", text)
        if match:
            number = match.group(1)
            following = tokens[position + 1].text if position + 1 < len(tokens) else ""
            if not number and re.fullmatch(r"\d{1,2}", following):
                return int(following), position + 2
            return int(number) if number else None, position + 1
    return None, start


def _level(tokens: Sequence[Token], start: int) -> tuple[str, int] | None:
    """A level name that the tokens from ``start`` spell out, and where it ends."""
    words = vocabulary()
    return phrase_at(tokens, start, (*words.level1, *words.level2))


def _basis(tokens: Sequence[Token], start: int) -> tuple[str, int] | None:
    """The grounds (计划数据, 其他数据：合同) that start here, with what follows their colon."""
    words = vocabulary().basis_words
    text = ""
    for position in range(start, min(start + 4, len(tokens))):
        text += tokens[position].text
        if any(text == word or text.startswith((f"{word}：", f"{word}:")) for word in words):
            end = position + 1
            while end < min(len(tokens), position + 12) and (text[-1] in "：:" or _is_open(text)):
                text += tokens[end].text
                end += 1
            return squeeze(text), end
        if not any(word.startswith(text) for word in words):
            return None
    return None


def _is_open(text: str) -> bool:
    return any(text.count(pair[0]) > text.count(pair[1]) for pair in ("《》", "（）", "()"))


def _split_record(tokens: list[Token], count: int) -> tuple[str, tuple[str | None, ...]]:
    """Part the indicator's name from its ``count`` values, which stand behind it."""
    cuts = _value_cuts(tokens, len(tokens), count)
    if cuts is None and len(tokens) > count and all(token.gap != "gap" for token in tokens[-count:]):
        # Unknown words, but each begins a cell of its own: no blank line joins it to the one before.
        cuts = list(range(len(tokens) - count, len(tokens)))
    if cuts is None:
        return join(tokens), (None,) * count
    ends = [*cuts[1:], len(tokens)]
    values = (tokens[start:end] for start, end in zip(cuts, ends, strict=True))
    return join(tokens[: cuts[0]]), tuple(
        None if len(value) == 1 and value[0].text in NOTHING else join(value) for value in values
    )


def _value_cuts(tokens: list[Token], end: int, count: int) -> list[int] | None:
    """Where the last ``count`` values before ``end`` start; longest values first, None if none fit."""
    if count == 0:
        return [] if end > 0 else None
    for start in range(max(1, end - 6), end):
        if _is_value(tokens[start:end]):
            cuts = _value_cuts(tokens, start, count - 1)
            if cuts is not None:
                return [*cuts, start]
    return None


def _is_value(tokens: list[Token]) -> bool:
    """Whether the tokens together are one value: nothing, a figure with its unit, or a known word."""
    if any(re.match(r"[\d≥≤＞＜<>=≧≦/\\]", token.text) for token in tokens[1:]):
        return False
    text = "".join(token.text for token in tokens)
    words = vocabulary()
    if text in NOTHING or text in words.value_words or _FIGURE.fullmatch(text):
        return True
    return (
        _LIMIT.match(text) is not None and text.endswith(words.limit_ends) and len(_LIMIT.findall(text)) == 1
    )
