"""What a refresh enters into the ledger, tries again, and shows while it works; nothing is built here."""

import json
import os
import re
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest import console as console_module
from ingest import refresh as refresh_module
from ingest.cli import app
from ingest.console import printable, show_rows, working
from ingest.discover import Found
from ingest.extract import extractor_version
from ingest.progress import Step
from ingest.reading import MOST_EXTRA_SECONDS, SECONDS_PER_PAGE, Reading, read_found
from ingest.refresh import ExitCode, PublishingOptions, ReadingOptions, RefreshReport, refresh
from ingest.store import LEDGER_FILE, Known, Ledger
from ingest.workers import Limits, MoreTime
from tests.conftest import DATA, ROOT

SLUGS = sorted(path.name for path in DATA.iterdir() if path.suffix in (".txt", ".pdf"))
TEXTS = [name for name in SLUGS if name.endswith(".txt")]


@pytest.fixture(autouse=True)
def nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh_module._Job, "_build_and_publish", lambda _job, _given: None)


def first_dies_then_reads(found: Found, more_time: MoreTime) -> Reading:
    """Dies of a document at the first try, and reads it at the next."""
    seen = found.path.with_suffix(".seen")
    if found.path.name.startswith("frail") and not seen.exists():
        seen.touch()
        os._exit(1)
    return read_found(found, more_time)


def slowest_first(found: Found, more_time: MoreTime) -> Reading:
    time.sleep(0.6 if found.path.name == SLUGS[0] else 0)
    return read_found(found, more_time)


def statuses(report: RefreshReport) -> list[tuple[str, str, str | None]]:
    return [(item.file_name, item.status, item.reason_code) for item in report.documents]


def test_a_quarantine_stands_until_a_retry_is_asked_for(tmp_path: Path) -> None:
    inbox, warehouse = tmp_path / "inbox", tmp_path / "warehouse"
    inbox.mkdir()
    (inbox / "frail.txt").write_bytes((DATA / TEXTS[0]).read_bytes())
    (inbox / "other.txt").write_bytes((DATA / TEXTS[1]).read_bytes())

    def run(retry: bool) -> RefreshReport:
        return refresh([inbox], warehouse, options=ReadingOptions(2, retry=retry), task=first_dies_then_reads)

    first = run(retry=False)
    assert statuses(first) == [("frail.txt", "quarantined", "reader_died"), ("other.txt", "loaded", None)]
    again = run(retry=False)
    assert statuses(again) == [("frail.txt", "quarantined", None), ("other.txt", "known", None)]
    assert again.reading["documents"] == 0
    retried = run(retry=True)
    assert statuses(retried) == [("frail.txt", "loaded", None), ("other.txt", "known", None)]
    assert run(retry=True).reading["documents"] == 0
    frail = first.documents[0].sha256
    version = extractor_version(".txt")
    with Ledger(warehouse / LEDGER_FILE) as ledger:
        assert ledger.readings([]) == {}
        readings = ledger.readings([frail])
        assert readings[frail, version] == "quarantined"
        assert readings[frail, f"{version}+1"] == "loaded"
        assert ledger.documents()[frail] == Known("loaded", (version, f"{version}+1"))


def test_the_ledger_has_the_order_of_the_names_whatever_ends_first(tmp_path: Path) -> None:
    report = refresh([DATA / name for name in SLUGS], tmp_path, options=ReadingOptions(3), task=slowest_first)
    assert [item.file_name for item in report.documents] == SLUGS
    with Ledger(tmp_path / LEDGER_FILE) as ledger:
        rows = ledger._db.execute("SELECT file_name FROM raw.document ORDER BY rowid").fetchall()
    assert [name for (name,) in rows] == SLUGS


def test_one_process_and_many_enter_the_same(tmp_path: Path) -> None:
    def content(jobs: int) -> dict[str, list[tuple[object, ...]]]:
        folder = tmp_path / str(jobs)
        refresh([DATA / name for name in SLUGS[-3:]], folder, options=ReadingOptions(jobs))
        with Ledger(folder / LEDGER_FILE) as ledger:
            return {
                table: ledger._db.execute(f"SELECT * FROM raw.{table} ORDER BY rowid").fetchall()
                for table in ("form", "form_line", "form_cell", "table_cell", "claim", "indicator")
            }

    assert content(1) == content(3)


def test_where_nothing_loads_the_report_names_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    result = CliRunner().invoke(app, ["refresh", str(tmp_path), "-w", str(tmp_path / "w"), "--json"])
    report = json.loads(result.stdout)
    assert result.exit_code == report["exit_code"] == ExitCode.FAILED
    assert "no document could be loaded" in report["message"]
    assert [item["reason_code"] for item in report["documents"]] == ["empty_file"]


