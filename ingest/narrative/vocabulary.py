"""The words of the performance forms, and how their cells are cleaned and read."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

# U+F052 and U+F0A3 are the ticked and the empty box of the font Wingdings 2, which a PDF's text keeps.
TICKED, EMPTY_BOX = "☑√✓■\uf052", "□☐\uf0a3"
_INPUT = re.compile(r"<input\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_TEX = ((re.compile(r"\\leq?(?:slant)?\b"), "≤"), (re.compile(r"\\geq?(?:slant)?\b"), "≥"))
_BLANK = re.compile(r"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9])")
_OPTION = re.compile(rf"(?:\d\s*[、.,．]?\s*)?([^{TICKED}{EMPTY_BOX}]*)([{TICKED}{EMPTY_BOX}])")
#: What the forms print where there is nothing to say.
NOTHING = frozenset("/\\／-—－")
NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\. ?\d+)?(?!\d)|\d+, ?\d{2}(?!\d)|\d+(?:\. ?\d+)?")


@dataclass(frozen=True)
class Vocabulary:
    """The lists of vocabulary.yml; ``level2`` maps a name to the level-1 names it stands under."""

    level1: tuple[str, ...]
    level2: dict[str, tuple[str, ...]]
    self_evaluation_labels: tuple[str, ...]
    self_evaluation_attributes: tuple[str, ...]
    choice_labels: tuple[str, ...]
    budget_labels: tuple[str, ...]
    budget_attributes: tuple[str, ...]
    value_words: frozenset[str]
    limit_ends: tuple[str, ...]
    basis_words: tuple[str, ...]
    economic_names: frozenset[str]


@dataclass(frozen=True)
class LevelWord:
    """A printed level name: which levels it may name, its level-1 name, and whether it is cut short."""

    level1: str | None
    level2: str | None
    complete: bool
    weighted: bool


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary beside this module."""
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("vocabulary.yml").read_text("utf-8"))
    return Vocabulary(
        level1=tuple(data["level1"]),
        level2={name: tuple(parents) for name, parents in data["level2"].items()},
        self_evaluation_labels=tuple(data["self_evaluation_labels"]),
        self_evaluation_attributes=tuple(data["self_evaluation_attributes"]),
        choice_labels=tuple(data["choice_labels"]),
        budget_labels=tuple(data["budget_labels"]),
        budget_attributes=tuple(data["budget_attributes"]),
        value_words=frozenset(data["value_words"]),
        limit_ends=tuple(data["limit_ends"]),
        basis_words=tuple(data["basis_words"]),
        economic_names=frozenset(data["economic_names"]),
    )


def clean(text: str) -> str:
    """Return ``text`` without the markup of the reading tool; tick boxes become ☑ and □."""
    text = _INPUT.sub(lambda match: "☑" if "checked" in match.group().lower() else "□", text)
    text = _TAG.sub("", text)
    for pattern, sign in _TEX:
        text = pattern.sub(sign, text)
    return text.replace("$", "").replace("\\", "").strip()


def squeeze(text: str) -> str:
    """Return ``text`` cleaned and without blanks, which in Chinese only come from wrapped cells.

    A blank between two ASCII letters or digits stays: it may part two words or two figures.
    """
    return _BLANK.sub("", clean(text))


def glue(first: str, second: str) -> str:
    """Join two cells of one text; characters that the cut left in both are kept once.

    A figure cut in two keeps a blank: nobody can tell whether the cut doubled a digit.
    """
    if first[-1:].isdigit() and second[:1].isdigit():
        return f"{first} {second}"
    overlap = next((n for n in range(min(len(first), len(second)), 0, -1) if first.endswith(second[:n])), 0)
    return first + second[overlap:]


def choice(text: str) -> str:
    """Return the ticked options of ``text``, joined by 、; the text itself where no box is ticked."""
    ticked = [label for label, box in _OPTION.findall(text) if box in TICKED]
    return "、".join(squeeze(label) for label in ticked) if ticked else text


def read_number(text: str) -> Decimal | None:
    """Return the figure that ``text`` is as a whole, or None. A comma before two last digits is a point."""
    text = text.strip()
    if NUMBER.fullmatch(text) is None:
        return None
    if re.fullmatch(r"\d+, ?\d{2}", text):
        text = text.replace(",", ".")
    return Decimal(text.replace(",", "").replace(" ", ""))


def level_word(text: str) -> LevelWord | None:
    """Read ``text`` (squeezed) as a level name, with or without its weight, whole or cut short."""
    words = vocabulary()
    name = re.sub(r"[（(].*$", "", text)
    weighted = name != text
    level2 = name if name in words.level2 else None
    if name in words.level1:
        return LevelWord(name, level2, True, weighted)
    for full in words.level1:
        if len(name) >= 2 and full.startswith(name):
            return LevelWord(full, None, False, weighted)
    if level2 or f"{name}指标" in words.level2:
        return LevelWord(None, name, True, weighted)
    if len(name) >= 3 and any(full.startswith(name) for full in words.level2):
        return LevelWord(None, name, False, weighted)
    return None


def level1_of(level2: str) -> tuple[str, ...]:
    """Return the level-1 names a level-2 name may stand under; empty where the name is unknown."""
    words = vocabulary().level2
    return words.get(level2) or words.get(f"{level2}指标") or ()


def is_level_tail(text: str) -> bool:
    """Whether ``text`` is only the end of a level name (指标, 标), broken off by a narrow column."""
    words = vocabulary()
    return text.endswith("标") and any(
        full.endswith(text) and full != text for full in (*words.level1, *words.level2)
    )


def resolve_levels(
    printed: list[tuple[str | None, str | None]],
) -> list[tuple[str | None, str | None]]:
    """Fill the blank level names of consecutive rows, as merged cells mean them.

    A blank takes the name above. Where that name cannot hold the row's level-2 name, the merged
    cell prints its name on a middle row: the next name below is taken if it fits, else none.
    """
    resolved: list[tuple[str | None, str | None]] = []
    level1: str | None = None
    level2: str | None = None
    for position, (own1, own2) in enumerate(printed):
        if own1 is not None:
            continues = own1 == level1
            level1 = own1
            level2 = own2 if own2 is not None else level2 if continues else None
        elif own2 is not None:
            level2 = own2
            parents = level1_of(own2)
            if parents and level1 not in parents:
                below = next((name for name, _ in printed[position + 1 :] if name is not None), None)
                level1 = below if below in parents else None
        resolved.append((level1, level2))
    return resolved
