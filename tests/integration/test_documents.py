"""Real papers of many places, against figures keyed by reading their pages."""

import csv
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from ingest.extract import read_paper
from ingest.forms.parser import parse_forms
from ingest.identity import identify
from ingest.model import Extraction
from tests.conftest import GOLDEN, ROOT
from tests.unit.test_account import assert_no_digit_is_lost

DOCUMENTS = Path(os.environ.get("JUESUAN_DOCUMENTS", ROOT.parent / "shared" / "documents"))
KEYED = sorted((GOLDEN / "documents").glob("*.csv")) + sorted((DOCUMENTS / "truth").glob("*.csv"))


@pytest.mark.parametrize("keyed", KEYED, ids=lambda path: path.stem)
def test_cells_of_real_papers(keyed: Path) -> None:
    with keyed.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    paper_file = DOCUMENTS / rows[0]["doc"]
    if not paper_file.is_file():
        pytest.skip(f"the papers are not at {DOCUMENTS}; set JUESUAN_DOCUMENTS to run this test")
    paper = read_paper(paper_file.read_bytes(), paper_file.name)
    extraction = Extraction(identify(paper))
    parse_forms(paper, extraction)
    printed = Counter((row["form"], Decimal(row["amount"].replace(",", ""))) for row in rows)
    found = Counter((cell.form, cell.amount) for cell in extraction.form_cells)
    for (form, amount), count in printed.items():
        assert found[form, amount] >= count, (form, amount)


@pytest.mark.parametrize("paper_file", sorted(DOCUMENTS.glob("*.pdf")), ids=lambda path: path.stem[:40])
def test_every_digit_of_real_papers_is_in_one_block(paper_file: Path) -> None:
    assert_no_digit_is_lost(paper_file)
