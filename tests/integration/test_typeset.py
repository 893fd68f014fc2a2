"""The same marts from every format, cell for cell.

All typeset papers and their texts are loaded by one refresh; the marts of each are compared with those
of its text, without addresses. Scans are a refresh of their own: ``JUESUAN_SCANS=all`` reads all five
papers, else the one of DEFAULT_SCANS.
"""

import os
import re
import shutil
import unicodedata
from collections import Counter
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import pytest

from ingest.choose import better_reading, read_forms
from ingest.extract import read_document, read_paper
from ingest.model import Extraction, Grid, Paper
from ingest.publish import open_published
from ingest.readers.pdf import reread_page
from ingest.refresh import ExitCode, refresh
from tests.conftest import DATA, PAPERS, ROOT, text_file

TYPESET = ROOT / "tests" / "fixtures" / "typeset"
FORMATS = ["paper.docx", "paper.html", "paper.xlsx", "chromium.pdf", "office.pdf"]
DEFAULT_SCANS = ["dongxihu_operations_centre_2024_final"]
SCANS = sorted(PAPERS) if os.environ.get("JUESUAN_SCANS") == "all" else DEFAULT_SCANS
NO_OCR = "reading scans needs the OCR extra: pip install juesuan[ocr]"

#: What a mart says of a paper, without the address and without what depends on other papers.
FORM_MARTS = {
    "fct_form_cell": "form, row_key, row_name, measure, amount_cny, amount_printed, unit_printed,"
    " precision_cny, row_role",
    "fct_expenditure": "fiscal_year, phase, fund, nature, function_code, amount_cny, row_role, source, form",
    "fct_income": "fiscal_year, phase, row_key, function_code, income_kind, amount_cny, row_role",
    "fct_basic_expenditure": "fiscal_year, phase, row_key, economic_code, measure, amount_cny, row_role",
    "fct_three_public": "fiscal_year, phase, row_key, expense, amount_cny, source, row_name",
}
TEXT_MARTS = {
    "fct_claim": "section_key, subject, function_code, project_name, metric, year, value, unit, value_cny",
    "dim_document": "document_kind, fiscal_year, department_id, department_name, district_code, perimeter,"
    " unit_printed",
}
PROJECT_MARTS = {
    "fct_project": "source, project_name, project_code, budget_cny, executed_cny, execution_rate_pct,"
    " execution_score, total_score, attributes",
    "fct_performance_indicator": "project_name, horizon, goal_no, level1, level2, level3, target, actual,"
    " score",
    "fct_project_line": "project_name, line_kind, item_name, year, amount_cny",
}
MARTS = {**FORM_MARTS, **TEXT_MARTS, **PROJECT_MARTS, "fct_coverage": "form, status"}
#: Tables that these papers' text does not tell the cells of, so that no page can be set from it: of
#: caidian the tool that took the text out ran cells together, of the budget only lines are left.
NO_PROJECT_TABLES = {"caidian_economy_2024_final", "dongxihu_operations_centre_2025_budget"}
#: A sign in the text that no font has.
NO_GLYPH = "\U0001f6ed"

Rows = Counter[tuple[object, ...]]


def mart(db: duckdb.DuckDBPyConnection, name: str, columns: str, file_name: str, fold: bool = False) -> Rows:
    """The rows of a mart for one paper; blanks do not count, nor the width of marks where ``fold``."""
    found = db.execute(
        f"SELECT {columns} FROM marts.{name} WHERE document_id ="
        " (SELECT document_id FROM marts.dim_document WHERE file_name = ?)",
        [file_name],
    ).fetchall()
    return Counter(tuple(_plain(value, fold) for value in row) for row in found)


def _plain(value: object, fold: bool) -> object:
    if not isinstance(value, str):
        return str(value)
    text = re.sub(r"\s", "", value).replace(NO_GLYPH, "")
    return unicodedata.normalize("NFKC", text) if fold else text


def load(folder: Path, papers: list[tuple[Path, str]]) -> Path:
    """Refresh a new warehouse with the papers, each under a name of its own."""
    inbox = folder / "inbox"
    inbox.mkdir()
    for path, name in papers:
        shutil.copyfile(path, inbox / name)
    report = refresh([inbox], folder / "warehouse")
    assert report.exit_code == ExitCode.PUBLISHED, [o for o in report.documents if o.status != "loaded"]
    return folder / "warehouse"


