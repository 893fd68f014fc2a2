"""Let the forms' own arithmetic choose the reader of a page.

A paper is read once the cheap way. Pages whose forms do not come out whole are read again by the
next readers, and the reading stays that satisfies most identities. A page without doubt is never
read twice; a form that contradicts itself in every reading is the publisher's, and stays as printed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from ingest.arithmetic import RowKey, broken_rows, broken_sums, key_of, printed_measures, rows_of
from ingest.errors import UnreadableDocument
from ingest.forms.amounts import read_amounts
from ingest.forms.catalogue import load_catalogue
from ingest.forms.grid import digits_of, has_cjk
from ingest.forms.parser import parse_forms
from ingest.identity import identify
from ingest.model import DocumentRow, Extraction, FormCell, FormRow, Grid, Leftover, Line, Paper
from ingest.rules import identities_among

#: The reader of the first reading; then those that are asked, from cheap to dear.
FIRST = "ruled"
NEXT = ("rows", "stream", "hybrid")
#: Asked for a second opinion also where rules enclose every figure: there is nothing to guess there.
CHEAP = frozenset({"rows"})
#: Only asked where a form would else stay unread, and only if the caller offers it.
LAST_RESORT = "scan"
#: Recognition takes seconds a page: where more pages are in doubt, no paper waits for it.
MAX_RECOGNISED = 40
#: The parts of a rank that the forms' own arithmetic decides.
ARITHMETIC = 3
DISAGREE = "readings disagree"
#: A page with so many figures in columns, and no table, has a table that was not seen.
FIGURES = 2
_AMOUNT = re.compile(r"(?<![\d.])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d.%])")
#: A whole number is an amount from here on: smaller ones count lines, years and people.
_LARGE = 10_000

Reread = Callable[[int, str], Paper]
Parse = Callable[[Paper], Extraction]
#: A cell by what it says, not by where it stands: form, side, line or code or name, measure, which one.
CellKey = tuple[str, str | None, str, str, int]


class Score(NamedTuple):
    """How well a reading agrees with itself; more is better, from left to right."""

    forms_read: int
    rows_broken: int
    sums_broken: int
    left_over: int


class _Rank(NamedTuple):
    """The score for comparing readings of the same pages: digits placed count before leftovers."""

    forms_read: int
    rows_broken: int
    sums_broken: int
    digits_placed: int
    left_over: int


@dataclass(frozen=True)
class _Reading:
    reader: str
    paper: Paper
    extraction: Extraction
    rank: _Rank


def score(extraction: Extraction) -> Score:
    """Forms read with amounts, then what is wrong with them, counted negative."""
    whole = {form.form for form in extraction.forms if form.state == "present" and not form.cut_reason}
    read = whole & {cell.form for cell in extraction.form_cells}
    left = sum(item.reason != DISAGREE for item in extraction.leftovers)
    return Score(len(read), -len(broken_rows(extraction)), -len(broken_sums(extraction)), -left)


def read_forms(paper: Paper) -> Extraction:
    """The forms of a paper and nothing else; a paper that does not say what it is has forms too."""
    try:
        document = identify(paper)
    except UnreadableDocument:
        document = DocumentRow()
    extraction = Extraction(document)
    parse_forms(paper, extraction)
    return extraction


def better_reading(
    paper: Paper,
    first: Extraction,
    reread: Reread,
    *,
    readers: Sequence[str] = NEXT,
    parse: Parse = read_forms,
) -> tuple[Paper, Extraction, dict[int, str]]:
    """Read the pages in doubt again and keep the best reading of each.

    ``reread(page, reader)`` reads one page: a paper of its blocks alone, with the page's own number,
    offsets from the page's start and tables from 1. It may raise UnreadableDocument where it cannot.
    Returns the paper and its extraction, and the reader that won of every page that was in doubt.
    """
    won: dict[int, str] = {}
    disagreements: list[Leftover] = []
    extraction = first
    for pages in pages_in_doubt(paper, first):
        readings = [_Reading(_reader_of(paper, pages), paper, extraction, _rank(extraction, pages))]
        enclosed = is_enclosed(paper, pages)
        for reader in readers:
            best = _best(readings)
            if (enclosed and reader not in CHEAP) or not _may_help(reader, best.extraction, pages):
                continue
            try:
                again = replace_pages(paper, {page: reread(page, reader) for page in pages})
            except UnreadableDocument:
                continue
            read = parse(again)
            readings.append(_Reading(reader, again, read, _rank(read, pages)))
            if _is_settled(readings[-1], best, pages):
                break
        best = _best(readings)
        paper, extraction = best.paper, best.extraction
        won |= dict.fromkeys(pages, best.reader)
        disagreements += _disagreements(best, readings, pages)
    if disagreements:
        extraction.leftovers += disagreements
    return paper, extraction, won


def _best(readings: Sequence[_Reading]) -> _Reading:
    """The best rank, the cheaper one of two; a reading that drops figures must read more forms for it."""
    best = readings[0]
    for reading in readings[1:]:
        more_forms = reading.rank.forms_read > best.rank.forms_read
        drops = reading.rank.digits_placed < best.rank.digits_placed
        if reading.rank > best.rank and (more_forms or not drops):
            best = reading
    return best


def _may_help(reader: str, extraction: Extraction, pages: Sequence[int]) -> bool:
    if reader != LAST_RESORT:
        return True
    if len(pages) > MAX_RECOGNISED:
        return False
    return not any(cell.page in pages for cell in extraction.form_cells) or bool(_broken_forms(extraction))


def _is_settled(latest: _Reading, before: _Reading, pages: Sequence[int]) -> bool:
    """No doubt is left, or two readers say the same: then the paper itself is at odds."""
    if not any(set(group) & set(pages) for group in pages_in_doubt(latest.paper, latest.extraction)):
        return _best([before, latest]) is latest
    cells = _cells(latest.extraction, pages)
    return bool(cells) and {key: cell.amount for key, cell in cells.items()} == {
        key: cell.amount for key, cell in _cells(before.extraction, pages).items()
    }


def is_enclosed(paper: Paper, pages: Sequence[int]) -> bool:
    """Whether rules enclose the figures of these pages one by one."""
    for block in paper.blocks:
        if block.page not in pages:
            continue
        if isinstance(block, Line):
            if _figures(block.text):
                return False
        elif block.reader != FIRST:
            return False
        else:
            readings = (read_amounts(cell) for row in block.rows for cell in row.cells if not has_cjk(cell))
            if any(reading.malformed or len(reading.amounts) > 1 for reading in readings):
                return False
    return any(isinstance(block, Grid) and block.page in pages for block in paper.blocks)


def _reader_of(paper: Paper, pages: Sequence[int]) -> str:
    readers = {block.reader for block in paper.blocks if isinstance(block, Grid) and block.page in pages}
    return min(readers, default=FIRST)


def _rank(extraction: Extraction, pages: Sequence[int]) -> _Rank:
    found = score(extraction)
    placed = sum(len(digits_of(cell.amount_printed)) for cell in extraction.form_cells if cell.page in pages)
    return _Rank(found.forms_read, found.rows_broken, found.sums_broken, placed, found.left_over)


# Doubt ------------------------------------------------------------------------------------------


def pages_in_doubt(paper: Paper, extraction: Extraction) -> list[tuple[int, ...]]:
    """Pages to read again, those of one form together: typeset alike, they have one reader."""
    groups = [*_pages_without_table(paper)]
    pages_of: dict[str, set[int]] = defaultdict(set)
    for cell in extraction.table_cells:
        if cell.form:
            pages_of[cell.form].add(cell.page)
    groups += [pages_of[form.form] or {form.page} for form in _broken_forms(extraction) if form.page]
    groups += [{page} for page in sorted({broken.page for broken in broken_rows(extraction)})]
    scanned = {b.page for b in paper.blocks if isinstance(b, Grid) and b.reader == LAST_RESORT}
    return _merged(pages - scanned for pages in groups)


def _broken_forms(extraction: Extraction) -> list[FormRow]:
    """Forms that are cut, and tables under a form's title of which no line could be read."""
    return [
        form
        for form in extraction.forms
        if form.cut_reason or (form.state == "announced" and form.table_no is not None)
    ]


