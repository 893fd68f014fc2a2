"""The published file: rows by their owner, whether it is written anew or goes on from the one before."""

from pathlib import Path

import duckdb
import pytest

from ingest import last_build, marts_file
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


@pytest.fixture
def handed_on(tmp_path: Path) -> Path:
    """The published file of the build before, which then changes."""
    with duckdb.connect(str(tmp_path / "build.duckdb")) as db:
        db.execute(TABLES + BEFORE)
    write_marts_file(tmp_path / "build.duckdb", tmp_path / "before.duckdb", OWNERS)
    with duckdb.connect(str(tmp_path / "build.duckdb")) as db:
        db.execute(CHANGES)
    return tmp_path / "before.duckdb"


def told(file: Path) -> list[object]:
    """All rows in stored order, and the comments."""
    with duckdb.connect(str(file), read_only=True) as db:
        return [
            *(db.execute(f"FROM marts.{name}").fetchall() for name in ("fct", "body", "whole", "seen")),
            db.execute("SELECT comment FROM duckdb_tables() ORDER BY table_name").fetchall(),
            db.execute("SELECT comment FROM duckdb_columns() ORDER BY ALL").fetchall(),
        ]


def test_it_is_sorted_by_owner_and_keeps_each_owners_order(handed_on: Path) -> None:
    fct, body, whole, seen, *_ = told(handed_on)
    assert fct == [("a", 1), ("b", 9), ("c", 2), ("c", 1), ("e", 1)]
    assert (body, whole, seen) == ([("x", 2), ("y", 1)], [("2",), ("1",)], [(5,)])


@pytest.mark.parametrize("most_stretches", [100, 0])
def test_going_on_gives_the_same_as_anew(
    handed_on: Path, most_stretches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_file = handed_on.with_name("build.duckdb")
    monkeypatch.setattr(marts_file, "MOST_STRETCHES", most_stretches)
    write_marts_file(build_file, handed_on.with_name("anew.duckdb"), OWNERS)
    write_marts_file(build_file, handed_on.with_name("went_on.duckdb"), OWNERS, handed_on)
    fct, body, *_ = anew = told(handed_on.with_name("anew.duckdb"))
    assert told(handed_on.with_name("went_on.duckdb")) == anew
    assert fct == [("a", 1), ("b", 8), ("b", 7), ("d", 5), ("e", 1), ("f", 2), ("f", 1)]
    assert body == [("x", 3), ("y", 1)]


def test_a_table_that_was_made_anew_is_sorted_anew(handed_on: Path) -> None:
    build_file = handed_on.with_name("build.duckdb")
    with duckdb.connect(str(build_file)) as db:
        db.execute("DROP TABLE changed.body; UPDATE marts.body SET total = total + 10")
    write_marts_file(build_file, handed_on.with_name("went_on.duckdb"), OWNERS, handed_on)
    fct, body, *_ = told(handed_on.with_name("went_on.duckdb"))
    assert fct == [("a", 1), ("b", 8), ("b", 7), ("d", 5), ("e", 1), ("f", 2), ("f", 1)]
    assert body == [("x", 13), ("y", 11)]


def test_the_kept_build_remembers_what_was_handed_on(handed_on: Path, tmp_path: Path) -> None:
    warehouse, build_file = tmp_path / "warehouse", handed_on.with_name("build.duckdb")
    warehouse.mkdir()
    assert last_build.handed_on(warehouse) is None
    kept = last_build.keep(build_file, warehouse)
    # Not completed: the next build begins from nothing.
    assert not last_build.go_on(warehouse, tmp_path / kept.name, "code")
    kept = last_build.keep(_build(tmp_path), warehouse)
    write_marts_file(kept, tmp_path / "published.duckdb", OWNERS)
    last_build.complete(kept, tmp_path / "published.duckdb", "code")
    marts = last_build.handed_on(warehouse)
    assert marts
    assert marts.samefile(tmp_path / "published.duckdb")
    with duckdb.connect(str(kept), read_only=True) as db:
        assert not db.execute("FROM duckdb_schemas() WHERE schema_name = 'changed'").fetchall()
    # Whoever writes into the published file writes into this one: it is of no use any more.
    with duckdb.connect(str(tmp_path / "published.duckdb")) as db:
        db.execute("UPDATE marts.fct SET row_no = 7 WHERE document_id = 'a'")
    assert last_build.handed_on(warehouse) is None


def _build(folder: Path) -> Path:
    file = folder / "again.duckdb"
    with duckdb.connect(str(file)) as db:
        db.execute(TABLES + BEFORE)
    return file
