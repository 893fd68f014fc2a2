"""A supervised pool: each item of work in a process that may die, hang or swell without harm to the job.

Why not a library (docs/adr/0007): the standard library's pools are broken by one dead child and know
no limits; pebble's workers share one channel under one lock, which a killed worker takes with it.
Here every worker has a pipe of its own, and nothing is shared.
"""

import contextlib
import multiprocessing
import os
import pickle
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any, Generic, TypeVar

from ingest.errors import JuesuanError

Item = TypeVar("Item")
#: What a task calls to be given more seconds for the item in hand.
MoreTime = Callable[[float], None]
Task = Callable[[Any, MoreTime], Any]
#: Told at every look at the workers: items finished so far, and those in work.
Watch = Callable[[int, Sequence[Any]], None]

#: Seconds between two looks at time and memory. Pages can be filled at some GB a second at most.
TICK = 0.1
#: Items given out beyond the first that is not yet taken: bounds the results that wait for it.
AHEAD = 64
#: A worker that needs longer to start does not start.
START_SECONDS = 120.0
#: A worker that keeps more than this share of its memory after an item is replaced.
MEMORY_AT_REST = 0.5
#: Of an unexpected exception's message.
MESSAGE_LENGTH = 200
_PACKAGE = Path(__file__).resolve().parent
_LINUX_STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Limits:
    """What one item may take: seconds on the wall clock and bytes of resident memory."""

    seconds: float = 300.0
    memory_bytes: int = 2 * 2**30


@dataclass(frozen=True)
class Failure:
    """Why a worker gave no result. ``code``: time_limit, memory_limit, reader_died or reader_failed."""

    code: str
    detail: str


@dataclass(frozen=True)
class Done(Generic[Item]):
    """The end of one item: the task's value, or the failure.

    ``seconds`` on the wall clock; ``peak_bytes`` the most its worker held from its start on.
    """

    item: Item
    value: Any
    failure: Failure | None
    seconds: float
    peak_bytes: int


def default_jobs() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    task: Task,
    items: Sequence[Item],
    jobs: int,
    limits: Limits,
    watch: Watch = lambda _finished, _running: None,
) -> Generator[Done[Item], None, None]:
    """``task(item, more_time)`` for every item, over ``jobs`` processes; results in the order of ``items``.

    ``task`` is a function of a module, and its values can be pickled. A worker that dies or exceeds
    a limit is replaced, and its item ends as a failure. The supervision has a thread of its own, so
    that limits hold while the caller is busy with a result. Closing the iterator kills the workers.

    Raises JuesuanError where no worker can be started.
    """
    if not items:
        return
    supervisor = _Supervisor(task, items, jobs, limits, watch)
    supervisor.start()
    try:
        for item in items:
            yield supervisor.take(item)
    finally:
        supervisor.stop()


class _Supervisor(Generic[Item]):
    """Gives out items, watches the workers, and keeps results until they are taken in order."""

    def __init__(self, task: Task, items: Sequence[Item], jobs: int, limits: Limits, watch: Watch) -> None:
        self._task, self._items, self._limits, self._watch = task, items, limits, watch
        self._jobs = max(1, min(jobs, len(items)))
        self._context = multiprocessing.get_context("forkserver")
        # A fork of the command itself would carry the threads of DuckDB along; the fork server has
        # none, and the task's module is imported once in it for all workers.
        self._context.set_forkserver_preload([task.__module__])
        self._workers: list[_Worker] = []
        self._ended: queue.SimpleQueue[tuple[int, _Result] | BaseException] = queue.SimpleQueue()
        self._waiting: dict[int, _Result] = {}
        self._next = self._taken = self._finished = self._failed_starts = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def take(self, item: Item) -> Done[Item]:
        """The result of the next item, as soon as it is there."""
        while self._taken not in self._waiting:
            ended = self._ended.get()
            if isinstance(ended, BaseException):
                raise ended
            self._waiting[ended[0]] = ended[1]
        result = self._waiting.pop(self._taken)
        self._taken += 1
        # Results wait as bytes: a tenth of the memory of their objects.
        value = pickle.loads(result.pickled) if result.pickled is not None else None
        return Done(item, value, result.failure, result.seconds, result.peak_bytes)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopped.is_set() and self._finished < len(self._items):
                self._give_out()
                ready = set(connection.wait([end for worker in self._workers for end in worker.ends], TICK))
                for worker in list(self._workers):
                    if not ready.isdisjoint(worker.ends):
                        self._hear(worker)
                for worker in list(self._workers):
                    self._check(worker)
                running = [worker.index for worker in self._workers if worker.index is not None]
                self._watch(self._finished, [self._items[index] for index in sorted(running)])
        except BaseException as error:  # noqa: BLE001 - handed to the caller, whose thread raises it
            self._ended.put(error)
        finally:
            for worker in self._workers:
                worker.kill()

    def _give_out(self) -> None:
        last = min(len(self._items), self._taken + AHEAD)
        idle = [worker for worker in self._workers if worker.ready and worker.index is None]
        for worker in idle[: max(0, last - self._next)]:
            if worker.give(self._next, self._items[self._next], self._limits):
                self._next += 1
        starting = sum(not worker.ready for worker in self._workers)
        room = self._jobs - len(self._workers)
        for _ in range(min(room, last - self._next - starting)):
            self._workers.append(_Worker(self._context, self._task))

    def _hear(self, worker: "_Worker") -> None:
        """Take what a worker sent; what a dying one sent before its end still counts."""
        kind, payload, peak = worker.message()
        worker.peak = max(worker.peak, peak)
        if kind == _DEAD:
            if worker.index is None:
                self._not_started(worker)
            else:
                self._end(worker, Failure("reader_died", worker.end()))
        elif kind == _READY:
            worker.ready = True
            self._failed_starts = 0
        elif kind == _MORE_TIME:
            worker.limit += payload
        elif kind == _VALUE:
            keeps = resident_bytes(worker.process.pid)
            swollen = keeps > MEMORY_AT_REST * self._limits.memory_bytes
            self._end(worker, None, payload, replace=swollen)
        else:
            # The state that an unexpected exception leaves behind is nobody's to rely on.
            self._end(worker, Failure(*payload))

    def _check(self, worker: "_Worker") -> None:
        if not worker.ready and worker.seconds > START_SECONDS:
            self._not_started(worker)
        if worker.index is None:
            return
        resident = resident_bytes(worker.process.pid)
        worker.peak = max(worker.peak, resident)
        if resident > self._limits.memory_bytes:
            limit = f"{self._limits.memory_bytes / 2**20:.0f} MiB"
            self._end(worker, Failure("memory_limit", f"{resident / 2**20:.0f} MiB, allowed are {limit}"))
        elif worker.seconds > worker.limit:
            self._end(worker, Failure("time_limit", f"{worker.limit:g} seconds"))

    def _not_started(self, worker: "_Worker") -> None:
        self._workers.remove(worker)
        end = worker.end()
        self._failed_starts += 1
        if self._failed_starts > self._jobs:
            raise JuesuanError(f"no process to read documents can be started ({end})")

    def _end(
        self, worker: "_Worker", failure: Failure | None, pickled: bytes | None = None, replace: bool = True
    ) -> None:
        assert worker.index is not None
        self._ended.put((worker.index, _Result(pickled, failure, worker.seconds, worker.peak)))
        self._finished += 1
        worker.index = None
        if replace:
            self._workers.remove(worker)
            worker.kill()


