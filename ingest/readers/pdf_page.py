"""What pdfium sees on a page: characters with boxes, and the ruling lines drawn between them.

Coordinates are points from the lower left corner of the page with its text upright: pages that say
/Rotate are turned, and so are pages whose text runs up or down without a word of it.
"""

import ctypes
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

#: A filled rectangle thinner than this is a drawn rule, in points.
RULE_THICKNESS = 2.5
#: Rules shorter than this are dots, ticks or strokes of a letter.
RULE_LENGTH = 4.0
#: Forms within forms deeper than this are not followed: no paper needs it, a hostile one may have it.
FORM_DEPTH = 8
#: Drawn pieces beyond this are a map or a trap, not a table; the page is read as text.
MAX_PIECES = 50_000
#: A font that states this many times the usual height of the page is wrong about it.
OVERSIZE = 5.0
#: So many characters are asked which way they run.
TURN_SAMPLES = 48
#: What pdfium gives for a hyphen at the end of a line.
END_HYPHEN = 2
_UNPRINTED = frozenset({0xA0, 0x3000, 0xFFFE, 0xFEFF})

Box = tuple[float, float, float, float]


def _ordinary_forms() -> dict[int, str]:
    """Radicals and compatibility forms, which some fonts put into the text layer, to ordinary words.

    Unicode names the equal of a Kangxi radical (U+2F00) and of a compatibility ideograph (U+F900),
    but not of most of the radicals at U+2E80: these are listed here.
    """
    supplement = (
        "⺁厂⺆冂⺇几⺈刀⺉刂⺊卜⺋㔾⺌小⺍小⺎兀⺏尣⺐尢⺒巳⺓幺⺔彑⺖忄⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫"
        "⺦丬⺧牛⺨犭⺩王⺪疋⺫罒⺬示⺭礻⺮竹⺯糹⺰纟⺱罓⺲罒⺶羊⺷羊⺹耂⺺肀⺻聿⺼月⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见"
        "⻆角⻈讠⻉贝⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻡首⻢马⻣骨⻤鬼"
        "⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
    )
    forms = {ord(radical): word for radical, word in zip(supplement[::2], supplement[1::2], strict=True)}
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if plain != chr(code):
            forms[code] = plain
    return forms


ORDINARY = _ordinary_forms()


