"""What a server sends, unpacked and counted while it arrives: no answer grows beyond its limit."""

import hashlib
import zlib
from typing import BinaryIO

from ingest.fetch.problem import NotFetched, Transient

#: What is unpacked at once: a few packed bytes can stand for megabytes.
CHUNK = 1 << 16
_GZIP = zlib.MAX_WBITS | 16


class Body:
    """Writes content to a file as it comes, with its size and SHA-256."""

    def __init__(self, into: BinaryIO, limit: int, encoding: str) -> None:
        """``encoding`` is the answer's Content-Encoding; raises NotFetched for one that nobody asked for."""
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise NotFetched(
                "unknown_encoding",
                f"the server packs its answer in a way that was not asked for ({encoding})",
                "tell the publisher, or fetch it by hand",
            )
        self.size = 0
        self._digest = hashlib.sha256()
        self._into = into
        self._limit = limit
        self._unpack = None if encoding in {"", "identity"} else zlib.decompressobj(_GZIP)
        self._fed = False
        into.seek(0)
        into.truncate()

    @property
    def sha256(self) -> str:
        """Hex digest of what was written."""
        return self._digest.hexdigest()

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the network. Raises NotFetched beyond the limit."""
        self._fed = self._fed or bool(data)
        if self._unpack is None:
            self._write(data)
            return
        while data:
            if self._unpack.eof:
                self._unpack = zlib.decompressobj(_GZIP)
            self._write(self._unpacked(data))
            data = self._unpack.unconsumed_tail or self._unpack.unused_data

    def end(self) -> None:
        """Nothing more comes. Raises Transient where a packed answer is not complete."""
        if self._unpack is None or not self._fed:
            return
        while not self._unpack.eof and (rest := self._unpacked(b"")):
            self._write(rest)
        if not self._unpack.eof:
            raise Transient("truncated", "the packed answer ends too early", "try again later")

    def _unpacked(self, data: bytes) -> bytes:
        assert self._unpack is not None
        try:
            return self._unpack.decompress(data, CHUNK)
        except zlib.error as error:
            raise Transient(
                "broken_answer", f"the packed answer is damaged ({error})", "try again later"
            ) from error

    def _write(self, data: bytes) -> None:
        fits = data[: self._limit - self.size]
        self.size += len(fits)
        self._digest.update(fits)
        self._into.write(fits)
        if len(fits) < len(data):
            raise too_large(self._limit)


def too_large(limit: int) -> NotFetched:
    """The error for an answer beyond its limit."""
    return NotFetched(
        "too_large",
        f"the answer is larger than {limit} bytes",
        "check what it is; max_bytes in sources.yml sets the limit",
        refused=True,
    )
