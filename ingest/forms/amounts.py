"""Printed text to amounts: thousands separators, stray blanks, commas read for points.

The grammar is strict on purpose: a text that is not certainly one or more amounts is not an
amount, and the caller keeps it as a leftover.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_SIGN = r"[-−－﹣]?"
_WHOLE = r"(?:[1-9]\d{0,2}(?:\s*,\s*\d{3})+|0|[1-9]\d*)"
_AMOUNT = re.compile(rf"({_SIGN})\s*({_WHOLE})(?:\s*\.\s*(\d+))?(?=\s|$)")
_COMMA_FOR_POINT = re.compile(rf"({_SIGN})\s*(\d{{1,3}}(?:\s*,\s*\d{{3}})*)\s*,\s*(\d{{2}})")
_DASH = re.compile(r"[-—–－−*/\\]+")


@dataclass(frozen=True)
class Amount:
    """A figure read from print. ``source``: reported (as is), normalised (blanks), repaired."""

    value: Decimal
    decimals: int
    printed: str
    source: str
    note: str | None = None


@dataclass(frozen=True)
class Reading:
    """What a cell says: no amount, one, or several run together; or digits that are none."""

    amounts: tuple[Amount, ...] = ()
    malformed: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether the cell prints nothing that could be a figure."""
        return not self.amounts and not self.malformed


def read_amounts(text: str) -> Reading:
    """Read the amounts in a cell, in the printed unit.

    ``6, 558. 53`` is one amount (normalised), ``1, 391. 75 110. 25`` two, ``9, 266, 11`` is
    9266.11 and ``1,29`` is 1.29 (repaired: thousands groups have three digits, so the last comma
    stands for the point). ``1 901 75`` and ``00.00`` hold digits but are no amounts: malformed.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("，", ",")
    if not plain or _DASH.fullmatch(plain) or not any(char.isdigit() for char in plain):
        return Reading()
    repaired = _COMMA_FOR_POINT.fullmatch(plain)
    if repaired:
        sign, whole, fraction = repaired.groups()
        note = "the last comma stands for the decimal point: a thousands group has three digits"
        return Reading((_amount(sign, whole, fraction, text.strip(), "repaired", note),))
    amounts: list[Amount] = []
    position = 0
    while position < len(plain):
        match = _AMOUNT.match(plain, position)
        if not match or _runs_into_digits(plain, match):
            return Reading(malformed=True)
        printed = match.group(0).strip()
        source = "reported" if printed == re.sub(r"\s", "", printed) else "normalised"
        amounts.append(_amount(match[1], match[2], match[3], printed, source, None))
        position = match.end()
        while position < len(plain) and plain[position].isspace():
            position += 1
    if len(amounts) > 1 and any(amount.decimals == 0 for amount in amounts):
        # Several whole numbers side by side are one broken figure, never certainly two.
        return Reading(malformed=True)
    return Reading(tuple(amounts))


def _runs_into_digits(text: str, match: re.Match[str]) -> bool:
    """A figure without a point that is followed by more digits was torn by the extraction."""
    return match.group(3) is None and bool(re.match(r"\s+\d", text[match.end() :]))


def _amount(
    sign: str, whole: str, fraction: str | None, printed: str, source: str, note: str | None
) -> Amount:
    digits = re.sub(r"\D", "", whole)
    value = Decimal(digits + ("." + fraction if fraction else ""))
    return Amount(-value if sign else value, len(fraction or ""), printed, source, note)
