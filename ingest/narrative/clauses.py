"""Clauses of a sentence, and the figures of a clause."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ingest.narrative.grammar import grammar

INNER_ORDINAL = re.compile(r"(?:（\d{1,2}）|\d{1,2}[.、．](?=\D))+")
BRACKETS = re.compile(r"（(?P<inside>(?:[^（）]|（[^（）]*）)*)）")


class Clause(NamedTuple):
    """A stretch of a sentence; ``before`` holds the separators since the last one."""

    start: int
    end: int
    before: str


@dataclass(frozen=True)
class Figure:
    """A figure with the words of its clause before (``label``) and behind it; places in the sentence."""

    label: str
    label_start: int
    start: int
    end: int
    negative: bool
    number: str
    unit: str
    behind: str


def clauses_of(text: str) -> Iterator[Clause]:
    """Cut a sentence at its punctuation, behind amounts in a list, and around brackets with amounts."""
    amount = grammar().amount
    cuts = [found.span() for found in re.finditer("[，。；：！]", text)]
    for found in amount.finditer(text):
        if text[found.end() : found.end() + 1] in ("、", "和"):
            cuts.append((found.end(), found.end() + 1))
    for found in BRACKETS.finditer(text):
        if amount.search(found["inside"]):
            cuts += [(found.start(), found.start() + 1), (found.end() - 1, found.end())]
    position, before = 0, "。"
    for start, end in [*sorted(set(cuts)), (len(text), len(text))]:
        if start < position:
            continue
        ordinal = INNER_ORDINAL.match(text, position, start)
        begin = ordinal.end() if ordinal else position
        if start > begin:
            yield Clause(begin, start, before)
            before = ""
        position, before = end, before + text[start:end]


def figures_of(text: str) -> Iterator[Figure]:
    """Find the figures of a clause; one without a unit counts only where it ends the clause alone."""
    patterns = grammar()
    found = list(patterns.amount.finditer(text)) or list(patterns.bare_amount.finditer(text))
    position = 0
    for index, match in enumerate(found):
        stop = found[index + 1].start() if index + 1 < len(found) else len(text)
        yield Figure(
            label=text[position : match.start()],
            label_start=position,
            start=match.start(),
            end=match.end("number"),
            negative=bool(match["sign"]),
            number=match["number"].replace(",", ""),
            unit=match["unit"],
            behind=text[match.end() : stop],
        )
        position = match.end()


def only_money_unit(text: str) -> str:
    """The money unit of the sentence's amounts where they agree, else none: nothing is guessed."""
    patterns = grammar()
    units = {
        found["unit"]
        for found in patterns.amount.finditer(text)
        if patterns.kind_of(found["unit"]) == "money"
    }
    return units.pop() if len(units) == 1 else ""
