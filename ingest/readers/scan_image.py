"""A scanned page as pixels: turning it upright, finding its rules and its ink.

The *upright frame* is the page turned and straightened, in pixels from its upper left corner;
``Upright.to_page`` leads back to the pixels of the image as it came.
"""

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.readers.pdf_page import Rule

cv2: Any = importlib.import_module("cv2")

Pixels = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]
#: Left, top, right, bottom in pixels of the upright frame.
Box = tuple[float, float, float, float]

PAPER = 255
#: Skew is looked for within this many degrees either way; beyond it nobody has scanned a page.
MAX_SKEW = 5.0
#: The side of the reduced page on which skew is measured, in pixels.
SKEW_SIDE = 1200
#: A drawn line of less is a stroke of a letter or dust; all lengths are in points.
PIECE = 8.0
MAX_THICKNESS = 3.5
#: A rule is darker by CONTRAST than its ground; what is dark over GROUND points each way is a tint.
CONTRAST = 24
GROUND = 9.0
#: A gap in a rule up to GAP is bridged between pieces longer than any stroke of a letter.
GAP = 6.0
BRIDGED = 12.0
#: Pieces this far apart across their direction are one rule.
DRIFT = 1.2
#: A rule shorter than this must meet other rules at both ends, else it is a stroke of a letter.
SURE_LENGTH = 100.0
#: And one shorter than this is none even so: the frame of a 国 meets itself at its corners.
MIN_ACROSS = 24.0
MIN_DOWN = 9.0
REACH = 3.0
#: An upright rule shorter than this must stand in line with a longer one, or be clear of any letter.
ONE_ROW = 20.0
CLEAR = 0.1
#: Ink smaller than this either way is dust, in points.
DUST = 2.2
#: A piece of ink of which this share lies in a box that was read has been read.
MOSTLY = 0.35


@dataclass(frozen=True)
class Upright:
    """The page held upright: grey pixels and the 2x3 matrix back to the image as it came."""

    grey: Pixels
    to_page: Matrix

    def box_on_page(self, box: Box) -> Box:
        """The box around ``box`` in pixels of the image as it came."""
        left, top, right, bottom = box
        corners = np.array([[x, y, 1.0] for x in (left, right) for y in (top, bottom)])
        points = corners @ self.to_page.T
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)


def as_grey(image: npt.NDArray[Any]) -> Pixels:
    """One channel of 8 bits. Raises ValueError for another shape."""
    if image.ndim == 3 and image.shape[2] in (3, 4):
        image = image[:, :, :3].mean(axis=2)
    elif image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim != 2 or not image.size:
        raise ValueError(f"a page image has the shape (H, W) or (H, W, 3), not {image.shape}")
    return np.ascontiguousarray(image, dtype=np.uint8)


def straighten(grey: Pixels) -> Upright:
    """Undo the skew; the canvas grows, so that no corner is cut."""
    angle = skew_of(grey)
    height, width = grey.shape
    if not angle:
        return Upright(grey, np.eye(2, 3))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    wide, high = int(width * cos + height * sin + 1), int(height * cos + width * sin + 1)
    matrix[:, 2] += (wide - width) / 2, (high - height) / 2
    turned = cv2.warpAffine(
        grey, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=PAPER
    )
    return Upright(turned, cv2.invertAffineTransform(matrix))


def turn(sheet: Upright, quarters: int) -> Upright:
    """Turn counter-clockwise by ``quarters`` of a full turn."""
    height, width = sheet.grey.shape
    back = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, -1, width], [1, 0, 0]],
        2: [[-1, 0, width], [0, -1, height]],
        3: [[0, 1, 0], [-1, 0, height]],
    }[quarters % 4]
    step = np.vstack([np.array(back, dtype=np.float64), [0, 0, 1]])
    return Upright(np.ascontiguousarray(np.rot90(sheet.grey, quarters)), sheet.to_page @ step)


