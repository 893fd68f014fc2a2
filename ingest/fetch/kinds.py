"""What a file is by its own bytes. Servers name types carelessly, and send error pages in a paper's place."""

import re
import zipfile
from typing import BinaryIO, Literal, get_args

from ingest.fetch.problem import NotFetched

#: The kinds that can be told apart, as the endings under which the readers know them.
Kind = Literal["pdf", "docx", "doc", "xlsx", "xlsm", "xls", "html", "txt"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Most error pages are HTML with a status of success, so a page or a text must be asked for.
DEFAULT_KINDS: frozenset[Kind] = frozenset({"pdf", "docx", "doc", "xlsx", "xlsm", "xls"})
_HEAD = 4096
_PDF_END = 2048
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS: tuple[tuple[str, Kind], ...] = (("WordDocument", "doc"), ("Workbook", "xls"), ("Book", "xls"))
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta|script)\b", re.I)


def kind_of(content: BinaryIO, wanted: frozenset[Kind], promised: str, is_framed: bool) -> Kind:
    """The kind of a downloaded file. Raises NotFetched where it is not one of those wanted.

    ``promised`` is the ending of the name under which it was offered. An answer whose end the server
    did not announce (not ``is_framed``) must show its own end.
    """
    size = content.seek(0, 2)
    if not size:
        raise NotFetched("empty", "the answer is empty", "try again later; tell the publisher")
    content.seek(0)
    head = content.read(_HEAD)
    kind = _kind(head, content, promised)
    if kind is None or kind not in wanted or (kind == "html" and promised in DEFAULT_KINDS):
        what = f"of kind {kind}" if kind else "of no known kind"
        offered = f" where the name promises {promised}" if promised in KINDS and promised != kind else ""
        raise NotFetched(
            "wrong_type",
            f"the file is {what}{offered}",
            "open it in a browser; if it is a paper, add its kind to the types of its source",
            refused=True,
        )
    if kind == "pdf" and not is_framed:
        content.seek(max(0, size - _PDF_END))
        if b"%%EOF" not in content.read():
            raise NotFetched("truncated", "the PDF has no end", "try again later; tell the publisher")
    return kind


def _kind(head: bytes, content: BinaryIO, promised: str) -> Kind | None:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(content)
    if head.startswith(_OLE):
        return _old_office_kind(content)
    if _HTML.search(head.replace(b"\0", b"")):
        return "html"
    return "txt" if promised == "txt" and b"\0" not in head else None


def _office_kind(content: BinaryIO) -> Kind | None:
    try:
        with zipfile.ZipFile(content) as package:
            names = frozenset(package.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise NotFetched(
            "truncated", f"the office file is cut or damaged ({error})", "try again later; tell the publisher"
        ) from error
    if "xl/vbaProject.bin" in names:
        return "xlsm"
    if any(name.startswith("word/") for name in names):
        return "docx"
    return "xlsx" if any(name.startswith("xl/") for name in names) else None


def _old_office_kind(content: BinaryIO) -> Kind | None:
    """Told by the names in the file's directory, which may stand anywhere in it."""
    content.seek(0)
    data = content.read()
    return next((kind for name, kind in _OLE_STREAMS if (name + "\0").encode("utf-16-le") in data), None)
