"""Small questions about grid cells that every layout asks."""

import re
from collections.abc import Callable

from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import squeeze

_CJK = re.compile(r"[\u4e00-\u9fff]")
_AMOUNT_AMONG_WORDS = re.compile(r"[\u4e00-\u9fff）)]\s*-?\d[\d,]*\.\d+$")
_NOTE = re.compile(r"^(?:注|说明|备注)\d*[:：.]|^\d+[.、]本|^\d+[行栏]")
TOTAL_LABELS = frozenset({"合计", "总计"})


def has_cjk(text: str) -> bool:
    """Whether the cell holds a word, as against figures and noise."""
    return bool(_CJK.search(text))


def is_note(cells: tuple[str, ...]) -> bool:
    """Whether the row is a note under the table."""
    first = next((cell for cell in cells if cell), "")
    return bool(_NOTE.match(squeeze(first))) or squeeze(first).endswith("。")


def digits_of(text: str) -> str:
    """The digits of a code cell; the letters l, I, O and bars that OCR leaves are dropped."""
    return re.sub(r"\D", "", text)


def is_code_like(text: str) -> bool:
    """Whether the cell can be (a piece of) a classification code: digits, blanks, OCR strokes."""
    return bool(text) and bool(re.fullmatch(r"[\dlI|\s.]*", text)) and "." not in text


def holds_number(text: str) -> bool:
    """Whether the cell holds digits that are an amount or a torn amount."""
    return not has_cjk(text) and not read_amounts(text).is_blank


def figures_of(cells: tuple[str, ...]) -> list[int]:
    """Columns behind the last word that hold an amount, so that no code or unit number is one."""
    words = [index for index, cell in enumerate(cells) if has_cjk(cell)]
    start = max(words) + 1 if words else 0
    return [i for i, cell in enumerate(cells) if i >= start and not read_amounts(cell).is_blank]


def amount_among_words(text: str) -> bool:
    """Whether words and an amount run together in the cell, so that the amount is nobody's."""
    return has_cjk(text) and bool(_AMOUNT_AMONG_WORDS.search(text))


def whole_number(text: str) -> int | None:
    """The cell as a plain whole number (line and column numbers), or None."""
    return int(text) if re.fullmatch(r"\d{1,3}", text) else None


def merge_split_words(cells: tuple[str, ...], is_known: Callable[[str], bool]) -> tuple[str, ...]:
    """Join a word that the extraction cut over two cells (总 | 计), if only the joined word is known."""
    merged = list(cells)
    for index in range(len(merged) - 1):
        left, right = squeeze(merged[index]), squeeze(merged[index + 1])
        if left and right and is_known(left + right) and not is_known(left) and not is_known(right):
            merged[index], merged[index + 1] = left + right, ""
    return tuple(merged)
