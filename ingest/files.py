"""Files: their checksum, a second name, and their name as SQL says it."""

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

AT_ONCE = 1 << 30
#: Checksums by what tells a file as it was written, whatever its name.
_written: dict[tuple[int, ...], str] = {}


def sha256_of(path: Path) -> str:
    """The checksum of a file's bytes, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_as_written(path: Path) -> str:
    """The checksum of a file that this process wrote: asked again, it is told without reading it again."""
    told = path.stat()
    state = (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns)
    if state not in _written:
        _written[state] = sha256_of(path)
    return _written[state]


def sql_literal(path: Path) -> str:
    """A path as a string in SQL, with its quotes."""
    return "'" + str(path).replace("'", "''") + "'"


def copy(file: Path, target: Path) -> None:
    """Copy a large file; a file system that can let two files share their blocks does so."""
    if not _copied_by_range(file, target):
        shutil.copyfile(file, target)


def _copied_by_range(file: Path, target: Path) -> bool:
    copy_range = getattr(os, "copy_file_range", None)
    if copy_range is None:
        return False
    with file.open("rb") as source, target.open("wb") as copied:
        try:
            while copy_range(source.fileno(), copied.fileno(), AT_ONCE):
                pass
        except OSError:
            return False
    # Some file systems say that they are at the end when they cannot.
    return target.stat().st_size == file.stat().st_size


@contextlib.contextmanager
def copied_meanwhile(file: Path, target: Path) -> Iterator[None]:
    """Copy a large file while something else is done; no ``target`` where it cannot be copied."""

    def work() -> None:
        try:
            copy(file, target)
        except OSError:
            target.unlink(missing_ok=True)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def link_or_copy(file: str | Path, target: str | Path) -> None:
    """Give a file a second name; where the file system has none for it, a copy."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copy2(file, target)