def _pages_without_table(paper: Paper) -> list[set[int]]:
    """Pages that carry a form's title or go on with it, and figures in columns, but no table."""
    catalogue = load_catalogue()
    lines: dict[int, list[str]] = defaultdict(list)
    tables: set[int] = set()
    for block in paper.blocks:
        if isinstance(block, Line):
            lines[block.page].append(block.text)
        else:
            tables.add(block.page)
    found: list[set[int]] = []
    for page in sorted(lines):
        if page in tables or sum(map(_figures, lines[page])) < FIGURES:
            continue
        forms = {form.slug for line in lines[page] if (form := catalogue.by_title(line))}
        if found and page - 1 in found[-1] and not forms:
            found[-1].add(page)
        elif forms:
            found.append({page})
    return found


def _figures(text: str) -> int:
    """How many amounts a line prints that is no sentence and has another word beside them."""
    if len(text.split()) < 2 or text.rstrip().endswith(("。", "；", ";")) or "，" in text:
        return 0
    return sum(_is_amount(match.group()) for match in _AMOUNT.finditer(text))


def _is_amount(text: str) -> bool:
    return "." in text or "," in text or abs(int(text)) >= _LARGE


def _merged(groups: Iterable[set[int]]) -> list[tuple[int, ...]]:
    merged: list[set[int]] = []
    for group in groups:
        if not group:
            continue
        touching = [other for other in merged if other & group]
        merged = [other for other in merged if not other & group]
        merged.append(set(group).union(*touching))
    return sorted(tuple(sorted(group)) for group in merged)


