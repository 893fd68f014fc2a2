"""Faults of the machine while a refresh runs: kills, a full disk, damage, two jobs at once, readers.

The short form runs with every test; ``make test-faults`` is the long one, whose last result is in
docs/faults.md.
"""

import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.ledger_copy import DAMAGED
from ingest.refresh import ExitCode
from ingest.store import LEDGER_FILE
from tests.conftest import DATA
from tests.faults.campaign import Job, content, end_in_the_same, seconds_of, standing
from tests.integration.test_job import damage

#: Papers that are read in a fraction of a second each.
PAPERS = sorted((DATA / "tables").iterdir(), key=lambda path: (path.stat().st_size, path.name))[:4]
KILLS = int(os.environ.get("JUESUAN_FAULTS", "8"))
#: A refresh with dbt and the judge takes a minute, and each kill two.
REAL_KILLS = int(os.environ.get("JUESUAN_REAL_FAULTS", "0"))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with a first publication, to which one more paper is to come."""
    job = Job(tmp_path_factory.mktemp("before") / "warehouse", PAPERS[:3])
    assert job.run()["exit_code"] == ExitCode.PUBLISHED
    return job.warehouse


@pytest.fixture(scope="module")
def undisturbed(before: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], float]:
    """What the second refresh publishes where nothing disturbs it, and how long it takes."""
    job = Job(tmp_path_factory.mktemp("undisturbed") / "warehouse", PAPERS)
    shutil.copytree(before, job.warehouse, symlinks=True)
    seconds = seconds_of(job)
    assert standing(job.warehouse) == "000002"
    return content(job.warehouse), seconds


@pytest.fixture
def job(before: Path, tmp_path: Path) -> Job:
    shutil.copytree(before, tmp_path / "warehouse", symlinks=True)
    return Job(tmp_path / "warehouse", PAPERS)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_kill_at_any_moment_loses_nothing(
    number: int, job: Job, undisturbed: tuple[dict[str, str], float]
) -> None:
    expected, seconds = undisturbed
    # One moment in each equal part of the run, so that a short form sees all of it too.
    moment = (number + random.Random(number).random()) / KILLS * seconds
    job.kill_after(moment)
    assert standing(job.warehouse) in {"000001", "000002"}
    end_in_the_same(job, expected, "000002")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], float]:
    """The same with dbt and the judge: the warehouse before, what it comes to, and the time."""
    folder = tmp_path_factory.mktemp("real")
    first = Job(folder / "before", PAPERS[:3], "real")
    assert first.run()["exit_code"] == ExitCode.PUBLISHED
    shutil.copytree(first.warehouse, folder / "after", symlinks=True)
    second = Job(folder / "after", PAPERS, "real")
    seconds = seconds_of(second)
    return first.warehouse, content(second.warehouse), seconds


@pytest.mark.skipif(not REAL_KILLS, reason="minutes each: make test-faults")
@pytest.mark.parametrize("number", range(max(1, REAL_KILLS)))
def test_a_kill_while_dbt_builds_loses_nothing(
    number: int, real: tuple[Path, dict[str, str], float], tmp_path: Path
) -> None:
    before, expected, seconds = real
    shutil.copytree(before, tmp_path / "warehouse", symlinks=True)
    job = Job(tmp_path / "warehouse", PAPERS, "real")
    job.kill_after((number + random.Random(number).random()) / REAL_KILLS * seconds)
    assert standing(job.warehouse) in {"000001", "000002"}
    end_in_the_same(job, expected, "000002")


def test_two_kills_in_a_row_lose_nothing(job: Job, undisturbed: tuple[dict[str, str], float]) -> None:
    expected, seconds = undisturbed
    for share in (0.4, 0.9):
        job.kill_after(share * seconds)
        assert standing(job.warehouse) in {"000001", "000002"}
    end_in_the_same(job, expected, "000002")


# Disk ---------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 64 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"needs a small file system: as root, `{' '.join(command)}`")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("room_kib", [0, 64, 512, 2048, 8192])
def test_a_disk_that_fills_leaves_the_old_publication(
    room_kib: int, before: Path, small_disk: Path, undisturbed: tuple[dict[str, str], float]
) -> None:
    job = Job(small_disk / "warehouse", PAPERS)
    # With its second names: the marts that were handed on are the published file.
    subprocess.run(["cp", "-a", str(before), str(job.warehouse)], check=True)
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    ballast.write_bytes(bytes(max(0, free - room_kib * 1024)))
    report = job.run()
    if report["exit_code"] == ExitCode.PUBLISHED:
        # There was room for the publication, and not for all that comes behind it.
        assert room_kib > 4096
        assert "the copy of the ledger could not be renewed" in report["notes"][0]
        assert standing(job.warehouse) == "000002"
    else:
        assert "the published warehouse stands" in report["message"]
        assert standing(job.warehouse) == "000001"
    ballast.unlink()
    end_in_the_same(job, undisturbed[0], "000002")


def test_a_folder_that_cannot_be_written_is_named(
    before: Path, tmp_path: Path, undisturbed: tuple[dict[str, str], float]
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    job = Job(folder / "warehouse", PAPERS)
    if os.geteuid() == 0:
        # All folders are open to the superuser: only the file system itself can refuse.
        command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip(f"needs a file system to mount read-only: `{' '.join(command)}`")
        shutil.copytree(before, job.warehouse, symlinks=True)
        closing, opening = [["mount", "-o", f"remount,{mode}", str(folder)] for mode in ("ro", "rw")]
    else:
        shutil.copytree(before, job.warehouse, symlinks=True)
        closing, opening = [["chmod", "-R", mode, str(job.warehouse)] for mode in ("a-w", "u+w")]
    try:
        subprocess.run(closing, check=True)
        report = job.run()
        subprocess.run(opening, check=True)
        assert report["exit_code"] == ExitCode.FAILED
        assert "cannot be written" in report["message"]
        assert standing(job.warehouse) == "000001"
        end_in_the_same(job, undisturbed[0], "000002")
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("place", range(4))
def test_a_damaged_ledger_ends_in_the_same(
    place: int, job: Job, undisturbed: tuple[dict[str, str], float]
) -> None:
    """A page of the ledger is turned over; at most the reading of it fails, and its copy takes its place."""
    file = job.warehouse / LEDGER_FILE
    data = bytearray(file.read_bytes())
    page = 3 * 4096 + (len(data) - 3 * 4096) * place // 4
    data[page : page + 4096] = bytes(byte ^ 0xFF for byte in data[page : page + 4096])
    file.write_bytes(data)
    end_in_the_same(job, undisturbed[0], "000002")


def test_a_ledger_damaged_all_over_is_kept(job: Job, undisturbed: tuple[dict[str, str], float]) -> None:
    damage(job.warehouse / LEDGER_FILE)
    (recovered,) = end_in_the_same(job, undisturbed[0], "000002")
    assert DAMAGED in recovered


def test_what_a_stopped_run_left_behind_is_put_right(
    job: Job, undisturbed: tuple[dict[str, str], float]
) -> None:
    (job.warehouse / "work").mkdir()
    (job.warehouse / "work" / "juesuan.duckdb").write_bytes(b"half")
    (job.warehouse / "current.new").symlink_to("nowhere")
    (job.warehouse / "publications" / ".removing-000000").mkdir()
    (job.warehouse / "publications" / "000002").mkdir()
    (job.warehouse / "switching").write_text("000002")
    end_in_the_same(job, undisturbed[0], "000002")


# Others -------------------------------------------------------------------------------------------


def test_of_two_jobs_at_once_one_waits_and_both_agree(
    job: Job, undisturbed: tuple[dict[str, str], float]
) -> None:
    processes = [job.start() for _ in range(2)]
    for process in processes:
        process.communicate(timeout=900)
    assert sorted(process.returncode for process in processes) == [
        ExitCode.PUBLISHED,
        ExitCode.NOTHING_NEW,
    ]
    end_in_the_same(job, undisturbed[0], "000002")


READ = (
    "import duckdb, sys\n"
    "held = duckdb.connect(sys.argv[1], read_only=True)\n"
    "first = held.execute('SELECT count(*) FROM marts.dim_document').fetchone()\n"
    "print('reading', flush=True)\n"
    "sys.stdin.readline()\n"
    "again = held.execute('SELECT count(*) FROM marts.dim_document').fetchone()\n"
    "print(first == again, flush=True)\n"
)


def test_a_reader_keeps_what_it_has_open_and_new_ones_see_one_or_the_other(
    job: Job, undisturbed: tuple[dict[str, str], float]
) -> None:
    reader = subprocess.Popen(
        [sys.executable, "-c", READ, str(job.warehouse / "juesuan.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    seen: list[str | None] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.2):
            seen.append(standing(job.warehouse))

    watcher = threading.Thread(target=look)
    watcher.start()
    end_in_the_same(job, undisturbed[0], "000002")
    ended.set()
    watcher.join()
    output, _ = reader.communicate("\n")
    assert output == "True\n"
    assert "000001" in seen
    assert set(seen) <= {"000001", "000002"}
