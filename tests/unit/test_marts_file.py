"""The published file, written anew or gone on from the one before, and what a build remembers of it."""

import os
from pathlib import Path

import duckdb
import pytest

from ingest import last_build
from ingest.files import copied_meanwhile, copy
from ingest.last_build import HandedOn
from ingest.marts_file import write_marts_file

OWNERS = {"fct": "document_id", "body": "department_id"}
TABLES = """
    CREATE SCHEMA marts;
    CREATE TABLE marts.fct (document_id VARCHAR NOT NULL, row_no INTEGER);
    CREATE TABLE marts.body (department_id VARCHAR NOT NULL, total INTEGER);
    CREATE TABLE marts.whole (code VARCHAR);
    CREATE VIEW marts.seen AS SELECT count(*) AS n FROM marts.fct;
    COMMENT ON TABLE marts.fct IS '事实 / Fact';
    COMMENT ON COLUMN marts.fct.row_no IS '行 / Row';
"""
BEFORE = """
    INSERT INTO marts.fct VALUES ('c', 2), ('c', 1), ('a', 1), ('e', 1), ('b', 9);
    INSERT INTO marts.body VALUES ('y', 1), ('x', 2);
    INSERT INTO marts.whole VALUES ('2'), ('1');
"""
#: b has other rows, c is gone, d and f are new; the body x has another total.
CHANGES = """
    CREATE SCHEMA changed;
    CREATE TABLE changed.changed_document AS SELECT unnest(['f', 'b', 'd', 'c']) AS document_id;
    CREATE TABLE changed.changed_department AS SELECT 'x' AS department_id;
    CREATE TABLE changed.fct (document_id VARCHAR, row_no INTEGER);
    INSERT INTO changed.fct VALUES ('f', 2), ('d', 5), ('f', 1), ('b', 8), ('b', 7);
    CREATE TABLE changed.body AS SELECT 'x' AS department_id, 3 AS total;
    DELETE FROM marts.fct WHERE document_id IN (FROM changed.changed_document);
    INSERT INTO marts.fct FROM changed.fct;
    DELETE FROM marts.body WHERE department_id IN (FROM changed.changed_department);
    INSERT INTO marts.body FROM changed.body;
    INSERT INTO marts.whole VALUES ('0');
"""
#: What a build that goes on asks the last one for.
LAYERS = """
CREATE SCHEMA intermediate;
CREATE TABLE intermediate.int_publication (publication INTEGER, published_at TIMESTAMP);
CREATE TABLE intermediate.int_finding_event (document_id VARCHAR, publication INTEGER)
"""
DOCUMENTS = """
CREATE TABLE intermediate.int_document (
    document_id VARCHAR, body_id VARCHAR, district_code VARCHAR, name_spelling VARCHAR, loaded_at TIMESTAMP
)
"""


@pytest.fixture
def handed_on(tmp_path: Path) -> HandedOn:
    """The published file of the build before, which then changes."""
    folder = tmp_path / "before"
    folder.mkdir()
    with duckdb.connect(str(tmp_path / "build.duckdb")) as db:
        db.execute(TABLES + BEFORE)
    write_marts_file(tmp_path / "build.duckdb", folder / "juesuan.duckdb", OWNERS)
    with duckdb.connect(str(tmp_path / "build.duckdb")) as db:
        db.execute(CHANGES)
    return HandedOn(
        folder, None, OWNERS, {"document_id": ["b", "c", "d", "f"], "department_id": ["x"]}, False
    )


def told(file: Path, order: str = "") -> list[object]:
    """All rows, and the comments."""
    with duckdb.connect(str(file), read_only=True) as db:
        return [
            *(
                db.execute(f"FROM marts.{name} {order}").fetchall()
                for name in ("fct", "body", "whole", "seen")
            ),
            db.execute("SELECT comment FROM duckdb_tables() ORDER BY table_name").fetchall(),
            db.execute("SELECT comment FROM duckdb_columns() ORDER BY ALL").fetchall(),
        ]


def test_it_is_sorted_by_owner_and_keeps_each_owners_order(handed_on: HandedOn) -> None:
    fct, body, whole, seen, *_ = told(handed_on.folder / "juesuan.duckdb")
    assert fct == [("a", 1), ("b", 9), ("c", 2), ("c", 1), ("e", 1)]
    assert (body, whole, seen) == ([("x", 2), ("y", 1)], [("2",), ("1",)], [(5,)])


