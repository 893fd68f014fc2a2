"""The server's name of a file as a name that is safe in the inbox."""

import re
import unicodedata
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import unquote_to_bytes

import httpx

#: A file name may have 255 bytes; the hash before it and the sidecar's ending behind it need some.
MAX_BYTES = 150
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_BLANKS = re.compile(r"\s+")
_FALLBACK = "document"


def offered_name(url: str, disposition: str = "") -> str:
    """The last part of the name that a server offers a file under, or of its URL; may be empty."""
    name = _of_disposition(disposition) or _text(unquote_to_bytes(httpx.URL(url).raw_path.split(b"?")[0]))
    return re.split(r"[/\\]", name)[-1]


def ending(name: str) -> str:
    """What stands behind the last dot, in small letters."""
    return PurePosixPath(name).suffix.lower().lstrip(".")


def safe_name(name: str, sha256: str, kind: str) -> str:
    """``<16 hex of the content>-<name>.<kind>``: no path, no marks that steer anything, not too long."""
    stem = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    stem = "".join(char if char.isprintable() else " " for char in _FORBIDDEN.sub(" ", stem))
    stem = _BLANKS.sub("_", stem.strip())
    if ending(stem):
        stem = stem[: -len(ending(stem)) - 1]
    stem = stem.encode("utf-8")[:MAX_BYTES].decode("utf-8", errors="ignore").strip("._-")
    return f"{sha256[:16]}-{stem or _FALLBACK}.{kind}"


def _of_disposition(value: str) -> str:
    """The file name of a Content-Disposition header: RFC 2231, or bytes in the server's own encoding."""
    if not value:
        return ""
    message = Message()
    message["content-disposition"] = value.replace("\r", " ").replace("\n", " ")
    name = message.get_filename("")
    try:
        raw = name.encode("latin-1")
    except UnicodeEncodeError:
        return name
    return _text(unquote_to_bytes(raw))


def _text(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="replace")
