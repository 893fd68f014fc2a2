import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableDocument
from ingest.model import Grid, Line
from ingest.readers.text import read_text


def test_tab_lines_make_grids_and_the_rest_lines() -> None:
    paper = read_text("标题\n甲\t1\n乙\t2\n\n丙\t3\n尾\n".encode(), "a.txt")
    kinds = [type(block).__name__ for block in paper.blocks]
    assert kinds == ["Line", "Grid", "Grid", "Line"]
    grids = [block for block in paper.blocks if isinstance(block, Grid)]
    assert [(grid.table_no, len(grid.rows)) for grid in grids] == [(1, 2), (2, 1)]


def test_offsets_lead_back_to_the_text() -> None:
    paper = read_text("一\n  二三\n甲\t1\n".encode(), "a.txt")
    for block in paper.blocks:
        if isinstance(block, Line):
            assert paper.text[block.offset :].startswith(block.text)
        else:
            assert paper.text[block.rows[0].offset :].startswith(block.rows[0].cells[0])


def test_form_feeds_count_pages() -> None:
    paper = read_text("一\n\f二\n\f三\n".encode(), "a.txt")
    assert paper.page_count == 3
    assert [block.page for block in paper.blocks] == [1, 2, 3]


def test_gb18030_is_read() -> None:
    paper = read_text("收入支出决算总表".encode("gb18030"), "a.txt")
    assert "收入支出决算总表" in paper.text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b" \n\t ", "empty_file"),
        (b"%PDF-1.7\x00\x01", "not_text"),
        (bytes(range(1, 9)), "not_text"),
    ],
)
def test_what_is_no_text_is_refused_in_plain_words(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_text(data, "a.txt")
    assert caught.value.code == code
    assert caught.value.reason
    assert caught.value.remedy


@given(st.lists(st.lists(st.text("甲乙12. ,", max_size=4), min_size=2, max_size=5), min_size=1, max_size=6))
def test_no_cell_is_lost(table: list[list[str]]) -> None:
    text = "\n".join("\t".join(row) for row in table)
    if not text.strip():
        return
    paper = read_text(text.encode(), "a.txt")
    cells = [
        cell for block in paper.blocks if isinstance(block, Grid) for row in block.rows for cell in row.cells
    ]
    assert cells == [cell.strip() for row in table for cell in row]