def test_going_on_gives_the_same_rows_with_the_changed_owners_behind(
    handed_on: HandedOn, tmp_path: Path
) -> None:
    (tmp_path / "anew").mkdir()
    anew, on = tmp_path / "anew" / "juesuan.duckdb", tmp_path / "juesuan.duckdb"
    write_marts_file(tmp_path / "build.duckdb", anew, OWNERS)
    write_marts_file(tmp_path / "build.duckdb", on, OWNERS, handed_on)
    assert told(on, "ORDER BY ALL") == told(anew, "ORDER BY ALL")
    fct, body, whole, *_ = told(on)
    assert fct == [("a", 1), ("e", 1), ("b", 8), ("b", 7), ("d", 5), ("f", 2), ("f", 1)]
    assert (body, whole) == ([("y", 1), ("x", 3)], [("2",), ("1",), ("0",)])


@pytest.mark.parametrize("fault", [OSError(18, "Invalid cross-device link"), None])
def test_a_file_system_that_cannot_copy_by_itself_is_helped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: OSError | None
) -> None:
    def copies_nothing(*_: int) -> int:
        if fault:
            raise fault
        return 0

    monkeypatch.setattr(os, "copy_file_range", copies_nothing, raising=False)
    (tmp_path / "file").write_bytes(b"all of it")
    copy(tmp_path / "file", tmp_path / "copied")
    assert (tmp_path / "copied").read_bytes() == b"all of it"


def test_a_copy_that_was_begun_ahead_is_gone_on_from(handed_on: HandedOn, tmp_path: Path) -> None:
    begun, file = tmp_path / "begun.duckdb", handed_on.folder / "juesuan.duckdb"
    with copied_meanwhile(file, begun), copied_meanwhile(tmp_path / "none.duckdb", tmp_path / "none"):
        pass
    assert begun.read_bytes() == file.read_bytes()
    assert not (tmp_path / "none").exists()
    ahead, on, anew = (tmp_path / name / "juesuan.duckdb" for name in ("ahead", "on", "anew"))
    for path in (ahead, on, anew):
        path.parent.mkdir()
    write_marts_file(tmp_path / "build.duckdb", ahead, OWNERS, handed_on, begun)
    write_marts_file(tmp_path / "build.duckdb", on, OWNERS, handed_on)
    assert told(ahead) == told(on)
    assert not begun.exists()
    begun.write_bytes(b"of no use")
    write_marts_file(tmp_path / "build.duckdb", anew, OWNERS, begun=begun)
    assert told(anew, "ORDER BY ALL") == told(on, "ORDER BY ALL")
    assert not begun.exists()


def test_a_table_that_was_made_anew_is_written_anew(handed_on: HandedOn, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "build.duckdb")) as db:
        db.execute("DROP TABLE changed.body; UPDATE marts.body SET total = total + 10")
    went_on = HandedOn(handed_on.folder, None, {"fct": "document_id"}, handed_on.owners, False)
    write_marts_file(tmp_path / "build.duckdb", tmp_path / "juesuan.duckdb", OWNERS, went_on)
    _, body, *_ = told(tmp_path / "juesuan.duckdb")
    assert body == [("x", 13), ("y", 11)]


def test_the_kept_build_remembers_what_was_handed_on(tmp_path: Path) -> None:
    warehouse, work = tmp_path / "warehouse", tmp_path / "work"
    warehouse.mkdir()
    (work / "parquet").mkdir(parents=True)
    build_file = work / "juesuan.duckdb"
    _build(build_file)
    last_build.keep(build_file, warehouse)
    # Not completed: the next build begins from nothing.
    assert not last_build.go_on(warehouse, build_file, "code")
    assert not list(warehouse.iterdir())
    _build(build_file)
    kept = last_build.keep(build_file, warehouse)
    write_marts_file(kept, build_file, OWNERS)
    (work / "parquet" / "fct.parquet").write_bytes(b"PAR1")
    last_build.complete(kept, "code")
    with duckdb.connect(str(kept)) as db:
        assert not db.execute("FROM duckdb_schemas() WHERE schema_name = 'changed'").fetchall()
        db.execute(f"{LAYERS}; {DOCUMENTS}")
    (tmp_path / "next").mkdir()
    next_build = tmp_path / "next" / kept.name
    assert last_build.go_on(warehouse, next_build, "code")
    with duckdb.connect(str(next_build)) as db:
        db.execute(
            "CREATE TABLE changed.changed_document AS SELECT unnest(['d', 'b']) AS document_id;"
            "CREATE TABLE changed.changed_department AS SELECT 'x' AS department_id;"
            "CREATE TABLE changed.fct AS FROM marts.fct"
        )
    assert last_build.handed_on(warehouse, next_build, OWNERS) is None
    last_build.hand_on(warehouse, work, "pages")
    handed = last_build.handed_on(warehouse, next_build, OWNERS)
    assert handed
    assert (handed.owner_of, handed.changed("fct")) == ({"fct": "document_id"}, ["b", "d"])
    assert handed.dashboards == "pages"
    file = handed.file("parq*/fct.parquet")
    assert file
    assert file.samefile(work / "parquet" / "fct.parquet")
    assert handed.file("none.parquet") is None
    told = warehouse / last_build.FOLDER / "handed-on.json"
    whole = told.read_text(encoding="utf-8")
    told.write_text(whole[:-9], encoding="utf-8")
    assert last_build.handed_on(warehouse, next_build, OWNERS) is None
    told.write_text(whole, encoding="utf-8")
    assert last_build.handed_on(warehouse, next_build, OWNERS)
    # Whoever writes into a published file writes into this one: nothing is of use any more.
    with duckdb.connect(str(build_file)) as db:
        db.execute("UPDATE marts.fct SET row_no = 7 WHERE document_id = 'a'")
    assert last_build.handed_on(warehouse, next_build, OWNERS) is None