@dataclass(frozen=True)
class _Result:
    pickled: bytes | None
    failure: Failure | None
    seconds: float
    peak_bytes: int


class _Worker:
    """One child process and the parent's end of its pipe. ``index``: the item in work, if any."""

    def __init__(self, context: Any, task: Task) -> None:
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, task), daemon=True)
        with _without_main():
            self.process.start()
        theirs.close()
        self.ready = False
        self.index: int | None = None
        self.limit = 0.0
        self.peak = 0
        self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start, or since the item in work was given."""
        return time.monotonic() - self._since

    @property
    def ends(self) -> tuple[Any, int]:
        """What to wait for: a message, or the end of the process."""
        return self.pipe, self.process.sentinel

    def give(self, index: int, item: Any, limits: Limits) -> bool:
        """Send an item; False where the worker died while idle, which is heard at the next look."""
        try:
            self.pipe.send(item)
        except OSError:
            return False
        self.index, self.limit, self.peak = index, limits.seconds, 0
        self._since = time.monotonic()
        return True

    def message(self) -> tuple[str, Any, int]:
        """What it sent: kind, payload and its peak memory; _DEAD where nothing more will come."""
        try:
            kind, payload, peak = self.pipe.recv() if self.pipe.poll() else (_DEAD, None, 0)
        except (EOFError, OSError):
            return _DEAD, None, 0
        return kind, payload, peak

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def end(self) -> str:
        """How the process ended, in words; kills it where it still lives."""
        self.process.join(TICK)
        code = self.process.exitcode
        self.kill()
        if code is None:
            return "it gave no sign"
        if code < 0:
            return f"ended by signal {-code}, {signal.strsignal(-code)}"
        return f"exit code {code}"


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep new processes from importing the caller's script: no task needs it, not every script bears it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


_READY, _MORE_TIME, _VALUE, _FAILED, _DEAD = "ready", "more_time", "value", "failed", "dead"


def _serve(pipe: Any, task: Task) -> None:
    """The life of a worker: one item after the other until its parent is gone."""
    # Ctrl-C reaches the whole group; the parent alone decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Standard output belongs to the report; what a native library prints there goes to the log.
    os.dup2(2, 1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe.send((_READY, None, 0))
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        message: tuple[str, Any]
        try:
            message = _VALUE, pickle.dumps(task(item, lambda more: pipe.send((_MORE_TIME, more, 0))))
        except MemoryError:
            message = _FAILED, ("memory_limit", "more than the machine gives")
        except BaseException as error:  # noqa: BLE001 - no document may take the job down; told to the parent
            message = _FAILED, ("reader_failed", _describe(error))
        pipe.send((*message, _peak_bytes()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _describe(error: BaseException) -> str:
    """Type, message and the innermost place in this package: what a report of a bug needs first."""
    every = list(traceback.extract_tb(error.__traceback__))
    frames = [frame for frame in every if frame.filename != __file__] or every
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)] or frames
    place = f"{_shown(ours[-1].filename)}:{ours[-1].lineno}" if ours else "an unknown place"
    message = " ".join(str(error).split())[:MESSAGE_LENGTH]
    return f"{type(error).__name__} at {place}" + (f": {message}" if message else "")


def _shown(file: str) -> str:
    """A path without the folders of this machine."""
    path = Path(file)
    return path.relative_to(_PACKAGE.parent).as_posix() if path.is_relative_to(_PACKAGE.parent) else path.name


def _peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def resident_bytes(pid: int | None) -> int:
    """Memory that a process holds now; 0 where it is gone."""
    if _LINUX_STATM.exists():
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError, IndexError):
            return 0
        return pages * resource.getpagesize()
    # Elsewhere the one portable way to ask for another process.
    asked = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(asked.stdout.strip() or 0) * 1024
