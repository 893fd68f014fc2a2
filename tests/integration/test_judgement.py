"""What comes of the judging: documents set aside, a history made by the ledger, decisions of stewards."""

import csv
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from typer.testing import CliRunner

from ingest import acknowledge as steward
from ingest import refresh as refresh_module
from ingest.build import build_marts
from ingest.cli import app
from ingest.errors import JuesuanError
from ingest.judge import RULES_FILE, read_seed
from ingest.refresh import ExitCode, ReadingOptions, RefreshReport, refresh
from ingest.standing import job_status
from ingest.store import Ledger
from ingest.summary import acknowledgements
from tests.conftest import text_file

RUNNER = CliRunner()
FIGURE = re.compile(r"\d[\d,]*\.\d{2}")
#: Digits that a bad scan turns into others.
CONFUSED = str.maketrans("138065", "788909")


def garbled(text: str) -> str:
    """The paper as a bad copy gives it: in its tables, every other figure with confused digits."""
    count = 0

    def confuse(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return match.group().translate(CONFUSED) if count % 2 else match.group()

    return "\n".join(FIGURE.sub(confuse, line) if "\t" in line else line for line in text.split("\n"))


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    # As the commands open it: one process may hold a file open in one way only.
    config = {"enable_external_access": "false", "lock_configuration": "true"}
    with duckdb.connect(str(path), read_only=True, config=config) as connection:
        yield connection


def ask(path: Path, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    with opened(path) as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def recorded(warehouse: Path) -> dict[str, int]:
    tables = ("verdict", "publication", "finding_event", "rule_result")
    return {
        table: ask(warehouse / "ledger.duckdb", f"SELECT count(*) FROM raw.{table}")[0][0] for table in tables
    }


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RefreshReport]:
    """A paper that contradicts itself, and one of which a bad copy is all that is left."""
    folder = tmp_path_factory.mktemp("judged")
    inbox = folder / "inbox"
    inbox.mkdir()
    good = text_file("qingshan_data_centre_2024_final").read_text(encoding="utf-8")
    assert "44.15\n" in good
    (inbox / "contradicts.txt").write_text(good.replace("44.15\n", "43.15\n", 1), encoding="utf-8")
    (inbox / "garbled.txt").write_text(garbled(good).replace("青山", "洪山"), encoding="utf-8")
    warehouse = folder / "warehouse"
    return warehouse, refresh([inbox], warehouse)


def test_a_garbled_paper_is_set_aside_with_its_reason(judged: tuple[Path, RefreshReport]) -> None:
    warehouse, report = judged
    assert report.exit_code == ExitCode.QUARANTINED
    outcomes = {outcome.file_name: outcome for outcome in report.documents}
    aside = outcomes["garbled.txt"]
    assert (aside.status, aside.reason_code) == ("quarantined", "extraction_doubtful")
    assert re.match(r"\d+ of its 202 figures \(\d+\.\d %\)", aside.reason or "")
    assert "--retry" in (aside.remedy or "")
    published = warehouse / "juesuan.duckdb"
    assert ask(published, "SELECT file_name FROM marts.dim_document") == [("contradicts.txt",)]
    assert ask(published, "SELECT DISTINCT document_id FROM marts.fct_form_cell") == [
        (outcomes["contradicts.txt"].sha256[:16],)
    ]
    assert ask(published, "SELECT file_name, reason_code, reason FROM marts.fct_quarantine") == [
        ("garbled.txt", "extraction_doubtful", aside.reason)
    ]


def test_a_paper_that_contradicts_itself_stays(judged: tuple[Path, RefreshReport]) -> None:
    published = judged[0] / "juesuan.duckdb"
    errors = ask(
        published, "SELECT responsibility, fault_reason FROM marts.fct_finding WHERE severity = 'error'"
    )
    assert len(errors) > 2
    assert set(errors) == {("publisher", "printed_so")}
    assert ask(published, "SELECT grade, figures, doubtful_figures FROM marts.mart_document_grade") == [
        ("C", 202, 0)
    ]


def test_what_is_set_aside_is_not_tried_again_unasked(
    judged: tuple[Path, RefreshReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, _ = judged
    inbox = warehouse.parent / "inbox"
    before = recorded(warehouse)

    def no_build(*_: object, **__: object) -> None:
        raise AssertionError("dbt was started although nothing is new")

    monkeypatch.setattr(refresh_module, "build_marts", no_build)
    again = refresh([inbox], warehouse)
    assert again.exit_code == ExitCode.NOTHING_NEW
    assert recorded(warehouse) == before
    statuses = {outcome.file_name: outcome.status for outcome in again.documents}
    assert statuses == {"contradicts.txt": "known", "garbled.txt": "quarantined"}


def test_retry_and_other_rules_let_it_be_judged_anew(
    judged: tuple[Path, RefreshReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, report = judged
    copy = tmp_path / "warehouse"
    shutil.copytree(warehouse, copy, symlinks=True)
    seen: list[dict[str, str]] = []

    def stop(job: refresh_module._Job, _given: object) -> None:
        with Ledger(job.warehouse / "ledger.duckdb") as ledger:
            seen.append({sha256: known.status for sha256, known in ledger.documents().items()})
        raise JuesuanError("stopped before the build")

    monkeypatch.setattr(refresh_module._Job, "_build_and_publish", stop)
    garbled_paper = next(item.sha256 for item in report.documents if item.file_name == "garbled.txt")
    with pytest.raises(JuesuanError, match="stopped"):
        refresh([warehouse.parent / "inbox"], copy, options=ReadingOptions(retry=True))
    assert seen[-1][garbled_paper] == "loaded", "the retry is a reading of its own"
    with Ledger(warehouse / "ledger.duckdb") as ledger:
        assert ledger.documents()[garbled_paper].status == "quarantined"
    other = tmp_path / "other"
    shutil.copytree(warehouse, other, symlinks=True)
    monkeypatch.setattr(refresh_module, "project_version", lambda: "other rules")
    with pytest.raises(JuesuanError, match="stopped"):
        refresh([warehouse.parent / "inbox"], other)
    assert seen[-1][garbled_paper] == "loaded", "what other rules set aside is judged anew"


def test_a_warehouse_of_doubtful_papers_alone_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = text_file("qingshan_data_centre_2024_final").read_text(encoding="utf-8")
    (tmp_path / "paper.txt").write_text(good, encoding="utf-8")
    found = [("a", "read wrong", "look at it")]

    def doubtful(_: Path) -> tuple[list[Any], int]:
        with Ledger(tmp_path / "warehouse" / "ledger.duckdb") as ledger:
            (sha256,) = ledger.documents()
        from ingest.doubt import DoubtfulDocument

        return [DoubtfulDocument(sha256[:16], *found[0][1:])], 1

    monkeypatch.setattr(
        refresh_module,
        "build_marts",
        lambda _, build_file, *__, **___: duckdb.connect(str(build_file)).close(),
    )
    monkeypatch.setattr("ingest.doubt.doubtful_documents", doubtful)
    with pytest.raises(JuesuanError, match=r"nothing is published: paper\.txt: read wrong"):
        refresh([tmp_path / "paper.txt"], tmp_path / "warehouse")
    assert not (tmp_path / "warehouse" / "current").exists()


def test_the_first_publication_begins_the_history(judged: tuple[Path, RefreshReport]) -> None:
    published = judged[0] / "juesuan.duckdb"
    findings = ask(published, "SELECT finding_id FROM marts.fct_finding ORDER BY ALL")
    history = ask(
        published,
        "SELECT finding_id FROM marts.mart_finding_history WHERE is_open AND first_publication = 1"
        " AND last_publication IS NULL AND last_seen IS NULL AND healed_at IS NULL ORDER BY ALL",
    )
    assert findings == history
    results = ask(published, "SELECT publication, count(*) FROM marts.mart_rule_history GROUP BY ALL")
    assert results == [(1, len(read_seed(RULES_FILE, "rule_id")))]
    assert recorded(judged[0]) == {
        "verdict": 1,
        "publication": 1,
        "finding_event": len(findings),
        "rule_result": results[0][1],
    }


def test_a_failed_run_leaves_no_trace_in_the_history(
    judged: tuple[Path, RefreshReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = tmp_path / "warehouse"
    shutil.copytree(judged[0], warehouse, symlinks=True)
    before = recorded(warehouse)

    def switch_fails(*_: object) -> Path:
        raise OSError("no space left")

    # All that dbt and the judge would do is done; the switch to the new folder fails.
    def built(_: Path, build_file: Path, *__: object, **___: object) -> None:
        for begun in build_file.parent.glob("juesuan.duckdb*"):
            begun.unlink()
        shutil.copyfile(warehouse / "juesuan.duckdb", build_file)

    monkeypatch.setattr(refresh_module, "build_marts", built)
    monkeypatch.setattr("ingest.doubt.doubtful_documents", lambda _: ([], 1))
    monkeypatch.setattr("ingest.history.new_events", lambda _: [])
    monkeypatch.setattr("ingest.judge.judge", lambda *_: JudgedNothing())
    monkeypatch.setattr("ingest.marts_file.owners", lambda _: {})
    monkeypatch.setattr("ingest.products.write_products", lambda *_: None)
    monkeypatch.setattr("ingest.publish.publish", switch_fails)
    paper = tmp_path / "new.txt"
    paper.write_text(
        text_file("qingshan_data_centre_2024_final").read_text(encoding="utf-8") + "\n末行\n",
        encoding="utf-8",
    )
    with pytest.raises(JuesuanError, match="the disk is full; the published warehouse stands"):
        refresh([paper], warehouse)
    assert recorded(warehouse) == before


class JudgedNothing:
    def summary(self) -> dict[str, Any]:
        return {}


@pytest.fixture(scope="module")
def corrected(judged: tuple[Path, RefreshReport]) -> tuple[Path, Path]:
    """The same warehouse after the body has published a corrected paper: a copy, and the one before."""
    before = judged[0]
    warehouse = before.parent / "corrected"
    shutil.copytree(before, warehouse, symlinks=True)
    paper = before.parent / "correction.txt"
    good = text_file("qingshan_data_centre_2024_final").read_text(encoding="utf-8")
    paper.write_text(good, encoding="utf-8")
    assert refresh([paper], warehouse).exit_code == ExitCode.PUBLISHED
    return warehouse, before


def test_a_corrected_paper_heals_the_findings_of_the_one_it_replaces(corrected: tuple[Path, Path]) -> None:
    warehouse, before = corrected
    published = warehouse / "juesuan.duckdb"
    old = ask(before / "juesuan.duckdb", "SELECT finding_id FROM marts.fct_finding ORDER BY ALL")
    healed = ask(
        published,
        "SELECT finding_id, first_publication, last_publication, healed_publication, healed_reason,"
        " healed_at > last_seen FROM marts.mart_finding_history WHERE NOT is_open ORDER BY ALL",
    )
    assert healed == [(finding_id, 1, 1, 2, "document_replaced", True) for (finding_id,) in old]
    opened_now = ask(
        published,
        "SELECT h.first_publication, d.file_name, count(*) FROM marts.mart_finding_history h"
        " JOIN marts.dim_document d USING (document_id) WHERE h.is_open GROUP BY ALL",
    )
    assert [row[:2] for row in opened_now] == [(2, "correction.txt")]
    assert ask(
        published,
        "SELECT publication, documents_evaluated, outcome FROM marts.mart_rule_history"
        " WHERE rule_id = 'R-claim-09' ORDER BY ALL",
    ) == [(1, 1, "broken"), (2, 2, "broken")]


def test_the_same_ledger_gives_the_same_history(corrected: tuple[Path, Path], tmp_path: Path) -> None:
    warehouse, _ = corrected
    build_marts(warehouse / "ledger.duckdb", tmp_path / "again.duckdb", tmp_path / "work")
    for mart in ("mart_finding_history", "mart_rule_history", "fct_finding", "mart_document_grade"):
        sql = f"SELECT CAST(m AS VARCHAR) FROM marts.{mart} AS m"
        assert ask(tmp_path / "again.duckdb", sql) == ask(warehouse / "juesuan.duckdb", sql), mart


# The commands of a steward, over the bundled papers.


def run(warehouse: Path, *words: str, code: int = 0) -> str:
    result = RUNNER.invoke(app, [*words, "--warehouse", str(warehouse)])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def test_findings_are_filtered_and_written_in_every_format(
    published: tuple[Path, RefreshReport], tmp_path: Path
) -> None:
    warehouse, _ = published
    chosen = ("findings", "--document", "城市运行", "--kind", "claim_vs_form", "--severity", "error")
    rows = json.loads(run(warehouse, *chosen, "--format", "json"))
    assert rows and {row["kind"] for row in rows} == {"claim_vs_form"}
    assert all("城市运行" in row["department"] and row["severity"] == "error" for row in rows)
    csv_file, book = tmp_path / "findings.csv", tmp_path / "findings.xlsx"
    run(warehouse, *chosen, "--output", str(csv_file))
    run(warehouse, *chosen, "--output", str(book), "--lang", "en")
    with csv_file.open(encoding="utf-8", newline="") as handle:
        written = list(csv.DictReader(handle))
    assert [row["finding_id"] for row in written] == [row["finding_id"] for row in rows]
    assert [row["left_value"] for row in written] == [row["left_value"] for row in rows]
    sheet = openpyxl.load_workbook(book).active
    header, *cells = sheet.iter_rows()
    names = [cell.value for cell in header]
    assert names == list(rows[0])
    assert (sheet.freeze_panes, len(cells)) == ("A2", len(rows))
    first = dict(zip(names, cells[0], strict=True))
    assert first["explanation"].value.startswith("The text states")
    assert first["document_id"].data_type == "s" and first["left_value"].data_type == "n"
    assert sheet.column_dimensions["F"].width > 40
    table = run(warehouse, *chosen)
    assert "文字说明称" in table and rows[0]["finding_id"][:10] in table and "原文如此印出" in table


def test_an_id_that_looks_like_a_number_stays_text_in_the_workbook(tmp_path: Path) -> None:
    from ingest.workbook import write_workbook

    write_workbook(tmp_path / "book.xlsx", "sheet", ["code", "text"], [("0123456789", "=1+1"), (None, "甲")])
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx").active
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["0123456789", "=1+1"],
        [None, "甲"],
    ]
    assert sheet["B2"].data_type == "s"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("findings", "--document", "no such paper"), "juesuan status"),
        (("findings", "--kind", "sums"), "cross_form"),
        (("findings", "--severity", "bad"), "suspicious"),
        (("findings", "--responsibility", "me"), "extraction"),
        (("findings", "--lang", "fr"), "zh"),
        (("findings", "--format", "xls"), "xlsx"),
        (("findings", "--format", "xlsx"), "--output"),
        (("acknowledge", "nothing", "--reason", "r", "--by", "b"), "juesuan findings"),
        (("acknowledge", "", "--reason", "r", "--by", "b"), "juesuan findings"),
        (("acknowledge", "0", "--reason", " ", "--by", "b"), "may not be empty"),
    ],
)
def test_wrong_usage_says_what_to_type(
    published: tuple[Path, RefreshReport], words: tuple[str, ...], said: str
) -> None:
    told = run(published[0], *words, code=ExitCode.WRONG_USAGE)
    assert said in re.sub(r"[\s│]+", " ", told)


def test_a_file_that_cannot_be_written_is_a_failure(published: tuple[Path, RefreshReport]) -> None:
    for name in ("findings.csv", "findings.xlsx"):
        told = run(published[0], "findings", "--output", f"/nowhere/{name}", code=ExitCode.FAILED)
        assert "cannot be written" in told


def test_a_decision_is_one_dated_row(
    published: tuple[Path, RefreshReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, _ = published
    seed = tmp_path / "acknowledged_finding.csv"
    seed.write_text(steward.ACKNOWLEDGED_FILE.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    monkeypatch.setattr(steward, "ACKNOWLEDGED_FILE", seed)
    (finding,) = ask(
        warehouse / "juesuan.duckdb",
        "SELECT finding_id, document_id, rule_id, figures FROM marts.fct_finding"
        " WHERE rule_id = 'R-claim-09'",
    )
    decide = ("acknowledge", finding[0][:10], "--reason", "typing error, known", "--by", "steward")
    assert "公用经费" in run(warehouse, *decide)
    assert "nothing is added" in run(warehouse, *decide)
    with seed.open(encoding="utf-8", newline="") as handle:
        (row,) = (item for item in csv.DictReader(handle) if item["finding_id"] == finding[0])
    assert (row["document_id"], row["rule_id"], row["figures"]) == finding[1:]
    assert (row["reason"], row["acknowledged_by"]) == ("typing error, known", "steward")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["acknowledged_on"])


def test_a_lapsed_decision_is_in_the_report_and_in_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from ingest.console import show_report, show_status

    build = tmp_path / "build.duckdb"
    with duckdb.connect(str(build)) as connection:
        connection.execute(
            "CREATE SCHEMA marts; CREATE TABLE marts.mart_acknowledgement AS SELECT * FROM (VALUES"
            " ('f1', 'R-three-01', 'd1', 'in_force', 'steward', DATE '2026-11-21', 'known', false),"
            " ('f2', 'R-three-01', 'd1', 'figures_changed', 'steward', DATE '2026-11-21', 'known', true))"
            " t(finding_id, rule_id, document_id, state, acknowledged_by, acknowledged_on, reason, is_lapsed)"
        )
    told = acknowledgements(build)
    assert told["in_force"] == 1
    assert [(item["finding_id"], item["state"]) for item in told["lapsed"]] == [("f2", "figures_changed")]
    counts = dict.fromkeys(("cells", "claims", "projects", "findings", "errors"), 0)
    show_report(RefreshReport(counts=counts, acknowledgements=told))
    assert "1 acknowledgements no longer apply" in capsys.readouterr().out
    nothing: dict[str, Any] = {
        f"{name}_columns": [] for name in ("document", "finding", "quarantine", "lapsed")
    } | {name: [] for name in ("documents", "findings", "quarantined")}
    lapsed = {"lapsed_columns": ["finding_id", "state"], "lapsed": [["f2", "figures_changed"]]}
    show_status({"published_at": "", "publication": "", "job": job_status(tmp_path), **nothing, **lapsed})
    assert "figures_changed" in capsys.readouterr().out


def test_grades_are_explained_from_their_one_place(published: tuple[Path, RefreshReport]) -> None:
    told = json.loads(run(published[0], "status", "--explain-grades", "--json"))
    assert [row["grade"] for row in told] == ["A", "B", "C", "D"]
    assert sum(row["documents"] for row in told) == 38
    assert all(row["definition_zh"] and row["definition_en"] for row in told)


def test_the_report_tells_how_each_family_fared(published: tuple[Path, RefreshReport]) -> None:
    _, report = published
    families = report.judged["families"]
    assert set(families) == {rule["kind"] for rule in read_seed(RULES_FILE, "rule_id").values()}
    assert sum(family["evaluated"] for family in families.values()) == report.judged["evaluated"] > 80
    assert report.judged["structural_checks"] > 38
    assert report.acknowledgements == {"in_force": 0, "lapsed": []}
