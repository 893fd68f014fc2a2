"""The judge: one expectation a rule, never passed on nothing, and an exception ends the run."""

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest import judge as judging
from ingest.errors import JuesuanError
from ingest.judge import Breach, expectation_id, judge, read_rules, suite_of

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


def build_file(path: Path, rows: Sequence[tuple[Any, ...]]) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA intermediate")
        connection.execute(
            "CREATE TABLE intermediate.int_rule_evaluation (rule_id varchar, document_id varchar,"
            " instance_key varchar, status varchar, difference decimal(20,2))"
        )
        if rows:
            connection.executemany(
                "INSERT INTO intermediate.int_rule_evaluation VALUES (?, ?, ?, ?, ?)", rows
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
    assert result.exceptions == ()
    assert result.breaches == (
        Breach("R-coverage-01", "b2", "income", "missing", None),
        Breach("R-expenditure-01", "a1", "208|", "fail", Decimal("500.00")),
        Breach("R-expenditure-01", "b2", "201|", "fail", Decimal("-3000.00")),
    )


def test_rule_without_evaluation_is_not_passed(verdict: tuple[judging.JudgeResult, Path]) -> None:
    result, _ = verdict
    rules = read_rules()
    assert len(result.not_evaluated_rules) == len(rules) - 4
    assert "R-summary-01" in result.not_evaluated_rules
    assert not set(result.not_evaluated_rules) & {"R-summary-05", "R-three-01"}


def test_data_docs_need_nothing_from_outside(verdict: tuple[judging.JudgeResult, Path]) -> None:
    _, docs = verdict
    pages = sorted(docs.rglob("*.html"))
    assert (docs / "index.html") in pages
    text = "".join(page.read_text("utf-8") for page in pages)
    assert "R-expenditure-01" in text
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=[\"'](?:https?:)?//", text) == []


def test_nothing_evaluated_is_no_success(tmp_path: Path) -> None:
    result = judge(build_file(tmp_path / "build.duckdb", ()), tmp_path / "docs")
    assert (result.evaluated, result.successful) == (0, 0)
    assert result.not_evaluated_rules == tuple(sorted(read_rules()))


def test_exception_in_an_expectation_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(rules: Sequence[dict[str, str]]) -> dict[str, Any]:
        suite = suite_of(rules)
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
    rules = read_rules()
    suite = suite_of(list(rules.values()))
    assert suite == suite_of(list(rules.values()))
    ids = [expectation["id"] for expectation in suite["expectations"]]
    assert ids == [expectation_id(rule_id) for rule_id in rules]
    assert len(set(ids)) == len(rules)
    assert expectation_id("R-summary-01") == "7850b7af-7e23-5816-a2a6-ee500dca4765"
