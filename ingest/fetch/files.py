"""Files that are there whole or not at all."""

import os
from pathlib import Path
from typing import BinaryIO

#: Of a file that is being written. No reader of the inbox takes it for a document.
PART = ".part"


def part_of(path: Path) -> Path:
    """Where a file stands while it is written: beside its place, hidden."""
    return path.with_name(f".{path.name}{PART}")


def sync(handle: BinaryIO) -> None:
    """Have the disk keep what was written."""
    handle.flush()
    os.fsync(handle.fileno())


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step."""
    part = part_of(path)
    with part.open("wb") as handle:
        handle.write(content)
        sync(handle)
    part.replace(path)
    sync_folder(path.parent)
