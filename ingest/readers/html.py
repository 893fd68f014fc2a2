"""HTML pages: tables with spans as grids, everything else as lines. Nothing is ever executed."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ingest.model import Paper
from ingest.readers.archive import broken, empty, local, too_large
from ingest.readers.writer import PaperWriter, join_pieces

#: The HTML standard's own bounds of the two attributes; browsers clamp to them.
MAX_COLSPAN, MAX_ROWSPAN = 1000, 65534
#: Grid places that the cells of one table may cover by their spans, before it is no form.
MAX_PLACES = 2_000_000
#: One damaged character in so many does not make a page unreadable.
DAMAGE = 1000
_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]{0,500}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_DROPPED = frozenset({"script", "style", "noscript", "template", "object", "iframe", "svg", "select"})
_CELLS = frozenset({"td", "th"})
_VERBATIM = frozenset({"pre", "textarea", "xmp", "listing"})
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "header", "hr", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section"),
        *("summary", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "title", "tr", "ul"),
    }
)
_BREAK = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")
_BLANKS = re.compile(r" {2,}")
_NUL = re.compile("[\x00\x0b\x0c]")


def read_html(data: bytes, file_name: str) -> Paper:
    """Read a page into lines and grids.

    Raises UnreadableDocument: empty_file, broken_file (no text of a known encoding) or too_large.
    """
    if not data.strip():
        raise empty("the file is empty")
    text = _NUL.sub(" ", decode(data))
    # A depth of 256, lxml's usual bound, is reached by pages that never close a <font>.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except etree.XMLSyntaxError as error:
        raise broken(f"the page cannot be read ({error})") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise too_large("the page nests its elements too deep, so a part of it would be lost")
    if root is None:
        raise empty("the page holds no text")
    writer = PaperWriter("html")
    _Page(writer).read(root)
    return writer.paper(data, file_name)


def decode(data: bytes) -> str:
    """Text by byte order mark, as UTF-8, by the page's own word, as GB 18030: the first that fits.

    UTF-8 is tried before the page's word: Chinese text in another encoding is never valid UTF-8,
    while pages that were converted often still name the old encoding.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if data.count(0) * DAMAGE > len(data):
        raise broken("the file holds binary data, not a page")
    encodings = ["utf-8", *_declared(data), "gb18030"]
    for errors in ("strict", "replace"):
        for encoding in encodings:
            try:
                text = data.decode(encoding, errors=errors)
            except (UnicodeDecodeError, LookupError):
                continue
            if text.count("\ufffd") * DAMAGE <= len(text):
                return text
    raise broken("the page is text of no known encoding")


def _declared(data: bytes) -> list[str]:
    match = _CHARSET.search(data[:8192])
    name = match.group(1).decode("ascii", errors="replace").lower() if match else ""
    return ["gb18030"] if name.startswith(("gb", "x-gb")) or name == "cp936" else [name] if name else []


class _Text:
    """Collects text as it runs through the elements, and breaks it into lines."""

    def __init__(self) -> None:
        self.lines = [""]
        self.verbatim = 0

    def open(self, name: str) -> None:
        self.verbatim += name in _VERBATIM
        self._break(name)

    def close(self, name: str) -> None:
        self.verbatim -= name in _VERBATIM
        if name != "br":
            self._break(name)

    def add(self, text: str | None) -> None:
        if not text:
            return
        if self.verbatim:
            first, *more = text.splitlines() or [""]
            self.lines[-1] += first
            self.lines += more
            if text[-1] in "\r\n":
                self.lines.append("")
        else:
            self.lines[-1] += _BLANKS.sub(" ", _BREAK.sub(" ", text))

    def take(self) -> list[str]:
        """The lines so far, which are then forgotten."""
        lines, self.lines = self.lines, [""]
        return lines

    def _break(self, name: str) -> None:
        if name in _BLOCKS or name == "br":
            self.lines.append("")


@dataclass
class _Cell:
    rows: int
    columns: int
    text: _Text = field(default_factory=_Text)


