"""A document's forms as plain text, from the published marts: titles, codes, names and figures, no prose.

The counts of its staff stand in front, where the paper has them.

The text reader takes the files back cell for cell: a grid is a run of tab-separated lines, a form feed
starts a page, so that page numbers stay those of the paper.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import duckdb

from ingest.forms.grid import is_note
from ingest.identity import KINDS, PERIMETERS
from ingest.products.files import file_stem

PRINTED = {kind: word for word, kind in KINDS.items()}
STATED = {perimeter: word for word, perimeter in PERIMETERS.items()}


class _Row(NamedTuple):
    page: int
    caption: str
    unit: str | None
    cells: tuple[str, ...]


def write_tables(db: duckdb.DuckDBPyConnection, folder: Path, document: str | None = None) -> list[Path]:
    """Write one text file a current document with forms; ``document`` is an id or part of a name.

    Raises FileExistsError where a file of the name is there: nothing is written over.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for document_id, name, year, kind, perimeter in db.execute(
        "SELECT document_id, department_name, fiscal_year, document_kind, perimeter FROM marts.dim_document"
        " WHERE is_current AND document_id IN (SELECT document_id FROM marts.fct_form_cell)"
        " AND ($document IS NULL OR starts_with(document_id, $document)"
        " OR contains(department_name, $document) OR contains(file_name, $document)) ORDER BY ALL",
        {"document": document},
    ).fetchall():
        head = [f"{year}年度{name}部门{PRINTED[kind]}", f"口径：{STATED[perimeter]}"]
        lines = [*head, *_staff(db, document_id), *_empty_forms(db, document_id)]
        text = "\n".join(lines) + "\n" + _forms(db, document_id)
        path = folder / f"{file_stem(name)}_{year}_{kind}_{document_id[:6]}.txt"
        with path.open("x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
        written.append(path)
    return written


def _staff(db: duckdb.DuckDBPyConnection, document_id: str) -> list[str]:
    """How many people the paper counts, as one sentence under its heading."""
    counts = db.execute(
        "SELECT subject, CAST(CAST(value AS INTEGER) AS VARCHAR) || unit FROM marts.fct_claim"
        " WHERE document_id = ? AND section_key = 'staff' AND metric = 'count'"
        " ORDER BY snippet_offset, subject",
        [document_id],
    ).fetchall()
    return ["一、人员情况", "，".join(map("".join, counts)) + "。"] if counts else []


def _empty_forms(db: duckdb.DuckDBPyConnection, document_id: str) -> list[str]:
    found = db.execute(
        "SELECT f.label_zh FROM marts.fct_coverage c JOIN marts.dim_form f USING (form)"
        " WHERE c.document_id = ? AND c.status = 'declared_empty' ORDER BY f.form_no",
        [document_id],
    ).fetchall()
    return [line for (title,) in found for line in (title.split("/")[-1], "本表无数据。")]


def _forms(db: duckdb.DuckDBPyConnection, document_id: str) -> str:
    text, page = [], 1
    for (caption, unit), rows in groupby(_rows(db, document_id), key=lambda row: (row.caption, row.unit)):
        for number, row in enumerate(rows):
            text.append("\f" * (row.page - page))
            page = row.page
            if number == 0:
                text.append(f"{caption}\n" + (f"单位：{unit}\n" if unit else ""))
            text.append("\t".join(row.cells) + "\n")
        if not unit:
            # A form printed blank has a blank row below its header, as on the page.
            text.append("\t" * len(row.cells) + "\n")
    return "".join(text)


def _rows(db: duckdb.DuckDBPyConnection, document_id: str) -> Iterator[_Row]:
    """The printed rows of the standard forms and others with amounts, each as wide as its table."""
    cells = db.execute(
        "SELECT c.page, c.table_no, c.caption, u.unit, c.row_no, c.column_no, c.text,"
        " max(c.column_no) OVER (PARTITION BY c.table_no) AS width"
        " FROM marts.fct_table_cell c JOIN marts.dim_form f USING (form)"
        " JOIN marts.fct_coverage p ON p.document_id = c.document_id AND p.form = c.form"
        " LEFT JOIN (SELECT form, min(unit_printed) AS unit FROM marts.fct_form_cell"
        " WHERE document_id = $id GROUP BY form) u ON u.form = c.form"
        " WHERE c.document_id = $id AND p.status = 'present' AND (f.is_standard OR u.unit IS NOT NULL)"
        " ORDER BY c.table_no, c.row_no, c.column_no",
        {"id": document_id},
    ).fetchall()
    for (page, _, caption, unit, _, width), row in groupby(cells, key=lambda cell: (*cell[:5], cell[7])):
        texts = [""] * width
        for cell in row:
            texts[cell[5] - 1] = cell[6]
        if not is_note(tuple(texts)):
            yield _Row(page, caption, unit, tuple(texts))
