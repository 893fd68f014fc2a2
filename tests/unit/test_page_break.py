"""A row cut by a page break is made whole, and nothing else is joined."""

from collections.abc import Sequence

import pytest

from ingest.readers.page_break import rejoin_cut_row
from ingest.readers.ruled import RuledCell, RuledTable

WIDTH = 50.0
HEAD = ["编码", "名称", "合计"]


def table(rows: Sequence[Sequence[str]], full: str = "*") -> RuledTable:
    """A table of even columns; a text that ends in ``full`` fills its cell."""
    cells = []
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            if text:
                box = (WIDTH * column, 100.0 - row, WIDTH * (column + 1), 101.0 - row)
                cells.append(RuledCell(row, column, text.rstrip(full), box, text.endswith(full)))
    return RuledTable((0.0, 0.0, 150.0, 100.0), len(rows), 3, tuple(cells))


def texts(found: Sequence[RuledTable]) -> list[list[list[str]]]:
    grids = []
    for item in found:
        grid = [[""] * item.column_count for _ in range(item.row_count)]
        for cell in item.cells:
            grid[cell.row][cell.column] = cell.text
        grids.append(grid)
    return grids


@pytest.mark.parametrize("head", [[], [HEAD]], ids=["once", "repeated"])
def test_the_rest_of_a_name_goes_back_to_its_row(head: list[list[str]]) -> None:
    above = table([HEAD, ["20805", "行政事业单位养老*", "59.45"]])
    below = table([*head, ["", "支出", ""], ["210", "卫生健康支出", "23.65"]])
    upper, lower = map(texts, rejoin_cut_row([above], [below]))
    assert upper[0][-1] == ["20805", "行政事业单位养老支出", "59.45"]
    assert lower[0] == [*head, ["", "", ""], ["210", "卫生健康支出", "23.65"]]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (["20805", "养老支出", "59.45"], ["", "其他支出", ""]),  # the name has room for more
        (["20805", "行政事业单位养老*", "59.45"], ["210", "支出", ""]),  # a code of its own
        (["20805", "行政事业单位养老*", "59.45"], ["", "支出", "23.65"]),  # a figure of its own
        (["", "行政事业单位养老*", ""], ["", "支出", ""]),  # a heading, not a row of figures
        (["20805", "2080505*", "59.45"], ["", "支出", ""]),  # words do not go on from digits
        (["20805", "行政事业单位养老*", "59.45"], HEAD),  # headings
    ],
)
def test_a_row_of_its_own_stays(last: list[str], first: list[str]) -> None:
    above, below = [table([HEAD, last])], [table([first, ["210", "卫生健康支出", "23.65"]])]
    assert rejoin_cut_row(above, below) == (above, below)


def test_columns_that_stand_elsewhere_are_another_table() -> None:
    above, below = table([["20805", "行政事业单位养老*", "59.45"]]), table([["", "", "支出"]])
    assert rejoin_cut_row([above], [below]) == ([above], [below])
    assert rejoin_cut_row([], [below]) == ([], [below])
