"""Plain text, with tables as tab-separated lines: bytes to a paper."""

import hashlib

from ingest.errors import UnreadableDocument
from ingest.model import Grid, GridRow, Line, Paper

ENCODINGS = ("utf-8-sig", "gb18030")


def read_text(data: bytes, file_name: str) -> Paper:
    """Read ``data`` into lines and grids.

    A run of lines that hold a tab is one grid; a form feed starts a page. Raises
    UnreadableDocument, with the reason in plain words, where the bytes are no text.
    """
    if not data.strip():
        raise UnreadableDocument("empty_file", "the file is empty", "publish or fetch it again")
    text = _decode(data).replace("\r\n", "\n").replace("\r", "\n")
    blocks: list[Line | Grid] = []
    pending: list[GridRow] = []
    page, offset, table_no = 1, 0, 0

    def close_grid() -> None:
        nonlocal table_no
        if pending:
            table_no += 1
            blocks.append(Grid(table_no, page, tuple(pending)))
            pending.clear()

    for raw in text.split("\n"):
        feeds = raw.count("\f")
        if feeds:
            close_grid()
            page += feeds
        line = raw.replace("\f", "")
        if "\t" in line:
            cells = tuple(cell.strip() for cell in line.split("\t"))
            pending.append(GridRow(cells, len(pending) + 1, offset))
        else:
            close_grid()
            if line.strip():
                blocks.append(Line(line.strip(), page, offset + len(raw) - len(raw.lstrip())))
        offset += len(raw) + 1
    close_grid()
    return Paper(
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        byte_size=len(data),
        reader="text",
        page_count=page,
        text=text,
        blocks=tuple(blocks),
    )


def _decode(data: bytes) -> str:
    if b"\x00" in data:
        raise UnreadableDocument(
            "not_text", "the file holds binary data, not text", "check its ending; name a PDF .pdf"
        )
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        control = sum(1 for char in text if ord(char) < 32 and char not in "\n\r\t\f\v")
        if control * 100 <= len(text):
            return text
    raise UnreadableDocument(
        "not_text", "the file is neither UTF-8 nor GB 18030 text", "check its ending and encoding"
    )
