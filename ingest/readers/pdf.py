"""PDF: ruled tables from their own lines, everything else as lines of text."""

import hashlib
from collections import defaultdict
from itertools import pairwise

import pypdfium2 as pdfium

from ingest.errors import UnreadableDocument
from ingest.model import Grid, GridRow, Line, Paper
from ingest.readers.pdf_page import Char, PageView, view_page
from ingest.readers.ruled import RuledCell, RuledTable, find_tables, holds, text_lines

#: More pages than any department's paper has; a file beyond it is not opened page by page.
MAX_PAGES = 2000


#: The end of a whole file is marked within its last bytes.
TAIL = 4096


def read_pdf(data: bytes, file_name: str) -> Paper:
    """Read all pages. Raises UnreadableDocument where the file cannot be opened whole or has no pages."""
    document = _open(data)
    try:
        count = len(document)
        if not 0 < count <= MAX_PAGES:
            raise UnreadableDocument(
                "page_count", f"the PDF has {count} pages", f"a paper has 1 to {MAX_PAGES} pages"
            )
        writer = _Writer()
        for number in range(count):
            writer.add_page(number + 1, _view(document, number))
    finally:
        document.close()
    if not any(piece.strip() for piece in writer.text):
        raise UnreadableDocument(
            "scan",
            "the PDF holds pictures of pages and no text",
            "fetch the text version; scans are not read yet",
        )
    return Paper(
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        byte_size=len(data),
        reader="pdf",
        page_count=count,
        text="".join(writer.text),
        blocks=tuple(writer.blocks),
    )


def _open(data: bytes) -> pdfium.PdfDocument:
    if b"%PDF-" not in data[:1024]:
        raise UnreadableDocument("not_a_pdf", "the file is not a PDF", "check its ending or fetch it again")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise _refused(data, str(error).lower()) from error
    # pdfium mends a file that is cut off and then has some of its pages: half a paper is none.
    if not any(mark in data[-TAIL:] for mark in (b"startxref", b"%%EOF")):
        document.close()
        raise UnreadableDocument("truncated", "the PDF is cut off before its end", "fetch it again")
    return document


def _refused(data: bytes, said: str) -> UnreadableDocument:
    """Why pdfium does not open a file, in plain words."""
    # Of an empty file pdfium says what it said of the file before.
    if b"/Encrypt" in data and ("password" in said or "security" in said):
        return UnreadableDocument(
            "encrypted", "the PDF asks for a password", "ask the publisher for an open copy"
        )
    return UnreadableDocument(
        "broken_file", "the PDF is damaged or has no pages, and cannot be opened", "fetch it again"
    )


def _view(document: pdfium.PdfDocument, number: int) -> PageView:
    try:
        page = document[number]
        view = view_page(page)
    except pdfium.PdfiumError as error:
        raise UnreadableDocument(
            "broken_page", f"page {number + 1} of the PDF is damaged and cannot be read", "fetch it again"
        ) from error
    page.close()
    return view


class _Writer:
    """Lays pages out as the text reader would find them, so that offsets mean the same."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.blocks: list[Line | Grid] = []
        self.offset = 0
        self.tables = 0

    def add_page(self, page: int, view: PageView) -> None:
        tables = find_tables(view.rules, view.chars)
        boxes = [table.box for table in tables]
        outside = [char for char in view.chars if not any(holds(box, char) for box in boxes)]
        lines = [(max(char.y1 for char in line), line) for line in text_lines(outside)]
        for table in tables:
            for _, line in [item for item in lines if item[0] > table.box[3]]:
                self._line(page, line)
            lines = [item for item in lines if item[0] <= table.box[3]]
            self._table(page, table, view)
        for _, line in lines:
            self._line(page, line)
        self._write("\f")

    def _line(self, page: int, line: list[Char]) -> None:
        text = _spaced(line)
        self.blocks.append(Line(text, page, self.offset))
        self._write(text + "\n")

    def _table(self, page: int, table: RuledTable, view: PageView) -> None:
        self.tables += 1
        printed: dict[int, list[RuledCell]] = defaultdict(list)
        for cell in table.cells:
            printed[cell.row].append(cell)
        rows = []
        for number in range(table.row_count):
            cells = [""] * table.column_count
            boxes: list[str | None] = [None] * table.column_count
            for cell in printed[number]:
                cells[cell.column] = cell.text
                boxes[cell.column] = ",".join(f"{value:.1f}" for value in view.shown(cell.box))
            rows.append(GridRow(tuple(cells), number + 1, self.offset, tuple(boxes)))
            self._write("\t".join(cells) + "\n")
        self.blocks.append(Grid(self.tables, page, tuple(rows), "ruled"))

    def _write(self, text: str) -> None:
        self.text.append(text)
        self.offset += len(text)


def _spaced(line: list[Char]) -> str:
    """A line's characters with a blank where a gap as wide as a character parts them."""
    text = line[0].text
    for before, char in pairwise(line):
        gap = char.x0 - before.x1
        text += (" " if gap > 0.8 * max(char.y1 - char.y0, before.y1 - before.y0, 4.0) else "") + char.text
    return text
