"""Codes as history: what a name says of its time, and what becomes of a code that nobody knows."""

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ingest.publish import open_published
from ingest.refresh import ExitCode, RefreshReport, refresh
from tests.conftest import text_file

NEW_CODE, NEW_NAME = "2014077", "网上信访平台支出"


def test_a_code_keeps_the_names_it_bore(db: duckdb.DuckDBPyConnection) -> None:
    names = db.execute(
        "SELECT name_zh, valid_from, valid_to, evidence, is_current_name"
        " FROM marts.bridge_classification_name "
        " WHERE classification = 'function' AND code = '210' ORDER BY is_current_name"
    ).fetchall()
    assert names == [
        ("医疗卫生与计划生育支出", None, date(2018, 12, 31), "recalled", False),
        ("卫生健康支出", date(2019, 1, 1), None, "observed", True),
    ]


def test_recalled_is_never_called_observed(db: duckdb.DuckDBPyConnection) -> None:
    found = db.execute(
        "SELECT evidence, bool_and(documents > 0), bool_and(source LIKE 'recalled (%'), count(*) > 0"
        " FROM marts.bridge_classification_name GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert found == [("observed", True, False, True), ("recalled", None, True, True)]


def test_an_old_number_joins_the_series_of_the_new_one(db: duckdb.DuckDBPyConnection) -> None:
    """The paper of 2020 prints 2109901; later ones print 2109999."""
    found = db.execute(
        "SELECT DISTINCT e.function_code, x.harmonised_code, x.change_kind, x.weight"
        " FROM marts.fct_expenditure AS e"
        " JOIN marts.bridge_function_crosswalk AS x USING (function_code, fiscal_year)"
        " WHERE e.fiscal_year = 2020 AND x.change_kind <> 'same'"
    ).fetchall()
    assert found == [("2109901", "2109999", "recoded", 1)]
    assert db.execute(
        "SELECT harmonised_code FROM marts.dim_function WHERE function_code IN ('2109901', '2109999')"
    ).fetchall() == [("2109999",), ("2109999",)]


@pytest.mark.parametrize(
    ("code", "cofog", "status"),
    [("2050203", "7092", "draft"), ("20502", "709", "draft"), ("2210201", None, "undecided")],
)
def test_the_draft_mapping_is_marked_and_undecided_where_it_is(
    db: duckdb.DuckDBPyConnection, code: str, cofog: str | None, status: str
) -> None:
    found = db.execute(
        "SELECT cofog_code, mapping_status FROM marts.dim_function WHERE function_code = ?", [code]
    ).fetchall()
    assert found == [(cofog, status)]


def test_economic_codes_meet_only_where_the_mapping_is_unique(db: duckdb.DuckDBPyConnection) -> None:
    """30113 goes to 50103 for an agency and to 50501 for a public institution; 50103 takes 30113 alone."""
    found = db.execute(
        "SELECT economic_code, government_economic_code FROM marts.dim_economic"
        " WHERE economic_code IN ('30113', '30308') ORDER BY 1"
    ).fetchall()
    assert found == [("30113", None), ("30308", "50902")]
    assert db.execute(
        "SELECT economic_code FROM marts.dim_government_economic WHERE government_economic_code = '50103'"
    ).fetchall() == [("30113",)]


@pytest.fixture(scope="module")
def with_a_new_code(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RefreshReport]:
    """The warehouse of one paper, an item of which bears a number and a name of its own."""
    folder = tmp_path_factory.mktemp("new_code")
    text = text_file("qingshan_data_centre_2024_final").read_text(encoding="utf-8")
    changed = text.replace("2014099\t\t其他信访事务支出", f"{NEW_CODE}\t\t{NEW_NAME}")
    assert changed.count(NEW_CODE) == 3
    (folder / "paper.txt").write_text(changed, encoding="utf-8")
    return folder / "warehouse", refresh([folder / "paper.txt"], folder / "warehouse")


def test_a_new_code_does_not_block_the_load(with_a_new_code: tuple[Path, RefreshReport]) -> None:
    warehouse, report = with_a_new_code
    assert report.exit_code == ExitCode.PUBLISHED
    assert report.observed_codes == [
        {"classification": "function", "code": NEW_CODE, "name": NEW_NAME, "documents": 1}
    ]
    with open_published(warehouse) as db:
        known = db.execute(
            "SELECT function_name, parent_code, evidence, documents, is_in_reference, first_year,"
            " harmonised_code FROM marts.dim_function WHERE function_code = ?",
            [NEW_CODE],
        ).fetchall()
        found = db.execute(
            "SELECT DISTINCT severity, form FROM marts.fct_finding WHERE rule_id = 'R-code-02' ORDER BY form"
        ).fetchall()
    assert known == [(NEW_NAME, "20140", "observed", 1, False, 2024, NEW_CODE)]
    assert found == [("suspicious", form) for form in ("expenditure", "general_public_expenditure", "income")]


ROWS = """
    SELECT DISTINCT document_id, form, row_key FROM marts.fct_form_cell JOIN marts.dim_form USING (form)
    WHERE is_standard AND NOT ends_with(form, 'summary') AND form <> 'three_public'
"""
# Row keys of the coded forms: codes below each other (a government code behind gov:), below a unit or
# the side of a fund; the rest of a key names no code.
CODES = f"""
    WITH rows AS ({ROWS}),
    parts AS (
        SELECT *, unnest(string_split(regexp_replace(row_key, '#[0-9]+$', ''), '/')) AS part FROM rows
    )
    SELECT document_id, form, row_key, part,
        part IN (SELECT function_code FROM marts.dim_function)
        OR part IN (SELECT economic_code FROM marts.dim_economic)
        OR part IN (SELECT 'gov:' || government_economic_code FROM marts.dim_government_economic) AS is_known
    FROM parts
    WHERE regexp_matches(part, '^(gov:)?[0-9]+$')
"""
NO_CODE = r"(unit:[^/]*/?)+|total|personnel_total|public_total|(income|expenditure\w*)/[^/0-9]+"


def test_every_row_means_a_code_of_the_dimensions(db: duckdb.DuckDBPyConnection) -> None:
    """Five papers of Wuhan and the tables of 33 of other places: nothing is left without a code."""
    found = db.execute(CODES).fetchall()
    assert len({row[0] for row in found}) >= 37
    assert [row for row in found if not row[4]] == []
    coded = {row[:3] for row in found}
    others = {re.sub(r"#\d+$", "", row[2]) for row in db.execute(ROWS).fetchall() if row not in coded}
    assert {key for key in others if not re.fullmatch(NO_CODE, key)} == set()
    assert db.execute("SELECT count(*) FROM marts.fct_finding WHERE rule_id = 'R-garbled-03'").fetchall() == [
        (0,)
    ]


def test_a_code_behind_another_is_met_too(db: duckdb.DuckDBPyConnection) -> None:
    """Beijing prints a function code and, behind it, its own subdivision of the economic code."""
    found = db.execute(
        "SELECT row_key, severity, explanation_zh FROM marts.fct_finding"
        " WHERE rule_id = 'R-code-02' AND contains(explanation_zh, '3021202')"
    ).fetchall()
    assert [row[:2] for row in found] == [("2010805/3021202/gov:50207", "suspicious")]


#: Codes that stand in the bundled tables and in no list of the reference, looked up on the pages.
OBSERVED = [
    *["2010303", "2014101", "2070607", "2080202", "2101201", "2101502", "2139999"],
    *["3010201", "3010202", "30210", "3021101", "3021202", "3021503"],
]


def test_only_unknown_codes_are_reported(published: tuple[Path, RefreshReport]) -> None:
    assert sorted(item["code"] for item in published[1].observed_codes) == OBSERVED
