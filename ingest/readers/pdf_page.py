"""What pdfium sees on a page: characters with boxes, and the ruling lines drawn between them.

Coordinates are points from the lower left corner of the page as a reader holds it: pages that say
/Rotate are turned first.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

#: A filled rectangle thinner than this is a drawn rule, in points.
RULE_THICKNESS = 2.5
#: Rules shorter than this are dots, ticks or strokes of a letter.
RULE_LENGTH = 4.0
#: Forms within forms deeper than this are not followed: no paper needs it, a hostile one may have it.
FORM_DEPTH = 8


@dataclass(frozen=True)
class Char:
    """A printed character with its box."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def x(self) -> float:
        """The middle, from the left."""
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        """The middle, from the bottom."""
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True)
class Rule:
    """A straight ruling line: ``at`` across its direction, from ``start`` to ``end`` along it."""

    horizontal: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True)
class PageView:
    """Size, characters and rules of a page."""

    width: float
    height: float
    chars: tuple[Char, ...]
    rules: tuple[Rule, ...]


def view_page(page: pdfium.PdfPage) -> PageView:
    """Read characters and rules of a page, turned upright by its own /Rotate."""
    width, height = (
        page.get_mediabox()[2] - page.get_mediabox()[0],
        page.get_mediabox()[3] - page.get_mediabox()[1],
    )
    turn = _Turn(page.get_rotation() % 360, *page.get_mediabox())
    chars = tuple(
        Char(text, *turn.box(x0, y0, x1, y1)) for text, x0, y0, x1, y1 in _chars(page.get_textpage())
    )
    rules = tuple(rule for box in _rule_boxes(page) if (rule := _as_rule(turn.box(*box))))
    if turn.degrees in (90, 270):
        width, height = height, width
    return PageView(width, height, chars, rules)


@dataclass(frozen=True)
class _Turn:
    degrees: int
    left: float
    bottom: float
    right: float
    top: float

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        points = [self._point(x, y) for x, y in ((x0, y0), (x1, y1))]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return min(xs), min(ys), max(xs), max(ys)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self.left, y - self.bottom
        width, height = self.right - self.left, self.top - self.bottom
        return {0: (x, y), 90: (y, width - x), 180: (width - x, height - y), 270: (height - y, x)}[
            self.degrees
        ]


def _chars(text_page: pdfium.PdfTextPage) -> Iterator[tuple[str, float, float, float, float]]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose = raw.FS_RECTF()
    handle = text_page.raw
    for index in range(raw.FPDFText_CountChars(handle)):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code <= 32 or code in (0xA0, 0x3000, 0xFFFE, 0xFEFF):
            continue
        if not raw.FPDFText_GetCharBox(handle, index, left, right, bottom, top):
            continue
        low, high = bottom.value, top.value
        # The font's own height puts a comma on the line of its digits; a font that states no height
        # (ascent = descent = 0) leaves the drawn box.
        if raw.FPDFText_GetLooseCharBox(handle, index, loose) and abs(loose.top - loose.bottom) > high - low:
            low, high = sorted((loose.bottom, loose.top))
        yield chr(code), left.value, low, right.value, high


def _rule_boxes(page: pdfium.PdfPage) -> Iterator[tuple[float, float, float, float]]:
    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        yield from _object_boxes(raw.FPDFPage_GetObject(page.raw, index), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0)


Matrix = tuple[float, float, float, float, float, float]


def _object_boxes(item: Any, outer: Matrix, depth: int) -> Iterator[tuple[float, float, float, float]]:
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


def _as_rule(box: tuple[float, float, float, float]) -> Rule | None:
    x0, y0, x1, y1 = box
    if y1 - y0 <= RULE_THICKNESS and x1 - x0 >= RULE_LENGTH:
        return Rule(True, (y0 + y1) / 2, x0, x1)
    if x1 - x0 <= RULE_THICKNESS and y1 - y0 >= RULE_LENGTH:
        return Rule(False, (x0 + x1) / 2, y0, y1)
    return None