def skew_of(grey: Pixels) -> float:
    """Degrees by which the page must be turned counter-clockwise so that its lines lie level.

    Level lines make the sums of ink along rows and columns jump; the angle with the highest jumps
    wins. It serves turned pages as well. 0 for an empty page or where turning gains nothing.
    """
    ratio = min(1.0, SKEW_SIDE / max(grey.shape))
    small = cv2.resize(grey, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    ink = ink_of(small, 21).astype(np.float32)
    if not ink.any():
        return 0.0
    height, width = ink.shape

    def sharpness(angle: float) -> float:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        turned = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
        return float(sum(np.square(np.diff(turned.sum(axis=axis))).sum() for axis in (0, 1)))

    best = max(np.arange(-MAX_SKEW, MAX_SKEW + 0.01, 0.25), key=lambda a: (sharpness(float(a)), -abs(a)))
    for step in (0.05, 0.01):
        near = best + np.arange(-5, 6) * step
        best = max(near, key=lambda a: (sharpness(float(a)), -abs(a)))
    angle = float(np.clip(best, -MAX_SKEW, MAX_SKEW))
    return angle if abs(angle) >= 0.02 and sharpness(angle) > sharpness(0.0) else 0.0


def ink_of(grey: Pixels, block: int) -> Pixels:
    """1 where the page is inked: darker than its surroundings of ``block`` (odd) pixels."""
    clean = cv2.GaussianBlur(grey, (3, 3), 0)
    ink: Pixels = cv2.adaptiveThreshold(
        clean, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block | 1, 18
    )
    return ink


@dataclass(frozen=True)
class _Piece:
    """A drawn line in points from the upper left corner, and the labels of its pixels."""

    rule: Rule
    labels: tuple[int, ...]


def find_rules(grey: Pixels, scale: float) -> tuple[list[Rule], Pixels]:
    """Ruling lines in points of the upright frame (y from its bottom), and a mask of their pixels."""
    ink = _thin(grey, scale)
    labels, pieces = {}, []
    for horizontal in (True, False):
        labels[horizontal], found = _pieces(ink, scale, horizontal)
        pieces += _bridged(found)
    kept = [piece for piece in _anchored(pieces) if _is_no_stroke(piece.rule, pieces, ink, scale)]
    mask = np.zeros_like(ink)
    for horizontal in (True, False):
        numbers = [n for piece in kept if piece.rule.horizontal == horizontal for n in piece.labels]
        mask |= np.isin(labels[horizontal], numbers).astype(np.uint8)
    height = grey.shape[0] / scale
    rules = []
    for rule in (piece.rule for piece in kept):
        if rule.horizontal:
            rules.append(Rule(True, height - rule.at, rule.start, rule.end))
        else:
            rules.append(Rule(False, rule.at, height - rule.end, height - rule.start))
    return rules, mask


def _thin(grey: Pixels, scale: float) -> Pixels:
    """1 where the page is darker than its ground: letters and rules, also pale ones and on a tint."""
    clean = cv2.GaussianBlur(grey, (3, 3), 0)
    size = round(GROUND * scale)
    hat = cv2.morphologyEx(clean, cv2.MORPH_BLACKHAT, np.ones((size, size), np.uint8))
    thin: Pixels = (hat >= CONTRAST).astype(np.uint8)
    return thin


def _pieces(ink: Pixels, scale: float, horizontal: bool) -> tuple[npt.NDArray[np.int32], list[_Piece]]:
    size = max(3, round(PIECE * scale))
    opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, size) if horizontal else (size, 1), np.uint8))
    # A rule that drifts by a pixel is one rule.
    thick = cv2.dilate(opened, np.ones((3, 1) if horizontal else (1, 3), np.uint8))
    count, labels, stats, centres = cv2.connectedComponentsWithStats(thick, connectivity=8)
    pieces = []
    for number in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[number])
        length, start = (width, left) if horizontal else (height, top)
        if area / length - 2 <= MAX_THICKNESS * scale:
            at = float(centres[number][1 if horizontal else 0]) + 0.5
            rule = Rule(horizontal, at / scale, start / scale, (start + length) / scale)
            pieces.append(_Piece(rule, (number,)))
    return labels, pieces