def test_a_build_that_does_not_end_leaves_the_last_one_as_it_was(tmp_path: Path) -> None:
    kept, build_file = tmp_path / last_build.FOLDER / "juesuan.duckdb", tmp_path / "work" / "juesuan.duckdb"
    build_file.parent.mkdir()
    _build(build_file)
    with duckdb.connect(str(build_file)) as db:
        db.execute(
            f"{LAYERS};{DOCUMENTS}; INSERT INTO intermediate.int_document (document_id) FROM range(300000)"
        )
    last_build.complete(last_build.keep(build_file, tmp_path), "code")
    changes = (
        "DELETE FROM marts.fct; INSERT INTO marts.fct SELECT 'z', n FROM range(300000) AS r(n);"
        "DELETE FROM intermediate.int_document WHERE document_id LIKE '%7'; DROP TABLE marts.body"
    )
    for _ in range(2):
        assert last_build.go_on(tmp_path, build_file, "code")
        assert build_file.samefile(kept)
        with duckdb.connect(str(build_file)) as db:
            for setting in last_build.BESIDE:
                db.execute(setting)
            assert len(db.table("marts.fct")) == 5
            assert len(db.table("changed.last_document")) == 300_000
            db.execute(changes)
        # As a run leaves it that is killed, and as the next one clears it away.
        for path in build_file.parent.iterdir():
            path.unlink()
    assert last_build.go_on(tmp_path, build_file, "code")
    with duckdb.connect(str(build_file)) as db:
        for setting in last_build.BESIDE:
            db.execute(setting)
        db.execute(changes)
    with duckdb.connect(str(build_file), read_only=True) as db:
        assert len(db.table("marts.fct")) == 300_000
    last_build.complete(last_build.keep(build_file, tmp_path), "code")
    assert [path.name for path in kept.parent.iterdir() if path.suffix != ""] == [kept.name]
    with duckdb.connect(str(kept), read_only=True) as db:
        assert len(db.table("marts.fct")) == 300_000
        assert not db.execute("FROM duckdb_schemas() WHERE schema_name = 'changed'").fetchall()


def test_where_much_has_changed_all_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_file = tmp_path / "build.duckdb"
    _build(build_file)
    with duckdb.connect(str(build_file)) as db:
        db.execute(f"{CHANGES}; {LAYERS};")
        for table in ("intermediate.int_document", "changed.last_document"):
            db.execute(f"CREATE TABLE {table} (document_id VARCHAR, body_id VARCHAR)")
        db.execute("INSERT INTO changed.last_document VALUES ('b', NULL)")
    (tmp_path / "work").mkdir()
    (tmp_path / last_build.FOLDER).mkdir()
    last_build.hand_on(tmp_path, tmp_path / "work", None)
    handed = last_build.handed_on(tmp_path, build_file, OWNERS)
    assert handed
    assert handed.without_body
    monkeypatch.setattr(last_build, "MOST_CHANGED", 3)
    assert last_build.handed_on(tmp_path, build_file, OWNERS) is None


def _build(file: Path) -> None:
    with duckdb.connect(str(file)) as db:
        db.execute(TABLES + BEFORE)
