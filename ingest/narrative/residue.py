"""What a paper's template left behind: instructions, placeholders, blanks, another body's words.

The ledger keeps no prose, so this is seen while reading. What it looks like is data (residue.yml);
whether it is a fault is judged later, by the rules.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingest.model import Grid, Line, Paper, Residue
from ingest.narrative.prose import bare, plain, running_text

#: So much of a match tells a reader where it stands, and is no prose.
LABEL = 16


@dataclass(frozen=True)
class Pattern:
    """One kind of residue; ``within`` says over what the expression is read."""

    kind: str
    within: str
    words: re.Pattern[str]


@cache
def patterns() -> tuple[Pattern, ...]:
    """The expressions beside this module, compiled."""
    rows: list[dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("residue.yml").read_text(encoding="utf-8")
    )
    return tuple(Pattern(row["kind"], row["within"], re.compile(row["pattern"])) for row in rows)


@dataclass(frozen=True)
class _Stretch:
    """Plain text with the page of each of its characters; ``offset`` orders stretches in the paper."""

    text: str
    pages: tuple[int, ...]
    offset: int


def extract_residues(paper: Paper) -> list[Residue]:
    """What residue.yml finds in a paper, in reading order; one row a match."""
    stretches = {
        "text": [_running_text(paper)],
        "line": [_stretch(block.text, block) for block in paper.blocks if isinstance(block, Line)],
        "cell": list(_cells(paper, whole_rows=False)),
        "row": list(_cells(paper, whole_rows=True)),
    }
    found = [
        (stretch.offset + match.start(), _residue(pattern.kind, match, stretch))
        for pattern in patterns()
        for stretch in stretches[pattern.within]
        for match in _matches(pattern, stretch.text)
    ]
    found.sort(key=lambda item: (item[0], item[1].kind))
    return [replace(residue, residue_no=number) for number, (_, residue) in enumerate(found, 1)]


def _matches(pattern: Pattern, text: str) -> Iterator[re.Match[str]]:
    """A line or a cell is residue as a whole, running text where the expression stands in it."""
    if pattern.within in ("line", "cell"):
        match = pattern.words.fullmatch(text)
        if match:
            yield match
    else:
        yield from pattern.words.finditer(text)


def _residue(kind: str, match: re.Match[str], stretch: _Stretch) -> Residue:
    text = match[0]
    return Residue(
        residue_no=0,
        kind=kind,
        text=text if len(text) <= LABEL else f"{text[: LABEL - 1]}…",
        value=match.groupdict().get("value"),
        page=stretch.pages[match.start()],
    )


def _stretch(text: str, line: Line) -> _Stretch:
    words = bare(text)
    return _Stretch(words, (line.page,) * len(words), line.offset)


def _running_text(paper: Paper) -> _Stretch:
    text, pages = running_text(paper)
    return _Stretch(text, pages, 0)


def _cells(paper: Paper, whole_rows: bool) -> Iterator[_Stretch]:
    for grid in (block for block in paper.blocks if isinstance(block, Grid)):
        for row in grid.rows:
            for text in ["".join(row.cells)] if whole_rows else row.cells:
                words = plain(text)
                yield _Stretch(words, (grid.page,) * len(words), row.offset)
