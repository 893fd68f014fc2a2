"""Titles as papers of many places print them: which of the nine forms each heads, if any."""

import csv

import pytest

from ingest.forms.catalogue import load_catalogue
from tests.conftest import ROOT

TITLES = list(csv.DictReader((ROOT / "tests" / "fixtures" / "titles.csv").open(encoding="utf-8")))


@pytest.mark.parametrize(
    ("title", "slug"), [(row["title"], row["form"]) for row in TITLES], ids=lambda text: text or "none"
)
def test_a_title_heads_the_form_that_it_names(title: str, slug: str) -> None:
    catalogue = load_catalogue()
    form = catalogue.by_title(title)
    assert (form.slug if form and form.slug in catalogue.standard else "") == slug


def test_the_titles_are_of_many_places_and_of_every_form() -> None:
    assert len({row["place"] for row in TITLES}) >= 20
    assert {row["form"] for row in TITLES} == {"", *load_catalogue().standard}


@pytest.mark.parametrize(
    "printed", ["支出决算表（续）", "支出决算表（续表）", "续表：支出决算表", "支出决算表(续2)"]
)
def test_a_title_of_the_next_page_is_the_title(printed: str) -> None:
    form = load_catalogue().by_title(printed)
    assert form is not None
    assert form.slug == "expenditure"


@pytest.mark.parametrize(
    "text", ["续表", "三公经费", "收入", "2.15", "附件1", "表3-1", "公开01表", "财决公开01表"]
)
def test_a_number_or_a_word_is_no_title(text: str) -> None:
    assert load_catalogue().by_title(text) is None
