"""Lines and amounts of the budget forms printed as running text."""

import re
from collections.abc import Sequence
from decimal import Decimal

from ingest.model import ProjectLine
from ingest.narrative.indicator_text import Token

_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")


def by_line(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each printed line."""
    lines: list[list[Token]] = []
    for token in tokens:
        if lines and lines[-1][0].line == token.line:
            lines[-1].append(token)
        else:
            lines.append([token])
    return lines


def is_amount(token: Token) -> bool:
    """Whether the token is a figure and nothing else."""
    return _AMOUNT.fullmatch(token.text) is not None


def money_line(
    kind: str,
    name: str,
    amount: Token,
    unit: str,
    *,
    year: int | None = None,
    description: str | None = None,
    economic_name: str | None = None,
    quantity: str | None = None,
) -> ProjectLine:
    """A money line, not yet numbered."""
    return ProjectLine(
        project_no=0,
        line_no=0,
        line_kind=kind,
        item_name=name,
        amount=Decimal(amount.text.replace(",", "")),
        amount_printed=amount.text,
        unit_printed=unit,
        year=year,
        description=description,
        economic_name=economic_name,
        quantity=quantity,
        page=amount.page,
    )
