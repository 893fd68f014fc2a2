"""Files that mean harm or are broken, made on the spot; each with the code it must be quarantined under."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
GOOD_PDF = (FIXTURES / "unruled" / "ruled.pdf").read_bytes()
GOOD_DOCX = (FIXTURES / "office" / "nine_forms.docx").read_bytes()
GOOD_XLSX = (FIXTURES / "office" / "nine_forms.xlsx").read_bytes()
NOISE = random.Random(1).randbytes(200_000)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MEGABYTE = 1 << 20
RESOURCES = "/Resources << /Font << /F 4 0 R >> >>"


def pdf(objects: Mapping[int, str | bytes]) -> bytes:
    """A PDF of numbered objects; object 1 is the catalogue."""
    body, places = bytearray(b"%PDF-1.7\n"), {}
    for number, text in sorted(objects.items()):
        places[number] = len(body)
        data = text.encode("latin-1") if isinstance(text, str) else text
        body += b"%d 0 obj\n%b\nendobj\n" % (number, data)
    start, size = len(body), max(objects) + 1
    body += b"xref\n0 %d\n" % size
    for number in range(size):
        body += b"%010d 00000 %b \n" % (places.get(number, 0), b"n" if number in places else b"f")
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(body)


def stream(data: bytes, entries: str = "") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), entries.encode(), data)


def pages(count: int, page: str = "/MediaBox [0 0 600 400]") -> dict[int, str | bytes]:
    """Catalogue and a flat tree of equal pages, from object 10 on."""
    kids = " ".join(f"{number + 10} 0 R" for number in range(count))
    page = f"<< /Type /Page /Parent 2 0 R /Contents 3 0 R {RESOURCES} {page} >>"
    return {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        3: stream(b"BT /F 12 Tf 60 200 Td (5.00) Tj ET"),
        4: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        **{number + 10: page for number in range(count)},
    }


def picture_page(side: float) -> bytes:
    """One page of ``side`` points that is a picture all over: as a scan, but beyond all measure."""
    objects = pages(1, f"/MediaBox [0 0 {side} {side}] /Resources << /XObject << /X 5 0 R >> >>")
    objects[10] = str(objects[10]).replace(RESOURCES, "")
    objects[3] = stream(f"{side} 0 0 {side} 0 0 cm /X Do".encode())
    entries = "/Type /XObject /Subtype /Image /Width 2 /Height 2 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    objects[5] = stream(bytes([0, 255, 255, 0]), entries)
    return pdf(objects)


def looped_tree() -> bytes:
    objects = pages(1)
    objects[2] = "<< /Type /Pages /Kids [6 0 R 10 0 R] /Count 2000000000 /Parent 6 0 R >>"
    objects[6] = "<< /Type /Pages /Kids [2 0 R 6 0 R] /Count 1000000000 /Parent 2 0 R >>"
    return pdf(objects)


def looped_object_streams() -> bytes:
    """Object streams that extend each other, and a font that is said to be in both."""
    objects = pages(1)
    inner = b"7 0 8 2 5 6"
    objects[7] = stream(inner, "/Type /ObjStm /N 2 /First 8 /Extends 8 0 R")
    objects[8] = stream(inner, "/Type /ObjStm /N 2 /First 8 /Extends 7 0 R")
    return pdf(objects)


def deflate_bomb(times: int) -> bytes:
    """A page whose content unpacks, level by level, to a gigabyte of drawing."""
    data, filters = b"0 0 m 9 9 l S\n" * (MEGABYTE * 64 // 14), ""
    for _ in range(times):
        data, filters = zlib.compress(data, 9), filters + "/FlateDecode "
    objects = pages(1)
    objects[3] = stream(data, f"/Filter [{filters}]")
    return pdf(objects)


def deep_page() -> bytes:
    objects = pages(1)
    objects[3] = stream(b"[" * 500_000 + b"q " * 500_000)
    objects[4] = "[" * 200_000
    return pdf(objects)


def with_actions(url: str, command: str) -> bytes:
    """The good paper, opening with scripts, commands, links and forms that are sent, all at once."""
    root = int(GOOD_PDF.rpartition(b"/Root ")[2].split()[0])
    start = GOOD_PDF.index(b"\n%d 0 obj" % root) + 1
    catalogue = GOOD_PDF[GOOD_PDF.index(b"<<", start) : GOOD_PDF.index(b"endobj", start)].rstrip()
    script = f"app.launchURL('{url}'); this.submitForm('{url}'); app.execMenuItem('Quit')"
    actions = [
        f"/S /JavaScript /JS ({script.replace('(', chr(92) + '(').replace(')', chr(92) + ')')})",
        f"/S /URI /URI ({url})",
        f"/S /Launch /F ({command}) /Unix << /F ({command}) >>",
        f"/S /SubmitForm /F << /FS /URL /F ({url}) >>",
        f"/S /GoToR /F << /FS /URL /F ({url}) >> /D [0 /Fit]",
        f"/S /ImportData /F ({url})",
    ]
    chain = ""
    for action in reversed(actions):
        chain = f"<< /Type /Action {action} {'/Next ' + chain if chain else ''} >>"
    added = f"/OpenAction {chain} /AA << /WC {chain} /DP {chain} >>"
    added += f" /Names << /JavaScript << /Names [(a) {chain}] >> >> /AcroForm << /Fields [] /XFA ({url}) >>"
    place = len(GOOD_PDF) + 1
    body = b"\n%d 0 obj\n%b %b >>\nendobj\n" % (root, catalogue[: catalogue.rindex(b">>")], added.encode())
    size = int(GOOD_PDF.rpartition(b"/Size ")[2].split(b"/")[0].split(b">")[0])
    before = int(GOOD_PDF.rpartition(b"startxref")[2].split()[0])
    xref = b"xref\n%d 1\n%010d 00000 n \n" % (root, place)
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % (size, root, before)
    at = len(GOOD_PDF) + len(body)
    return GOOD_PDF + body + xref + trailer + b"startxref\n%d\n%%%%EOF\n" % at


def zipped(members: Mapping[str, bytes], base: bytes | None = None) -> bytes:
    """A zip file of ``members``, put in the place of those of ``base`` or added to them."""
    kept: dict[str, bytes] = {}
    if base is not None:
        with zipfile.ZipFile(io.BytesIO(base)) as archive:
            kept = {name: archive.read(name) for name in archive.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in (kept | dict(members)).items():
            archive.writestr(name, data)
    return out.getvalue()


def lying(data: bytes, name: str, size: int) -> bytes:
    """A zip file that says of one member, in both its places, that it unpacks to ``size`` bytes."""
    changed = bytearray(data)
    for mark, before_name, field in ((b"PK\x03\x04", 30, 22), (b"PK\x01\x02", 46, 24)):
        at = data.index(mark)
        while data[at + before_name : at + before_name + len(name)] != name.encode():
            at = data.index(mark, at + 1)
        changed[at + field : at + field + 4] = struct.pack("<I", size)
    return bytes(changed)


def nested_zip(levels: int) -> bytes:
    data = bytes(8 * MEGABYTE)
    for level in range(levels):
        data = zipped({f"{level}-{number}.zip": data for number in range(8)})
    return data


def laughs(url: str) -> bytes:
    """The billion laughs, and entities that would fetch a file and a page."""
    entities = "".join(
        f'<!ENTITY l{level} "{f"&l{level - 1};" * 10 if level else "ha"}">' for level in range(10)
    )
    entities += f'<!ENTITY file SYSTEM "file:///etc/hostname"><!ENTITY page SYSTEM "{url}">'
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><x>&l9;&file;&page;</x>'.encode()


def hostile_files(url: str, command: str) -> dict[str, tuple[bytes, str]]:
    """File name to content and the code it is quarantined under. ``url`` and ``command`` must stay unused."""
    bomb = b"<w>" + b"0" * (60 * MEGABYTE)
    linked = b'<html><script src="%b">alert(1)</script><img src="%b"><iframe src="%b"></html>'
    where = url.encode()
    return {
        "empty.pdf": (b"", "not_a_pdf"),
        "noise.pdf": (NOISE, "not_a_pdf"),
        "noise_with_head.pdf": (b"%PDF-1.7\n" + NOISE + b"\n%%EOF", "broken_file"),
        "noise.docx": (NOISE + b"d", "broken_file"),
        "noise.xlsx": (NOISE + b"x", "broken_file"),
        "noise.html": (NOISE + b"h", "broken_file"),
        "noise.txt": (NOISE + b"t", "not_text"),
        "noise.xls": (OLE + NOISE, "broken_file"),
        "garbage.xls": (NOISE + b"s", "broken_file"),
        "cut.pdf": (GOOD_PDF[: len(GOOD_PDF) // 2], "broken_file"),
        "cut.docx": (GOOD_DOCX[: len(GOOD_DOCX) // 2], "broken_file"),
        "cut.xlsx": (GOOD_XLSX[: len(GOOD_XLSX) // 2], "broken_file"),
        "locked.pdf": ((FIXTURES / "pdf" / "encrypted.pdf").read_bytes(), "encrypted"),
        "locked.docx": (OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        "zero_pages.pdf": (pdf(pages(0)), "broken_file"),
        "ten_thousand_pages.pdf": (pdf(pages(10_000)), "page_count"),
        "looped_tree.pdf": (looped_tree(), "broken_page"),
        "looped_streams.pdf": (looped_object_streams(), "unidentified"),
        "deep.pdf": (deep_page(), "no_text"),
        "bomb.pdf": (deflate_bomb(3), "memory_limit"),
        "vast_page.pdf": (pdf(pages(1, "/MediaBox [0 0 1e9 1e9]")), "unidentified"),
        "vast_scan.pdf": (picture_page(14_400), "memory_limit"),
        "endless_scan.pdf": (picture_page(1e9), "memory_limit"),
        "bomb.docx": (zipped({"word/document.xml": bomb}, GOOD_DOCX), "too_large"),
        "bomb.xlsx": (zipped({"xl/worksheets/sheet1.xml": bomb}, GOOD_XLSX), "too_large"),
        "lying.docx": (
            lying(zipped({"word/document.xml": bomb}, GOOD_DOCX), "word/document.xml", 99),
            "broken_file",
        ),
        "lying.xlsx": (
            lying(zipped({"xl/workbook.xml": bomb}, GOOD_XLSX), "xl/workbook.xml", 99),
            "broken_file",
        ),
        "nested.docx": (nested_zip(2), "broken_file"),
        "nested.xlsx": (zipped({"a.xlsx": nested_zip(2)}), "broken_file"),
        "laughs.docx": (zipped({"word/document.xml": laughs(url)}, GOOD_DOCX), "too_large"),
        "laughs.xlsx": (zipped({"xl/workbook.xml": laughs(url)}, GOOD_XLSX), "too_large"),
        "laughs.html": (laughs(url), "unidentified"),
        "outside.docx": (zipped({"../../outside.txt": b"1", "/tmp/outside.txt": b"1"}), "broken_file"),
        "nested.html": (b"<div>" * 100_000 + b"x", "too_large"),
        "script.html": (linked % (where, where, where), "empty_file"),
        "a_pdf.txt": (GOOD_PDF, "not_text"),
        "a_docx.pdf": (GOOD_DOCX, "not_a_pdf"),
        "an_xlsx.docx": (GOOD_XLSX, "broken_file"),
        "a_word_file.doc": (OLE + bytes(600), "unsupported_format"),
    }


def write_all(folder: Path, files: Mapping[str, tuple[bytes, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
