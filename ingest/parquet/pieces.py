"""Parquet files put together of others: their row groups one behind the other, as they are, under one footer.

No library does this without decoding the rows. A file says of itself, in its footer, of which pieces it was
put together, so that they can be taken out of it again. To a reader it is a file like any other.
"""

import json
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.parquet.thrift import BINARY, I64, LIST, STRUCT, Struct, read_struct, write_struct

MAGIC = b"PAR1"
#: The footer's length and the magic word behind it.
TAIL = struct.Struct("<I4s")
NOTE = b"juesuan.pieces"
#: Fields of what a file, a row group and a column say of themselves, by their numbers in parquet.thrift.
NUM_ROWS, ROW_GROUPS, KEY_VALUES = 3, 4, 5
OF_ROWS = (NUM_ROWS, ROW_GROUPS, KEY_VALUES)
COLUMNS, GROUP_OFFSET = 1, 5
CHUNK_OFFSET, COLUMN, OFFSET_INDEX, COLUMN_INDEX = 2, 3, 4, 6
DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, BLOOM_FILTER = 9, 10, 11, 14
KEY, VALUE = 1, 2


@dataclass(frozen=True)
class Piece:
    """Some row groups of a file, the bytes from ``begins`` to ``ends`` that hold them, and its columns.

    ``name`` tells the piece from the others of its file.
    """

    name: str
    file: Path
    begins: int
    ends: int
    groups: Sequence[Struct]
    columns: Struct

    @property
    def rows(self) -> int:
        """How many rows they hold."""
        return sum(group[NUM_ROWS][1] for group in self.groups)


def read_pieces(file: Path) -> list[Piece]:
    """The pieces a file was put together of; any other Parquet file is one, without a name.

    Raises ValueError for a file of another kind.
    """
    with file.open("rb") as handle:
        footer, ends = _footer(handle)
    columns = {number: field for number, field in footer.items() if number not in OF_ROWS}
    groups = footer[ROW_GROUPS][1][1]
    pairs = footer[KEY_VALUES][1][1] if KEY_VALUES in footer else []
    noted = [pair[VALUE][1] for pair in pairs if pair[KEY][1] == NOTE]
    pieces, begins = [], len(MAGIC)
    for name, last, count in json.loads(noted[0]) if noted else [("", ends, len(groups))]:
        pieces.append(Piece(name, file, begins, last, groups[:count], columns))
        begins, groups = last, groups[count:]
    return pieces


def join(pieces: Sequence[Piece], target: Path) -> None:
    """Write the pieces, one at least, as one file; raises ValueError where their columns differ."""
    first = pieces[0].columns
    if any(piece.columns != first for piece in pieces):
        raise ValueError(f"the pieces of {target.name} have different columns")
    groups: list[Struct] = []
    note = []
    with target.open("wb") as out:
        out.write(MAGIC)
        for piece in pieces:
            shift = out.tell() - piece.begins
            _append(out, piece)
            groups += [_moved(group, shift) for group in piece.groups]
            note.append((piece.name, out.tell(), len(piece.groups)))
        pair = {KEY: (BINARY, NOTE), VALUE: (BINARY, json.dumps(note, ensure_ascii=False).encode())}
        footer = first | {
            NUM_ROWS: (I64, sum(piece.rows for piece in pieces)),
            ROW_GROUPS: (LIST, (STRUCT, groups)),
            KEY_VALUES: (LIST, (STRUCT, [pair])),
        }
        written = write_struct(dict(sorted(footer.items())))
        out.write(written + TAIL.pack(len(written), MAGIC))


def _footer(handle: BinaryIO) -> tuple[Struct, int]:
    """What a file says of itself, and where that begins."""
    end = handle.seek(0, 2)
    handle.seek(max(0, end - TAIL.size))
    size, magic = TAIL.unpack(handle.read(TAIL.size).rjust(TAIL.size))
    begins = end - TAIL.size - size
    if magic != MAGIC or begins < len(MAGIC):
        raise ValueError(f"{handle.name} is no Parquet file")
    handle.seek(begins)
    return read_struct(handle.read(size)), begins


def _append(out: BinaryIO, piece: Piece) -> None:
    left = piece.ends - piece.begins
    with piece.file.open("rb") as handle:
        handle.seek(piece.begins)
        while left and (read := handle.read(min(left, shutil.COPY_BUFSIZE))):  # type: ignore[attr-defined]
            out.write(read)
            left -= len(read)
    if left:
        raise ValueError(f"{piece.file} ends before its rows do")


def _moved(group: Struct, shift: int) -> Struct:
    """A row group whose bytes stand so much further on."""
    chunks = []
    for chunk in group[COLUMNS][1][1]:
        kind, column = chunk[COLUMN]
        moved = _shifted(column, (DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, BLOOM_FILTER), shift)
        chunks.append(
            _shifted({**chunk, COLUMN: (kind, moved)}, (CHUNK_OFFSET, OFFSET_INDEX, COLUMN_INDEX), shift)
        )
    return _shifted({**group, COLUMNS: (LIST, (STRUCT, chunks))}, (GROUP_OFFSET,), shift)


def _shifted(fields: Struct, offsets: Sequence[int], shift: int) -> Struct:
    """The same fields, with those that are offsets moved; 0 says that there is none."""
    moved = dict(fields)
    for number in offsets:
        if number in fields and fields[number][1]:
            kind, value = fields[number]
            moved[number] = (kind, value + shift)
    return moved
