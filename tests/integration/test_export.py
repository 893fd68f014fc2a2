"""Forms written as text are read back cell for cell."""

from collections import Counter
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from ingest.cli import app
from ingest.publish import open_published
from ingest.refresh import ExitCode, RefreshReport, refresh
from ingest.tables import write_tables

RUNNER = CliRunner()
CELLS = (
    "SELECT department_name, fiscal_year, document_kind, perimeter, form, row_key, row_name, measure,"
    " amount_cny, amount_printed, c.unit_printed, c.page"
    " FROM marts.fct_form_cell c JOIN marts.dim_document USING (document_id)"
)
COVERAGE = (
    "SELECT department_name, fiscal_year, form, status FROM marts.fct_coverage"
    " JOIN marts.dim_document USING (document_id) WHERE is_standard AND document_id IN"
    " (SELECT document_id FROM marts.fct_form_cell)"
)


@pytest.fixture(scope="module")
def warehouses(
    published: tuple[Path, RefreshReport], tmp_path_factory: pytest.TempPathFactory
) -> tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("export")
    first = open_published(published[0])
    written = write_tables(first, folder / "tables")
    report = refresh([folder / "tables"], folder / "warehouse")
    assert report.exit_code == ExitCode.PUBLISHED
    assert report.counts["documents"] == len(written)
    return first, open_published(folder / "warehouse")


STAFF = (
    "SELECT department_name, fiscal_year, subject, value, unit FROM marts.fct_claim"
    " JOIN marts.dim_document USING (document_id) WHERE section_key = 'staff' AND metric = 'count'"
)


@pytest.mark.parametrize("question", [CELLS, COVERAGE, STAFF], ids=["cells", "coverage", "staff"])
def test_exported_forms_are_read_back(
    warehouses: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection], question: str
) -> None:
    printed, again = (Counter(db.execute(question).fetchall()) for db in warehouses)
    assert printed
    assert again == printed


def test_nothing_is_written_over(published: tuple[Path, RefreshReport], tmp_path: Path) -> None:
    arguments = ["export", str(tmp_path), "--document", "青山区", "--warehouse", str(published[0])]
    assert RUNNER.invoke(app, arguments).exit_code == 0
    again = RUNNER.invoke(app, arguments)
    assert again.exit_code == ExitCode.FAILED
    assert "File exists" in again.stderr
    nobody = RUNNER.invoke(app, [*arguments[:3], "nobody", *arguments[4:]])
    assert "juesuan status" in nobody.stderr
