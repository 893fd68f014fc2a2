"""Lays out what a reader finds as the text reader would find it: lines, grids, one text with offsets."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from ingest.model import Grid, GridRow, Line, Paper
from ingest.readers.archive import empty, too_large
from ingest.readers.flattened import find_tables

#: Cells of all grids of a paper, blanks counted. The widest budgets have some 50,000.
MAX_CELLS = 1_000_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_FIGURE = re.compile(r"[-−]?[\d,]*\.?\d*")


class PaperWriter:
    """Collects lines and grids in reading order; ``paper`` closes it.

    The text it writes is what the text reader would read the same blocks from.
    """

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.page = 1
        self._text: list[str] = []
        self._blocks: list[Line | Grid] = []
        self._pending: list[str] = []
        self._offset = 0
        self._tables = 0
        self._cells = 0

    def line(self, text: str) -> None:
        """Add a line outside any table. Tabs and wide gaps in it may make it a flattened table's."""
        if text.strip():
            self._pending.append(text)

    def new_page(self) -> None:
        """Start the next page; before the first block there is nothing to turn over."""
        self._flush()
        if not self._blocks:
            return
        self._write("\f")
        self.page += 1

    def grid(self, cells: Mapping[tuple[int, int], str], row_count: int, first_row: int = 1) -> None:
        """Add a table from its non-blank cells by (row, column), both from 0.

        ``first_row`` is the number of the first row for people. A table of one column is text in a
        frame and comes as lines. Raises UnreadableDocument (too_large) beyond MAX_CELLS.
        """
        self._flush()
        kept = {place: text for place, raw in cells.items() if (text := clean(raw))}
        if not kept:
            return
        width = max(column for _, column in kept) + 1
        if min(column for _, column in kept) == width - 1:
            for place in sorted(kept):
                self.line(kept[place])
            return
        self._cells += row_count * width
        if self._cells > MAX_CELLS:
            raise too_large(f"the tables have more than {MAX_CELLS} cells")
        rows: list[list[str]] = [[""] * width for _ in range(row_count)]
        for (row, column), text in kept.items():
            rows[row][column] = text
        self._add_grid(rows, first_row)

    def paper(self, data: bytes, file_name: str) -> Paper:
        """The paper. Raises UnreadableDocument (empty_file) where nothing was added."""
        self._flush()
        if not self._blocks:
            raise empty("the file holds no text (pictures only, or nothing)")
        return Paper(
            file_name=file_name,
            sha256=hashlib.sha256(data).hexdigest(),
            byte_size=len(data),
            reader=self.reader,
            page_count=self.page,
            text="".join(self._text),
            blocks=tuple(self._blocks),
        )

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        for item in find_tables(pending):
            if isinstance(item, str):
                text = clean(item)
                if text:
                    self._blocks.append(Line(text, self.page, self._offset))
                    self._write(text + "\n")
            else:
                self._add_grid(item, 1)

    def _add_grid(self, rows: Sequence[Sequence[str]], first_row: int) -> None:
        if self._blocks and isinstance(self._blocks[-1], Grid):
            self._write("\n")
        placed = []
        for number, row in enumerate(rows, first_row):
            placed.append(GridRow(tuple(row), number, self._offset))
            self._write("\t".join(row) + "\n")
        self._tables += 1
        self._blocks.append(Grid(self._tables, self.page, tuple(placed), self.reader))

    def _write(self, text: str) -> None:
        self._text.append(text)
        self._offset += len(text)


def clean(text: str) -> str:
    """Text of one line: tabs, line breaks and other control characters are one blank each run."""
    return _CONTROL.sub(" ", text).strip()


def join_pieces(pieces: Sequence[str]) -> str:
    """The lines of a cell as one text, parted by a blank.

    Only a figure that certainly goes on in the next line (``24,`` over ``995.94``, ``24995`` over
    ``.94``) is joined. What merely might go on stays apart, and the form parser flags it.
    """
    kept = [piece for raw in pieces if (piece := clean(raw))]
    joined = "".join(kept[:1])
    for piece in kept[1:]:
        figures = _FIGURE.fullmatch(joined) and _FIGURE.fullmatch(piece)
        goes_on = figures and (joined[-1] in ".," or piece[0] in ".,")
        joined += piece if goes_on else " " + piece
    return joined
