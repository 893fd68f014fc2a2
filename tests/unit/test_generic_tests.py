"""The project's own generic dbt tests find what they are for."""

import re
from typing import Any

import duckdb
import jinja2
import pytest

from tests.conftest import ROOT


def failing(test: str, rows: str, columns: list[str]) -> list[tuple[Any, ...]]:
    """What a generic test of macros/tests finds in rows of the columns x and y."""
    text = (ROOT / "macros" / "tests" / f"{test}.sql").read_text(encoding="utf-8")
    body = re.sub(r"{%-? (end)?test .*?%}", "", text)
    sql = jinja2.Template(body).render(model=f"(values {rows}) as t(x, y)", columns=columns)
    return duckdb.sql(sql).fetchall()


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("('a', 1), ('b', 1), ('a', 2)", []),
        ("('a', 1), ('b', 1), ('a', 1)", [("a", 1, 2)]),
        ("('a', null), ('a', null), (null, null)", [("a", None, 2)]),
    ],
    ids=["unique", "twice", "twice null"],
)
def test_a_combination_that_stands_twice_is_found(rows: str, found: list[tuple[Any, ...]]) -> None:
    assert failing("unique_combination", rows, ["x", "y"]) == found


def test_each_column_with_a_null_is_found() -> None:
    assert failing("no_nulls", "('a', null), ('b', null)", ["x", "y"]) == [("y", 2)]
