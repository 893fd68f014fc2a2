"""Coded forms: classification code | name | amounts, one row a code, and a 合计 row.

Extraction shifts cells, runs two rows together and leaves ghosts, so each row is placed by what
it says: the alignment of its figures to the columns, and then the figures themselves, are chosen
by the identities that every row of the form must satisfy (seeds/, read through ingest.rules).
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from ingest.forms.catalogue import Form
from ingest.forms.coded_columns import align, alignments_of
from ingest.forms.coded_figures import settle
from ingest.forms.coded_rows import (
    CodedRow,
    printed_numbers,
    read_rows,
    second_codes,
    split_header,
    squeezed,
    swallowed_total,
)
from ingest.forms.pivoted import names_measures, parse_pivoted
from ingest.forms.result import ParsedForm
from ingest.forms.segment import Segment
from ingest.rules import identities_among

_CODE_HEAD = re.compile(r"编码|科目|功能分类|^[类款项]$")


def parse_coded(form: Form, segment: Segment, parsed: ParsedForm) -> None:
    """Read all rows of a coded form into ``parsed``."""
    if names_measures(form, segment.rows):
        parsed.has_codes = False
        parse_pivoted(form, segment.rows, parsed, "total")
        return
    header, body = split_header(segment.rows)
    numbers = printed_numbers(header)
    due = bool(header) and swallowed_total(header)
    rows = list(read_rows(form, body, header, due, numbers, parsed))
    headed = any(_CODE_HEAD.search(cell) for row in header for cell in squeezed(row))
    parsed.has_codes = headed or any(row.code for row in rows)
    alignments = alignments_of(form, header, rows, parsed.fiscal_year)
    identities = identities_among(
        form.slug, {measure for alignment in alignments for _, measure in alignment}
    )
    align(rows, header, alignments, identities, parsed)
    settle(rows, identities, parsed)
    rows = _without_repeated_totals(rows)
    for row in rows:
        second = second_codes(row.placed.cells)
        parsed.add_line(row.placed, 1, None, row.line, row.code, row.name, second)
        for measure in sorted(row.chosen, key=lambda name: row.column_of[name]):
            parsed.add_cell(row.placed, 1, row.column_of[measure] + 1, measure, row.chosen[measure])
    if not header:
        parsed.cut_reason = "the form lost its header, so its columns have no meaning"
    elif not alignments or (not rows and parsed.leftovers):
        parsed.unread = True
    elif not rows and parsed.has_codes:
        parsed.cut_reason = "the form breaks off behind its header"
    elif not any(row.line for row in rows):
        if any(row.code for row in rows):
            parsed.cut_reason = "the form has no 合计 row"
        else:
            parsed.withdraw("rows without code and total: a layout that the catalogue does not know")


def _without_repeated_totals(rows: Sequence[CodedRow]) -> list[CodedRow]:
    """A 合计 printed again on a continuation page with the same amounts is one row, the first."""
    kept: list[CodedRow] = []
    totals: dict[tuple[tuple[str, Decimal], ...], int] = {}
    for row in rows:
        amounts = tuple((measure, row.chosen[measure].value) for measure in sorted(row.chosen))
        if row.line == "total" and amounts:
            first = totals.setdefault(amounts, row.placed.table_no)
            if first != row.placed.table_no:
                continue
        kept.append(row)
    return kept
