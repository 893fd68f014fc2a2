"""Which cell a finding names, in made papers: the one that was changed, or none."""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.made_papers import ITEMS, Name, Paper, coded_form, evaluate

GENERAL, SPENT = "general_public_expenditure", "expenditure"
SOUND = {**coded_form(GENERAL, ITEMS), **coded_form(SPENT, ITEMS)}
#: One item has basic expenditure alone.
KINDS = ITEMS | {"2050101": (Decimal("72.18"), Decimal("0.00"))}
ONE_KIND = {**coded_form(GENERAL, KINDS), **coded_form(SPENT, KINDS)}
THREE = {
    ("three_public", "budget", measure): Decimal(amount)
    for measure, amount in (("total", "20.00"), ("overseas", "3.00"), ("vehicle_total", "12.00"),
                            ("vehicle_purchase", "0.00"), ("vehicle_operation", "12.00"),
                            ("reception", "5.00"))
}  # fmt: skip
#: No total of the year: every line stands in for it, in two identities at once.
LINES = {
    ("income_expenditure_summary", "income/special_account", "amount"): Decimal("30.00"),
    ("income_expenditure_summary", "income/other_income", "amount"): Decimal("70.00"),
    ("income_expenditure_summary", "income/total", "amount"): Decimal("100.00"),
    ("income", "total", "total"): Decimal("100.00"),
}


def changed(document_id: str, figures: dict[Name, Decimal], *names: Name, by: str = "9.00") -> Paper:
    """A paper in which each of the cells prints so much more."""
    return Paper(document_id, figures, {name: f"{figures[name] + Decimal(by):.2f}" for name in names})


def swapped(document_id: str, figures: dict[Name, Decimal], one: Name, other: Name) -> Paper:
    return Paper(document_id, figures, {one: f"{figures[other]:.2f}", other: f"{figures[one]:.2f}"})


ONE = (GENERAL, "2010101", "basic")
SWAPPED = ((GENERAL, "2010101", "basic"), (GENERAL, "2010201", "basic"))
MOVED = ((SPENT, "2050101", "basic"), (SPENT, "2050101", "project"))
FAR_APART = ((GENERAL, "2010102", "project"), (SPENT, "2050101", "basic"))


def some_papers() -> Iterator[Paper]:
    yield Paper("sound", SOUND)
    yield changed("one", SOUND, ONE)
    yield swapped("swapped", SOUND, *SWAPPED)
    yield Paper("shifted", ONE_KIND, {MOVED[0]: None, MOVED[1]: f"{ONE_KIND[MOVED[0]]:.2f}"})
    yield Paper("row lost", {name: SOUND[name] for name in SOUND if name[:2] != (GENERAL, "2010102")})
    yield Paper("level lost", {name: SOUND[name] for name in SOUND if name[:2] != (GENERAL, "20101")})
    yield changed("two", SOUND, *FAR_APART)
    yield changed("one identity", THREE, ("three_public", "budget", "reception"))
    yield changed("tie", LINES, ("income_expenditure_summary", "income/other_income", "amount"))
    yield changed("rounding", SOUND, ONE, by="0.01")
    rng = random.Random(5)
    for number in range(60):
        items = {code: (Decimal(rng.randint(1, 99999)) / 100, Decimal(rng.randint(1, 99999)) / 100)
                 for code in ITEMS}  # fmt: skip
        figures = {**coded_form(GENERAL, items), **coded_form(SPENT, items)}
        name = rng.choice(sorted(figures))
        yield changed(
            f"random {number}|{'|'.join(name)}",
            figures,
            name,
            by=f"{rng.choice((-1, 1)) * rng.randint(5, 9)}.50",
        )


PAPERS = list(some_papers())


@pytest.fixture(scope="module")
def judged() -> Iterator[duckdb.DuckDBPyConnection]:
    with evaluate(PAPERS) as db:
        yield db


