"""The folder that papers are fetched into: files named by content, a sidecar beside each.

    inbox/
      <16 hex>-<the server's name>.<kind>                 a paper
      <16 hex>-<the server's name>.<kind>.source.json     where it came from
      .pages/                                             the index pages, kept the same way

A file that is there is never written again. The sidecar is written before its file, so that no paper
stands without its source; a sidecar without its file is a fetch that was interrupted and is repeated.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.discover import DISCLOSURE_SUFFIXES
from ingest.errors import JuesuanError
from ingest.fetch.files import PART, part_of, sync, sync_folder
from ingest.fetch.names import safe_name
from ingest.fetch.sidecar import SUFFIX, Retrieval, Sidecar, read_sidecar, sidecar_path, write_sidecar

PAGES = ".pages"
#: A page is no paper: its ending keeps refresh from taking it for one.
PAGE_KIND = "page"
assert f".{PAGE_KIND}" not in DISCLOSURE_SUFFIXES


@dataclass(frozen=True)
class Kept:
    """A file of the inbox and the newest retrieval of one URL that gave it."""

    path: Path
    retrieval: Retrieval


class Store:
    """One folder of fetched files. Only one process may write it at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._by_url: dict[str, Kept] = {}
        self._by_content: dict[str, Path] = {}
        for note in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
            self._remember(note)

    def kept(self, url: str) -> Kept | None:
        """The file that the URL gave last, where it is still there."""
        kept = self._by_url.get(url)
        return kept if kept and kept.path.is_file() else None

    @contextlib.contextmanager
    def part(self) -> Iterator[BinaryIO]:
        """A file to download into; it is gone afterwards unless ``keep`` took it."""
        path = part_of(self.folder / "download")
        path.unlink(missing_ok=True)
        try:
            with path.open("xb+") as handle:
                yield handle
        finally:
            path.unlink(missing_ok=True)

    def keep(
        self, content: BinaryIO, sha256: str, name: str, kind: str, retrieval: Retrieval
    ) -> tuple[Path, bool]:
        """Keep a download (a handle of ``part``) and its retrieval; the file, and whether it is new here.

        Raises JuesuanError where something else has taken the file's name.
        """
        known = self._by_content.get(sha256)
        is_new = known is None or not known.is_file()
        path = self.folder / safe_name(name, sha256, kind) if known is None else known
        if is_new and (path.is_symlink() or path.exists()):
            raise JuesuanError(f"{path.name} is in the inbox and is not what its name says; move it away")
        old = read_sidecar(sidecar_path(path))
        if old is None or old.sha256 != sha256:
            old = Sidecar(sha256=sha256, byte_size=content.seek(0, 2), retrievals=())
        write_sidecar(sidecar_path(path), old.with_retrieval(retrieval))
        if is_new:
            sync(content)
            Path(content.name).rename(path)
            sync_folder(self.folder)
        self._remember(sidecar_path(path))
        return path, is_new

    def drop(self, path: Path) -> None:
        """Remove a file and its sidecar: an index page that a newer one replaced.

        It stays where another URL gave the same content.
        """
        sidecar = read_sidecar(sidecar_path(path))
        if sidecar and len(sidecar.retrievals) > 1:
            return
        path.unlink(missing_ok=True)
        sidecar_path(path).unlink(missing_ok=True)
        self._by_content = {sha256: kept for sha256, kept in self._by_content.items() if kept != path}

    def _remember(self, note: Path) -> None:
        sidecar = read_sidecar(note)
        if sidecar is None:
            return
        path = note.with_name(note.name.removesuffix(SUFFIX))
        self._by_content[sidecar.sha256] = path
        for retrieval in sidecar.retrievals:
            known = self._by_url.get(retrieval.url)
            if known is None or known.retrieval.fetched_at <= retrieval.fetched_at:
                self._by_url[retrieval.url] = Kept(path, retrieval)


class Inbox:
    """The papers and the index pages that led to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.papers = Store(folder)
        self.pages = Store(folder / PAGES)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Inbox]:
    """The inbox for writing; raises JuesuanError where another fetch is at it or it cannot be written."""
    try:
        (folder / PAGES).mkdir(parents=True, exist_ok=True)
        lock = (folder / ".fetch.lock").open("w")
    except OSError as error:
        raise JuesuanError(f"the inbox {folder} cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JuesuanError(f"another fetch is writing {folder}; wait for it to end") from None
        for left_over in (*folder.glob(f".*{PART}"), *(folder / PAGES).glob(f".*{PART}")):
            left_over.unlink()
        yield Inbox(folder)
