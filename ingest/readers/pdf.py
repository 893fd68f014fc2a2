"""PDF: ruled tables from their own lines, everything else as lines of text."""

import hashlib
from itertools import pairwise

import pypdfium2 as pdfium

from ingest.errors import UnreadableDocument
from ingest.model import Grid, GridRow, Line, Paper
from ingest.readers.pdf_page import Char, PageView, view_page
from ingest.readers.ruled import RuledTable, find_tables, text_lines

#: More pages than any department's paper has; a file beyond it is not opened page by page.
MAX_PAGES = 2000


def read_pdf(data: bytes, file_name: str) -> Paper:
    """Read all pages. Raises UnreadableDocument where the file cannot be opened or has no pages."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise UnreadableDocument(
            "encrypted" if locked else "broken_file",
            "the PDF asks for a password" if locked else f"the PDF cannot be opened ({error})",
            "ask the publisher for an open copy" if locked else "fetch it again",
        ) from error
    if not 0 < len(document) <= MAX_PAGES:
        raise UnreadableDocument(
            "page_count", f"the PDF has {len(document)} pages", f"a paper has 1 to {MAX_PAGES} pages"
        )
    writer = _Writer()
    for number in range(len(document)):
        writer.add_page(number + 1, view_page(document[number]))
    return Paper(
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        byte_size=len(data),
        reader="pdf",
        page_count=len(document),
        text="".join(writer.text),
        blocks=tuple(writer.blocks),
    )


class _Writer:
    """Lays pages out as the text reader would find them, so that offsets mean the same."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.blocks: list[Line | Grid] = []
        self.offset = 0
        self.tables = 0

    def add_page(self, page: int, view: PageView) -> None:
        tables = find_tables(view.rules, view.chars)
        outside = [char for char in view.chars if not any(_holds(table, char) for table in tables)]
        lines = [(max(char.y1 for char in line), line) for line in text_lines(outside)]
        for table in tables:
            for _, line in [item for item in lines if item[0] > table.box[3]]:
                self._line(page, line)
            lines = [item for item in lines if item[0] <= table.box[3]]
            self._table(page, table)
        for _, line in lines:
            self._line(page, line)
        self._write("\f")

    def _line(self, page: int, line: list[Char]) -> None:
        text = _spaced(line)
        self.blocks.append(Line(text, page, self.offset))
        self._write(text + "\n")

    def _table(self, page: int, table: RuledTable) -> None:
        self.tables += 1
        rows = []
        for number in range(table.row_count):
            cells = [""] * table.column_count
            boxes: list[str | None] = [None] * table.column_count
            for cell in (item for item in table.cells if item.row == number):
                cells[cell.column] = cell.text
                boxes[cell.column] = ",".join(f"{value:.1f}" for value in cell.box)
            rows.append(GridRow(tuple(cells), number + 1, self.offset, tuple(boxes)))
            self._write("\t".join(cells) + "\n")
        self.blocks.append(Grid(self.tables, page, tuple(rows), "ruled"))

    def _write(self, text: str) -> None:
        self.text.append(text)
        self.offset += len(text)


def _holds(table: RuledTable, char: Char) -> bool:
    left, bottom, right, top = table.box
    return left <= char.x <= right and bottom <= char.y <= top


def _spaced(line: list[Char]) -> str:
    """A line's characters with a blank where a gap as wide as a character parts them."""
    text = line[0].text
    for before, char in pairwise(line):
        gap = char.x0 - before.x1
        text += (" " if gap > 0.8 * max(char.y1 - char.y0, before.y1 - before.y0, 4.0) else "") + char.text
    return text
