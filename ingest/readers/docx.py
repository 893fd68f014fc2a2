"""DOCX: paragraphs as lines and tables as grids, in document order, as Word would print them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ingest.model import Paper
from ingest.readers.archive import Package, broken, local, open_package
from ingest.readers.docx_numbering import Numbering, attribute, child, value, whole
from ingest.readers.writer import PaperWriter, clean, join_pieces

#: Word itself makes no more columns than 63; a span beyond is clamped, so that it costs nothing.
MAX_SPAN = 63
#: Blanks at a line's ends; a tab there may stand for a blank cell.
_BLANKS = " \xa0\u3000"
_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/math",
)
#: Wrappers without a meaning of their own: content controls, accepted insertions, links.
_WRAPPERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"})
#: What is in the file and not on the page: deletions, field codes, the reading aids above characters.
_UNSEEN = frozenset({"del", "moveFrom", "delText", "instrText", "delInstrText", "rt", "pPr", "rPr", "sdtPr"})


def read_docx(data: bytes, file_name: str) -> Paper:
    """Read a DOCX file into lines and grids.

    Headers come first and footers, footnotes and endnotes last, each text once. A page is counted
    where Word noted one, else where a break is set. Raises UnreadableDocument: empty_file,
    broken_file, encrypted or too_large.
    """
    package = open_package(data, "DOCX")
    main = package.main_part("word/document.xml")
    root = package.xml(main) if main else None
    body = next((item for item in root if local(item) == "body"), None) if root is not None else None
    if main is None or body is None:
        raise broken("the file is no Word document")
    parts: dict[str, list[Any]] = {}
    for _, kind, name in sorted(package.related(main), key=lambda item: (len(item[2]), item[2])):
        if kind in ("header", "footer", "footnotes", "endnotes", "numbering", "styles"):
            parts.setdefault(kind, []).append(_root(package, name))
    writer = PaperWriter("docx")
    reader = _Reader(writer, Numbering(_first(parts, "numbering"), _first(parts, "styles")), body)
    reader.margins(parts.get("header", []))
    reader.blocks(body)
    for kind in ("footnotes", "endnotes"):
        for part in parts.get(kind, []):
            for note in part:
                reader.blocks(note)
    reader.margins(parts.get("footer", []))
    return writer.paper(data, file_name)


def _root(package: Package, name: str) -> Any | None:
    return package.xml(name) if name in package.names else None


def _first(parts: dict[str, list[Any]], kind: str) -> Any | None:
    return next(iter(parts.get(kind, [])), None)


@dataclass
class _Line:
    """A line of a paragraph, and the page breaks of the paragraph that stand before its text."""

    text: str = ""
    breaks: int = 0


class _Text:
    """The text of one paragraph, its text boxes, and the number of page breaks in it."""

    def __init__(self) -> None:
        self.lines = [_Line()]
        self.boxes: list[Any] = []
        self.breaks = 0

    def add(self, text: str) -> None:
        last = self.lines[-1]
        if not last.text.strip():
            last.breaks = self.breaks
        last.text += text


class _Reader:
    """Walks the body. Recursion follows the nesting of tables, which lxml bounds at 256 elements."""

    def __init__(self, writer: PaperWriter, numbering: Numbering, body: Any) -> None:
        self.writer = writer
        self.numbering = numbering
        sections = list(body.iterdescendants("{*}sectPr"))
        #: How a section begins is noted with itself, at its end: so each section to the one behind it.
        self.following = dict(pairwise(sections))
        self.rendered = next(body.iterdescendants("{*}lastRenderedPageBreak"), None) is not None

    def margins(self, parts: list[Any | None]) -> None:
        """Headers or footers, as lines, each once."""
        seen: set[str] = set()
        for part in parts:
            for paragraph in part.iterdescendants("{*}p") if part is not None else ():
                for line in self._paragraph(paragraph).lines:
                    if clean(line.text) not in seen:
                        seen.add(clean(line.text))
                        self.writer.line(clean(line.text))

    def blocks(self, parent: Any) -> None:
        """Paragraphs and tables of a body, a note or a text box."""
        for item in _unwrapped(parent):
            name = local(item)
            if name == "tbl":
                self._table(item)
            elif name == "p":
                self._body_paragraph(item)

    def _body_paragraph(self, paragraph: Any) -> None:
        properties = child(paragraph, "pPr")
        if not self.rendered and _is_on(child(properties, "pageBreakBefore")):
            self._pages(1)
        found = self._paragraph(paragraph)
        printed = any(line.text.strip() for line in found.lines)
        ordinal = self.numbering.ordinal(properties) if printed else ""
        done = 0
        for line in found.lines:
            if not line.text.strip():
                continue
            self._pages(line.breaks - done)
            done = line.breaks
            whole_line, ordinal = ordinal + line.text.strip(_BLANKS), ""
            # In a list of contents the tab leads to the page number; it parts no columns.
            self.writer.line(clean(whole_line) if self.numbering.is_contents(properties) else whole_line)
        for box in found.boxes:
            self.blocks(box)
        self._pages(found.breaks - done)
        following = self.following.get(child(properties, "sectPr"))
        if not self.rendered and following is not None:
            self._pages(value(following, "type") not in ("continuous", "nextColumn"))

    def _pages(self, count: int) -> None:
        for _ in range(count):
            self.writer.new_page()

    def _paragraph(self, paragraph: Any) -> _Text:
        found = _Text()
        self._gather(paragraph, found)
        return found

    def _gather(self, parent: Any, found: _Text) -> None:
        for item in parent:
            name = local(item)
            if name in _UNSEEN or not name:
                continue
            if name == "t":
                if item.tag[1:].partition("}")[0] in _WORD:
                    found.add(item.text or "")
            elif name in ("tab", "ptab"):
                found.add("\t")
            elif name in ("br", "cr"):
                found.lines.append(_Line())
                found.breaks += attribute(item, "type") == "page" and not self.rendered
            elif name == "lastRenderedPageBreak":
                found.breaks += 1
            elif name == "noBreakHyphen":
                found.add("-")
            elif name == "txbxContent":
                found.boxes.append(item)
            elif name == "AlternateContent":
                choice = child(item, "Choice")
                self._gather(choice if choice is not None else item, found)
            elif name != "r" or not _is_on(child(child(item, "rPr"), "vanish")):
                self._gather(item, found)

    def _table(self, table: Any) -> None:
        cells: dict[tuple[int, int], str] = {}
        nested: list[Any] = []
        merged: set[int] = set()
        rows = [row for row in _unwrapped(table) if local(row) == "tr"]
        rows = [row for row in rows if child(child(row, "trPr"), "del") is None]
        breaks = 0
        for number, row in enumerate(rows):
            column = min(whole(value(child(row, "trPr"), "gridBefore"), 0), MAX_SPAN)
            most = 0
            for cell in (item for item in _unwrapped(row) if local(item) == "tc"):
                properties = child(cell, "tcPr")
                span = min(max(whole(value(properties, "gridSpan"), 1), 1), MAX_SPAN)
                covered = _continues(properties, "hMerge") or (
                    _continues(properties, "vMerge") and column in merged
                )
                text, inner, met = self._cell(cell)
                if not covered:
                    cells[number, column] = text
                    nested += inner
                    merged.discard(column)
                    if child(properties, "vMerge") is not None:
                        merged.add(column)
                most = max(most, met)
                column += span
            breaks += most
        self.writer.grid(cells, len(rows))
        for table_inside in nested:
            self._table(table_inside)
        self._pages(breaks)

    def _cell(self, cell: Any) -> tuple[str, list[Any], int]:
        """A cell's text, the tables in it, and the page breaks met."""
        pieces: list[str] = []
        nested: list[Any] = []
        breaks = 0
        for item in _unwrapped(cell):
            if local(item) == "tbl":
                nested.append(item)
            elif local(item) == "p":
                found = self._paragraph(item)
                pieces.append(self.numbering.ordinal(child(item, "pPr")) + found.lines[0].text)
                pieces += [line.text for line in found.lines[1:]]
                breaks += found.breaks
                for box in found.boxes:
                    text, inner, met = self._cell(box)
                    pieces.append(text)
                    nested += inner
                    breaks += met
        return join_pieces(pieces), nested, breaks


def _unwrapped(parent: Any) -> Iterator[Any]:
    """Children, with those of wrappers in their place."""
    for item in parent:
        name = local(item)
        if name in _WRAPPERS:
            yield from _unwrapped(item)
        elif name == "AlternateContent":
            choice = child(item, "Choice")
            yield from _unwrapped(choice if choice is not None else item)
        elif name and name not in _UNSEEN:
            yield item


def _continues(properties: Any | None, name: str) -> bool:
    merge = child(properties, name)
    return merge is not None and attribute(merge, "val") in ("", "continue")


def _is_on(switch: Any | None) -> bool:
    return switch is not None and attribute(switch, "val") not in ("0", "false", "off")
