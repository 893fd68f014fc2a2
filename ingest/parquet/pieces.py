"""Parquet files put together of others: their row groups one behind the other, as they are, under one footer.

No library does this without decoding the rows. A file says of itself, in its footer, of which pieces it was
put together, so that they can be taken out of it again. Between them are gaps: a piece that grows a little
does not move those behind it, and what is said of a piece that stands where it stood is copied unread. To a
reader it is a file like any other.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.parquet.thrift import BINARY, I64, LIST, STRUCT, Struct, read_struct, read_structs, write_struct

MAGIC = b"PAR1"
#: The footer's length and the magic word behind it.
TAIL = struct.Struct("<I4s")
NOTE = b"juesuan.pieces"
#: A piece begins at a multiple of so many bytes.
GRID = 32 * 1024
AT_ONCE = 1024 * 1024
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

    ``name`` tells the piece from the others of its file; ``groups`` is what the footer says of each of the
    ``count`` row groups, as it stands there.
    """

    name: str
    file: Path
    begins: int
    ends: int
    rows: int
    count: int
    groups: bytes
    columns: Struct


def read_pieces(file: Path) -> list[Piece]:
    """The pieces a file was put together of; any other Parquet file is one, without a name.

    Raises ValueError for a file of another kind.
    """
    with file.open("rb") as handle:
        footer, ends = _footer(handle)
    noted = footer.rfind(NOTE)
    if noted < 0:
        said = read_struct(footer)
        groups = said[ROW_GROUPS][1][1]
        written = b"".join(map(write_struct, groups))
        return [Piece("", file, len(MAGIC), ends, said[NUM_ROWS][1], len(groups), written, _columns(said))]
    # The key stands behind a byte for its field and one for its length.
    note = json.loads(read_struct(footer[noted - 2 :])[VALUE][1])
    at, behind = note["groups"]
    columns = _columns(read_struct(footer[: note["head"]] + b"\0") | read_struct(footer[behind:], ROW_GROUPS))
    pieces = []
    for name, begins, last, rows, count, size in note["pieces"]:
        pieces.append(Piece(name, file, begins, last, rows, count, footer[at : at + size], columns))
        at += size
    return pieces


def join(pieces: Sequence[Piece], target: Path) -> None:
    """Write the pieces, one at least, as one file; raises ValueError where their columns differ."""
    columns = pieces[0].columns
    if any(piece.columns != columns for piece in pieces):
        raise ValueError(f"the pieces of {target.name} have different columns")
    groups, noted = [], []
    with target.open("wb") as out:
        out.write(MAGIC)
        for piece in pieces:
            begins = -(-out.tell() // GRID) * GRID
            out.seek(begins)
            _append(out, piece)
            groups.append(_moved(piece, begins - piece.begins))
            noted.append((piece.name, begins, out.tell(), piece.rows, piece.count, len(groups[-1])))
        head = {number: field for number, field in columns.items() if number < NUM_ROWS}
        head |= {NUM_ROWS: (I64, sum(piece.rows for piece in pieces))}
        # The elements of a list of structs are written as they are: as many as there are row groups.
        elements = [b"".join(groups), *[b""] * (sum(piece.count for piece in pieces) - 1)]
        body = head | {ROW_GROUPS: (LIST, (STRUCT, elements))}
        behind = len(write_struct(body)) - 1
        note = {
            "head": len(write_struct(head)) - 1,
            "groups": (behind - len(elements[0]), behind),
            "pieces": noted,
        }
        pair = {KEY: (BINARY, NOTE), VALUE: (BINARY, json.dumps(note, ensure_ascii=False).encode())}
        tail = {number: field for number, field in columns.items() if number > KEY_VALUES}
        written = write_struct(body | {KEY_VALUES: (LIST, (STRUCT, [pair]))} | tail)
        out.write(written + TAIL.pack(len(written), MAGIC))


def _columns(said: Struct) -> Struct:
    return {number: field for number, field in sorted(said.items()) if number not in OF_ROWS}


def _footer(handle: BinaryIO) -> tuple[bytes, int]:
    """What a file says of itself, and where that begins."""
    end = handle.seek(0, 2)
    handle.seek(max(0, end - TAIL.size))
    size, magic = TAIL.unpack(handle.read(TAIL.size).rjust(TAIL.size))
    begins = end - TAIL.size - size
    if magic != MAGIC or begins < len(MAGIC):
        raise ValueError(f"{handle.name} is no Parquet file")
    handle.seek(begins)
    return handle.read(size), begins


def _append(out: BinaryIO, piece: Piece) -> None:
    left = piece.ends - piece.begins
    with piece.file.open("rb") as handle:
        handle.seek(piece.begins)
        while left and (read := handle.read(min(left, AT_ONCE))):
            out.write(read)
            left -= len(read)
    if left:
        raise ValueError(f"{piece.file} ends before its rows do")


def _moved(piece: Piece, shift: int) -> bytes:
    """What the footer says of a piece whose bytes stand so much further on."""
    if not shift:
        return piece.groups
    moved = (_moved_group(group, shift) for group in read_structs(piece.groups, piece.count))
    return b"".join(map(write_struct, moved))


def _moved_group(group: Struct, shift: int) -> Struct:
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
