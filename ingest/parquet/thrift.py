"""Thrift's compact protocol, in which Parquet tells what a file holds: any struct, read and written back.

A struct is a mapping of field numbers to values with their types, so that fields of later versions of the
format survive (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
"""

from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_INTEGERS = frozenset((I16, I32, I64))
#: A field's number and its type and value. A list's value is its elements' type and the elements.
Struct = dict[int, tuple[int, Any]]


def read_struct(data: bytes, after: int = 0) -> Struct:
    """The struct that ``data`` begins with, or what is left of one behind the field ``after``.

    Raises ValueError or IndexError where it is none.
    """
    return _struct(data, 0, after)[0]


def read_structs(data: bytes, count: int) -> list[Struct]:
    """As many structs, one behind the other; raises as ``read_struct`` does."""
    structs, at = [], 0
    for _ in range(count):
        struct, at = _struct(data, at)
        structs.append(struct)
    return structs


def write_struct(struct: Struct) -> bytes:
    """The bytes of a struct; ``read_struct`` of them gives it back.

    A struct in a list may be given as the bytes that it was read of.
    """
    out = bytearray()
    _put_struct(out, struct)
    return bytes(out)


def _struct(data: bytes, at: int, number: int = 0) -> tuple[Struct, int]:
    fields: Struct = {}
    while (head := data[at]) != 0:
        at += 1
        kind, step = head & 15, head >> 4
        if step:
            number += step
        else:
            number, at = _integer(data, at)
        if kind in (TRUE, FALSE):
            fields[number] = (kind, None)
        else:
            value, at = _value(data, at, kind)
            fields[number] = (kind, value)
    return fields, at + 1


def _value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in _INTEGERS:
        return _integer(data, at)
    if kind == BINARY:
        size, at = _varint(data, at)
        return data[at : at + size], at + size
    if kind == STRUCT:
        return _struct(data, at)
    if kind in (LIST, SET):
        head = data[at]
        size, at = (head >> 4, at + 1) if head >> 4 < 15 else _varint(data, at + 1)
        of, elements = head & 15, []
        for _ in range(size):
            element, at = _value(data, at, of)
            elements.append(element)
        return (of, elements), at
    if kind in (TRUE, FALSE, BYTE):
        return data[at : at + 1], at + 1
    if kind == DOUBLE:
        return data[at : at + 8], at + 8
    raise ValueError(f"Parquet has no field of the thrift type {kind}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    value, shift = byte & 127, 7
    while byte > 127:
        at += 1
        byte = data[at]
        value |= (byte & 127) << shift
        shift += 7
    return value, at + 1


def _integer(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _put_struct(out: bytearray, struct: Struct) -> None:
    before = 0
    for number, (kind, value) in struct.items():
        step = number - before
        if 0 < step < 16:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            _put_integer(out, number)
        before = number
        if value is not None:
            _put_value(out, kind, value)
    out.append(0)


def _put_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in _INTEGERS:
        _put_integer(out, value)
    elif kind == BINARY:
        _put_varint(out, len(value))
        out += value
    elif kind == STRUCT:
        if isinstance(value, bytes):
            out += value
        else:
            _put_struct(out, value)
    elif kind in (LIST, SET):
        of, elements = value
        if len(elements) < 15:
            out.append(len(elements) << 4 | of)
        else:
            out.append(0xF0 | of)
            _put_varint(out, len(elements))
        for element in elements:
            _put_value(out, of, element)
    else:
        out += value


def _put_varint(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _put_integer(out: bytearray, value: int) -> None:
    _put_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
