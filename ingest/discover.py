"""Find the documents of a run and name each by its content."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: Endings under which departments publish. In a folder other files are not looked at.
DISCLOSURE_SUFFIXES = frozenset({".txt", ".pdf", ".doc", ".docx", ".xls", ".xlsm", ".xlsx", ".html", ".htm"})
#: A file beyond this is not even hashed: a paper has some megabytes.
MAX_HASHED_BYTES = 1 << 30
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Found:
    """A file to load, with its content's name."""

    path: Path
    sha256: str
    byte_size: int


@dataclass(frozen=True)
class Refused:
    """Something that cannot be had as a file: no content, so no name by content."""

    path: Path
    code: str
    reason: str
    remedy: str


def find_documents(paths: Iterable[Path]) -> tuple[list[Found], list[Refused]]:
    """Files named, and the disclosures in folders named, once each by content, sorted by name.

    Beside them what has a disclosure's ending or was named and cannot be had: a folder without
    permission, a dead link, a pipe. Raises FileNotFoundError for a path that is not there.
    """
    found: dict[str, Found] = {}
    refused: dict[Path, Refused] = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(path)
        for entry in _entries(path):
            item = entry if isinstance(entry, Refused) else _named_by_content(entry)
            if isinstance(item, Refused):
                refused[item.path] = item
            else:
                found.setdefault(item.sha256, item)
    return (
        sorted(found.values(), key=lambda item: (item.path.name, item.sha256)),
        sorted(refused.values(), key=lambda item: os.fsencode(item.path)),
    )


def shown_name(path: Path) -> str:
    """The name as text: names that an older system wrote in GB 18030 are read so, no byte is fatal."""
    raw = os.fsencode(path.name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="replace")


def _entries(path: Path) -> Iterator[Path | Refused]:
    """Candidates under a path in the order of their names; links to folders are not followed."""
    if not path.is_dir():
        yield path
        return
    problems: list[OSError] = []
    entries: list[Path] = []
    for folder, names, files in os.walk(path, onerror=problems.append):
        entries += [Path(folder, name) for name in (*names, *files)]
    wanted = [
        item
        for item in entries
        if item.suffix.lower() in DISCLOSURE_SUFFIXES and not item.name.startswith(".")
    ]
    yield from sorted(wanted, key=os.fsencode)
    for problem in problems:
        yield _unreadable(Path(problem.filename), problem)


def _named_by_content(path: Path) -> Found | Refused:
    if not path.is_file():
        what = (
            "a folder" if path.is_dir() else "a link that leads nowhere" if path.is_symlink() else "no file"
        )
        return Refused(
            path, "not_a_file", f"the name is that of a document, but it is {what}", "rename or remove it"
        )
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if size > MAX_HASHED_BYTES:
                    return Refused(
                        path,
                        "too_large",
                        f"the file has more than {MAX_HASHED_BYTES >> 20} MiB",
                        "check what it is; no paper is like this",
                    )
    except OSError as error:
        return _unreadable(path, error)
    return Found(path, digest.hexdigest(), size)


def _unreadable(path: Path, error: OSError) -> Refused:
    return Refused(
        path,
        "unreadable",
        f"the file system does not give it ({error.strerror})",
        "check its permissions and the disk, then run juesuan refresh again",
    )
