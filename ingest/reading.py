"""One document in a process of its own: path to reading, and every end it may take as a plain reason."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ingest.discover import Found
from ingest.errors import UnreadableDocument
from ingest.extract import extract, read_document
from ingest.model import Extraction
from ingest.readers import MAX_BYTES, reader_for
from ingest.workers import Failure, MoreTime

#: A scanned page takes some 7 s on two idle cores, and twice that where two papers share them.
SECONDS_PER_PAGE = 15.0
#: No paper gets more than this on top, however many pages it claims to have.
MOST_EXTRA_SECONDS = 3600.0
#: What a person can do about a failure of a worker (``ingest.workers.Failure.code``).
REASONS = {
    "time_limit": (
        "reading took longer than it may ({})",
        "juesuan refresh --retry with a longer --time-limit, or check what the file is",
    ),
    "memory_limit": (
        "reading took more memory than it may ({})",
        "juesuan refresh --retry with a larger --memory-limit, or check what the file is",
    ),
    "reader_died": (
        "the process that read it died ({})",
        "juesuan refresh --retry; if it dies again, report the file as a bug of juesuan",
    ),
    "reader_failed": (
        "a fault of juesuan, not of the paper: {}",
        "report it with the file; the paper is read again when juesuan changes, or with --retry",
    ),
}


@dataclass(frozen=True)
class Problem:
    """Why a document is set aside: a stable code, a reason and a remedy in plain words.

    ``of_file`` says that the file could not be had as it was found, so nothing is known of its content.
    """

    code: str
    reason: str
    remedy: str
    of_file: bool = False


@dataclass(frozen=True)
class Reading:
    """What one document gave: an extraction, or the problem; reader and pages as far as it got."""

    reader: str | None = None
    page_count: int | None = None
    extraction: Extraction | None = None
    problem: Problem | None = None


def read_found(found: Found, more_time: MoreTime) -> Reading:
    """Read one file. The task of the workers; a paper of many pages is given more time."""
    paper = None
    try:
        if found.byte_size > MAX_BYTES:
            size = f"{found.byte_size / 2**20:.0f} MiB"
            limit = f"{MAX_BYTES // 2**20} MiB"
            raise UnreadableDocument(
                "too_large",
                f"the file has {size}, a paper has at most {limit}",
                "split it or check what it is",
            )
        reader_for(found.path.suffix)
        data = _content(found)
        if data is None:
            return Reading(problem=CHANGED)
        more_time(min(_page_count(data, found.path) * SECONDS_PER_PAGE, MOST_EXTRA_SECONDS))
        paper, forms = read_document(data, found.path.name)
        return Reading(paper.reader, paper.page_count, extract(paper, forms))
    except UnreadableDocument as error:
        problem = Problem(error.code, error.reason, error.remedy)
    if paper is None:
        return Reading(problem=problem)
    return Reading(paper.reader, paper.page_count, problem=problem)


def failed(failure: Failure) -> Reading:
    """The reading of a document whose worker gave none."""
    reason, remedy = REASONS[failure.code]
    return Reading(problem=Problem(failure.code, reason.format(failure.detail), remedy))


CHANGED = Problem(
    "changed",
    "the file changed or went away while it was read",
    "run juesuan refresh again when it is complete",
    of_file=True,
)


def _content(found: Found) -> bytes | None:
    """The bytes that were found, or None where the file has others by now."""
    try:
        with found.path.open("rb") as handle:
            data = handle.read(found.byte_size + 1)
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == found.sha256 else None


def _page_count(data: bytes, path: Path) -> int:
    """Pages of a PDF, 0 of anything else; what is wrong with the file its reader says."""
    if path.suffix.lower() != ".pdf":
        return 0
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        return 0
    try:
        return len(document)
    finally:
        document.close()
