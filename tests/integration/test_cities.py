"""The papers of many cities go through the whole job: every cell has its key, and nothing is found amiss."""

from collections import Counter
from pathlib import Path

import pytest

from ingest.publish import open_published
from ingest.refresh import ExitCode, refresh
from tests.fixtures.cities.figures import expected
from tests.unit.test_cities import FOLDER, PAPERS


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cities") / "warehouse"
    report = refresh(
        [path for path in sorted(FOLDER.iterdir()) if path.suffix in {".pdf", ".html", ".xlsx"}], folder
    )
    assert report.exit_code == ExitCode.PUBLISHED
    return folder


def test_every_cell_is_published_under_its_key(warehouse: Path) -> None:
    with open_published(warehouse) as db:
        rows = db.execute(
            "SELECT split_part(file_name, '.', 1), form, row_key, measure, amount_printed"
            " FROM marts.fct_form_cell JOIN marts.dim_document USING (document_id)"
            " WHERE amount_source <> 'derived'"
        ).fetchall()
    found = Counter((*key, amount.rstrip("%")) for *key, amount in rows)
    due = Counter((paper.name, *cell) for paper in PAPERS for cell in expected(paper))
    assert {"missing": sorted(due - found), "not printed": sorted(found - due)} == {
        "missing": [],
        "not printed": [],
    }


def test_papers_that_add_up_have_no_findings(warehouse: Path) -> None:
    # The bodies are invented: that their districts are in no directory is rightly found.
    with open_published(warehouse) as db:
        found = db.execute(
            "SELECT rule_id, form, row_key, explanation_zh FROM marts.fct_finding"
            " WHERE rule_id <> 'R-identity-01'"
        ).fetchall()
    assert found == []
