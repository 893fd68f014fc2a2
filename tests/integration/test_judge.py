"""The judge: a suite a family, never passed on nothing; an exception or a broken structure ends the run."""

import html
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest import judge as judging
from ingest.errors import JuesuanError
from ingest.judge import (
    CHECKS_FILE,
    RULES_FILE,
    expectation_id,
    judge,
    read_seed,
    structural_suite,
    suite_of,
)

EVALUATIONS: tuple[tuple[Any, ...], ...] = (
    ("R-summary-05", "a1", "|", "pass", Decimal("0.00")),
    ("R-summary-05", "b2", "|", "pass", Decimal("0.00")),
    ("R-three-01", "a1", "actual|", "rounding", Decimal("100.00")),
    ("R-three-01", "b2", "actual|", "pass", Decimal("0.00")),
    ("R-expenditure-01", "b2", "201|", "fail", Decimal("-3000.00")),
    ("R-expenditure-01", "a1", "208|", "fail", Decimal("500.00")),
    ("R-expenditure-01", "a1", "201|", "pass", Decimal("0.00")),
    ("R-coverage-01", "b2", "income", "missing", None),
)


RULES = read_seed(RULES_FILE, "rule_id")
CHECKS = read_seed(CHECKS_FILE, "check_id")
MET = tuple((check_id, "a1", "met", "as it should be") for check_id in CHECKS)


