"""The picture of a printed row: cut out of its page, the figure framed."""

from collections.abc import Sequence
from pathlib import Path

from ingest.discover import find_documents
from ingest.errors import JuesuanError

#: Pixels per point of the picture: 144 dpi reads well on a screen.
SCALE = 2.0
#: So much of the page is shown over and under the row, in points: its neighbours and often its heading.
MARGIN = 48.0
#: The frame's colour, blue first, and its width in pixels.
FRAME, FRAME_WIDTH = (36, 28, 200), 2

#: Left, bottom, right, top in points from the lower left corner of the page as shown.
Box = tuple[float, float, float, float]


def find_original(sha256: str, folders: Sequence[Path]) -> Path:
    """The paper of this content in one of the folders. Raises JuesuanError where it is in none."""
    found, _ = find_documents([folder for folder in folders if folder.exists()])
    for item in found:
        if item.sha256 == sha256:
            return item.path
    looked = ", ".join(map(str, folders))
    raise JuesuanError(f"the paper is not in {looked}; say with --documents where it is kept")


def crop_row(data: bytes, page_number: int, row: Sequence[Box], cell: Box | None) -> bytes:
    """A PNG of the page's band that holds the boxes of ``row``; ``cell`` is framed. Pages count from 1."""
    import cv2
    import pypdfium2 as pdfium

    with pdfium.PdfDocument(data) as document:
        image = document[page_number - 1].render(scale=SCALE).to_numpy().copy()
    height = image.shape[0]
    if cell:
        left, bottom, right, top = (round(value * SCALE) for value in cell)
        cv2.rectangle(image, (left, height - top), (right, height - bottom), FRAME, FRAME_WIDTH)
    upper = height - round((max(box[3] for box in row) + MARGIN) * SCALE)
    lower = height - round((min(box[1] for box in row) - MARGIN) * SCALE)
    done, png = cv2.imencode(".png", image[max(upper, 0) : min(lower, height)])
    if not done:
        raise JuesuanError(f"page {page_number} could not be drawn")
    return png.tobytes()


def read_box(text: str) -> Box:
    """A box as the warehouse keeps it: four numbers and commas."""
    left, bottom, right, top = map(float, text.split(","))
    return left, bottom, right, top