class _Page:
    """Walks a page in document order; tables without tables in them are grids, others are layout."""

    def __init__(self, writer: PaperWriter) -> None:
        self.writer = writer
        self.text = _Text()

    def read(self, root: Any) -> None:
        runs: dict[Any, list[Any]] = {}
        done: set[Any] = set()
        for event, element, walk in _walk(root):
            name = local(element)
            if event == "start":
                if name == "table" and _holds_table(element):
                    runs |= {run[0]: run for run in _plain_runs(element)}
                if element in done or element in runs or (name == "table" and not _holds_table(element)):
                    run = runs.get(element, [] if element in done else [element])
                    self._table(run)
                    done.update([element, *run])
                    walk.skip_subtree()
                else:
                    self.text.open(name)
                    self.text.add(element.text)
            else:
                if event == "end" and element not in done:
                    self.text.close(name)
                if element is not root:
                    self.text.add(element.tail)
        self._lines(self.text)

    def _lines(self, text: _Text) -> None:
        for line in text.take():
            self.writer.line(line)

    def _table(self, elements: list[Any]) -> None:
        """One grid from a table, or from rows of a layout table. Stray text stands before it."""
        if not elements:
            return
        self._lines(self.text)
        outside = _Text()
        rows = _rows(elements, outside)
        self._lines(outside)
        self.writer.grid(_spread(rows), len(rows))


def _walk(root: Any) -> Iterator[tuple[str, Any, Any]]:
    """Events of all elements but scripts, styles and their like, of which only the end is told."""
    walk = etree.iterwalk(root, events=("start", "end", "comment"))
    for event, element in walk:
        if event == "start" and local(element) in _DROPPED:
            walk.skip_subtree()
        else:
            yield event, element, walk


def _holds_table(element: Any) -> bool:
    return next(element.iterdescendants("table"), None) is not None


def _plain_runs(table: Any) -> list[list[Any]]:
    """Neighbouring rows of a layout table that hold no table, in runs: each is a table of its own."""
    runs: list[list[Any]] = []
    before = None
    for row in table.iterdescendants("tr"):
        if next(row.iterancestors("table")) is not table:
            continue
        if _holds_table(row):
            before = None
        elif before is None or row.getparent() is not before:
            runs.append([row])
            before = row.getparent()
        else:
            runs[-1].append(row)
    return runs


def _rows(elements: list[Any], outside: _Text) -> list[list[_Cell]]:
    """Cells row by row, the rows of a table's foot last; text in no cell goes ``outside``."""
    body: list[list[_Cell]] = []
    foot: list[list[_Cell]] = []
    for top in elements:
        rows, open_cells = body, list[_Cell]()
        for event, element, _ in _walk(top):
            name = local(element)
            text = open_cells[-1].text if open_cells else outside
            if event == "start":
                if name == "tfoot":
                    rows = foot
                if name == "tr":
                    rows.append([])
                if name in _CELLS:
                    open_cells.append(_cell(element))
                    if not rows:
                        rows.append([])
                    rows[-1].append(open_cells[-1])
                    text = open_cells[-1].text
                text.open(name)
                text.add(element.text)
                continue
            if event == "end":
                text.close(name)
                if name in _CELLS:
                    open_cells.pop()
                    text = open_cells[-1].text if open_cells else outside
                if name == "tfoot":
                    rows = body
            if element is not top:
                text.add(element.tail)
    return body + foot


def _cell(element: Any) -> _Cell:
    rows = _span(element.get("rowspan"), MAX_ROWSPAN) if element.get("rowspan") != "0" else MAX_ROWSPAN
    return _Cell(rows, _span(element.get("colspan"), MAX_COLSPAN))


def _span(value: str | None, limit: int) -> int:
    digits = re.match(r"\s*\+?(\d{1,9})", value or "")
    return min(max(int(digits.group(1)), 1), limit) if digits else 1


def _spread(rows: list[list[_Cell]]) -> dict[tuple[int, int], str]:
    """Text by (row, column): each cell stands in the first place of its row that no span covers."""
    placed: dict[tuple[int, int], str] = {}
    free_from: dict[int, int] = {}
    places = 0
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while free_from.get(column, 0) > number:
                column += 1
            places += cell.columns
            if places > MAX_PLACES:
                raise too_large("the spans of the table's cells cover more than any form has")
            placed[number, column] = join_pieces(cell.text.take())
            for covered in range(column, column + cell.columns):
                free_from[covered] = max(free_from.get(covered, 0), number + cell.rows)
            column += cell.columns
    return placed
