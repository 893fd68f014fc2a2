"""OCR: the words of an upright page with their boxes and how sure the engine is of each letter."""

import importlib
import os
import re
import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ingest.readers.pdf_page import Char
from ingest.readers.scan_image import PAPER, Box, Pixels

THREADS = 2
#: A page is reduced to this many pixels a side before it is read: A3 at 200 dpi is 3,300.
MAX_SIDE = 3400
#: The side of the reduced page on which the direction of its lines is looked for.
GLANCE_SIDE = 1100
#: So many pieces of ink that the detector passed over are read by themselves; the rest stays unread.
MAX_SECOND_LOOKS = 80
#: Ink this near to a word may be part of it, in points.
BESIDE = 8.0
#: Below this a second look is no reading.
MIN_SECOND_LOOK = 0.7
#: Ink higher than this is a picture or a stamp, in points.
MAX_LINE = 40.0
#: So many lines are read both ways to tell which way is up.
SAMPLES = 5
#: How sure one can be of a figure whose separators were set right, of one with an O taken for a zero,
#: and of what two readings differ on or of digits and separators that make no figure.
SET_RIGHT = 0.9
LETTER_READ = 0.6
IN_DOUBT = 0.5

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋％", "0123456789.,-+%")
#: Letters that differ from the mainland's by a dot or a stroke. The engine knows them all and takes one
#: for the other; mainland papers print none of them.
_MAINLAND = str.maketrans("決況減淨涼湊沖戶", "决况减净凉凑冲户")
_NUMERIC = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?%?")
_NEARLY_NUMERIC = re.compile(r"[-+]?(?=.*\d)[\dOo.,]+%?")
_DOTTED_GROUPS = re.compile(r"[-+]?\d{1,3}(?:[.,]\d{3})+\.\d+%?")


@dataclass(frozen=True)
class Word(Char):
    """A run of printed text, in points of the upright frame from its lower left corner.

    ``confidence`` is 0 to 1, the engine's for the least sure letter. Ink that could not be read is a
    word without text and with confidence 0.
    """

    confidence: float = 0.0


@dataclass(frozen=True)
class Letter:
    """A letter with its place from left to right, in pixels."""

    text: str
    x0: float
    x1: float
    confidence: float


@dataclass(frozen=True)
class Reading:
    """What the engine read in one box of the upright page, in pixels."""

    text: str
    box: Box
    letters: tuple[Letter, ...]


