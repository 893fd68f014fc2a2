"""Parquet in pieces: to a reader one file, and the same bytes whether a piece is written or taken over."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parquet import stretches, thrift
from ingest.parquet.pieces import join, read_pieces
from ingest.parquet.stretches import Before, Key, write_parquet
from ingest.parquet.thrift import read_struct, write_struct

OPTIONS = "FORMAT parquet, ROW_GROUP_SIZE 2048"
WHOSE, CODES, BOTH = Key("owner_id", "t"), Key("code", "t"), Key("code", "t", then="owner_id")

plain = st.one_of(
    st.tuples(st.sampled_from([thrift.I16, thrift.I32, thrift.I64]), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.sampled_from([thrift.TRUE, thrift.FALSE]), st.none()),
    st.tuples(st.just(thrift.BINARY), st.binary(max_size=200)),
    st.tuples(st.just(thrift.DOUBLE), st.binary(min_size=8, max_size=8)),
    st.tuples(st.just(thrift.BYTE), st.binary(min_size=1, max_size=1)),
)


def struct_of(fields: st.SearchStrategy[tuple[int, object]]) -> st.SearchStrategy[thrift.Struct]:
    return st.dictionaries(st.integers(1, 100), fields, max_size=6)


structs = struct_of(
    st.recursive(
        plain,
        lambda inner: st.one_of(
            st.tuples(st.just(thrift.STRUCT), struct_of(inner)),
            st.tuples(
                st.just(thrift.LIST),
                st.tuples(st.just(thrift.STRUCT), st.lists(struct_of(inner), max_size=20)),
            ),
            st.tuples(
                st.just(thrift.SET), st.tuples(st.just(thrift.I32), st.lists(st.integers(-9, 9), max_size=20))
            ),
        ),
        max_leaves=20,
    )
)


@given(structs)
def test_what_is_written_is_read(struct: thrift.Struct) -> None:
    assert read_struct(write_struct(struct)) == struct


@given(structs, st.integers(1, 100))
def test_what_is_left_behind_a_field_is_read(struct: thrift.Struct, number: int) -> None:
    head = {key: value for key, value in sorted(struct.items()) if key <= number}
    last = max(head, default=0)
    left = write_struct(dict(sorted(struct.items())))[len(write_struct(head)) - 1 :]
    assert head | read_struct(left, last) == struct


def test_what_duckdb_says_of_a_file_is_written_as_it_was(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    db.execute(f"COPY t TO '{tmp_path / 'a.parquet'}' ({OPTIONS})")
    data = (tmp_path / "a.parquet").read_bytes()
    footer = data[-8 - int.from_bytes(data[-8:-4], "little") : -8]
    assert write_struct(read_struct(footer)) == footer


def test_a_map_is_refused() -> None:
    with pytest.raises(ValueError, match="thrift type 11"):
        read_struct(bytes([0x1B, 0]))


@pytest.fixture
def db(monkeypatch: pytest.MonkeyPatch) -> Iterable[duckdb.DuckDBPyConnection]:
    """Some thousand rows of 300 owners under 40 codes; the smallest table already has stretches."""
    monkeypatch.setattr(stretches, "STRETCHES_FROM", ((20_000, 2), (1_000, 1)))
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT md5(CAST(n % 300 AS VARCHAR)) AS owner_id, n,"
            " CAST(if(n % 3 = 0, 208, 201 + n % 40) AS VARCHAR) AS code,"
            " CAST(n AS DECIMAL(20, 2)) / 100 AS amount,"
            " ['科目', CAST(n AS VARCHAR)] AS names FROM range(6000) AS r(n)"
        )
        yield connection


def ordered(key: Key) -> str:
    return f"SELECT * FROM t ORDER BY {', '.join(filter(None, (key.column, key.then, 'n')))}"


def written(
    db: duckdb.DuckDBPyConnection, file: Path, key: Key | None, before: Before | None = None
) -> bytes:
    select = ordered(key or WHOSE)
    rows = write_parquet(db, select, file, OPTIONS, key, before)
    assert rows == len(db.table("t"))
    read = duckdb.sql(f"FROM '{file}'").fetchall()
    assert read == db.execute(select).fetchall()
    return file.read_bytes()


@pytest.mark.parametrize(("key", "pieces"), [(None, 1), (WHOSE, 16), (CODES, 40), (BOTH, 55)])
def test_it_is_one_file_with_all_rows_in_their_order(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, key: Key | None, pieces: int
) -> None:
    written(db, tmp_path / "a.parquet", key)
    assert len(read_pieces(tmp_path / "a.parquet")) == pieces
    assert list(tmp_path.iterdir()) == [tmp_path / "a.parquet"]


def test_a_large_one_has_256_pieces(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    db.execute("INSERT INTO t SELECT owner_id, n + 6000, code, amount, names FROM t, range(3)")
    written(db, tmp_path / "a.parquet", WHOSE)
    assert len(read_pieces(tmp_path / "a.parquet")) == 256


@pytest.mark.parametrize("key", [WHOSE, CODES, BOTH])
def test_what_has_not_changed_is_taken_over(db: duckdb.DuckDBPyConnection, tmp_path: Path, key: Key) -> None:
    before = tmp_path / "before.parquet"
    written(db, before, key)
    db.execute("UPDATE t SET amount = -1 WHERE n = 77")
    db.execute("DELETE FROM t WHERE n = 78")
    db.execute("INSERT INTO t VALUES ('0000', 9000, '2401', 5, []), ('zz', 9001, '199', 5, NULL)")
    changed = [
        key
        for (key,) in db.execute(
            f"SELECT {key.select()} FROM t WHERE n IN (77, 9000, 9001) UNION ALL"
            f" SELECT {key.select()} FROM '{before}' WHERE n = 78"
        ).fetchall()
    ]
    anew = written(db, tmp_path / "anew.parquet", key)
    assert written(db, tmp_path / "on.parquet", key, Before(before, changed)) == anew
    # A row that nobody is told of is not looked for: the stretch of its key is the old one.
    db.execute("UPDATE t SET amount = -2 WHERE n = 101")
    write_parquet(
        db, ordered(key), tmp_path / "old.parquet", OPTIONS, key, Before(tmp_path / "on.parquet", [])
    )
    assert (tmp_path / "old.parquet").read_bytes() == anew


def test_rows_without_a_key_stand_last(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    before = tmp_path / "before.parquet"
    db.execute("UPDATE t SET owner_id = NULL WHERE n < 3")
    written(db, before, WHOSE)
    db.execute("UPDATE t SET amount = -1 WHERE n = 1")
    anew = written(db, tmp_path / "anew.parquet", WHOSE)
    assert written(db, tmp_path / "on.parquet", WHOSE, Before(before, [None])) == anew


def test_of_one_code_they_stand_behind_all_digits(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    before = tmp_path / "before.parquet"
    db.execute("UPDATE t SET owner_id = NULL WHERE n < 9")
    written(db, before, BOTH)
    db.execute("UPDATE t SET amount = -1 WHERE n = 3")
    anew = written(db, tmp_path / "anew.parquet", BOTH)
    (changed,) = db.execute(f"SELECT {BOTH.select()} FROM t WHERE n = 3").fetchall()
    assert written(db, tmp_path / "on.parquet", BOTH, Before(before, changed)) == anew


def test_a_code_with_a_blank_is_refused(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    db.execute("UPDATE t SET code = '208 01' WHERE n = 3")
    with pytest.raises(ValueError, match="t has code '208 01': a key of stretches has no blank"):
        written(db, tmp_path / "a.parquet", CODES)


def test_a_file_in_which_nothing_has_changed_is_the_same_file(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    before = tmp_path / "before.parquet"
    written(db, before, WHOSE)
    written(db, tmp_path / "on.parquet", WHOSE, Before(before, []))
    assert (tmp_path / "on.parquet").samefile(before)


@pytest.mark.parametrize(("more", "moved"), [(10, False), (12_000, True)])
def test_a_piece_moves_those_behind_it_where_it_grows_out_of_its_gap(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, more: int, moved: bool
) -> None:
    before, anew = tmp_path / "before.parquet", tmp_path / "anew.parquet"
    written(db, before, WHOSE)
    db.execute(
        "INSERT INTO t SELECT '4', -n, '208', n, [CAST(hash(n) AS VARCHAR)]"
        f" FROM range(7000, 7000 + {more}) AS r(n)"
    )
    expected = written(db, anew, WHOSE)
    assert written(db, tmp_path / "on.parquet", WHOSE, Before(before, ["4"])) == expected
    stood, stand = ([piece.begins for piece in read_pieces(file)] for file in (before, anew))
    assert stood[:5] == stand[:5]
    assert (stood != stand) == moved


def test_nothing_is_taken_over_from_a_file_with_other_columns_or_stretches(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    before = tmp_path / "before.parquet"
    written(db, before, WHOSE)
    db.execute("ALTER TABLE t ADD COLUMN more INTEGER DEFAULT 7")
    written(db, tmp_path / "columns.parquet", WHOSE, Before(before, ["1"]))
    db.execute("DELETE FROM t WHERE n > 500")
    written(db, tmp_path / "fewer.parquet", WHOSE, Before(before, ["1"]))
    db.execute(f"COPY t TO '{tmp_path / 'plain.parquet'}' ({OPTIONS})")
    db.execute("INSERT INTO t SELECT owner_id, n, code, amount, names, 7 FROM t, range(3)")
    write_parquet(
        db,
        ordered(WHOSE),
        tmp_path / "b.parquet",
        OPTIONS,
        WHOSE,
        Before(tmp_path / "plain.parquet", []),
    )
    assert len(duckdb.sql(f"FROM '{tmp_path / 'b.parquet'}'")) == len(db.table("t"))


def test_that_a_column_may_be_empty_does_not_follow_from_the_rows(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    before = tmp_path / "before.parquet"
    written(db, before, WHOSE)
    columns = read_pieces(before)[0].columns
    db.execute("UPDATE t SET amount = NULL WHERE n = 5")
    written(db, tmp_path / "empty.parquet", WHOSE)
    assert read_pieces(tmp_path / "empty.parquet")[0].columns == columns


def test_pieces_of_different_columns_are_not_joined(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    db.execute(f"COPY t TO '{tmp_path / 'a.parquet'}' ({OPTIONS})")
    db.execute(f"COPY (SELECT n FROM t) TO '{tmp_path / 'b.parquet'}' ({OPTIONS})")
    with pytest.raises(ValueError, match=r"c\.parquet have different columns"):
        join(
            [*read_pieces(tmp_path / "a.parquet"), *read_pieces(tmp_path / "b.parquet")],
            tmp_path / "c.parquet",
        )


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1\x00\x00\x00\x00PAR2", b"PAR1\xff\x00\x00\x00PAR1"])
def test_what_is_no_parquet_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(ValueError, match=r"a\.parquet is no Parquet file"):
        read_pieces(tmp_path / "a.parquet")
