"""What camelot says of a page: where its tables stand and where their columns are.

Camelot's text is used only where pdfium's lines make no sense of the page (a page turned without
saying so): it puts names a row too low in files of LibreOffice, and prints radicals for letters in
files of Chromium.
"""

import io
import tempfile
import unicodedata
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from ingest.readers.ruled import RuledCell, RuledTable

#: Radicals of the block U+2E80 that have no canonical letter in Unicode, and what they stand for.
_RADICALS = str.maketrans(
    "⺠⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻥⻦⻨⻩⻬⻮⻰", "民西见角贝车长门青韦页风飞食马鱼鸟麦黄齐齿龙"
)


@dataclass(frozen=True)
class Area:
    """A table as camelot found it: its height on the page, its columns, and the whole table."""

    bottom: float
    top: float
    columns: tuple[tuple[float, float], ...]
    table: RuledTable


def find_columns(data: bytes, page_number: int, flavor: str) -> list[Area]:
    """Tables of a page by camelot's ``stream`` or ``hybrid``; none where camelot stumbles over it."""
    from camelot.io import read_pdf

    with tempfile.TemporaryDirectory(prefix="juesuan-") as folder:
        path = Path(folder, "page.pdf")
        path.write_bytes(_one_page(data, page_number))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                tables = read_pdf(str(path), pages="1", flavor=flavor, suppress_stdout=True)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                return []
    areas = [_area(table) for table in tables if len(table.cols) > 1 and table.rows]
    return sorted(areas, key=lambda area: -area.top)


def _one_page(data: bytes, page_number: int) -> bytes:
    """The page as a file of its own: camelot reads the whole of a file before it looks at a page."""
    with pdfium.PdfDocument(data) as source, pdfium.PdfDocument.new() as target:
        target.import_pages(source, [page_number - 1])
        stream = io.BytesIO()
        target.save(stream)
        return stream.getvalue()


def _area(table: Any) -> Area:
    columns = tuple((float(x0), float(x1)) for x0, x1 in table.cols)
    heights = [float(y) for row in table.rows for y in row]
    cells = []
    for row, line in enumerate(table.cells):
        for column, cell in enumerate(line):
            text = _plain(str(cell.text))
            if text:
                box = (float(cell.x1), float(cell.y1), float(cell.x2), float(cell.y2))
                cells.append(RuledCell(row, column, text, box))
    low, high = min(heights), max(heights)
    box = (columns[0][0], low, columns[-1][1], high)
    return Area(low, high, columns, RuledTable(box, len(table.rows), len(columns), tuple(cells)))


def _plain(text: str) -> str:
    """The text without line breaks, radicals as the letters they stand for."""
    joined = "".join(text.split("\n")).strip().translate(_RADICALS)
    return "".join(unicodedata.normalize("NFKC", c) if "\u2f00" <= c <= "\u2fdf" else c for c in joined)
