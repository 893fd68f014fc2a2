"""Items that the text names without a figure: the glossary's list, and what expenses include."""

from ingest.model import Line, Paper
from ingest.narrative.named_items import extract_named_items


def named(*lines: str) -> list[tuple[str, str, str]]:
    blocks = tuple(Line(text, 1, 100 * number) for number, text in enumerate(lines))
    paper = Paper("paper.txt", "0" * 64, 1, "text", 1, "", blocks)
    return [(item.kind, item.group_name, item.item_name) for item in extract_named_items(paper)]


def test_glossary_lists_the_items_up_to_the_next_definition() -> None:
    assert named(
        "(十)本部门使用的支出功能分类科目(到项级)",
        "1.一般公共服务(类)政府办公厅(室)及相关机构事务(款)事业",
        "运行(项)。",
        "2.卫生健康支出(类)行政事业单位医疗(款)事业单位医疗、公务员医疗补助(项)。",
        "(十一)结余分配：指单位按照会计制度规定缴纳企业所得税的情况。",
        "3.教育支出(类)普通教育(款)小学教育(项)。",
    ) == [
        ("function", "政府办公厅（室）及相关机构事务", "事业运行"),
        ("function", "行政事业单位医疗", "事业单位医疗"),
        ("function", "行政事业单位医疗", "公务员医疗补助"),
    ]


def test_expenses_name_what_they_include() -> None:
    assert named(
        "人员经费 358.83 万元，主要包括：基本工资、维修(护)费、退休费。",
        "公用经费 54万元，主要用于：办公费、其他商品和服务支出等。",
    ) == [
        ("economic", "人员经费", "基本工资"),
        ("economic", "人员经费", "维修（护）费"),
        ("economic", "人员经费", "退休费"),
        ("economic", "公用经费", "办公费"),
        ("economic", "公用经费", "其他商品和服务支出"),
    ]


def test_a_paper_without_lists_names_nothing() -> None:
    assert named("一般公共服务支出(类)财政事务(款)事业运行(项)年初预算为5万元。") == []
