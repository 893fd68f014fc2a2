"""Files: their checksum, and their name as SQL says it."""

import hashlib
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The checksum of a file's bytes, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sql_literal(path: Path) -> str:
    """A path as a string in SQL, with its quotes."""
    return "'" + str(path).replace("'", "''") + "'"
