"""Readers: bytes to papers, one module per file format. They know nothing of forms."""

from collections.abc import Callable, Mapping

from ingest.errors import UnreadableDocument
from ingest.model import Paper
from ingest.readers.docx import read_docx
from ingest.readers.html import read_html
from ingest.readers.pdf import read_pdf
from ingest.readers.spreadsheet import read_spreadsheet
from ingest.readers.text import read_text

READERS: Mapping[str, Callable[[bytes, str], Paper]] = {
    ".docx": read_docx,
    ".htm": read_html,
    ".html": read_html,
    ".pdf": read_pdf,
    ".txt": read_text,
    ".xls": read_spreadsheet,
    ".xlsm": read_spreadsheet,
    ".xlsx": read_spreadsheet,
}

#: A departmental paper as text is some 100 kB; beyond this it is no paper, and is not even opened.
MAX_BYTES = 32 * 1024 * 1024


def reader_for(suffix: str) -> Callable[[bytes, str], Paper]:
    """The reader of a file ending. Raises UnreadableDocument where there is none."""
    try:
        return READERS[suffix.lower()]
    except KeyError:
        known = ", ".join(sorted(READERS))
        raise UnreadableDocument(
            "unsupported_format",
            f"no reader for files that end in {suffix or 'nothing'}",
            f"convert it to {known}",
        ) from None
