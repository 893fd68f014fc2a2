"""One refresh over files that mean harm, readers that fail, and two good papers: these alone are loaded."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pypdfium2 as pdfium
import pytest
from PIL import Image

from ingest.discover import find_documents
from ingest.reading import read_found
from ingest.refresh import ExitCode, Outcome, ReadingOptions, RefreshReport, refresh
from ingest.workers import Limits, run
from tests.conftest import ROOT, text_file
from tests.faults.hostile import FIXTURES, GOOD_PDF, hostile_files, with_actions, write_all
from tests.tasks import read_or_misbehave

LIMITS = Limits(seconds=10, memory_bytes=600 << 20)
GOOD = text_file("qingshan_data_centre_2024_final").read_bytes()
NAMES = {
    "right_to_left": "\u202efdp.txt",
    "brackets": "[red]paper.txt",
    "line_break": "a\nb.txt",
    "steering": "\x1b[2Jclear.txt",
    "gb18030": os.fsdecode("审计局.txt".encode("gb18030")),
}
#: What a worker does (tests.tasks) and the code of its end.
READERS = {
    "segfault": "reader_died",
    "exit": "reader_died",
    "hang": "time_limit",
    "eat": "memory_limit",
    "raise:a fault": "reader_failed",
}
#: What is no file, or none that can be had.
PLACES = {
    "folder.pdf": "not_a_file",
    "dead_link.pdf": "not_a_file",
    "loop.pdf": "not_a_file",
    "pipe.pdf": "not_a_file",
    "broken_disk.pdf": "unreadable",
    "no_permission.pdf": "unreadable",
}


class Outside:
    """An address and a command that no document may ever reach."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/outside"
        self.marker = folder / "executed"
        self.command = folder / "command.sh"
        self.command.write_text(f"#!/bin/sh\ntouch '{self.marker}'\n")
        self.command.chmod(0o755)

    @property
    def was_reached(self) -> bool:
        try:
            self._socket.accept()
        except BlockingIOError:
            return self.marker.exists()
        return True


def make_places(folder: Path) -> None:
    (folder / "folder.pdf").mkdir()
    (folder / "dead_link.pdf").symlink_to("nowhere")
    (folder / "loop.pdf").symlink_to("loop.pdf")
    os.mkfifo(folder / "pipe.pdf")
    if Path("/proc/self/mem").exists():
        # Opens and gives an error at the first byte, as a bad sector does.
        (folder / "broken_disk.pdf").symlink_to("/proc/self/mem")
    if os.geteuid():
        (folder / "no_permission.pdf").write_bytes(GOOD_PDF + b" ")
        (folder / "no_permission.pdf").chmod(0)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    return Outside(tmp_path_factory.mktemp("outside"))


@pytest.fixture(scope="module")
def refreshed(outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, RefreshReport]:
    """Inbox, warehouse and report."""
    inbox = tmp_path_factory.mktemp("hostile") / "inbox"
    write_all(inbox, hostile_files(outside.url, str(outside.command)))
    (inbox / "good.txt").write_bytes(GOOD)
    (inbox / "actions.pdf").write_bytes(with_actions(outside.url, str(outside.command)))
    for word, name in NAMES.items():
        (inbox / name).write_bytes(f"{word}\n".encode())
    for word in READERS:
        (inbox / f"misbehave-{word}.txt").write_bytes(word.encode())
    for name in ("vanish", "change"):
        (inbox / f"{name}.txt").write_bytes(GOOD + f"{name}\n".encode())
    make_places(inbox)
    warehouse = inbox.parent / "warehouse"
    return (
        inbox,
        warehouse,
        refresh([inbox], warehouse, options=ReadingOptions(2, LIMITS), task=read_or_misbehave),
    )


def outcome(report: RefreshReport, name: str) -> Outcome:
    (found,) = (item for item in report.documents if item.file_name == name)
    return found


def test_the_good_papers_are_published_and_the_job_says_that_others_were_not(
    refreshed: tuple[Path, Path, RefreshReport],
) -> None:
    _, warehouse, report = refreshed
    assert report.exit_code == ExitCode.QUARANTINED
    assert [item.file_name for item in report.documents if item.status == "loaded"] == [
        "actions.pdf",
        "good.txt",
    ]
    with duckdb.connect(str(warehouse / "juesuan.duckdb"), read_only=True) as db:
        cells = db.execute(
            "SELECT file_name, count(*) FROM marts.fct_form_cell JOIN marts.dim_document USING (document_id)"
            " GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    assert cells == [("actions.pdf", 54), ("good.txt", 202)]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *((name, code) for name, (_, code) in hostile_files("", "").items()),
        *((f"misbehave-{word}.txt", code) for word, code in READERS.items()),
        ("vanish.txt", "changed"),
        ("change.txt", "changed"),
    ],
)
def test_each_is_set_aside_with_a_code_a_reason_and_a_remedy(
    name: str, code: str, refreshed: tuple[Path, Path, RefreshReport]
) -> None:
    found = outcome(refreshed[2], name)
    assert (found.status, found.reason_code) == ("quarantined", code)
    assert found.reason
    assert found.remedy
    assert str(refreshed[0]) not in found.reason


@pytest.mark.parametrize(("name", "code"), PLACES.items())
def test_what_is_no_file_is_named(name: str, code: str, refreshed: tuple[Path, Path, RefreshReport]) -> None:
    inbox, _, report = refreshed
    if not os.path.lexists(inbox / name):
        pytest.skip("cannot be made here: no /proc, or all files are open to the superuser")
    found = outcome(report, name)
    assert (found.status, found.reason_code, found.sha256) == ("quarantined", code, "")