@pytest.fixture(scope="module")
def typeset(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:  # type: ignore[misc]
    papers = [(text_file(slug), f"{slug}.txt") for slug in PAPERS]
    papers += [(TYPESET / slug / name, f"{slug}.{name}") for slug in PAPERS for name in FORMATS]
    with open_published(load(tmp_path_factory.mktemp("typeset"), papers)) as connection:
        yield connection


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:  # type: ignore[misc]
    pytest.importorskip("rapidocr", reason=NO_OCR)
    papers = [(TYPESET / slug / "scan.pdf", f"{slug}.scan.pdf") for slug in SCANS]
    with open_published(load(tmp_path_factory.mktemp("scanned"), papers)) as connection:
        yield connection


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("slug", PAPERS)
def test_a_typeset_paper_gives_the_marts_of_its_text(
    typeset: duckdb.DuckDBPyConnection, slug: str, name: str
) -> None:
    seen = 0
    for table, columns in MARTS.items():
        if name.endswith(".pdf") and slug in NO_PROJECT_TABLES and table in {*PROJECT_MARTS, "fct_coverage"}:
            continue
        expected = mart(typeset, table, columns, f"{slug}.txt")
        found = mart(typeset, table, columns, f"{slug}.{name}")
        assert found == expected, f"{table}: without {expected - found}, with {found - expected}"
        seen += expected.total()
    assert seen > 100


@pytest.mark.parametrize("slug", SCANS)
def test_a_scan_gives_the_marts_of_its_text(
    typeset: duckdb.DuckDBPyConnection, scanned: duckdb.DuckDBPyConnection, slug: str
) -> None:
    """Forms and sentences. A scan does not tell （ from (, nor always what box is ticked.

    A figure may be printed otherwise only where it is repaired, and says so: a comma read for a point.
    """
    for table, columns in {**FORM_MARTS, **TEXT_MARTS}.items():
        columns = columns.replace("amount_printed", "replace(amount_printed, '.', ',') AS printed")
        expected = mart(typeset, table, columns, f"{slug}.txt", fold=True)
        found = mart(scanned, table, columns, f"{slug}.scan.pdf", fold=True)
        assert found == expected, f"{table}: without {expected - found}, with {found - expected}"
    said = "form, row_key, measure, amount_printed"
    printed = mart(typeset, "fct_form_cell", said, f"{slug}.txt")
    read_otherwise = mart(scanned, "fct_form_cell", said, f"{slug}.scan.pdf") - printed
    sources = mart(scanned, "fct_form_cell", f"{said}, amount_source", f"{slug}.scan.pdf")
    assert {source for *cell, source in sources if tuple(cell) in read_otherwise} <= {"repaired"}


def test_every_cell_of_a_scan_has_a_confidence(scanned: duckdb.DuckDBPyConnection) -> None:
    found = scanned.execute(
        "SELECT count(*), count(confidence), count(bbox) FROM marts.fct_form_cell"
        " WHERE amount_source <> 'derived'"
    ).fetchall()
    ((cells, sure, boxed),) = found
    assert cells == sure == boxed > 100


@pytest.mark.parametrize("slug", ["dongxihu_data_centre_2020_final", "qingshan_data_centre_2024_final"])
def test_bundled_pdfs_give_the_marts_of_their_texts(
    db: duckdb.DuckDBPyConnection, typeset: duckdb.DuckDBPyConnection, slug: str
) -> None:
    for table, columns in MARTS.items():
        assert mart(db, table, columns, f"{slug}.pdf") == mart(typeset, table, columns, f"{slug}.txt"), table


def test_a_bundled_pdf_needs_camelot() -> None:
    """Its three-line forms go through the choice of readers, and one is only read with camelot's columns."""
    data = (DATA / "qingshan_data_centre_2024_final.pdf").read_bytes()
    paper, chosen = read_document(data, "a.pdf")
    assert readers_of(paper, chosen)["general_public_expenditure"] == {"stream"}
    first = read_paper(data, "a.pdf")
    reread = partial(reread_page, data)
    _, without, _ = better_reading(first, read_forms(first), reread, readers=("rows",))
    missing = cells_of(chosen) - cells_of(without)
    assert {form for form, *_ in missing} == {"general_public_expenditure"}


def readers_of(paper: Paper, extraction: Extraction) -> dict[str, set[str]]:
    reader = {block.table_no: block.reader for block in paper.blocks if isinstance(block, Grid)}
    found: dict[str, set[str]] = {}
    for cell in extraction.form_cells:
        found.setdefault(cell.form, set()).add(reader[cell.table_no])
    return found


def cells_of(extraction: Extraction) -> Counter[tuple[str, str, Decimal]]:
    return Counter((cell.form, cell.measure, cell.amount) for cell in extraction.form_cells)