class Engine:
    """RapidOCR with the models of its own wheel: silent, two threads, no download."""

    def __init__(self) -> None:
        package = importlib.import_module("rapidocr")
        models = Path(str(package.__file__)).parent / "models"
        params: dict[str, Any] = {
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            "Global.max_side_len": MAX_SIDE,
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        # With a path the engine never asks where else the model might be had.
        for part in ("det", "rec"):
            params[f"{part.capitalize()}.model_path"] = str(
                next(iter(sorted(models.glob(f"*_{part}_*.onnx"))))
            )
        self._ocr: Any = package.RapidOCR(params=params)

    def lines(self, grey: Pixels) -> list[Box]:
        """Boxes of the lines of text, whichever way they run."""
        found = self._ocr(_colour(grey), use_det=True, use_rec=False)
        if found.boxes is None:
            return []
        return [_bounds(quad) for quad in found.boxes]

    def read(self, grey: Pixels) -> list[Reading]:
        """All text of the page."""
        found = self._ocr(
            _colour(grey), use_det=True, use_rec=True, return_word_box=True, return_single_char_box=True
        )
        if found.boxes is None or found.txts is None:
            return []
        words = list(found.word_results or ())
        if len(words) != len(found.txts):
            words = [()] * len(found.txts)
        readings = [
            Reading(text, _bounds(quad), _letters(text, _bounds(quad), float(score), letters))
            for quad, text, score, letters in zip(found.boxes, found.txts, found.scores, words, strict=True)
        ]
        return [self._upright(reading, grey) for reading in readings]

    def _upright(self, reading: Reading, grey: Pixels) -> Reading:
        """The engine lays high boxes on their side before it reads them: a narrow 8 becomes ∞."""
        wide, high = _sides(reading.box)
        if high < 1.4 * wide or len(reading.text) > 2:
            return reading
        left, top, right, bottom = (int(value) for value in reading.box)
        side = int(high / 3)
        crop = np.pad(grey[top:bottom, left:right], ((0, 0), (side, side)), constant_values=PAPER)
        text, score = self.read_line(crop)
        return Reading(text, reading.box, _spread(text, reading.box, score))

    def read_line(self, grey: Pixels) -> tuple[str, float]:
        """The text of an image that holds one line, and the engine's confidence in it."""
        found = self._ocr(
            _colour(grey), use_det=False, use_rec=True, return_word_box=False, return_single_char_box=False
        )
        return (str(found.txts[0]), float(found.scores[0])) if found.txts else ("", 0.0)


_engines: dict[int, Engine] = {}
_lock = threading.Lock()


def engine() -> Engine:
    """The engine of this process, made when first asked for."""
    with _lock:
        # A forked child must not use its parent's threads.
        process = os.getpid()
        if process not in _engines:
            _engines[process] = Engine()
        return _engines[process]


def find_turn(engine: Engine, grey: Pixels) -> int:
    """Quarter turns counter-clockwise that set the page upright.

    The boxes of its lines tell level from upright text; which way is up is told by what can be read
    with more confidence.
    """
    step = max(1, max(grey.shape) // GLANCE_SIDE)
    boxes = [box for box in engine.lines(np.ascontiguousarray(grey[::step, ::step])) if _sides(box)[0]]
    long = [box for box in boxes if max(_sides(box)) >= 2 * min(_sides(box))]
    if not long:
        return 0
    tall = sum(max(_sides(box)) for box in long if _sides(box)[1] > _sides(box)[0])
    quarters = 1 if 2 * tall > sum(max(_sides(box)) for box in long) else 0
    samples = sorted(long, key=lambda box: abs(max(_sides(box)) - 8 * min(_sides(box))))[:SAMPLES]
    upright, upside_down = 0.0, 0.0
    for left, top, right, bottom in samples:
        crop = grey[int(top * step) : int(bottom * step) + step, int(left * step) : int(right * step) + step]
        crop = np.ascontiguousarray(np.rot90(crop, quarters))
        upright += engine.read_line(crop)[1]
        upside_down += engine.read_line(np.ascontiguousarray(crop[::-1, ::-1]))[1]
    return quarters + (2 if upside_down > upright else 0)


def look_again(
    engine: Engine, clean: Pixels, readings: Sequence[Reading], boxes: Sequence[Box], scale: float
) -> list[Reading]:
    """All readings, after a second look at pieces of ink that the detector passed over.

    ``clean`` is the page without its rules. A piece beside a word is read again together with it, any
    other by itself; what stays unread has no text.
    """
    found = list(readings)
    looks = 0
    for box in boxes:
        if looks >= MAX_SECOND_LOOKS or _sides(box)[1] > MAX_LINE * scale:
            found.append(Reading("", box, ()))
            continue
        looks += 1
        beside = next((number for number, other in enumerate(found) if _beside(box, other.box, scale)), None)
        if beside is None:
            text, score = engine.read_line(_crop(clean, box, scale))
            sure = score >= MIN_SECOND_LOOK and text.strip() != ""
            found.append(Reading(text, box, _spread(text, box, score)) if sure else Reading("", box, ()))
            continue
        old = found[beside]
        whole = _union(box, old.box)
        text, score = engine.read_line(_crop(clean, whole, scale))
        # A figure may grow by a letter that was passed over, but not change.
        if score >= MIN_SECOND_LOOK and (old.text in text or not any(char.isdigit() for char in old.text)):
            found[beside] = Reading(text, whole, _spread(text, whole, score))
        else:
            found.append(Reading("", box, ()))
    return found


def part(
    engine: Engine, clean: Pixels, reading: Reading, borders: Sequence[float], scale: float
) -> list[Reading]:
    """Part a reading at the rules that it runs over (``borders``, pixels from the left).

    Each letter goes where its middle lies, and each part is read again by itself: where the two agree
    the part is sure, where they do not it is not. A wide gap beside a figure parts a reading too.
    """
    if not borders:
        return cut(reading)
    left, top, right, bottom = reading.box
    parts = []
    edges = [left, *sorted(borders), right]
    places = [bisect_right(edges[1:-1], (letter.x0 + letter.x1) / 2) for letter in reading.letters]
    for number, (low, high) in enumerate(pairwise(edges)):
        letters = tuple(x for x, place in zip(reading.letters, places, strict=True) if place == number)
        by_place = "".join(letter.text for letter in letters)
        box = low, top, high, bottom
        text, score = engine.read_line(_crop(clean, box, scale, 0.0)) if high - low > 2 * scale else ("", 0.0)
        text = "".join(text.split())
        if text == by_place:
            parts.append(Reading(text, box, letters))
        elif text and score >= MIN_SECOND_LOOK:
            parts.append(Reading(text, box, _spread(text, box, min(score, IN_DOUBT))))
        elif letters:
            doubtful = (Letter(x.text, x.x0, x.x1, min(x.confidence, IN_DOUBT)) for x in letters)
            parts.append(Reading(by_place, box, tuple(doubtful)))
    return [piece for found in parts if found.text for piece in cut(found)]


def cut(reading: Reading) -> list[Reading]:
    """Cut a reading where a gap parts a figure from its neighbour: two columns read as one line."""
    left, top, right, bottom = reading.box
    pieces: list[list[Letter]] = []
    for letter in reading.letters:
        last = pieces[-1][-1] if pieces else None
        if last is None or _is_gap(last, letter, bottom - top):
            pieces.append([letter])
        else:
            pieces[-1].append(letter)
    if len(pieces) < 2:
        return [reading]
    found = []
    for piece in pieces:
        box = max(left, piece[0].x0), top, min(right, piece[-1].x1), bottom
        found.append(Reading("".join(letter.text for letter in piece), box, tuple(piece)))
    return found


def _is_gap(before: Letter, letter: Letter, height: float) -> bool:
    step = (letter.x0 + letter.x1 - before.x0 - before.x1) / 2
    digits = before.text.isdigit(), letter.text.isdigit()
    if all(digits):
        return step > 2.0 * height
    other = letter.text if digits[0] else before.text
    return any(digits) and step > (0.95 if "\u4e00" <= other <= "\u9fff" else 2.0) * height


def as_word(reading: Reading, height: int, scale: float) -> Word:
    """A reading in points of the upright frame, its figures in half-width digits."""
    left, top, right, bottom = (value / scale for value in reading.box)
    bottom, top = height / scale - bottom, height / scale - top
    sure = min((letter.confidence for letter in reading.letters), default=0.0)
    text, sure = tidy(reading.text.strip().translate(_MAINLAND), sure)
    return Word(text, left, bottom, right, top, sure)


def tidy(text: str, confidence: float) -> tuple[str, float]:
    """Write a figure with half-width digits and the separators that it can only have.

    Loses nothing: full-width digits become half-width; O within a figure becomes 0; blanks beside a
    separator go; a dot before three digits and another dot is a comma (3.643.37). But for the first,
    the figure is less sure after that. What still is no figure stays as read, and is not sure either.
    """
    narrow = text.translate(_FULL_WIDTH)
    if _NUMERIC.fullmatch(narrow):
        return narrow, confidence
    figure = re.sub(r"\s*([.,])\s*", r"\1", narrow)
    if not _NEARLY_NUMERIC.fullmatch(figure):
        return text, confidence
    letters = re.search(r"[Oo]", figure)
    figure = figure.replace("O", "0").replace("o", "0")
    if _DOTTED_GROUPS.fullmatch(figure):
        whole, _, decimals = figure.rpartition(".")
        figure = f"{whole.replace('.', ',')}.{decimals}"
    if not _NUMERIC.fullmatch(figure):
        return text, min(confidence, IN_DOUBT)
    return figure, min(confidence, LETTER_READ if letters else SET_RIGHT)


def _beside(box: Box, other: Box, scale: float) -> bool:
    level = min(box[3], other[3]) - max(box[1], other[1]) >= 0.5 * min(_sides(box)[1], _sides(other)[1])
    return level and max(box[0], other[0]) - min(box[2], other[2]) <= BESIDE * scale


def _union(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _crop(grey: Pixels, box: Box, scale: float, beside: float = 1.5) -> Pixels:
    """The box with a margin of the page, and of blank paper where the engine needs one."""
    left, top, right, bottom = (int(value) for value in box)
    pad, side = round(1.5 * scale), round(beside * scale)
    crop = grey[max(0, top - pad) : bottom + pad, max(0, left - side) : right + side]
    # A stroke by itself would be blown up to the height of a letter.
    low = max(0, round(9 * scale) - crop.shape[0])
    margin = round(3 * scale)
    return np.pad(crop, ((low // 2, low - low // 2), (margin, margin)), constant_values=PAPER)


def _colour(grey: Pixels) -> Pixels:
    return np.ascontiguousarray(np.stack([grey] * 3, axis=2))


def _sides(box: Box) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def _bounds(quad: Any) -> Box:
    (x0, y0), (x1, y1) = np.min(quad, axis=0), np.max(quad, axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _letters(text: str, box: Box, score: float, found: Sequence[Any]) -> tuple[Letter, ...]:
    """The engine's letters where they are those of the text, else the text spread evenly."""
    letters = [
        Letter(str(letter), *_bounds(quad)[::2], float(sure))
        for letter, sure, quad in found
        if str(letter).strip()
    ]
    if [letter.text for letter in letters] != [char for char in text if char.strip()]:
        return _spread(text, box, score)
    return tuple(letters)


def _spread(text: str, box: Box, score: float) -> tuple[Letter, ...]:
    widths = [1.0 if ord(char) > 0x2E7F else 0.55 for char in text]
    unit = (box[2] - box[0]) / (sum(widths) or 1.0)
    letters, x = [], box[0]
    for char, width in zip(text, widths, strict=True):
        letters.append(Letter(char, x, x + width * unit, score))
        x += width * unit
    return tuple(letter for letter in letters if letter.text.strip())
