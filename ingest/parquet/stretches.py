"""Parquet files in stretches of a key, each of which can be taken over from the file written before.

A file of many rows is put together of several, one for the rows whose key begins with the same digits. Where
it is known whose rows have changed, the others' stretches are the bytes of the file before. Either way the
same rows give the same bytes.
"""

import tempfile
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from ingest.files import link_or_copy, sql_literal
from ingest.parquet.pieces import Piece, join, read_pieces

#: Of how many rows on a file has stretches: 16 and 256 where keys are hexadecimal. Small ones read badly.
STRETCHES_FROM = ((2_000_000, 2), (100_000, 1))
DIGITS = "0123456789abcdef"
#: Where more stretches are to be written, their rows are put in order first.
FEW = 4
#: Between the two parts of a key. It stands before all that a code may go on with, as the shorter code does.
BETWEEN = " "
#: In the place of a second part that is missing: behind all digits.
NONE = "~"


@dataclass(frozen=True)
class Key:
    """The column that rows are ordered by first, of the table they are taken ``of``.

    Ids begin with hexadecimal digits, by which the stretches are told apart. Of another column, codes or
    years in the order of their digits, each value is one; of a value with many rows that are ordered by an
    id ``then``, each first digit of that. Where the table ``stands_so``, in the order of the key, a stretch
    of it is found without a look at the others.
    """

    column: str
    of: str
    stands_so: bool = False
    then: str | None = None

    def select(self) -> str:
        """The key of a row in SQL."""
        key = f"CAST({self.column} AS VARCHAR)"
        return f"{key} || '{BETWEEN}' || coalesce({self.then}, '{NONE}')" if self.then else key


@dataclass(frozen=True)
class Before:
    """A file as it was written before, and the keys whose rows may be others since."""

    file: Path
    changed: Iterable[str | None]


def write_parquet(
    db: duckdb.DuckDBPyConnection,
    select: str,
    target: Path,
    options: str,
    key: Key | None = None,
    before: Before | None = None,
) -> int:
    """Write the rows of ``select`` to the new file ``target``; returns how many they are.

    ``options`` are those of DuckDB's COPY.
    """
    begins = _begins(db, key) if key else [""]
    if not key or len(begins) == 1:
        return _copy(db, select, target, options)
    conditions = _conditions(key, begins)
    kept = _kept(before, begins) if before else {}
    missing = [begin for begin in begins if begin not in kept]
    if before and not missing and len(read_pieces(before.file)) == len(begins):
        link_or_copy(before.file, target)
        return sum(piece.rows for piece in kept.values())
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:

        def write(rows: str, begin: str) -> Piece:
            part = Path(folder) / f"{begins.index(begin)}.parquet"
            _copy(db, f"SELECT * FROM ({rows}\n) WHERE {conditions[begin]}", part, options)
            (piece,) = read_pieces(part)
            return replace(piece, name=begin)

        rows = select
        if len(missing) > FEW and not key.stands_so:
            asked = " OR ".join(f"({conditions[begin]})" for begin in missing) if kept else "true"
            db.execute(f"CREATE OR REPLACE TEMP TABLE in_order AS SELECT * FROM ({select}\n) WHERE {asked}")
            rows = "FROM temp.in_order"
        pieces = {begin: write(rows, begin) for begin in missing}
        if any(piece.columns != other.columns for piece in pieces.values() for other in kept.values()):
            # Other columns, or another DuckDB: nothing of the file before is of use.
            kept = {begin: write(select, begin) for begin in kept}
        pieces |= kept
        join([pieces[begin] for begin in begins], target)
    db.execute("DROP TABLE IF EXISTS temp.in_order")
    return sum(piece.rows for piece in pieces.values())


def _begins(db: duckdb.DuckDBPyConnection, key: Key) -> list[str]:
    """Where each stretch begins; the first takes all keys before the second's."""
    if key.column.endswith("_id"):
        ((rows,),) = db.execute(f"SELECT count(*) FROM {key.of}").fetchall()
        begins = _digits("", _number_of_digits(rows))
    else:
        values = db.execute(
            f"SELECT CAST({key.column} AS VARCHAR) AS value, count(*) FROM {key.of}"
            " WHERE value IS NOT NULL GROUP BY value ORDER BY value"
        ).fetchall()
        if strange := [value for value, _ in values if BETWEEN in value]:
            raise ValueError(f"{key.of} has {key.column} {strange[0]!r}: a key of stretches has no blank")
        begins = []
        if _number_of_digits(sum(rows for _, rows in values)):
            for value, rows in values:
                digits = min(1, _number_of_digits(rows)) if key.then else 0
                begins += _digits(f"{value}{BETWEEN}", digits) if digits else [value]
    return ["", *begins[1:]]


def _number_of_digits(rows: int) -> int:
    return next((digits for least, digits in STRETCHES_FROM if rows >= least), 0)


def _digits(prefix: str, number: int) -> list[str]:
    begins = [prefix]
    for _ in range(number):
        begins = [f"{begin}{digit}" for begin in begins for digit in DIGITS]
    return begins


def _conditions(key: Key, begins: list[str]) -> dict[str, str]:
    """Which rows belong to a stretch, by where it begins; rows without a key stand in the last."""
    froms = [_compared(key, begin, ">") for begin in begins[1:]]
    befores = [_compared(key, begin, "<") for begin in begins[1:]]
    middle = [f"{begins} AND {before}" for begins, before in zip(froms, befores[1:], strict=False)]
    conditions = [befores[0], *middle, f"{froms[-1]} OR {key.column} IS NULL"]
    return dict(zip(begins, conditions, strict=True))


def _compared(key: Key, begin: str, sign: str) -> str:
    """The keys from where a stretch begins on, for ``>``, or those before it, for ``<``."""
    value, _, digit = begin.partition(BETWEEN)
    if not digit:
        return f"{key.column} >= '{value}'" if sign == ">" else f"{key.column} < '{value}'"
    then = f"coalesce({key.then}, '{NONE}') {'>=' if sign == '>' else '<'} '{digit}'"
    return f"{key.column} {sign}= '{value}' AND ({key.column} {sign} '{value}' OR {then})"


def _kept(before: Before, begins: list[str]) -> dict[str, Piece]:
    """The stretches in which no key has changed, and that ended where they end now."""
    touched = {begins[bisect_right(begins, key) - 1 if key is not None else -1] for key in before.changed}
    pieces = read_pieces(before.file)
    ends = dict(zip(begins, [*begins[1:], None], strict=True))
    ended = {
        piece.name: after.name if after else None
        for piece, after in zip(pieces, [*pieces[1:], None], strict=True)
    }
    return {
        piece.name: piece
        for piece in pieces
        if piece.name not in touched and ends.get(piece.name, "") == ended[piece.name]
    }


def _copy(db: duckdb.DuckDBPyConnection, select: str, target: Path, options: str) -> int:
    # From its statistics DuckDB would tell whether a column may be empty: by the rows, not by the columns.
    db.execute("SET disabled_optimizers = 'statistics_propagation'")
    copied = db.execute(f"COPY ({select}\n) TO {sql_literal(target)} ({options})").fetchone()
    assert copied is not None
    return int(copied[0])