@dataclass(frozen=True)
class Char:
    """A printed character with its box; ``run`` numbers the text object that draws it, 0 if unknown."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    run: int = field(default=0, kw_only=True)

    @property
    def x(self) -> float:
        """The middle, from the left."""
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        """The middle, from the bottom."""
        return (self.y0 + self.y1) / 2


def around(chars: Iterable[Char]) -> Box:
    """The box that holds all the characters."""
    found = list(chars)
    return (
        min(char.x0 for char in found),
        min(char.y0 for char in found),
        max(char.x1 for char in found),
        max(char.y1 for char in found),
    )


@dataclass(frozen=True)
class Rule:
    """A straight ruling line: ``at`` across its direction, from ``start`` to ``end`` along it."""

    horizontal: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True)
class PageView:
    """Size, characters and rules of a page with its text upright."""

    width: float
    height: float
    chars: tuple[Char, ...]
    rules: tuple[Rule, ...]
    turned: int = 0

    def shown(self, box: Box) -> Box:
        """The box on the page as a reader shows it, which turns by /Rotate alone."""
        return _Turn(-self.turned % 360, 0.0, 0.0, self.width, self.height).box(*box)


def view_page(page: pdfium.PdfPage) -> PageView:
    """Read characters and rules of a page, turned so that most of its text runs from left to right."""
    text_page = page.get_textpage()
    rotation = page.get_rotation() % 360
    upright = _upright_turn(text_page, rotation)
    turn = _Turn(upright, *page.get_bbox())
    chars = tuple(_chars(text_page, turn))
    text_page.close()
    rules = tuple(rule for box in _rule_boxes(page) if (rule := _as_rule(turn.box(*box))))
    width, height = turn.right - turn.left, turn.top - turn.bottom
    if upright in (90, 270):
        width, height = height, width
    return PageView(width, height, chars, rules, (upright - rotation) % 360)


@dataclass(frozen=True)
class _Turn:
    """A clockwise turn by quarters of what is drawn within a frame."""

    degrees: int
    left: float
    bottom: float
    right: float
    top: float

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        if self.degrees == 0:
            return x0 - self.left, y0 - self.bottom, x1 - self.left, y1 - self.bottom
        if self.degrees == 90:
            return y0 - self.bottom, self.right - x1, y1 - self.bottom, self.right - x0
        if self.degrees == 180:
            return self.right - x1, self.top - y1, self.right - x0, self.top - y0
        return self.top - y1, x0 - self.left, self.top - y0, x1 - self.left


def _upright_turn(text_page: pdfium.PdfTextPage, rotation: int) -> int:
    """The turn that sets most of the text upright; ``rotation`` where there is no such text."""
    handle = text_page.raw
    count = raw.FPDFText_CountChars(handle)
    turns: Counter[int] = Counter()
    for index in range(0, count, max(1, count // TURN_SAMPLES)):
        if raw.FPDFText_GetUnicode(handle, index) > 32:
            quarters = raw.FPDFText_GetCharAngle(handle, index) / 1.5707963
            if abs(quarters - round(quarters)) < 0.05:
                turns[-round(quarters) * 90 % 360] += 1
    if not turns:
        return rotation
    most, seen = turns.most_common(1)[0]
    return most if seen * 2 > turns.total() else rotation


def _chars(text_page: pdfium.PdfTextPage, turn: _Turn) -> Iterator[Char]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    places = [ctypes.byref(value) for value in (left, right, bottom, top)]
    loose = raw.FS_RECTF()
    loose_place = ctypes.byref(loose)
    handle = text_page.raw
    get_code, get_box, get_loose = (
        raw.FPDFText_GetUnicode,
        raw.FPDFText_GetCharBox,
        raw.FPDFText_GetLooseCharBox,
    )
    flat = turn.degrees in (0, 180)
    runs: dict[int, int] = {}
    drawn: list[tuple[str, int, Box, Box]] = []
    for index in range(raw.FPDFText_CountChars(handle)):
        code = get_code(handle, index)
        if (code <= 32 and code != END_HYPHEN) or code in _UNPRINTED:
            continue
        if not get_box(handle, index, *places):
            continue
        tight = left.value, bottom.value, right.value, top.value
        stated = tight
        # The font's own height puts a comma on the line of its digits; a font that states no height
        # (ascent = descent = 0) leaves the drawn box.
        if get_loose(handle, index, loose_place):
            if flat and abs(loose.top - loose.bottom) > top.value - bottom.value:
                low, high = sorted((loose.bottom, loose.top))
                stated = left.value, low, right.value, high
            elif not flat and abs(loose.right - loose.left) > right.value - left.value:
                low, high = sorted((loose.left, loose.right))
                stated = low, bottom.value, high, top.value
        text = "-" if code == END_HYPHEN else ORDINARY.get(code) or chr(code)
        address = ctypes.cast(raw.FPDFText_GetTextObject(handle, index), ctypes.c_void_p).value or 0
        drawn.append((text, runs.setdefault(address, len(runs) + 1), turn.box(*tight), turn.box(*stated)))
    usual = median(stated[3] - stated[1] for _, _, _, stated in drawn) if drawn else 0.0
    for text, run, tight, stated in drawn:
        box = stated if stated[3] - stated[1] <= OVERSIZE * usual else tight
        yield Char(text, *box, run=run)


def _rule_boxes(page: pdfium.PdfPage) -> list[Box]:
    """Boxes of all drawn lines, or none where there are more than a table can have."""
    boxes: list[Box] = []
    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        for box in _object_boxes(raw.FPDFPage_GetObject(page.raw, index), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0):
            boxes.append(box)
            if len(boxes) > MAX_PIECES:
                return []
    return boxes


Matrix = tuple[float, float, float, float, float, float]


def _object_boxes(item: Any, outer: Matrix, depth: int) -> Iterator[Box]:
    kind = raw.FPDFPageObj_GetType(item)
    if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_FORM):
        return
    found = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, found)
    matrix = _multiply((found.a, found.b, found.c, found.d, found.e, found.f), outer)
    if kind == raw.FPDF_PAGEOBJ_FORM:
        if depth < FORM_DEPTH:
            for index in range(raw.FPDFFormObj_CountObjects(item)):
                yield from _object_boxes(raw.FPDFFormObj_GetObject(item, index), matrix, depth + 1)
        return
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, fill, stroke)
    if not fill.value and not stroke.value:
        return
    for points, closed in _subpaths(item, matrix):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = min(xs), min(ys), max(xs), max(ys)
        if min(box[2] - box[0], box[3] - box[1]) <= RULE_THICKNESS:
            yield box
        elif stroke.value:
            ring = [*points, points[0]] if closed else points
            for (xa, ya), (xb, yb) in pairwise(ring):
                yield min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def _subpaths(item: Any, matrix: Matrix) -> Iterator[tuple[list[tuple[float, float]], bool]]:
    points: list[tuple[float, float]] = []
    closed = False
    x, y = ctypes.c_float(), ctypes.c_float()
    a, b, c, d, e, f = matrix
    for index in range(raw.FPDFPath_CountSegments(item)):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points, closed
            points, closed = [], False
        points.append(point)
        closed = closed or bool(raw.FPDFPathSegment_GetClose(segment))
    if len(points) > 1:
        yield points, closed


def _multiply(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    k, m, n, p, q, r = outer
    return (a * k + b * n, a * m + b * p, c * k + d * n, c * m + d * p, e * k + f * n + q, e * m + f * p + r)


def _as_rule(box: Box) -> Rule | None:
    x0, y0, x1, y1 = box
    if y1 - y0 <= RULE_THICKNESS and x1 - x0 >= RULE_LENGTH:
        return Rule(True, (y0 + y1) / 2, x0, x1)
    if x1 - x0 <= RULE_THICKNESS and y1 - y0 >= RULE_LENGTH:
        return Rule(False, (x0 + x1) / 2, y0, y1)
    return None
