"""What templates leave behind is found where it stands, and ordinary words are none of it."""

import pytest

from ingest.model import Grid, GridRow, Line, Paper
from ingest.narrative.residue import LABEL, extract_residues


def paper(*lines: str, cells: tuple[str, ...] = ()) -> Paper:
    """A paper of lines, two to a page, and one table row behind them."""
    blocks: list[Line | Grid] = [
        Line(text, page=1 + number // 2, offset=100 * number) for number, text in enumerate(lines)
    ]
    if cells:
        blocks.append(Grid(1, 9, (GridRow(cells, 1, 9000),)))
    return Paper("paper.txt", "0" * 64, 1, "text", 9, "", tuple(blocks))


def found(*lines: str, cells: tuple[str, ...] = ()) -> list[tuple[str, str, int]]:
    return [(r.kind, r.text, r.page) for r in extract_residues(paper(*lines, cells=cells))]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("（只需说明本部门核算使用的预算收入类会计科目）", "instruction"),
        ("(参考《2024年政府收支分类科目》说明逐项解释)", "instruction"),
        ("截至 2024 年 X 月 X 日，本部门共有车辆 2 辆。", "placeholder"),
        ("本年度共有项目 XX 个。", "placeholder"),
        ("2. ...", "placeholder"),
        ("开展整体支出绩效自评，资金万元，从评价情况来看", "blank_amount"),
        ("（一）一般公共预算财政拨款收入：指市级财政一般公共预算当年拨付的资金。", "city_level"),
    ],
)
def test_residue_is_found(line: str, kind: str) -> None:
    (residue,) = found(line)
    assert residue[0] == kind
    assert len(residue[1]) <= LABEL


@pytest.mark.parametrize(
    "line",
    [
        "单位：万元",
        "部门价值 100 万元以上专用设备 0 台（套）。",
        "资金 443.31 万元，占 100%。",
        "（正向指标（即目标值为 ≥X，得分=权重*B/A））",
        "（一）一般公共预算财政拨款收入：指区级财政一般公共预算当年拨付的资金。",
        "1.持续性项目 2.新增性项目",
        "根据《关于预算公开的通知》（财预【2016】143 号）",
    ],
)
def test_ordinary_words_are_none(line: str) -> None:
    assert found(line) == []


def test_a_blank_is_found_over_a_line_break_on_its_own_page() -> None:
    assert found("甲。", "乙。", "开展绩效自评，资", "金万元，完成。") == [("blank_amount", "资金万元", 2)]


def test_titles_parts_and_impossible_amounts_keep_their_value() -> None:
    residues = extract_residues(
        paper(
            "第二部分 某局2024年度部门决算表",
            "2023年度收入决算表",
            cells=("基本支出总额", "42011210309103.68", ""),
        )
    )
    assert [(r.kind, r.value, r.page) for r in residues] == [
        ("part", "二", 1),
        ("title_year", "2023", 1),
        ("impossible_amount", "42011210309103.68", 9),
    ]
    assert [r.residue_no for r in residues] == [1, 2, 3]