def test_options_reach_the_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[ReadingOptions] = []

    published: list[PublishingOptions] = []

    def spy(
        _paths: object,
        _warehouse: object,
        _progress: object,
        options: ReadingOptions,
        publishing: PublishingOptions,
    ) -> RefreshReport:
        seen.append(options)
        published.append(publishing)
        return RefreshReport()

    monkeypatch.setattr(refresh_module, "refresh", spy)
    limits = ["--time-limit", "7.5", "--memory-limit", "512", "--retry"]
    also = ["--inbox", str(DATA), "--wait", "2.5", "--keep", "7", "--force", "looked at"]
    CliRunner().invoke(app, ["refresh", str(DATA), *limits, "-j", "4", *also])
    CliRunner().invoke(app, ["refresh", str(DATA)], env={"JUESUAN_JOBS": "3"})
    assert seen == [ReadingOptions(4, Limits(7.5, 512 << 20), True), ReadingOptions(3)]
    assert published == [PublishingOptions(DATA, 2.5, 7, "looked at"), PublishingOptions()]


def test_pages_of_a_pdf_are_given_time_within_bounds() -> None:
    asked: list[float] = []
    file = ROOT / "tests" / "fixtures" / "pdf" / "economy_office.pdf"
    found = Found(file, "", file.stat().st_size)
    assert read_found(found, asked.append).problem is not None  # not the content that was found
    from ingest.discover import find_documents

    (found,), _ = find_documents([file])
    read_found(found, asked.append)
    assert asked == [18 * SECONDS_PER_PAGE]
    assert 18 * SECONDS_PER_PAGE < MOST_EXTRA_SECONDS


# Progress -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step("building the marts"), "building the marts"),
        (Step("reading", 0, 10, 1.0, ("a.pdf",)), "reading 0 of 10 · a.pdf"),
        (Step("reading", 20, 50, 10.0), "reading 20 of 50 · 2.0 a second, 15 s left"),
        (Step("reading", 1, 100, 10.0), "reading 1 of 100 · 6.0 a minute, 16 min 30 s left"),
        (
            Step("reading", 1, 1000, 60.0, ("a", "b")),
            "reading 1 of 1000 · 1.0 a minute, 16 h 39 min left · a, b",
        ),
    ],
)
def test_a_step_says_what_is_done_how_fast_and_what_remains(step: Step, words: str) -> None:
    assert str(step) == words


def test_a_log_gets_a_line_for_each_step_and_few_for_ten_thousand_papers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with working() as progress:
        for done in range(10_000):
            progress(Step("reading", done, 10_000, done / 100, ("[red]\u202ea.pdf",)))
        progress(Step("publishing"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "juesuan: reading 0 of 10000 · [red]\\u202ea.pdf",
        "juesuan: publishing",
    ]
    monkeypatch.setattr(console_module, "LINE_SECONDS", 0.0)
    with working() as progress:
        progress(Step("reading", 1, 3))
        progress(Step("reading", 2, 3))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_terminal_shows_names_as_they_are_and_never_obeys_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with working() as progress:
        progress(Step("reading", 1, 3, 1.0, ("[red]a.pdf", "\x1b[2Jb.pdf")))
        time.sleep(0.3)
    shown = capsys.readouterr().err
    assert "[red]a.pdf, \\u001b[2Jb.pdf" in shown
    assert "\x1b[2J" not in shown
    assert printable("预算\u3000单位") == "预算\u3000单位"
    show_rows(["name"], [("\x1b[2J\\[bold]a[/]\nb",)], "table")
    assert "\\u001b[2J\\[bold]a[/]" in capsys.readouterr().out
    assert printable("\x1b[2J\u202e审计局.pdf") == "\\u001b[2J\\u202e审计局.pdf"


def test_json_leaves_standard_output_to_the_report(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["refresh", str(DATA / SLUGS[0]), "-w", str(tmp_path / "w"), "--json"])
    assert json.loads(result.stdout)["reading"]["documents"] == 1
    assert re.search(r"^juesuan: reading 0 of 1", result.stderr, re.MULTILINE)


# What no ledger holds -----------------------------------------------------------------------------


def beyond_measure(found: Found, more_time: MoreTime) -> Reading:
    """A reading as damaged workbooks give: a figure of fifty digits, a lone surrogate."""
    reading = read_found(found, more_time)
    assert reading.extraction is not None
    if found.path.name.startswith("figure"):
        cells = reading.extraction.form_cells
        cells[0] = replace(cells[0], amount=Decimal(10) ** 50)
    elif found.path.name.startswith("decimals"):
        cells = reading.extraction.form_cells
        cells[0] = replace(cells[0], decimals=7)
    elif found.path.name.startswith("text"):
        cells = reading.extraction.form_cells
        cells[0] = replace(cells[0], amount_printed="\ud800")
    return reading


def test_a_paper_that_no_ledger_can_hold_stops_no_job(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    paper = (DATA / TEXTS[0]).read_bytes()
    for number, name in enumerate(("decimals.txt", "figure.txt", "good.txt", "text.txt")):
        (inbox / name).write_bytes(paper + b"\n" * number)
    report = refresh([inbox], tmp_path / "warehouse", task=beyond_measure)
    assert statuses(report) == [
        ("decimals.txt", "quarantined", "implausible"),
        ("figure.txt", "quarantined", "implausible"),
        ("good.txt", "loaded", None),
        ("text.txt", "quarantined", "implausible"),
    ]
    assert "1.000E+50" in (report.documents[1].reason or "")
