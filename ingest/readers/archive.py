"""Office files as containers: opened within limits, their XML parsed without entities.

A small file can unpack to gigabytes (a zip bomb) and a short XML text can grow to gigabytes by its
own entities. So sizes are asked before anything is unpacked, and a part that declares entities is
refused: no office program writes one.
"""

import io
import lzma
import posixpath
import zipfile
import zlib
from typing import Any

from lxml import etree

from ingest.errors import UnreadableDocument

#: A paper has some dozens of parts, one with a picture on every page some hundreds.
MAX_MEMBERS = 4000
#: The longest papers have main parts of some 10 MB; a parsed tree takes several times its text.
MAX_PART_BYTES = 48 * 1024 * 1024
#: All XML parts together. Pictures do not count: they are never unpacked.
MAX_XML_BYTES = 128 * 1024 * 1024
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
CHUNK = 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, ValueError)


def broken(reason: str) -> UnreadableDocument:
    """The error for a file that its own format does not allow."""
    return UnreadableDocument("broken_file", reason, "fetch it again, or open it and save it anew")


def encrypted(reason: str) -> UnreadableDocument:
    """The error for a file that asks for a password."""
    return UnreadableDocument("encrypted", reason, "ask the publisher for an open copy")


def too_large(reason: str) -> UnreadableDocument:
    """The error for a file that would take more memory than any paper needs."""
    return UnreadableDocument("too_large", reason, "check where the file comes from; no paper is like this")


def empty(reason: str) -> UnreadableDocument:
    """The error for a file that says nothing."""
    return UnreadableDocument("empty_file", reason, "publish or fetch it again")


class Package:
    """The parts of a DOCX or XLSX file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = frozenset(archive.namelist())

    def read(self, name: str) -> bytes:
        """One part, unpacked. Raises UnreadableDocument where it is damaged, locked or too large."""
        info = self._archive.getinfo(name)
        if info.flag_bits & 1:
            raise encrypted("the file's parts are locked with a password")
        if info.file_size > MAX_PART_BYTES:
            raise too_large(f"the part {name} unpacks to {info.file_size // CHUNK} MB")
        try:
            return self._archive.read(info)
        except _BROKEN as error:
            raise broken(f"the part {name} is damaged ({error})") from error

    def xml(self, name: str) -> Any:
        """One part as an XML tree's root. Raises UnreadableDocument as ``read`` does."""
        return parse_xml(self.read(name), name)

    def related(self, name: str) -> list[tuple[str, str, str]]:
        """(id, last word of the type, part name) of all parts that a part names as its relations."""
        folder, _, file = name.rpartition("/")
        rels = f"{folder}/_rels/{file}.rels".lstrip("/")
        if rels not in self.names:
            return []
        found = []
        for item in self.xml(rels):
            if isinstance(item.tag, str) and item.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, item.get("Target", "")))
                found.append(
                    (item.get("Id", ""), item.get("Type", "").rpartition("/")[2], target.lstrip("/"))
                )
        return found

    def main_part(self, usual: str) -> str | None:
        """The name of the part that holds the document itself."""
        named = [target for _, kind, target in self.related("") if kind == "officeDocument"]
        return next((name for name in [*named, usual] if name in self.names), None)

    def check_xml_parts(self) -> None:
        """Unpack every XML part once, so that a parser that asks no size finds what is declared."""
        for name in sorted(self.names):
            if name.lower().endswith((".xml", ".rels")):
                refuse_entities(self.read(name), name)


def open_package(data: bytes, kind: str) -> Package:
    """Open a zipped office file. ``kind`` names the format for people.

    Raises UnreadableDocument: empty_file, encrypted, too_large or broken_file.
    """
    if not data.strip(b"\0 \r\n\t"):
        raise empty("the file is empty")
    if data.startswith(OLE_MAGIC):
        if ENCRYPTED_STREAM in data:
            raise encrypted(f"the {kind} file asks for a password")
        raise broken(f"the file has the old binary format, not that of {kind}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except _BROKEN as error:
        raise broken(f"the {kind} file cannot be unpacked ({error})") from error
    if len(members) > MAX_MEMBERS:
        raise too_large(f"the {kind} file has {len(members)} parts")
    size = sum(item.file_size for item in members if item.filename.lower().endswith((".xml", ".rels")))
    if size > MAX_XML_BYTES:
        raise too_large(f"the {kind} file unpacks to {size // CHUNK} MB of text")
    return Package(archive)


def parse_xml(data: bytes, name: str) -> Any:
    """The root of an XML text; entities, external files and the network are never used."""
    refuse_entities(data, name)
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise broken(f"the part {name} is no XML ({error})") from error


def refuse_entities(data: bytes, name: str) -> None:
    """Raise UnreadableDocument where an XML text has a document type, which may declare entities."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", errors="replace").encode()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise too_large(f"the part {name} declares XML entities, which can grow without end")


def local(element: Any) -> str:
    """An element's name without its namespace; '' for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