def build_file(path: Path, rows: Sequence[tuple[Any, ...]], checks: Sequence[tuple[str, ...]] = MET) -> Path:
    """A build with evaluations, a finding for each that failed, and structural checks."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE SCHEMA intermediate; CREATE SCHEMA marts;"
            "CREATE TABLE intermediate.int_rule_evaluation (rule_id varchar, document_id varchar,"
            " instance_key varchar, status varchar, difference decimal(20,2));"
            "CREATE TABLE intermediate.int_structural_check (check_id varchar, subject varchar,"
            " status varchar, detail varchar);"
            "CREATE TABLE marts.dim_document AS SELECT column0 AS document_id, '甲局' AS department_name,"
            " 2024 AS fiscal_year, 'budget' AS document_kind FROM (VALUES ('a1'), ('b2')) v(column0)"
        )
        if rows:
            connection.executemany(
                "INSERT INTO intermediate.int_rule_evaluation VALUES (?, ?, ?, ?, ?)", rows
            )
        connection.execute(
            "ALTER TABLE intermediate.int_rule_evaluation ADD COLUMN evaluation_id varchar;"
            "ALTER TABLE intermediate.int_rule_evaluation ADD COLUMN page integer DEFAULT 7;"
            "UPDATE intermediate.int_rule_evaluation"
            " SET evaluation_id = md5(concat_ws('|', rule_id, document_id, instance_key));"
            "CREATE TABLE marts.fct_finding AS SELECT evaluation_id AS finding_id, rule_id AS left_label,"
            " CAST(1234.5 AS DECIMAL(20, 2)) AS left_value, '其 2 项之和' AS right_label,"
            " CAST(1000 AS DECIMAL(20, 2)) AS right_value, 'error' AS severity,"
            " 'publisher' AS responsibility, instance_key || ' 相差' AS explanation_zh,"
            " 'differs' AS explanation_en FROM intermediate.int_rule_evaluation WHERE status = 'fail';"
            "CREATE TABLE marts.dim_rule AS SELECT rule_id, countif(status = 'pass') AS passed,"
            " countif(status = 'rounding') AS rounded FROM intermediate.int_rule_evaluation GROUP BY rule_id"
        )
        if checks:
            connection.executemany(
                "INSERT INTO intermediate.int_structural_check VALUES (?, ?, ?, ?)", checks
            )
    return path


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> tuple[judging.JudgeResult, Path]:
    folder = tmp_path_factory.mktemp("judge")
    docs = folder / "out" / "docs"
    return judge(build_file(folder / "build.duckdb", EVALUATIONS), docs), docs


def test_breaches_are_named_and_the_run_goes_on(verdict: tuple[judging.JudgeResult, Path]) -> None:
    result, _ = verdict
    assert (result.evaluated, result.successful) == (4, 2)
    assert result.unsuccessful_rules == ("R-coverage-01", "R-expenditure-01")
    families = {family.kind: family for family in result.families}
    assert set(families) == {rule["kind"] for rule in RULES.values()}
    assert (families["sum"].evaluated, families["sum"].successful, families["sum"].breaches) == (3, 2, 2)
    assert families["coverage"].unsuccessful_rules == ("R-coverage-01",)
    assert (families["garbled"].evaluated, families["garbled"].successful) == (0, 0)
    summary = result.summary()["families"]["sum"]
    assert summary["unsuccessful_rules"] == ["R-expenditure-01"]
    assert summary["rules"] == summary["evaluated"] + len(summary["not_evaluated_rules"])
    assert result.breaches == {"R-coverage-01": 1, "R-expenditure-01": 2}


def test_of_many_breaches_the_first_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    many = [("R-expenditure-01", "d4", f"{number}|", "fail", Decimal("1.00")) for number in range(300, 360)]
    result = judge(build_file(tmp_path / "build.duckdb", [*EVALUATIONS, *many]), tmp_path / "docs")
    assert result.breaches["R-expenditure-01"] == 62
    page = (tmp_path / "docs" / "validations" / "sum.html").read_text(encoding="utf-8")
    assert len(set(re.findall(r"\d+\| 相差", page))) == 20
    assert "42 more: fct_finding has them all" in page
    index = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    assert "<td class=number>62</td>" in index


def test_rule_without_evaluation_is_not_passed(verdict: tuple[judging.JudgeResult, Path]) -> None:
    result, _ = verdict
    assert len(result.not_evaluated_rules) == len(RULES) - 4
    assert "R-summary-01" in result.not_evaluated_rules
    assert not set(result.not_evaluated_rules) & {"R-summary-05", "R-three-01"}


def test_data_docs_need_nothing_from_outside(verdict: tuple[judging.JudgeResult, Path]) -> None:
    _, docs = verdict
    pages = sorted(docs.rglob("*.html"))
    assert (docs / "index.html") in pages
    text = "".join(page.read_text("utf-8") for page in pages)
    assert "R-expenditure-01" in text
    assert re.findall(r"(?:src|href|url\()=?[\"']?(?:https?:)?//", text) == []
    assert "<script" not in text
    for page in pages:
        for link in re.findall(r"(?:src|href)=\"([^\"#]+)\"", page.read_text("utf-8")):
            assert (page.parent / link).is_file(), f"{page}: {link}"


def test_data_docs_show_the_breach_in_words_with_its_figures(
    verdict: tuple[judging.JudgeResult, Path],
) -> None:
    _, docs = verdict
    page = (docs / "validations" / "sum.html").read_text("utf-8")
    for shown in ("208| 相差 differs", "甲局 2024 budget", "1234.50", "其 2 项之和: 1000.00", "500.00"):
        assert shown in page
    index = (docs / "index.html").read_text("utf-8")
    assert {f"validations/{kind}.html" for kind in ("structure", "sum", "coverage")} == set(
        re.findall(r"validations/\w+\.html", index)
    )


def test_what_a_paper_calls_itself_runs_nothing(tmp_path: Path) -> None:
    names = ("<svg/onload=alert`1`>", "<details open ontoggle=alert(1)>", "<a href=javascript:alert(1)>")
    rows = [("R-expenditure-01", "b2", name, "fail", Decimal("1.00")) for name in names]
    judge(build_file(tmp_path / "build.duckdb", rows), tmp_path / "docs")
    pages = [page.read_text("utf-8") for page in (tmp_path / "docs").rglob("*.html")]
    page = (tmp_path / "docs" / "validations" / "sum.html").read_text("utf-8")
    for name in names:
        assert html.escape(name) in page
        assert not any(name in text for text in pages)
    assert all("default-src 'none'" in text for text in pages)


@pytest.mark.parametrize("check_id", CHECKS)
def test_a_broken_structural_check_ends_the_run(tmp_path: Path, check_id: str) -> None:
    checks = [*MET, (check_id, "b2", "broken", "what is wrong")]
    with pytest.raises(JuesuanError, match=rf"{check_id} .*b2 \(what is wrong\)"):
        judge(build_file(tmp_path / "build.duckdb", EVALUATIONS, checks), tmp_path / "docs")


def test_a_structural_check_asked_of_nobody_ends_the_run(tmp_path: Path) -> None:
    checks = [check for check in MET if check[0] != "S-rule-02"]
    with pytest.raises(JuesuanError, match=r"S-rule-02 .*asked of nobody"):
        judge(build_file(tmp_path / "build.duckdb", EVALUATIONS, checks), tmp_path / "docs")


def test_nothing_evaluated_is_no_success(tmp_path: Path) -> None:
    result = judge(build_file(tmp_path / "build.duckdb", ()), tmp_path / "docs")
    assert (result.evaluated, result.successful) == (0, 0)
    assert result.not_evaluated_rules == tuple(sorted(RULES))


def test_exception_in_an_expectation_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kind: str, rules: Sequence[dict[str, str]]) -> dict[str, Any]:
        suite = suite_of(kind, rules)
        suite["expectations"][0]["kwargs"]["column"] = "no_such_column"
        return suite

    monkeypatch.setattr(judging, "suite_of", broken)
    with pytest.raises(JuesuanError, match="could not be judged"):
        judge(build_file(tmp_path / "build.duckdb", EVALUATIONS), tmp_path / "docs")


def test_unknown_rule_is_refused(tmp_path: Path) -> None:
    rows = [("R-none-99", "a1", "|", "pass", Decimal("0.00"))]
    with pytest.raises(JuesuanError, match="R-none-99"):
        judge(build_file(tmp_path / "build.duckdb", rows), tmp_path / "docs")


def test_missing_build_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JuesuanError, match="run dbt build first"):
        judge(tmp_path / "none.duckdb", tmp_path / "docs")


def test_build_without_evaluations_is_refused(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "build.duckdb")).close()
    with pytest.raises(JuesuanError, match="cannot be read"):
        judge(tmp_path / "build.duckdb", tmp_path / "docs")


def test_suite_is_one_expectation_a_rule_with_lasting_ids() -> None:
    ids = []
    for kind in {rule["kind"] for rule in RULES.values()}:
        rules = [rule for rule in RULES.values() if rule["kind"] == kind]
        suite = suite_of(kind, rules)
        assert suite == suite_of(kind, rules)
        own = [expectation["id"] for expectation in suite["expectations"]]
        assert own == [expectation_id(rule["rule_id"]) for rule in rules]
        ids += [suite["id"], *own]
    structure = structural_suite(list(CHECKS.values()))
    ids += [structure["id"], *(expectation["id"] for expectation in structure["expectations"])]
    assert len(set(ids)) == len(ids) > len(RULES) + 2 * len(CHECKS)
    assert {expectation["severity"] for expectation in structure["expectations"]} == {"critical"}
    assert expectation_id("R-summary-01") == "7850b7af-7e23-5816-a2a6-ee500dca4765"
