"""The generic form parser: segments of a paper to lines, cells and leftovers, by the catalogue."""

import re
from collections import Counter
from collections.abc import Callable, Mapping

from ingest.forms.blocks import parse_blocks
from ingest.forms.catalogue import Catalogue, Form, load_catalogue, plain_label, squeeze
from ingest.forms.coded import parse_coded
from ingest.forms.completeness import find_cut_forms
from ingest.forms.matrix import parse_matrix
from ingest.forms.result import ParsedForm, at
from ingest.forms.segment import Segment, merge_continued, split_into_segments, without_serial_numbers
from ingest.forms.summary import parse_summary
from ingest.model import DocumentRow, Extraction, FormRow, Line, Paper, TableCell

#: What a note under a form says where the form has no amounts.
EMPTY_WORDS = r"空表|无数据|无发生额|没有数据|无相关(?:收支|支出|内容|数据)"
LAYOUTS: Mapping[str, Callable[[Form, Segment, ParsedForm], None]] = {
    "summary": parse_summary,
    "coded": parse_coded,
    "blocks": parse_blocks,
    "matrix": parse_matrix,
}


def parse_forms(paper: Paper, extraction: Extraction) -> None:
    """Fill the form tables of ``extraction`` from the paper's grids."""
    catalogue = load_catalogue()
    segments = merge_continued(split_into_segments(paper, catalogue))
    extraction.table_cells += _table_cells(segments)
    unit = extraction.document.unit_printed or common_unit(segments)
    declared = catalogue.declared_in(paper.text) | {
        form.slug for segment in segments for s in segment.sentences for form in catalogue.declared_empty(s)
    }
    met = [(segment.form, segment) for segment in segments if segment.form and _is_met(segment)]
    parsed = [_parse(form, segment, unit, declared, extraction.document) for form, segment in met]
    find_cut_forms(parsed, [form.layout for form, _ in met])
    for (_, segment), result in zip(met, parsed, strict=True):
        said = result.form in declared or _says_empty(segment)
        state = "declared_empty" if not result.cells and said else "present"
        # A form whose layout is unknown counts as not met; its figures are in the leftovers.
        state = "announced" if result.unread and state == "present" else state
        extraction.forms.append(_form_row(segment, state, result))
        extraction.form_lines += result.lines
        extraction.form_cells += result.cells
        extraction.leftovers += result.leftovers
    extraction.forms += _announced(paper, catalogue, segments, declared, extraction.forms)


def common_unit(segments: list[Segment]) -> str | None:
    """The unit that most forms of the paper print; tables count before mere headings."""
    units = Counter(segment.unit for segment in segments if segment.unit and segment.rows)
    units = units or Counter(segment.unit for segment in segments if segment.unit)
    return min(units, key=lambda unit: (-units[unit], unit)) if units else None


def _is_met(segment: Segment) -> bool:
    return segment.form is not None and segment.form.layout != "other" and bool(segment.rows)


def _parse(
    form: Form, segment: Segment, common: str | None, declared: set[str], document: DocumentRow
) -> ParsedForm:
    phase = "actual" if document.document_kind == "final_account" else "budget"
    parsed = ParsedForm(form.slug, segment.unit or common or "", document.fiscal_year, phase)
    without_serial_numbers(segment)
    LAYOUTS[form.layout](form, segment, parsed)
    if not parsed.cells and (form.slug in declared or _says_empty(segment)):
        parsed.cut_reason = None
    return parsed


def _says_empty(segment: Segment) -> bool:
    return any(re.search(EMPTY_WORDS, sentence) for sentence in segment.sentences)


def _form_row(segment: Segment, state: str, parsed: ParsedForm) -> FormRow:
    first = segment.rows[0]
    return FormRow(
        form=parsed.form,
        state=state,
        title_printed=segment.title,
        number_printed=segment.number,
        unit_printed=parsed.unit or None,
        table_no=first.table_no,
        page=first.page,
        cut_reason=parsed.cut_reason,
    )


def _announced(
    paper: Paper, catalogue: Catalogue, segments: list[Segment], declared: set[str], met: list[FormRow]
) -> list[FormRow]:
    """Forms that the paper names without a table: announced, declared empty, or met as plain text."""
    have = {row.form for row in met}
    headings = {squeeze(block.text) for block in paper.blocks if isinstance(block, Line)}
    rows: dict[str, FormRow] = {}
    for segment in segments:
        if segment.form is None or segment.form.slug in have:
            continue
        # A line that merely ends like a title announces nothing.
        if not segment.rows and not catalogue.has_title(segment.title):
            continue
        if segment.rows:
            state = "present"
        elif segment.form.slug in declared or _says_empty(segment):
            state = "declared_empty"
        elif segment.number and segment.number in headings:
            state = "present"
        else:
            state = "announced"
        earlier = rows.get(segment.form.slug)
        if earlier is None or (state == "present" != earlier.state):
            rows[segment.form.slug] = FormRow(
                segment.form.slug, state, segment.title, segment.number, segment.unit, page=segment.page
            )
    for slug in sorted(declared - have - set(rows)):
        rows[slug] = FormRow(slug, "declared_empty", slug)
    return list(rows.values())


def _table_cells(segments: list[Segment]) -> list[TableCell]:
    return [
        TableCell(
            row.table_no,
            row.page,
            row.row_no,
            column_no,
            text,
            segment.form.slug if segment.form else None,
            segment.title,
            at(row.boxes, column_no),
        )
        for segment in segments
        for row in sorted([*segment.head, *segment.rows], key=lambda row: (row.table_no, row.row_no))
        for column_no, text in enumerate(row.cells, 1)
        if text
    ]


__all__ = ["Catalogue", "common_unit", "parse_forms", "plain_label"]