def named(db: duckdb.DuckDBPyConnection, document_id: str) -> set[Name]:
    """The cells that findings of a paper single out."""
    return set(
        db.execute(
            "SELECT form, row_key, measure FROM fct_finding WHERE document_id = ? AND located_by IS NOT NULL",
            [document_id],
        ).fetchall()
    )


def findings(db: duckdb.DuckDBPyConnection, document_id: str) -> list[dict[str, Any]]:
    rows = db.execute(
        "SELECT * FROM fct_finding WHERE document_id = ? AND kind <> 'coverage' ORDER BY rule_id, finding_id",
        [document_id],
    )
    columns = [column[0] for column in rows.description]
    return [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]


def test_sound_paper_has_no_finding(judged: duckdb.DuckDBPyConnection) -> None:
    assert findings(judged, "sound") == []


def test_changed_cell_is_named_with_what_it_should_be(judged: duckdb.DuckDBPyConnection) -> None:
    assert named(judged, "one") == {ONE}
    said = findings(judged, "one")
    assert {row["rule_id"] for row in said} == {"R-general-01", "R-general-05"}
    for row in said:
        assert (row["suggested_cny"], row["located_by"]) == (Decimal("4136300.00"), 2)
        assert row["explanation_zh"].endswith(
            "若一般公共预算财政拨款支出表2010101的基本支出改为 413.63 万元，2 条关系同时成立。"
        )
        assert row["explanation_en"].endswith("2 equations would hold.")


def test_finding_still_shows_both_sides_of_its_own_identity(judged: duckdb.DuckDBPyConnection) -> None:
    (of_sum,) = [row for row in findings(judged, "one") if row["rule_id"] == "R-general-05"]
    assert of_sum["row_key"] == "2010101"
    assert (of_sum["left_value"], of_sum["difference"]) == (Decimal("4447000.00"), Decimal("-90000.00"))


def test_swapped_cells_are_both_named(judged: duckdb.DuckDBPyConnection) -> None:
    assert named(judged, "swapped") == set(SWAPPED)


def test_figure_one_column_along_is_named_there_and_where_it_lacks(judged: duckdb.DuckDBPyConnection) -> None:
    assert named(judged, "shifted") == set(MOVED)


def test_lost_row_is_named_by_the_form_that_prints_it(judged: duckdb.DuckDBPyConnection) -> None:
    assert named(judged, "row lost") == {
        (GENERAL, "2010102", measure) for measure in ("total", "basic", "project")
    }
    amounts = {row["measure"]: row["suggested_cny"] for row in findings(judged, "row lost")}
    assert amounts["basic"] == Decimal("310700.00")


def test_lost_level_is_named(judged: duckdb.DuckDBPyConnection) -> None:
    rows = judged.execute(
        "SELECT form, row_key FROM fct_finding WHERE document_id = 'level lost' AND rule_id = 'R-level-01'"
    ).fetchall()
    assert rows == [(GENERAL, "20101")]


def test_two_errors_far_apart_are_two(judged: duckdb.DuckDBPyConnection) -> None:
    assert named(judged, "two") == set(FAR_APART)


@pytest.mark.parametrize("document_id", ["one identity", "tie", "rounding"])
def test_nothing_is_named_without_two_that_agree_on_one(
    judged: duckdb.DuckDBPyConnection, document_id: str
) -> None:
    assert named(judged, document_id) == set()
    said = findings(judged, document_id)
    assert said, "it is reported all the same"
    assert all(row["suggested_cny"] is None for row in said)


def test_unlocated_finding_keeps_its_left_side(judged: duckdb.DuckDBPyConnection) -> None:
    (row,) = findings(judged, "one identity")
    assert (row["row_key"], row["measure"], row["responsibility"]) == ("budget", "total", "publisher")


def test_a_changed_cell_is_named_or_none_is(judged: duckdb.DuckDBPyConnection) -> None:
    papers = [paper for paper in PAPERS if paper.document_id.startswith("random")]
    found = {paper.document_id: named(judged, paper.document_id) for paper in papers}
    assert all(names == {tuple(document_id.split("|")[1:])} for document_id, names in found.items())