# Two readings -----------------------------------------------------------------------------------


def _cells(extraction: Extraction, pages: Sequence[int]) -> dict[CellKey, FormCell]:
    """The cells of some pages by what they say."""
    rows = rows_of(extraction)
    seen: Counter[tuple[str, str | None, str, str]] = Counter()
    found: dict[CellKey, FormCell] = {}
    for line in extraction.form_lines:
        if line.page not in pages:
            continue
        name = line.line or digits_of(line.code_printed or "") or line.row_name or ""
        for cell in rows.get(key_of(line), ()):
            key = (line.form, line.side, name, cell.measure)
            found[*key, seen[key]] = cell
            seen[key] += 1
    return found


def _disagreements(best: _Reading, readings: Sequence[_Reading], pages: Sequence[int]) -> list[Leftover]:
    """The other figure of every cell on which a serious reading differs and no identity decides."""
    mine = _cells(best.extraction, pages)
    my_rows, my_printed = rows_of(best.extraction), printed_measures(best.extraction)
    found: dict[tuple[CellKey, Decimal], Leftover] = {}
    for other in readings:
        # Of a reading that the arithmetic of the page puts last, no cell is a doubt.
        if other is best or other.rank[:ARITHMETIC] < best.rank[:ARITHMETIC]:
            continue
        rows, printed = rows_of(other.extraction), printed_measures(other.extraction)
        for key, cell in _cells(other.extraction, pages).items():
            own = mine.get(key)
            if own is None or own.amount == cell.amount:
                continue
            if _decides(own, my_rows, my_printed) and not _decides(cell, rows, printed):
                continue
            found.setdefault(
                (key, cell.amount),
                Leftover(
                    own.form,
                    own.table_no,
                    own.row_no,
                    own.column_no,
                    own.page,
                    cell.amount_printed,
                    DISAGREE,
                    own.bbox,
                ),
            )
    return list(found.values())


def _decides(
    cell: FormCell, rows: Mapping[RowKey, Sequence[FormCell]], printed: Mapping[str, set[str]]
) -> bool:
    """Whether an identity speaks of the cell, and all that do hold."""
    row = {other.measure: other for other in rows[key_of(cell)]}
    identities = identities_among(cell.form, printed[cell.form])
    told = [identity for identity in identities if cell.measure in identity.measures()]
    return bool(told) and all(identity.holds(row) for identity in told)


# Pages of a paper -------------------------------------------------------------------------------


def replace_pages(paper: Paper, pages: Mapping[int, Paper]) -> Paper:
    """The paper with some pages as read anew; offsets and table numbers count on."""
    texts = paper.text.split("\f")
    old_starts = _starts(texts)
    for page, anew in pages.items():
        texts[page - 1] = anew.text.rstrip("\f")
    starts = _starts(texts)
    blocks_of: dict[int, list[Line | Grid]] = defaultdict(list)
    for block in paper.blocks:
        if block.page not in pages:
            blocks_of[block.page].append(_moved(block, starts[block.page - 1] - old_starts[block.page - 1]))
    for page, anew in pages.items():
        blocks_of[page] = [_moved(block, starts[page - 1]) for block in anew.blocks]
    blocks: list[Line | Grid] = []
    tables = 0
    for page in sorted(blocks_of):
        for block in blocks_of[page]:
            if isinstance(block, Grid):
                tables += 1
                block = replace(block, table_no=tables)
            blocks.append(block)
    return replace(paper, text="\f".join(texts), blocks=tuple(blocks))


def _starts(texts: Sequence[str]) -> list[int]:
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text) + 1)
    return starts


def _moved(block: Line | Grid, by: int) -> Line | Grid:
    if not by:
        return block
    if isinstance(block, Line):
        return replace(block, offset=block.offset + by)
    return replace(block, rows=tuple(replace(row, offset=row.offset + by) for row in block.rows))
