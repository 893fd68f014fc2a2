"""Every numeric cell of the nine forms, exactly, and nothing else: against figures keyed by reading."""

from collections import Counter
from decimal import Decimal

import pytest

from ingest.forms.catalogue import load_catalogue
from tests.conftest import FINAL_ACCOUNTS, golden_cells, source


@pytest.mark.parametrize("origin", ["bundled", "whole"])
@pytest.mark.parametrize("slug", FINAL_ACCOUNTS)
def test_cells_are_those_of_the_paper(slug: str, origin: str, read) -> None:  # type: ignore[no-untyped-def]
    _, extraction = read(source(slug, origin))
    printed = Counter((c["form"], c["measure"], Decimal(c["amount"])) for c in golden_cells(slug))
    found = Counter((cell.form, cell.measure, cell.amount) for cell in extraction.form_cells)
    assert found == printed
    assert {cell.unit_printed for cell in extraction.form_cells} == {"万元"}


@pytest.mark.parametrize("slug", FINAL_ACCOUNTS)
def test_bundled_and_whole_paper_say_the_same(slug: str, read) -> None:  # type: ignore[no-untyped-def]
    _, bundled = read(source(slug, "bundled"))
    _, whole = read(source(slug, "whole"))
    assert bundled.document == whole.document
    assert bundled.form_lines == whole.form_lines
    assert bundled.form_cells == whole.form_cells


@pytest.mark.parametrize("slug", FINAL_ACCOUNTS)
def test_every_standard_form_is_met(slug: str, read) -> None:  # type: ignore[no-untyped-def]
    _, extraction = read(source(slug, "bundled"))
    met = {form.form for form in extraction.forms if form.state in {"present", "declared_empty"}}
    assert met >= set(load_catalogue().standard)