def _bridged(pieces: list[_Piece]) -> list[_Piece]:
    """Join the pieces of a rule that the scan has broken."""
    joined: list[_Piece] = []
    for piece in sorted(pieces, key=lambda p: p.rule.start):
        rule = piece.rule
        for number, other in enumerate(joined):
            last = other.rule
            long = min(rule.end - rule.start, last.end - last.start) >= BRIDGED
            if long and abs(last.at - rule.at) <= DRIFT and -DRIFT <= rule.start - last.end <= GAP:
                whole = Rule(rule.horizontal, (rule.at + last.at) / 2, last.start, max(rule.end, last.end))
                joined[number] = _Piece(whole, other.labels + piece.labels)
                break
        else:
            joined.append(piece)
    return joined


def _anchored(pieces: list[_Piece]) -> list[_Piece]:
    """Long rules, and the short ones that reach from one rule to another."""

    def meets(end: float, rule: Rule, other: Rule) -> bool:
        near = abs(other.at - end) <= REACH and other.start - REACH <= rule.at <= other.end + REACH
        return near and other.horizontal != rule.horizontal

    pieces = [
        piece
        for piece in pieces
        if piece.rule.end - piece.rule.start >= (MIN_ACROSS if piece.rule.horizontal else MIN_DOWN)
    ]
    while True:
        rules = [piece.rule for piece in pieces]
        kept = [
            piece
            for piece in pieces
            if piece.rule.end - piece.rule.start >= SURE_LENGTH
            or all(
                any(meets(end, piece.rule, other) for other in rules)
                for end in (piece.rule.start, piece.rule.end)
            )
        ]
        if len(kept) == len(pieces):
            return kept
        pieces = kept


def _is_no_stroke(rule: Rule, pieces: list[_Piece], ink: Pixels, scale: float) -> bool:
    """Whether an upright rule of the height of a row is not a stroke of a letter that fills the row."""
    if rule.horizontal or rule.end - rule.start >= ONE_ROW:
        return True
    others = (piece.rule for piece in pieces if not piece.rule.horizontal)
    if any(other.end - other.start >= ONE_ROW and abs(other.at - rule.at) <= DRIFT for other in others):
        return True
    length = rule.end - rule.start
    top, bottom = (round((rule.start + share * length) * scale) for share in (0.15, 0.85))
    inked = [
        ink[top:bottom, round((rule.at + low) * scale) : round((rule.at + high) * scale)].any(axis=1)
        for low, high in ((-3.0, -1.5), (1.5, 3.0))
    ]
    return float(np.mean(inked[0] | inked[1])) <= CLEAR


def without(grey: Pixels, mask: Pixels, margin: int = 0) -> Pixels:
    """The page with the masked pixels, and ``margin`` pixels around them, in the colour of paper."""
    clean = grey.copy()
    size = 2 * margin + 1
    clean[cv2.dilate(mask, np.ones((size, size), np.uint8)) > 0] = PAPER
    return clean


def blobs(grey: Pixels, covered: list[Box], scale: float) -> list[Box]:
    """Boxes of ink outside ``covered``, neighbours taken together; dust is left out."""
    ink = ink_of(grey, round(16 * scale))
    seen = np.zeros_like(ink)
    for left, top, right, bottom in covered:
        seen[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] = 1
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    share = np.bincount(labels.ravel(), weights=seen.ravel(), minlength=count) / stats[:, 4]
    keep = (stats[:, [2, 3]].max(axis=1) >= DUST * scale) & (share < MOSTLY)
    keep[0] = False
    solid = keep[labels].astype(np.uint8)
    # What stands near a piece of ink belongs to it: the dot of a figure, the next letter.
    bridge = np.ones((max(1, round(scale)), max(3, round(6 * scale))), np.uint8)
    count, groups, _, _ = cv2.connectedComponentsWithStats(cv2.dilate(solid, bridge), connectivity=8)
    groups[solid == 0] = 0
    found = []
    for number in range(1, count):
        ys, xs = np.nonzero(groups == number)
        if len(xs):
            found.append((float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1))
    return found
