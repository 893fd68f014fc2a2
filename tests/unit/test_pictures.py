"""Pictures of rows: drawn of papers that are at hand, kept of papers that are not."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingest.pictures import Picture, draw_pictures
from tests.conftest import ROOT

PDF = ROOT / "tests" / "fixtures" / "pdf"
#: By document and sha256, the papers and a row of each; the box is of no figure and need not be.
PAPERS = {"one": PDF / "economy_once.pdf", "two": PDF / "turned.pdf"}
SHA256 = {document: hashlib.sha256(path.read_bytes()).hexdigest() for document, path in PAPERS.items()}
BOX = "100.0,400.0,160.0,412.0"


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """What of the marts names a row in which something was found: one of either paper."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE SCHEMA marts; CREATE TABLE marts.dim_document (document_id TEXT, sha256 TEXT)"
        )
        connection.executemany("INSERT INTO marts.dim_document VALUES (?, ?)", list(SHA256.items()))
        connection.execute("""
            CREATE TABLE marts.fct_finding AS
            SELECT document_id, 'income' AS form, 'total' AS row_key, 'total' AS measure
            FROM marts.dim_document;
        """)
        connection.execute(
            "CREATE TABLE marts.fct_form_cell AS"
            " SELECT *, 1 AS page, 1 AS table_no, 7 AS row_no, ? AS bbox FROM marts.fct_finding",
            [BOX],
        )
        connection.execute(
            "CREATE TABLE marts.fct_table_cell AS"
            " SELECT document_id, page, table_no, row_no, bbox FROM marts.fct_form_cell"
        )
        yield connection


def at_hand(*documents: str) -> dict[str, Path]:
    return {SHA256[document]: PAPERS[document] for document in documents}


def pictured(pictures: list[Picture], folder: Path) -> dict[str, bytes]:
    return {picture.document_id: (folder.parent / picture.path).read_bytes() for picture in pictures}


def test_pictures_of_papers_that_are_not_at_hand_are_kept(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first, second, third = (tmp_path / number / "crops" for number in ("1", "2", "3"))
    drawn = pictured(draw_pictures(db, at_hand("one", "two"), first), first)
    assert set(drawn) == {"one", "two"}
    assert drawn["one"] != drawn["two"]
    # A run that has one of the papers, and one that has none.
    pictures = draw_pictures(db, at_hand("two"), second, first)
    assert pictured(pictures, second) == drawn
    assert pictured(draw_pictures(db, {}, third, second), third) == drawn


def test_a_paper_never_seen_has_no_picture(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    pictures = draw_pictures(db, at_hand("one"), tmp_path / "2" / "crops", tmp_path / "1" / "crops")
    assert [picture.document_id for picture in pictures] == ["one"]


def test_a_picture_that_frames_another_figure_is_not_kept(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first = tmp_path / "1" / "crops"
    draw_pictures(db, at_hand("one", "two"), first)
    db.execute("UPDATE marts.fct_form_cell SET bbox = '200.0,400.0,260.0,412.0' WHERE document_id = 'one'")
    pictures = draw_pictures(db, {}, tmp_path / "2" / "crops", first)
    assert [picture.document_id for picture in pictures] == ["two"]


def test_a_paper_that_cannot_be_drawn_any_more_keeps_its_picture(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first, second = tmp_path / "1" / "crops", tmp_path / "2" / "crops"
    drawn = pictured(draw_pictures(db, at_hand("one", "two"), first), first)
    spoiled = tmp_path / "spoiled.pdf"
    # Another paper by now, though it could be drawn.
    for content in (b"%PDF-1.7\n", PAPERS["two"].read_bytes()):
        spoiled.write_bytes(content)
        pictures = draw_pictures(db, at_hand("two") | {SHA256["one"]: spoiled}, second, first)
        assert pictured(pictures, second) == drawn
