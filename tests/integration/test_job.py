"""What the job does around a build: lock, publications, rollback, gates, inbox, journal, damage.

dbt and the judge are stood in for (tests/light.py): the build takes a second, all else is the real thing.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from ingest import loading, publish
from ingest import refresh as refresh_module
from ingest.cli import app
from ingest.errors import JuesuanError
from ingest.ledger_copy import COPY, DAMAGED
from ingest.lock import LOCK_FILE, lock_owner, writer_lock
from ingest.refresh import ExitCode, PublishingOptions, RefreshFailed, RefreshReport, refresh
from ingest.rollback import roll_back
from ingest.runs import JOURNAL, read_runs
from ingest.standing import job_status
from ingest.store import LEDGER_FILE, Ledger
from ingest.workers import Done
from tests import light
from tests.conftest import DATA, ROOT

PAPERS = sorted((DATA / "tables").iterdir(), key=lambda path: (path.stat().st_size, path.name))[:4]
NOON = datetime(2026, 1, 2, 12)


def noon() -> datetime:
    return NOON


@pytest.fixture(autouse=True)
def _light_build(monkeypatch: pytest.MonkeyPatch) -> None:
    light.install(monkeypatch.setattr)
    monkeypatch.setattr(refresh_module, "build_marts", in_process)
    monkeypatch.setattr(loading, "run", read_here)


def read_here(task: Any, items: list[Any], *_: object) -> Iterator[Done[Any]]:
    """Read without workers: what these do is tested elsewhere."""
    for item in items:
        yield Done(item, task(item, lambda _seconds: None), None, 0.0, 0)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for paper in PAPERS[:3]:
        shutil.copy(paper, folder)
    return folder


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


def run(papers: Path, warehouse: Path, **publishing: Any) -> RefreshReport:
    return refresh([papers], warehouse, publishing=PublishingOptions(**publishing), clock=noon)


def add(inbox: Path) -> None:
    """Another paper of other content."""
    number = len(list(inbox.iterdir()))
    content = PAPERS[0].read_bytes() + f"\n第 {number} 份\n".encode()
    (inbox / f"{number}_{PAPERS[0].name}").write_bytes(content)


def standing(warehouse: Path) -> str:
    manifest = publish.current_manifest(warehouse)
    assert manifest is not None
    assert publish.broken_files(warehouse / "current") == []
    return str(manifest["number"])


# Publications -------------------------------------------------------------------------------------


def test_the_last_publications_stay_and_rollback_moves_the_pointer(inbox: Path, warehouse: Path) -> None:
    for _ in range(4):
        run(inbox, warehouse, keep=3)
        add(inbox)
    assert [item["number"] for item in publish.kept_publications(warehouse)] == ["000002", "000003", "000004"]
    assert "000003" in roll_back(warehouse, None, noon)
    assert standing(warehouse) == "000003"
    assert "000002" in roll_back(warehouse, 2, noon)
    with pytest.raises(JuesuanError, match="kept are 000002, 000003, 000004"):
        roll_back(warehouse, 1, noon)
    with pytest.raises(JuesuanError, match="no publication before 000002"):
        roll_back(warehouse, None, noon)
    assert read_runs(warehouse)[-1].outcome == "rolled_back"


def test_nothing_new_does_not_undo_a_rollback_and_something_new_ends_it(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    add(inbox)
    run(inbox, warehouse)
    roll_back(warehouse, None, noon)
    report = run(inbox, warehouse)
    assert (report.exit_code, report.publication) == (ExitCode.NOTHING_NEW, "000001")
    assert "000002, which was rolled back to 000001" in report.message
    assert "rolled back" in job_status(warehouse)["waits"][0]
    add(inbox)
    # The standing publication has fewer papers: nothing is lost against it.
    assert run(inbox, warehouse).publication == "000003"
    assert standing(warehouse) == "000003"


def test_a_standing_publication_is_never_pruned(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    add(inbox)
    run(inbox, warehouse)
    roll_back(warehouse, None, noon)
    publish.prune(warehouse, 1)
    assert [item["number"] for item in publish.kept_publications(warehouse)] == ["000001", "000002"]


def test_a_damaged_publication_is_not_gone_back_to(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    add(inbox)
    run(inbox, warehouse)
    with (warehouse / "publications" / "000001" / "juesuan.duckdb").open("r+b") as handle:
        handle.seek(5000)
        handle.write(b"\xff")
    with pytest.raises(JuesuanError, match=r"damaged: juesuan\.duckdb"):
        roll_back(warehouse, 1, noon)
    assert standing(warehouse) == "000002"


def test_going_back_needs_no_ledger_and_leaves_nothing_where_nothing_is(
    inbox: Path, warehouse: Path, tmp_path: Path
) -> None:
    with pytest.raises(JuesuanError, match="run juesuan refresh first"):
        roll_back(tmp_path / "mistyped", None, noon)
    assert not (tmp_path / "mistyped").exists()
    run(inbox, warehouse)
    add(inbox)
    run(inbox, warehouse)
    (warehouse / LEDGER_FILE).unlink()
    roll_back(warehouse, None, noon)
    assert standing(warehouse) == "000001"


def test_a_published_file_that_cannot_be_opened_is_named_and_holds_the_build_back(
    inbox: Path, warehouse: Path
) -> None:
    here = ["--warehouse", str(warehouse)]
    run(inbox, warehouse)
    published = (warehouse / "juesuan.duckdb").resolve()
    with published.open("r+b") as handle:
        handle.write(bytes(20_000))
    status = CliRunner().invoke(app, ["status", *here])
    assert status.exit_code == ExitCode.FAILED
    assert "not as it was published: juesuan.duckdb" in status.stdout
    assert "juesuan rollback" in status.stderr
    add(inbox)
    report = run(inbox, warehouse)
    assert report.gates["held"] == ["comparable"]
    assert "cannot be opened" in report.message
    published.unlink()
    assert run(inbox, warehouse).gates["held"] == ["comparable"]
    assert run(inbox, warehouse, force="the disk lost it").exit_code == ExitCode.PUBLISHED
    assert standing(warehouse) == "000002"


def test_a_published_file_that_is_open_for_writing_elsewhere_is_named(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    script = "import duckdb, sys; db = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(warehouse / "juesuan.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(JuesuanError, match="open for writing in another program"):
            publish.open_published(warehouse)
        add(inbox)
        with pytest.raises(JuesuanError, match="open for writing in another program"):
            run(inbox, warehouse)
    finally:
        writer.communicate(b"\n")
    assert run(inbox, warehouse).exit_code == ExitCode.PUBLISHED


def test_a_stop_behind_the_switch_is_no_failure(
    inbox: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "prune", stopped)
    report = run(inbox, warehouse)
    assert (report.exit_code, report.publication) == (ExitCode.PUBLISHED, "000001")
    assert "stopped" in report.notes[0]


def test_a_failed_run_tells_what_it_did(
    inbox: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise JuesuanError("the marts could not be built")

    monkeypatch.setattr(refresh_module, "build_marts", broken)
    with pytest.raises(RefreshFailed, match="could not be built") as failed:
        run(inbox, warehouse)
    report = failed.value.report
    assert report.exit_code == ExitCode.FAILED
    assert [item.status for item in report.documents] == ["loaded"] * 3


def test_the_commands_say_what_was_done_and_what_cannot_be(inbox: Path, warehouse: Path) -> None:
    here = ["--warehouse", str(warehouse)]
    nothing = CliRunner().invoke(app, ["rollback", *here])
    assert nothing.exit_code == 1
    assert "run juesuan refresh first" in nothing.stderr
    run(inbox, warehouse)
    add(inbox)
    run(inbox, warehouse)
    done = CliRunner().invoke(app, ["rollback", "1", *here])
    assert done.exit_code == 0
    assert "000001" in done.stdout
    assert "in place of 000002" in done.stdout
    again = CliRunner().invoke(app, ["rollback", "1", *here])
    assert again.exit_code == 1
    assert "is the standing one already" in again.stderr
    wrong = CliRunner().invoke(app, ["refresh", "--inbox", str(PAPERS[0]), *here])
    assert wrong.exit_code == ExitCode.WRONG_USAGE


class _Stop(BaseException):
    """As a kill: nothing between it and the caller may clean up."""


#: Every step that changes something on disk from the finished build on.
STEPS = ("write_manifest", "_point", "prune", "remove", "_to_disk")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_stop_at_each_step_of_the_switch_leaves_one_publication_whole(
    step: str, when: str, turn: int, inbox: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(inbox, warehouse, keep=1)
    add(inbox)
    real: Callable[..., Any] = getattr(publish, step)
    turns = 0

    def stopping(*arguments: Any) -> Any:
        nonlocal turns
        turns += 1
        if when == "before" and turns == turn:
            raise _Stop
        result = real(*arguments)
        if turns == turn:
            raise _Stop
        return result

    with monkeypatch.context() as patch:
        patch.setattr(publish, step, stopping)
        try:
            run(inbox, warehouse, keep=1)
        except _Stop:
            assert standing(warehouse) in {"000001", "000002"}
    report = run(inbox, warehouse, keep=1)
    assert report.exit_code in {ExitCode.PUBLISHED, ExitCode.NOTHING_NEW}
    assert standing(warehouse) == "000002"
    left = {path.name for path in warehouse.iterdir()}
    assert left == {
        "current", "juesuan.duckdb", "last-build", "ledger.duckdb", "ledger.copy.duckdb", "publications",
        JOURNAL, ".lock",
    } - ({COPY} - left)  # fmt: skip
    with Ledger(warehouse / LEDGER_FILE) as ledger:
        assert ledger.last_publication() == 2


# Lock ---------------------------------------------------------------------------------------------

HOLD = (
    "import sys, time\nfrom pathlib import Path\nfrom ingest.lock import writer_lock\n"
    "with writer_lock(Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n    time.sleep(float(sys.argv[2]))\n"
)


@pytest.fixture
def hold(warehouse: Path) -> Iterator[Callable[[float], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(seconds: float) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(warehouse), str(seconds)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_second_job_is_told_who_writes_and_a_reader_never_waits(
    inbox: Path, warehouse: Path, hold: Callable[[float], subprocess.Popen[str]]
) -> None:
    run(inbox, warehouse)
    add(inbox)
    owner = hold(600)
    result = CliRunner().invoke(app, ["refresh", str(inbox), "--warehouse", str(warehouse), "--json"])
    assert result.exit_code == ExitCode.FAILED
    message = json.loads(result.stdout)["message"]
    assert f"process {owner.pid} on {os.uname().nodename}" in message
    assert "--wait SECONDS" in message
    # What it was told besides, a webhook say, is not for everyone to read.
    assert "--" not in (warehouse / LOCK_FILE).read_text()
    with publish.open_published(warehouse) as db:
        assert db.execute("SELECT count(*) FROM marts.dim_document").fetchall() == [(3,)]
    assert str(owner.pid) in job_status(warehouse)["waits"][0]
    assert run_without_change(inbox, warehouse).exit_code == ExitCode.NOTHING_NEW


def run_without_change(inbox: Path, warehouse: Path) -> RefreshReport:
    """Nothing new needs no lock."""
    next(path for path in inbox.iterdir() if path.name.startswith("3_")).unlink()
    return run(inbox, warehouse)


def test_a_job_that_waits_goes_on_when_the_other_ends(
    inbox: Path, warehouse: Path, hold: Callable[[float], subprocess.Popen[str]]
) -> None:
    hold(1.5)
    assert run(inbox, warehouse, wait=60).exit_code == ExitCode.PUBLISHED


def test_the_lock_of_a_dead_process_is_none(
    inbox: Path, warehouse: Path, hold: Callable[[float], subprocess.Popen[str]]
) -> None:
    process = hold(600)
    assert lock_owner(warehouse) is not None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert lock_owner(warehouse) is None
    with writer_lock(warehouse):
        owner = lock_owner(warehouse)
        assert owner is not None
        assert owner.pid == os.getpid()


# Gates --------------------------------------------------------------------------------------------


def test_a_dropped_document_holds_the_build_back_until_a_reason_is_given(
    inbox: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(inbox, warehouse)
    before = standing(warehouse)
    dropped = "d.sha256 NOT IN (SELECT min(sha256) FROM ledger.raw.document)"
    monkeypatch.setitem(
        light.MARTS, "dim_document", f"SELECT * FROM ({light.MARTS['dim_document']}) d WHERE {dropped}"
    )
    add(inbox)
    report = run(inbox, warehouse)
    assert report.exit_code == ExitCode.FAILED
    assert report.gates["held"] == ["dropped_documents", "lost_districts", "halved_totals"] or report.gates[
        "held"
    ][:1] == ["dropped_documents"]
    assert "1 published documents are not in the build" in report.message
    assert "--force REASON" in report.message
    assert standing(warehouse) == before
    assert (warehouse / "held" / "juesuan.duckdb").is_file()
    assert read_runs(warehouse)[-1].outcome == "held_back"
    # The next night says the same without building again.
    monkeypatch.setattr(refresh_module, "build_marts", no_build)
    again = run(inbox, warehouse)
    assert (again.exit_code, again.gates["held"]) == (ExitCode.FAILED, report.gates["held"])
    assert "nothing has changed since" in again.message
    monkeypatch.setattr(refresh_module, "build_marts", in_process)
    forced = run(inbox, warehouse, force="the paper was withdrawn")
    assert forced.exit_code == ExitCode.PUBLISHED
    manifest = publish.current_manifest(warehouse)
    assert manifest is not None
    assert manifest["gates"]["reason"] == "the paper was withdrawn"
    assert not (warehouse / "held").exists()


def in_process(ledger: Path, build_file: Path, work_dir: Path, **_: object) -> None:
    light.leave_manifest(work_dir)
    light.build(ledger, build_file)


def no_build(*_: object, **__: object) -> None:
    raise AssertionError("a build was started although nothing has changed")


def mart_file(path: Path, documents: int, total: int, errors: int, district: str = "420112") -> Path:
    """A file with what the gates look at."""
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE SCHEMA marts")
        db.execute(
            "CREATE TABLE marts.dim_document AS SELECT 'd' || i AS document_id, i || '.txt' AS file_name,"
            f" '{district}' AS district_code, true AS is_current, NULL::TIMESTAMP AS removed_at"
            f" FROM range({documents}) t(i)"
        )
        db.execute(
            "CREATE TABLE marts.mart_department_year AS SELECT 'd0' AS total_document_id,"
            f" 2024 AS fiscal_year, 'final' AS phase, {total}::DECIMAL(20, 2) AS total_cny"
        )
        db.execute(
            "CREATE TABLE marts.fct_finding AS SELECT 'f' || i AS finding_id, 'd0' AS document_id,"
            f" 'R' AS rule_id, CASE WHEN i < {errors} THEN 'error' ELSE 'rounding' END AS severity"
            " FROM range(100) t(i)"
        )
    return path


@pytest.mark.parametrize(
    ("build", "held"),
    [
        ({}, set()),
        ({"documents": 11}, set()),
        ({"documents": 9}, {"dropped_documents"}),
        ({"total": 51}, set()),
        ({"total": 50}, {"halved_totals"}),
        ({"district": "420113"}, {"lost_districts", "halved_totals"}),
        ({"errors": 15}, set()),
        ({"errors": 16}, {"new_errors_per_cent"}),
    ],
)
def test_each_gate_at_its_threshold(build: dict[str, Any], held: set[str], tmp_path: Path) -> None:
    from ingest.gate import compare

    plain = {"documents": 10, "total": 100, "errors": 10}
    old = mart_file(tmp_path / "old.duckdb", **plain)  # type: ignore[arg-type]
    new = mart_file(tmp_path / "new.duckdb", **(plain | build))
    gates = compare(old, new)
    assert {gate.name for gate in gates if gate.is_held} == held
    assert all(gate.why for gate in gates)


def test_marts_of_another_shape_are_held_back(tmp_path: Path) -> None:
    from ingest.gate import compare

    new = mart_file(tmp_path / "new.duckdb", 10, 100, 10)
    with duckdb.connect(str(tmp_path / "old.duckdb")) as db:
        db.execute("CREATE SCHEMA marts; CREATE TABLE marts.dim_document AS SELECT 'd' AS document_id")
    (gate,) = compare(tmp_path / "old.duckdb", new)
    assert (gate.name, gate.is_held) == ("comparable", True)


# Inbox --------------------------------------------------------------------------------------------


def current_papers(warehouse: Path) -> dict[str, bool]:
    with publish.open_published(warehouse) as db:
        return dict(db.execute("SELECT file_name, is_current FROM marts.dim_document").fetchall())


def test_a_paper_that_goes_from_the_inbox_stays_and_is_no_longer_current(
    inbox: Path, warehouse: Path
) -> None:
    run(inbox, warehouse, inbox=inbox)
    gone = sorted(inbox.iterdir())[0]
    away = inbox.parent / gone.name
    gone.rename(away)
    report = run(inbox, warehouse, inbox=inbox)
    assert report.gates["held"] == ["withdrawn_documents_per_cent", *report.gates["held"][1:]]
    assert run(inbox, warehouse, inbox=inbox, force="one of three").exit_code == ExitCode.PUBLISHED
    assert current_papers(warehouse)[gone.name] is False
    assert len(current_papers(warehouse)) == 3
    assert run(inbox, warehouse, inbox=inbox).exit_code == ExitCode.NOTHING_NEW
    away.rename(gone)
    assert run(inbox, warehouse, inbox=inbox).exit_code == ExitCode.PUBLISHED
    assert set(current_papers(warehouse).values()) == {True}


def test_a_link_in_the_inbox_is_a_paper_of_the_inbox(inbox: Path, warehouse: Path) -> None:
    linked = sorted(inbox.iterdir())[0]
    linked.rename(inbox.parent / linked.name)
    linked.symlink_to(inbox.parent / linked.name)
    run(inbox, warehouse, inbox=inbox)
    linked.unlink()
    run(inbox, warehouse, inbox=inbox, force="it went")
    assert current_papers(warehouse)[linked.name] is False


def test_a_path_given_without_inbox_says_nothing_of_what_it_does_not_hold(
    inbox: Path, warehouse: Path
) -> None:
    run(inbox, warehouse, inbox=inbox)
    one = sorted(inbox.iterdir())[0]
    assert refresh([one], warehouse, clock=noon).exit_code == ExitCode.NOTHING_NEW
    add(inbox)
    sorted(inbox.iterdir())[1].unlink()
    run(inbox, warehouse)
    assert set(current_papers(warehouse).values()) == {True}


def test_an_inbox_that_cannot_be_seen_whole_has_lost_nothing(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse, inbox=inbox)
    gone = sorted(inbox.iterdir())[0]
    gone.unlink()
    gone.symlink_to("nowhere")
    assert run(inbox, warehouse, inbox=inbox).exit_code == ExitCode.NOTHING_NEW


# Readings -----------------------------------------------------------------------------------------


def test_a_new_reader_of_one_format_reads_only_its_papers_again(
    inbox: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "tests" / "fixtures" / "office" / "nine_forms.docx", inbox)
    run(inbox, warehouse)
    real = loading.extractor_version
    monkeypatch.setattr(
        loading, "extractor_version", lambda suffix: "0" * 12 if suffix == ".docx" else real(suffix)
    )
    report = run(inbox, warehouse)
    assert {item.file_name for item in report.documents if item.status == "loaded"} == {"nine_forms.docx"}
    assert report.reading["documents"] == 1
    assert run(inbox, warehouse).exit_code == ExitCode.NOTHING_NEW


def test_a_clock_that_was_set_back_changes_no_order(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    add(inbox)
    refresh([inbox], warehouse, clock=lambda: NOON - timedelta(days=400))
    with duckdb.connect(str(warehouse / LEDGER_FILE), read_only=True) as db:
        times = [row[0] for row in db.execute("SELECT loaded_at FROM raw.document ORDER BY rowid").fetchall()]
        published = db.execute("SELECT published_at FROM raw.publication ORDER BY publication").fetchall()
    assert times == sorted(times)
    assert times[-1] == NOON + timedelta(seconds=1)
    assert published == [(NOON,), (NOON + timedelta(seconds=1),)] or published == sorted(published)


# Journal and damage -------------------------------------------------------------------------------


def test_every_end_is_in_the_journal_and_reaches_the_marts(
    inbox: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(inbox, warehouse)
    run(inbox, warehouse)
    add(inbox)
    with monkeypatch.context() as patch:
        patch.setattr(refresh_module, "build_marts", failing)
        with pytest.raises(JuesuanError, match="no way"):
            run(inbox, warehouse)
    with (warehouse / JOURNAL).open("a", encoding="utf-8") as handle:
        handle.write('{"torn')
    report = run(inbox, warehouse)
    assert [item.outcome for item in read_runs(warehouse)] == [
        "published", "nothing_new", "failed", "published",
    ]  # fmt: skip
    assert set(report.phases) == {"finding", "reading", "building", "judging", "publishing"}
    assert report.peak_memory_bytes["job"] > 0
    with publish.open_published(warehouse) as db:
        rows = db.execute("SELECT outcome, exit_code, message FROM marts.mart_run").fetchall()
    assert len(rows) >= 1
    assert job_status(warehouse)["last_failed_run"]["message"] == "no way"


def failing(*_: object, **__: object) -> None:
    raise JuesuanError("no way\nmore words")


def damage(file: Path) -> None:
    """Turn the bits of most blocks behind the headers."""
    data = bytearray(file.read_bytes())
    for start in range(3 * 4096 + 64, len(data), 4096):
        data[start : start + 64] = bytes(byte ^ 0xFF for byte in data[start : start + 64])
    file.write_bytes(data)


def test_a_damaged_ledger_is_kept_and_its_copy_takes_its_place(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    damage(warehouse / LEDGER_FILE)
    add(inbox)
    report = run(inbox, warehouse)
    assert report.exit_code == ExitCode.PUBLISHED
    assert "damaged" in report.notes[0]
    assert (warehouse / DAMAGED).is_file()
    assert len(current_papers(warehouse)) == 4


def test_a_ledger_that_is_missing_comes_back_with_its_history(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    (warehouse / LEDGER_FILE).unlink()
    add(inbox)
    report = run(inbox, warehouse)
    assert (report.exit_code, report.publication) == (ExitCode.PUBLISHED, "000002")
    assert "the ledger was missing" in report.notes[0]
    assert report.reading["documents"] == 1


def test_a_damaged_ledger_without_a_copy_says_what_to_do(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    before = standing(warehouse)
    damage(warehouse / LEDGER_FILE)
    (warehouse / COPY).unlink()
    add(inbox)
    with pytest.raises(JuesuanError, match="reads every paper again"):
        run(inbox, warehouse)
    assert standing(warehouse) == before


def test_a_ledger_that_another_program_has_open_is_named(
    inbox: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(inbox, warehouse)
    add(inbox)
    monkeypatch.setattr("ingest.ledger_copy.PATIENCE", 0.3)
    code = (
        "import duckdb, sys, time\ndb = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print('open', flush=True)\ntime.sleep(600)"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(warehouse / LEDGER_FILE)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert reader.stdout is not None
        reader.stdout.readline()
        with pytest.raises(JuesuanError, match="the ledger for the job alone"):
            run(inbox, warehouse)
    finally:
        reader.kill()
        reader.communicate()
    assert run(inbox, warehouse).exit_code == ExitCode.PUBLISHED


def test_nothing_new_among_many_takes_less_than_a_second(inbox: Path, warehouse: Path) -> None:
    run(inbox, warehouse)
    file = warehouse / "current" / publish.MADE_OF
    made_of = json.loads(file.read_text())
    known = next(iter(made_of["documents"].values()))
    made_of["documents"] |= {f"{number:064x}": known for number in range(10_000)}
    file.write_text(json.dumps(made_of))
    began = time.process_time()
    assert run(inbox, warehouse).exit_code == ExitCode.NOTHING_NEW
    assert time.process_time() - began < 1
