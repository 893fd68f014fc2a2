"""What the overview says of the publication as a whole, and what changed since the one before."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb

from tests.browser.expected import rounded, words_of
from tests.browser.hostile import BROKEN, HTML_NAME
from tests.browser.visit import Visit

Open = Callable[..., Visit]


def test_tiles_count_what_is_loaded(follow: Open, marts: duckdb.DuckDBPyConnection) -> None:
    page = follow("/").page
    tiles = {
        tile.locator("dt").inner_text(): tile.locator("dd").all_inner_texts()
        for tile in page.locator(".tiles > div").all()
    }
    (row,) = marts.execute("""
        SELECT
            (SELECT count(DISTINCT body.district_code) FROM dim_document JOIN dim_department AS name
                USING (department_id)
                JOIN dim_department AS body ON name.current_department_id = body.department_id),
            (SELECT count(DISTINCT current_department_id) FROM dim_document JOIN dim_department
                USING (department_id)),
            (SELECT min(fiscal_year) || '–' || max(fiscal_year) FROM dim_document),
            (SELECT count(*) FROM dim_document),
            (SELECT count(*) FROM fct_form_cell),
            (SELECT sum(checks) FROM mart_document_grade),
            (SELECT sum(checks_met) FROM mart_document_grade),
            (SELECT count(*) FROM fct_finding WHERE severity = 'error'),
            (SELECT count(*) FROM fct_finding)
    """).fetchall()
    districts, departments, years, documents, cells, checks, met, errors, findings = row
    assert tiles["区县与城市"][0] == rounded(districts, 0)
    assert tiles["部门"][0] == rounded(departments, 0)
    assert tiles["年度"][0] == years
    assert tiles["文件"] == [rounded(documents, 0), "另有 1 份隔离"]
    assert tiles["表内数字"][0] == rounded(cells, 0)
    assert tiles["核对相符"] == [f"{rounded(100 * met / checks, 2)}%", f"{met:,} / {checks:,} 项"]
    assert tiles["错误"] == [rounded(errors, 0), f"全部发现 {findings:,} 条"]


def test_grades_are_counted(follow: Open, marts: duckdb.DuckDBPyConnection) -> None:
    said = follow("/").at("grades").inner_text()
    counts = dict(marts.execute("SELECT grade, count(*) FROM dim_document GROUP BY grade").fetchall())
    for grade, label in words_of("GRADES").items():
        assert f"{label} {counts.get(grade, 0)} 份" in said


def test_it_says_what_the_last_refresh_changed(
    follow: Open, warehouse: Path, marts: duckdb.DuckDBPyConnection
) -> None:
    page = follow("/")
    keys = {"dim_document": "document_id", "fct_finding": "finding_id"}
    before = warehouse / "publications" / "000001" / "juesuan.duckdb"
    counts = {}
    with duckdb.connect(str(before), read_only=True) as first:
        for table, key in keys.items():
            rows = (db.execute(f"SELECT {key} FROM marts.{table}").fetchall() for db in (marts, first))
            counts[table] = [{row[0] for row in found} for found in rows]
    new, old = counts["dim_document"]
    said = dict(re.findall(r"(\S+)\s+(\d+)", page.at("changes").inner_text()))
    assert said["新增文件"] == str(len(new - old)) == "4"
    assert not old - new
    new, old = counts["fct_finding"]
    assert said["新发现"] == str(len(new - old))
    assert said.get("已消除的发现", "0") == str(len(old - new))
    assert HTML_NAME in page.at("change-list").inner_text()
    assert "第 000001 次发布" in page.text()


def test_a_file_that_could_not_be_loaded_is_told(follow: Open) -> None:
    (row,) = follow("/").tables()["quarantine"].rows
    assert row[0] == BROKEN
    assert len(row[1]) > 10
    assert len(row[2]) > 10
