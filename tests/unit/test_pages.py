"""The queries of the pages: a list that is read in part is one that can be counted and read whole."""

import re

import pytest

from ingest.dashboards import DASHBOARDS

PAGES = DASHBOARDS / "pages"
QUERIES = [
    (page.relative_to(PAGES).as_posix(), *query)
    for page in sorted(PAGES.rglob("*.md"))
    for query in re.findall(r"(?ms)^```(\w+)\n(.*?)\n```", page.read_text(encoding="utf-8"))
]
LIMITED = [query for query in QUERIES if re.search(r"\blimit\b", query[2], re.IGNORECASE)]


def test_the_pages_have_queries_and_some_are_read_in_part() -> None:
    assert len(QUERIES) > 50
    assert len(LIMITED) > 5


@pytest.mark.parametrize(
    ("page", "name", "sql"), LIMITED, ids=[f"{page}:{name}" for page, name, _ in LIMITED]
)
def test_a_limited_list_stands_in_a_table_that_counts_it(page: str, name: str, sql: str) -> None:
    # dashboards/components/whole.js takes the last order and the limit behind it away, and nothing else.
    assert re.search(r"\sorder by [^()]*(\([^()]*\)[^()]*)*\slimit \d+$", sql) or " order by " not in sql
    assert re.search(r"\slimit \d+$", sql)
    assert len(re.findall(r"\blimit\b", sql)) == 1
    assert f"<Figures data={{{name}}} " in (PAGES / page).read_text(encoding="utf-8")
