"""Files: their checksum, a second name, and their name as SQL says it."""

import hashlib
import os
import shutil
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The checksum of a file's bytes, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sql_literal(path: Path) -> str:
    """A path as a string in SQL, with its quotes."""
    return "'" + str(path).replace("'", "''") + "'"


def link_or_copy(file: str | Path, target: str | Path) -> None:
    """Give a file a second name; where the file system has none for it, a copy."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copy2(file, target)
