"""Find the documents of a run and name each by its content."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: Endings under which departments publish. In a folder other files are not looked at.
DISCLOSURE_SUFFIXES = frozenset({".txt", ".pdf", ".doc", ".docx", ".xls", ".xlsm", ".xlsx", ".html", ".htm"})
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Found:
    """A file to load, with its content's name."""

    path: Path
    sha256: str
    byte_size: int


def find_documents(paths: Iterable[Path]) -> list[Found]:
    """Files named, and the disclosures in folders named, once each by content, sorted by name.

    Raises FileNotFoundError for a path that is not there.
    """
    found: dict[str, Found] = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(path)
        for file in sorted(_files(path), key=lambda item: item.as_posix()):
            item = Found(file, _sha256(file), file.stat().st_size)
            found.setdefault(item.sha256, item)
    return sorted(found.values(), key=lambda item: (item.path.name, item.sha256))


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return [
        file
        for file in path.rglob("*")
        if file.is_file() and file.suffix.lower() in DISCLOSURE_SUFFIXES and not file.name.startswith(".")
    ]


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