def test_reports_name_the_fault_of_the_program_as_such(refreshed: tuple[Path, Path, RefreshReport]) -> None:
    found = outcome(refreshed[2], "misbehave-raise:a fault.txt")
    assert found.reason is not None
    assert found.reason.startswith("a fault of juesuan, not of the paper: RuntimeError at tests/tasks.py:")


def test_names_are_text_whatever_their_bytes(refreshed: tuple[Path, Path, RefreshReport]) -> None:
    _, _, report = refreshed
    names = {item.file_name for item in report.documents}
    assert {*NAMES.values()} - names == {NAMES["gb18030"]}
    assert "审计局.txt" in names
    json.dumps(report.as_dict(), ensure_ascii=False).encode()


def test_the_ledger_knows_every_content_in_order_and_nothing_of_files_that_changed(
    refreshed: tuple[Path, Path, RefreshReport],
) -> None:
    _, warehouse, report = refreshed
    with duckdb.connect(str(warehouse / "ledger.duckdb"), read_only=True) as db:
        rows = db.execute("SELECT sha256 FROM raw.document ORDER BY rowid").fetchall()
    entered = [item.sha256 for item in report.documents if item.sha256 and item.reason_code != "changed"]
    assert [sha256 for (sha256,) in rows] == entered


def test_nothing_was_reached_run_or_written(
    outside: Outside, refreshed: tuple[Path, Path, RefreshReport]
) -> None:
    inbox, _, _ = refreshed
    assert not outside.was_reached
    assert {path.name for path in inbox.parent.iterdir()} == {"inbox", "warehouse"}
    assert not Path("/tmp/outside.txt").exists()
    assert list((inbox / "folder.pdf").iterdir()) == []


def test_the_report_says_how_the_reading_went(refreshed: tuple[Path, Path, RefreshReport]) -> None:
    _, _, report = refreshed
    read = sum(1 for item in report.documents if item.sha256)
    assert (report.reading["documents"], report.reading["jobs"]) == (read, 2)
    assert report.reading["seconds"] > 0
    assert LIMITS.memory_bytes < report.reading["peak_worker_memory_bytes"] < 2 * LIMITS.memory_bytes


def test_actions_change_nothing_of_what_is_read(outside: Outside) -> None:
    acting = with_actions(outside.url, str(outside.command))
    document = pdfium.PdfDocument(acting)
    assert pdfium.raw.FPDFDoc_GetJavaScriptActionCount(document.raw) == 1  # the trap is there, and unsprung
    document.close()
    assert not outside.was_reached


def test_a_paper_of_three_hundred_pages_is_read_in_seconds_and_little_memory(tmp_path: Path) -> None:
    paper = pdfium.PdfDocument.new()
    first, forms = (
        pdfium.PdfDocument(data)
        for data in (GOOD_PDF, (FIXTURES / "pdf" / "economy_office.pdf").read_bytes())
    )
    paper.import_pages(first)
    while len(paper) < 300:
        paper.import_pages(forms)
    paper.save(tmp_path / "long.pdf")
    (found,), _ = find_documents([tmp_path])
    (done,) = run(read_found, [found], 1, Limits(seconds=60, memory_bytes=300 << 20))
    assert done.failure is None
    assert done.value.page_count == 308
    assert len(done.value.extraction.form_cells) > 8000


# Stopping -----------------------------------------------------------------------------------------


def scan_of_many_pages(file: Path) -> None:
    page = Image.open(FIXTURES / "scan" / "summary_ruled.png").convert("L")
    page.save(file, save_all=True, append_images=[page] * 20, resolution=200)


def marked_processes(mark: str) -> list[int]:
    """Processes that were started with ``mark`` in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A refresh that is reading a long scan, and the mark of its processes."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("processes are looked up in /proc")
    scan_of_many_pages(tmp_path / "scan.pdf")
    mark = uuid.uuid4().hex
    command = [sys.executable, "-m", "ingest.cli", "refresh", str(tmp_path / "scan.pdf")]
    process = subprocess.Popen(
        [*command, "--warehouse", str(tmp_path / "warehouse"), "--json"],
        cwd=ROOT,
        env=os.environ | {"JUESUAN_TEST_MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts jobs in the background deaf to Ctrl-C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    while "scan.pdf" not in process.stderr.readline():
        assert process.poll() is None
    yield process, mark
    process.kill()
    process.communicate()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_job_says_so_and_leaves_no_process(
    sign: signal.Signals, running: tuple[subprocess.Popen[str], str]
) -> None:
    process, mark = running
    assert len(marked_processes(mark)) > 1
    process.send_signal(sign)
    output, _ = process.communicate(timeout=180)
    assert process.returncode == ExitCode.FAILED
    assert "stopped" in json.loads(output)["message"]
    assert gone(mark)


def test_workers_of_a_killed_job_end_by_themselves(running: tuple[subprocess.Popen[str], str]) -> None:
    process, mark = running
    process.kill()
    process.communicate()
    assert gone(mark)


def gone(mark: str) -> bool:
    """Whether all marked processes end within some seconds."""
    until = time.monotonic() + 180
    while marked_processes(mark) and time.monotonic() < until:
        time.sleep(0.1)
    return not marked_processes(mark)
