"""The ordinals that Word prints before paragraphs (一、 （一） 1.) and keeps out of their text."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.readers.archive import local

_DIGITS = "〇一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
#: Longer chains of styles or larger numbers are no paper's; they end the search.
MAX_CHAIN = 20
MAX_LEVELS = 9


@dataclass(frozen=True)
class _Level:
    start: int
    form: str
    text: str
    legal: bool


class Numbering:
    """Counts numbered paragraphs in reading order; ``ordinal`` gives the text before one."""

    def __init__(self, numbering: Any | None, styles: Any | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._styles = _style_numbers(styles)
        self._contents = {
            attribute(item, "styleId")
            for item in (styles if styles is not None else ())
            if value(item, "name").lower().startswith("toc")
        }
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._list_of: dict[str, str] = {}
        if numbering is not None:
            self._read(numbering)

    def ordinal(self, properties: Any | None) -> str:
        """The ordinal of a paragraph with these properties (w:pPr), or ''. Counts it."""
        number, depth = self._place(properties)
        level = self._levels.get(number, {}).get(depth)
        if level is None:
            return ""
        counts = self._counts[self._list_of[number]]
        counts[depth] = counts[depth] + 1 if depth in counts else level.start
        for deeper in [key for key in counts if key > depth]:
            del counts[deeper]
        text = level.text
        for other in range(depth + 1):
            place = self._levels[number].get(other)
            if place and f"%{other + 1}" in text:
                form = "decimal" if level.legal else place.form
                text = text.replace(f"%{other + 1}", _number(counts.get(other, place.start), form))
        if level.form in ("bullet", "none"):
            return ""
        return text + " " if text[-1:].isalnum() and text.isascii() else text

    def is_contents(self, properties: Any | None) -> bool:
        """Whether a paragraph with these properties is a line of the list of contents."""
        return value(properties, "pStyle") in self._contents

    def _place(self, properties: Any | None) -> tuple[str, int]:
        style = value(properties, "pStyle")
        number, depth = self._styles.get(style, ("", 0))
        own = child(properties, "numPr")
        if own is not None:
            number = value(own, "numId") or number
            depth = whole(value(own, "ilvl"), depth)
        return number, min(depth, MAX_LEVELS)

    def _read(self, numbering: Any) -> None:
        abstract = {
            attribute(item, "abstractNumId"): _levels(item)
            for item in numbering
            if local(item) == "abstractNum"
        }
        for item in numbering:
            if local(item) != "num":
                continue
            number, base = attribute(item, "numId"), value(item, "abstractNumId")
            levels = dict(abstract.get(base, {}))
            restarts = False
            for change in item:
                if local(change) == "lvlOverride":
                    depth = whole(attribute(change, "ilvl"), 0)
                    levels |= _levels(change)
                    start = value(change, "startOverride")
                    if start and depth in levels:
                        old = levels[depth]
                        levels[depth] = _Level(whole(start, 1), old.form, old.text, old.legal)
                        restarts = True
            self._levels[number] = levels
            # Numbers of one abstract list go on counting together unless they say where to start.
            self._list_of[number] = f"own {number}" if restarts else base


def _levels(parent: Any) -> dict[int, _Level]:
    return {
        whole(attribute(item, "ilvl"), 0): _Level(
            whole(value(item, "start"), 1),
            value(item, "numFmt") or "decimal",
            value(item, "lvlText"),
            child(item, "isLgl") is not None,
        )
        for item in parent
        if local(item) == "lvl"
    }


def _style_numbers(styles: Any | None) -> dict[str, tuple[str, int]]:
    """Style id to (number id, level), inherited along basedOn."""
    if styles is None:
        return {}
    own: dict[str, Any] = {attribute(item, "styleId"): item for item in styles if local(item) == "style"}
    found: dict[str, tuple[str, int]] = {}
    for name in own:
        style, number, depth = name, "", ""
        for _ in range(MAX_CHAIN):
            if style not in own:
                break
            properties = child(child(own[style], "pPr"), "numPr")
            if properties is not None:
                number = number or value(properties, "numId")
                depth = depth or value(properties, "ilvl")
            style = value(own[style], "basedOn")
        if number:
            found[name] = number, whole(depth, 0)
    return found


def _number(count: int, form: str) -> str:
    if form in ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
                "taiwaneseCountingThousand", "koreanCounting"):  # fmt: skip
        return _chinese(count)
    if form in ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital", "koreanDigital2"):
        return "".join(_DIGITS[int(digit)] for digit in str(count))
    if form.startswith("decimalEnclosedCircle") and 1 <= count <= len(_CIRCLED):
        return _CIRCLED[count - 1]
    if form.startswith("decimalFullWidth"):
        return "".join(chr(ord("０") + int(digit)) for digit in str(count))
    if form == "decimalZero":
        return f"{count:02d}"
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        return _roman(count).lower() if form == "lowerRoman" else _roman(count)
    return str(count)


def _chinese(count: int) -> str:
    """一 to 九十九; beyond, digit by digit."""
    if not 0 < count < 100:
        return "".join(_DIGITS[int(digit)] for digit in str(count))
    tens, ones = divmod(count, 10)
    return ((_DIGITS[tens] if tens > 1 else "") + "十" if tens else "") + (_DIGITS[ones] if ones else "")


def _roman(count: int) -> str:
    if not 0 < count < 400:
        return str(count)
    text = ""
    for size, letters in ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"),
                          (4, "IV"), (1, "I")):  # fmt: skip
        text += letters * (count // size)
        count %= size
    return text


def child(parent: Any | None, name: str) -> Any | None:
    """The first child of this name, or None; of nothing, None."""
    return next((item for item in parent if local(item) == name), None) if parent is not None else None


def value(parent: Any | None, name: str) -> str:
    """The w:val of the first child of this name, or ''."""
    found = child(parent, name)
    return attribute(found, "val") if found is not None else ""


def attribute(element: Any, name: str) -> str:
    """An attribute by its name without namespace, or ''."""
    attributes: Mapping[Any, Any] = element.attrib
    return next((str(text) for key, text in attributes.items() if str(key).rpartition("}")[2] == name), "")


def whole(text: str, otherwise: int) -> int:
    """A small whole number, or ``otherwise`` where the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise
