"""What an XLS file says beside its values: number formats, errors, hidden zeros, the used range.

The values themselves come from calamine, which gives no formats. Only the few records that carry
them are walked here; records and streams are those of [MS-XLS] and [MS-CFB].
"""

import struct
from collections.abc import Iterator

from ingest.readers.archive import broken, encrypted
from ingest.readers.number_format import BUILT_IN
from ingest.readers.sheet_marks import SheetMarks

_END = 0xFFFFFFFA  # sector numbers from here on are marks, not sectors
_ENTRY = 128
_SUBSTREAM, _FILE_PASS, _SHEET, _FORMAT, _XF, _WINDOW = 0x0809, 0x2F, 0x85, 0x41E, 0xE0, 0x23E
_DIMENSIONS = 0x200
_FORMULA, _NUMBER, _RK, _MULTIPLE_RK, _BOOL_OR_ERROR = 0x06, 0x203, 0x27E, 0xBD, 0x205
_LABELS = frozenset({0x204, 0xFD, 0xD6})
_BIFF8 = 0x0600
#: All that a sheet of the format can hold.
MAX_ROWS, MAX_COLUMNS = 65536, 256
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
Record = tuple[int, bytes]


def read_marks(data: bytes) -> list[SheetMarks]:
    """The marks of each sheet in the workbook's order; ``data`` is a compound file.

    Raises UnreadableDocument: encrypted, or broken_file where the container cannot be followed.
    """
    try:
        stream = _workbook_stream(data)
        return _sheets(stream)
    except (struct.error, IndexError) as error:
        raise broken(f"the XLS file breaks off or is damaged ({error})") from error


def _sheets(stream: bytes) -> list[SheetMarks]:
    formats: dict[int, str] = {}
    of_style: list[int] = []
    starts: list[int] = []
    is_biff8 = True
    for kind, body in _records(stream, 0):
        if kind == _SUBSTREAM:
            is_biff8 = struct.unpack_from("<H", body)[0] == _BIFF8
        elif kind == _FILE_PASS:
            raise encrypted("the XLS file asks for a password")
        elif kind == _SHEET:
            starts.append(struct.unpack_from("<I", body)[0])
        elif kind == _XF:
            of_style.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _FORMAT:
            formats[struct.unpack_from("<H", body)[0]] = _format_text(body, is_biff8)
    codes = [formats.get(number, BUILT_IN.get(number, "")) for number in of_style]
    return [_sheet(stream, start, codes) for start in starts]


def _sheet(stream: bytes, start: int, codes: list[str]) -> SheetMarks:
    marks = SheetMarks()
    for kind, body in _records(stream, start):
        if kind in (_NUMBER, _RK, _FORMULA, _BOOL_OR_ERROR) or kind in _LABELS:
            row, column, style = struct.unpack_from("<HHH", body)
            marks.use(row, column)
            if kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":
                marks.texts[row, column] = _ERRORS.get(body[8], "#ERROR!")
            elif kind == _BOOL_OR_ERROR and body[7]:
                marks.texts[row, column] = _ERRORS.get(body[6], "#ERROR!")
            elif kind not in _LABELS:
                marks.formats[row, column] = codes[style] if style < len(codes) else ""
        elif kind == _MULTIPLE_RK:
            row, first = struct.unpack_from("<HH", body)
            for number in range((len(body) - 6) // 6):
                style = struct.unpack_from("<H", body, 4 + 6 * number)[0]
                marks.use(row, first + number)
                marks.formats[row, first + number] = codes[style] if style < len(codes) else ""
        elif kind == _DIMENSIONS:
            _check_dimensions(body)
        elif kind == _WINDOW:
            marks.hides_zeros = not struct.unpack_from("<H", body)[0] & 0x10
    return marks


def _check_dimensions(body: bytes) -> None:
    """Raise UnreadableDocument where a sheet announces more than fits: room is made for all of it."""
    wide = len(body) >= 14
    first_row, rows, first_column, columns = struct.unpack_from("<IIHH" if wide else "<HHHH", body)
    if not first_row <= rows <= MAX_ROWS or not first_column <= columns <= MAX_COLUMNS:
        raise broken(f"a sheet announces the rows {first_row} to {rows}, columns {first_column} to {columns}")


def _records(stream: bytes, position: int) -> Iterator[Record]:
    """Records of the substream at ``position`` up to its end; substreams within it (charts) are passed."""
    depth = 0
    while position + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, position)
        body = stream[position + 4 : position + 4 + size]
        position += 4 + size
        if kind == _SUBSTREAM:
            depth += 1
        if depth == 1 and kind != 0x0A:
            yield kind, body
        if kind == 0x0A:
            depth -= 1
            if depth <= 0:
                return


def _format_text(body: bytes, is_biff8: bool) -> str:
    if not is_biff8:
        return body[3 : 3 + body[2]].decode("gb18030", errors="replace")
    length, flags = struct.unpack_from("<HB", body, 2)
    if flags & 1:
        return body[5 : 5 + 2 * length].decode("utf-16-le", errors="replace")
    return body[5 : 5 + length].decode("latin-1")


def _workbook_stream(data: bytes) -> bytes:
    """The stream Workbook (or Book) of a compound file."""
    sector_size = 1 << min(struct.unpack_from("<H", data, 30)[0], 12)
    first_directory, _, cutoff, first_mini = struct.unpack_from("<IIII", data, 48)
    next_difat, _ = struct.unpack_from("<II", data, 68)
    fat_sectors = list(struct.unpack_from("<109I", data, 76))
    entries = sector_size // 4
    for _ in range(len(data) // sector_size):
        if next_difat >= _END:
            break
        *more, next_difat = struct.unpack(f"<{entries}I", _sector(data, next_difat, sector_size))
        fat_sectors += more
    fat: list[int] = []
    for number in fat_sectors:
        if number < _END:
            fat += struct.unpack(f"<{entries}I", _sector(data, number, sector_size))
    directory = _chain(data, fat, first_directory, sector_size)
    root, found = b"", None
    for start in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        entry = directory[start : start + _ENTRY]
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le", "replace")
        if entry[66] == 5:
            root = entry
        elif name in ("Workbook", "Book") and (found is None or name == "Workbook"):
            found = entry
        elif name == "EncryptedPackage":
            raise encrypted("the file asks for a password")
    if found is None:
        raise broken("the file holds no workbook")
    first, size = struct.unpack_from("<II", found, 116)
    if size >= cutoff:
        return _chain(data, fat, first, sector_size)[:size]
    mini_fat_bytes = _chain(data, fat, first_mini, sector_size)
    mini_fat = list(struct.unpack(f"<{len(mini_fat_bytes) // 4}I", mini_fat_bytes))
    mini = _chain(data, fat, struct.unpack_from("<I", root, 116)[0], sector_size)
    return _chain(mini, mini_fat, first, 64, 0)[:size]


def _sector(data: bytes, number: int, size: int) -> bytes:
    return data[size * (number + 1) : size * (number + 2)]


def _chain(data: bytes, fat: list[int], first: int, size: int, start: int | None = None) -> bytes:
    """The bytes of a chain of sectors, which begin behind the header unless ``start`` says where.

    A chain that runs in a circle ends after as many sectors as there are.
    """
    start = size if start is None else start
    parts: list[bytes] = []
    while first < _END and len(parts) <= len(fat):
        parts.append(data[start + size * first : start + size * (first + 1)])
        first = fat[first]
    return b"".join(parts)
