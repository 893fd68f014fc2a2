"""The text that a spreadsheet shows for a number: 37 under ``#,##0.00`` is 37.00.

The shown figure is what was published and what tells its precision. So two places or more are
taken as shown, rounding included; but no figure is rounded to fewer than two places, since a cell
formatted without them still holds the cents. Numbers without a format are printed as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

#: Places of a cent in 万元: finer figures were computed by a division.
FINEST = 6
#: A figure of money has two places, whatever the format hides.
MONEY = 2
#: A double holds 15 places for certain, and spreadsheets show no more.
SIGNIFICANT = 15
#: Digits of the largest double, and then some.
WIDEST = 400
#: Spreadsheets allow 30 places.
MOST_PLACES = 30
#: The formats that spreadsheets number and do not write into the file.
BUILT_IN: Mapping[int, str] = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: "#,##0",
    6: "#,##0",
    7: "#,##0.00",
    8: "#,##0.00",
    9: "0%",
    10: "0.00%",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    41: '#,##0;-#,##0;"-"',
    42: '#,##0;-#,##0;"-"',
    43: '#,##0.00;-#,##0.00;"-"',
    44: '#,##0.00;-#,##0.00;"-"',
}


@dataclass
class _Section:
    """One of the up to four parts of a format: digits asked for, and the text around them."""

    whole: str = ""
    places: str = ""
    literal: str = ""
    literal_places: int = 0
    has_literal_point: bool = False
    has_point: bool = False
    groups: bool = False
    thousands: int = 0
    percents: int = 0
    is_plain: bool = False
    marks: int = 0


def exact(value: float) -> Decimal:
    """A stored number as the decimal it stands for; the noise of sums (0.30000000000000004) is gone."""
    return Decimal(f"{value:.{SIGNIFICANT}g}") + 0


def shown(value: Decimal, code: str = "") -> str:
    """The text of a number under a format code; '' where the format hides it."""
    sections = _sections(code)
    section = sections[0]
    if value < 0 and len(sections) > 1 and _has_digits(sections[1]):
        section = sections[1]
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    if section.is_plain:
        return _plain(value)
    if not _has_digits(section):
        # A zero shown as a dash or not at all is a blank; any other number is never hidden.
        return section.literal.strip() if value == 0 else _plain(value)
    return _formatted(value, section)


def _has_digits(section: _Section) -> bool:
    return section.is_plain or bool(section.whole or section.places)


def _plain(value: Decimal) -> str:
    places = max(0, -int(value.as_tuple().exponent))
    text = f"{round_to(value, min(places, FINEST)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_to(value: Decimal, places: int) -> Decimal:
    """Round half away from zero, as spreadsheets do."""
    with localcontext() as context:
        context.prec = WIDEST
        return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _formatted(value: Decimal, section: _Section) -> str:
    value = value.scaleb(2 * section.percents - 3 * section.thousands)
    most = len(section.places)
    least = len(section.places.rstrip("#?"))
    if section.has_literal_point:
        # 0!.0000 shows 123456 as 12.3456: the point is a letter between the digits.
        value = round_to(value, 0).scaleb(-section.literal_places)
        most = least = section.literal_places
    elif most < MONEY and not section.percents and not section.thousands:
        own = max(0, -int(value.normalize().as_tuple().exponent))
        most = max(most, min(own, MONEY))
    rounded = round_to(value, most)
    if rounded == 0 and "0" not in section.whole + section.places and not section.has_literal_point:
        return section.literal.strip()
    text = f"{rounded.copy_abs():,f}" if section.groups else f"{rounded.copy_abs():f}"
    whole, _, places = text.partition(".")
    while len(places) > least and places.endswith("0"):
        places = places[:-1]
    asked = section.whole[: -section.literal_places] if section.literal_places else section.whole
    if not section.groups:
        whole = whole.zfill(asked.count("0"))
    sign = "-" if rounded < 0 else ""
    return sign + whole + ("." + places if places else "") + "%" * section.percents


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    found = [_Section()]
    position = 0
    while position < len(code):
        char = code[position]
        section = found[-1]
        position += 1
        if char == '"':
            end = code.find('"', position)
            end = len(code) if end < 0 else end
            _literal(section, code[position:end])
            position = end + 1
        elif char in "\\!":
            _literal(section, code[position : position + 1])
            position += 1
        elif char in "_*":
            position += 1
        elif char == "[":
            end = code.find("]", position)
            position = len(code) if end < 0 else end + 1
        elif char == ";":
            found.append(_Section())
        elif char in "0#?":
            _digit(section, char)
        elif char == ".":
            section.has_point = True
            section.thousands += section.marks
            section.marks = 0
        elif char == ",":
            section.marks += 1
        elif char == "%":
            section.percents += 1
        elif char in "@/" or (char.isascii() and char.isalpha()):
            # General, text, powers and fractions, and whatever else is not understood.
            section.is_plain = True
        else:
            _literal(section, char)
    for section in found:
        section.thousands += section.marks
        section.is_plain = section.is_plain or (section.has_literal_point and section.has_point)
    if not code.strip():
        found[0].is_plain = True
    return tuple(found)


def _digit(section: _Section, char: str) -> None:
    if section.marks:
        # A comma between digits groups thousands; only one behind them all divides.
        section.groups = True
        section.marks = 0
    if section.has_point:
        section.places = (section.places + char)[:MOST_PLACES]
    else:
        section.whole += char
        section.literal_places += section.has_literal_point


def _literal(section: _Section, text: str) -> None:
    if text == "." and section.whole and not section.has_literal_point:
        section.has_literal_point = True
    else:
        section.literal += text
