"""The pool: whatever one item does to its worker, the others get their results, and nothing is left."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest import workers
from ingest.errors import JuesuanError
from ingest.workers import Done, Limits, resident_bytes, run
from tests.conftest import ROOT
from tests.tasks import misbehave

LIMITS = Limits(seconds=10, memory_bytes=400 << 20)


def results(words: Sequence[str], jobs: int = 2, limits: Limits = LIMITS) -> list[Done[str]]:
    return list(run(misbehave, words, jobs, limits))


def test_results_come_in_the_order_of_the_items() -> None:
    words = ["sleep:0.5", "a", "b", "sleep:0.2", "c"]
    done = results(words)
    assert [item.item for item in done] == words
    assert [item.value for item in done] == [word.upper() for word in words]
    assert all(item.failure is None and item.peak_bytes > 1 << 20 for item in done)
    assert done[0].seconds >= 0.5


def test_no_items_start_no_process() -> None:
    before = multiprocessing.active_children()
    assert results([]) == []
    assert multiprocessing.active_children() == before


@pytest.mark.parametrize(
    ("word", "limits", "code", "detail"),
    [
        ("segfault", LIMITS, "reader_died", "signal 11, Segmentation fault"),
        ("exit", LIMITS, "reader_died", "exit code 7"),
        ("hang", Limits(0.5, 1 << 30), "time_limit", "0.5 seconds"),
        ("eat", LIMITS, "memory_limit", "allowed are 400 MiB"),
        ("huge", LIMITS, "memory_limit", "more than the machine gives"),
        ("raise:what it says", LIMITS, "reader_failed", "what it says"),
        ("leave", LIMITS, "reader_failed", "SystemExit"),
        ("recurse", LIMITS, "reader_failed", "RecursionError"),
        ("unpicklable", LIMITS, "reader_failed", "pickle"),
    ],
)
def test_a_failure_is_named_and_harms_no_other(word: str, limits: Limits, code: str, detail: str) -> None:
    before, failed, *after = results(["a", word, "b", "c", "d"], 2, limits)
    assert failed.failure is not None
    assert (failed.failure.code, failed.value) == (code, None)
    assert detail in failed.failure.detail
    assert [item.value for item in (before, *after)] == ["A", "B", "C", "D"]


def test_a_swelling_worker_is_stopped_near_its_limit() -> None:
    (done,) = results(["eat"])
    assert LIMITS.memory_bytes < done.peak_bytes < 3 * LIMITS.memory_bytes


def test_an_unexpected_exception_names_its_place_without_the_folders_of_the_machine() -> None:
    (done,) = results(["raise:"])
    assert done.failure is not None
    assert done.failure.detail.startswith("RuntimeError at tests/tasks.py:")
    assert str(ROOT) not in done.failure.detail


def test_every_item_may_fail() -> None:
    done = results(["exit"] * 5 + ["segfault"] * 5)
    assert {item.failure.code for item in done if item.failure} == {"reader_died"}
    assert len(done) == 10


def test_a_task_may_ask_for_more_time() -> None:
    late, given = results(["sleep:0.6", "more:5"], 2, Limits(0.3, 1 << 30))
    assert late.failure is not None
    assert late.failure.code == "time_limit"
    assert given.value == "MORE:5"


def test_a_worker_that_keeps_much_is_replaced_so_that_no_later_item_is_blamed() -> None:
    done = results(["pid", "keep:250", "keep:250", "pid"], 1)
    assert all(item.failure is None for item in done)
    first, second, third, fourth = (item.value for item in done)
    assert first == second
    assert len({second, third, fourth}) == 3


def test_limits_hold_while_the_caller_is_busy() -> None:
    found = run(misbehave, ["a", "sleep:30", "eat"], 2, Limits(2, 400 << 20))
    assert next(found).value == "A"
    time.sleep(3.5)
    start = time.monotonic()
    codes = [item.failure.code for item in found if item.failure]
    assert time.monotonic() - start < 0.5
    assert codes == ["time_limit", "memory_limit"]


def test_results_that_nobody_takes_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "AHEAD", 3)
    words = ["sleep:1", *(f"touch:{tmp_path / str(number)}" for number in range(8))]
    found = run(misbehave, words, 2, LIMITS)
    assert next(found).value == "SLEEP:1"
    time.sleep(0.5)
    assert len(list(tmp_path.iterdir())) == 3
    assert len(list(found)) == 8
    assert len(list(tmp_path.iterdir())) == 8


def test_closing_the_iterator_kills_the_workers() -> None:
    found = run(misbehave, ["pid", "hang", "hang"], 2, LIMITS)
    next(found)
    assert multiprocessing.active_children()
    found.close()
    assert multiprocessing.active_children() == []


def test_what_is_in_work_can_be_watched() -> None:
    seen: list[tuple[int, tuple[str, ...]]] = []
    words = ["sleep:0.4", "sleep:0.4", "sleep:0.4"]
    list(run(misbehave, words, 2, LIMITS, lambda done, now: seen.append((done, tuple(now)))))
    assert (0, ("sleep:0.4", "sleep:0.4")) in seen
    assert seen[-1] == (3, ())


def test_workers_that_cannot_start_end_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "only_in_parent.py").write_text(
        f"import os\nassert os.getpid() == {os.getpid()}\ndef task(item, more): pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    task = __import__("only_in_parent").task
    with pytest.raises(JuesuanError, match="no process to read documents can be started"):
        list(run(task, ["a"], 2, LIMITS))
    assert multiprocessing.active_children() == []


def test_standard_output_stays_the_callers() -> None:
    code = (
        "from ingest.workers import Limits, run; from tests.tasks import misbehave\n"
        "print([item.value for item in run(misbehave, ['print'], 1, Limits())])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "['PRINT']\n"
    assert "from the worker" in done.stderr


def test_a_script_from_standard_input_without_a_guard_may_read() -> None:
    code = (
        "from ingest.workers import Limits, run; from tests.tasks import misbehave\n"
        "print([item.value for item in run(misbehave, ['a'], 1, Limits())])"
    )
    done = subprocess.run(
        [sys.executable, "-"], input=code, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['A']\n"


def test_memory_of_a_process_is_known_with_and_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    here = resident_bytes(os.getpid())
    monkeypatch.setattr(workers, "_LINUX_STATM", Path("/nowhere"))
    assert here > 1 << 20
    assert 0.5 < resident_bytes(os.getpid()) / here < 2
    assert resident_bytes(2**22 + 1) == 0
