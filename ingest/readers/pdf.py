"""PDF: ruled tables from their own lines, everything else as lines of text."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ingest.errors import UnreadableDocument
from ingest.model import Grid, GridRow, Line, Paper
from ingest.readers.page_break import rejoin_cut_row
from ingest.readers.pdf_page import Box, Char, PageView, around, view_page
from ingest.readers.ruled import RuledCell, RuledTable, find_tables, holds, text_lines
from ingest.readers.scan import ScannedGrid, read_scanned_page
from ingest.readers.unruled import read_unruled_page

#: More pages than any department's paper has; a file beyond it is not opened page by page.
MAX_PAGES = 2000
#: A page with fewer characters than this under a picture is a scan (its stamp or number may be text).
FEW_CHARS = 20
#: Pixels per point at which a scan is recognised: 200 dpi.
SCAN_SCALE = 200 / 72


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
        _write_pages(document, writer)
    finally:
        document.close()
    if not any(piece.strip() for piece in writer.text):
        raise UnreadableDocument(
            "no_text",
            "the PDF prints nothing that could be read",
            "check that it is the paper, or fetch it again",
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


def _write_pages(document: pdfium.PdfDocument, writer: "_Writer") -> None:
    """All pages in order; each waits for the next, on which its last row may go on."""
    waiting: tuple[int, PageView, Sequence[RuledTable]] | None = None
    for number in range(len(document)):
        view = _view(document, number)
        is_picture = _is_picture(document, number, view)
        tables: Sequence[RuledTable] = [] if is_picture else find_tables(view.rules, view.chars)
        if waiting:
            page, before, above = waiting
            above, tables = rejoin_cut_row(above, tables)
            writer.add_page(page, before, above, "ruled")
        if is_picture:
            writer.add_scan(number + 1, *_recognise(document, number, view))
        waiting = None if is_picture else (number + 1, view, tables)
    if waiting:
        writer.add_page(*waiting, "ruled")


def reread_page(data: bytes, page: int, reader: str) -> Paper:
    """One page by another reader: its blocks alone, offsets from the page's start, tables from 1."""
    document = _open(data)
    try:
        view = _view(document, page - 1)
        writer = _Writer()
        if reader == "scan":
            writer.add_scan(page, *_recognise(document, page - 1, view))
        else:
            writer.add_page(page, view, read_unruled_page(data, page, view, reader), reader)
    finally:
        document.close()
    return Paper("", "", len(data), "pdf", 1, "".join(writer.text), tuple(writer.blocks))


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


def _is_picture(document: pdfium.PdfDocument, number: int, view: PageView) -> bool:
    """A page that is a picture: hardly a character, and an image over most of it."""
    if len(view.chars) >= FEW_CHARS:
        return False
    page = document[number]
    area = page.get_width() * page.get_height()
    pictures = [item.get_bounds() for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])]
    return any((right - left) * (top - bottom) >= area / 2 for left, bottom, right, top in pictures)


def _recognise(
    document: pdfium.PdfDocument, number: int, view: PageView
) -> tuple[list[Line], list[ScannedGrid]]:
    image = document[number].render(scale=SCAN_SCALE, grayscale=True).to_numpy()
    return read_scanned_page(image, number + 1, SCAN_SCALE, view.height)


class _Writer:
    """Lays pages out as the text reader would find them, so that offsets mean the same."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.blocks: list[Line | Grid] = []
        self.offset = 0
        self.tables = 0

    def add_page(self, page: int, view: PageView, tables: Sequence[RuledTable], reader: str) -> None:
        boxes = [table.box for table in tables]
        outside = [char for char in view.chars if not any(holds(box, char) for box in boxes)]
        lines = [(max(char.y1 for char in line), line) for line in text_lines(outside)]
        for table in tables:
            for _, line in [item for item in lines if item[0] > table.box[3]]:
                self._line(page, view, line)
            lines = [item for item in lines if item[0] <= table.box[3]]
            self._table(page, table, view, reader)
        for _, line in lines:
            self._line(page, view, line)
        self._write("\f")

    def add_scan(self, page: int, lines: list[Line], grids: list[ScannedGrid]) -> None:
        """A recognised page: its blocks by their offset from the page's start."""
        blocks: list[tuple[int, Line | ScannedGrid]] = [(line.offset, line) for line in lines]
        blocks += [(grid.rows[0].offset, grid) for grid in grids if grid.rows]
        for _, block in sorted(blocks, key=lambda item: item[0]):
            if isinstance(block, Line):
                self.blocks.append(Line(block.text, page, self.offset, block.bbox))
                self._write(block.text + "\n")
                continue
            self.tables += 1
            rows = []
            for number, row in enumerate(block.rows, 1):
                rows.append(GridRow(row.cells, number, self.offset, row.boxes, row.confidences))
                self._write("\t".join(row.cells) + "\n")
            self.blocks.append(Grid(self.tables, page, tuple(rows), "scan"))
        self._write("\f")

    def _line(self, page: int, view: PageView, line: list[Char]) -> None:
        text = _spaced(line)
        self.blocks.append(Line(text, page, self.offset, _shown(view, around(line))))
        self._write(text + "\n")

    def _table(self, page: int, table: RuledTable, view: PageView, reader: str) -> None:
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
                boxes[cell.column] = _shown(view, cell.box)
            rows.append(GridRow(tuple(cells), number + 1, self.offset, tuple(boxes)))
            self._write("\t".join(cells) + "\n")
        self.blocks.append(Grid(self.tables, page, tuple(rows), reader))

    def _write(self, text: str) -> None:
        self.text.append(text)
        self.offset += len(text)


def _shown(view: PageView, box: Box) -> str:
    """The box as ``GridRow.boxes`` has it."""
    return ",".join(f"{value:.1f}" for value in view.shown(box))


def _spaced(line: list[Char]) -> str:
    """A line's characters with a blank where a gap as wide as a character parts them."""
    text = line[0].text
    for before, char in pairwise(line):
        gap = char.x0 - before.x1
        text += (" " if gap > 0.8 * max(char.y1 - char.y0, before.y1 - before.y0, 4.0) else "") + char.text
    return text
