"""Self-evaluation tables: small tables typed here, odd input, and the keyed papers."""

import csv
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import Indicator, Project
from ingest.narrative.performance import extract_performance
from ingest.readers.text import read_text
from tests.conftest import FINAL_ACCOUNTS, GOLDEN, source

KEYED = GOLDEN / "performance"
TICK = '1、常年性项目 <input checked="" type="checkbox"/> 2、延续性项目 <input type="checkbox"/>'


def extract(text: str) -> tuple[list[Project], list[Indicator]]:
    return extract_performance(read_text(text.encode(), "paper.txt"))


def table(*rows: str, name: str = "甲项目", budget: str = "\t\t年度财政资金总额\t10\t9.5\t95%\t19\t") -> str:
    """A project table; cells of ``rows`` are parted by | for legibility."""
    head = [
        "2024年度甲项目绩效自评表",
        "",
        f"项目名称\t\t{name}\t\t\t\t\t",
        "主管部门\t\t区某局\t\t项目实施单位\t\t某科\t",
        f"项目类型\t\t{TICK}\t\t\t\t\t",
        "预算执行情况（万元）（20分）\t\t\t预算数（A）\t执行数（B）\t执行率（B/A）\t得分（20分*执行率）\t",
        budget,
        "年度绩效目标（80分）\t一级指标\t二级指标\t三级指标\t\t年初目标值（A）\t实际完成值（B）\t得分",
    ]
    return "\n".join([*head, *(row.replace("|", "\t") for row in rows), ""])


def levels(indicators: list[Indicator]) -> list[tuple[str | None, str | None, str]]:
    return [(item.level1, item.level2, item.level3) for item in indicators]


def values(indicators: list[Indicator]) -> list[tuple[str | None, str | None, Decimal | None]]:
    return [(item.target, item.actual, item.score) for item in indicators]


def test_project_table_is_read_whole() -> None:
    projects, indicators = extract(
        table("|产出指标（40分）|数量指标|维保次数||≥12次/年|15|40", "总分||99|||||")
    )
    assert len(projects) == 1
    project = projects[0]
    assert (project.source, project.project_name) == ("self_evaluation", "甲项目")
    assert (project.budget, project.executed) == (Decimal("10"), Decimal("9.5"))
    assert (project.budget_printed, project.executed_printed) == ("10", "9.5")
    assert (project.execution_rate_pct, project.execution_weight) == (Decimal("95"), Decimal("20"))
    assert (project.execution_score, project.total_score) == (Decimal("19"), Decimal("99"))
    assert project.unit_printed == "万元"
    assert project.attributes == {
        "主管部门": "区某局",
        "项目实施单位": "某科",
        "项目类型": "常年性项目",
    }
    assert levels(indicators) == [("产出指标", "数量指标", "维保次数")]
    assert values(indicators) == [("≥12次/年", "15", Decimal("40"))]


def test_blank_levels_take_the_name_above() -> None:
    _, indicators = extract(
        table(
            "|产出指标|数量指标|维保次数||12次|15|10",
            "|||培训次数||2次|2|10",
            "||质量指标|合格率||100%|100%|10",
        )
    )
    assert levels(indicators)[1:] == [
        ("产出指标", "数量指标", "培训次数"),
        ("产出指标", "质量指标", "合格率"),
    ]


def test_level_name_printed_on_a_middle_row_counts_for_the_rows_above_it() -> None:
    _, indicators = extract(
        table(
            "|成本指标|经济成本指标|采购成本||10万元|9万元|10",
            "||数量指标|软件套数||20套|22套|10",
            "|产出指标|质量指标|合格率||100%|100%|10",
        )
    )
    assert [item.level1 for item in indicators] == ["成本指标", "产出指标", "产出指标"]


def test_level_name_is_none_where_no_printed_name_fits() -> None:
    _, indicators = extract(
        table("|产出指标|数量指标|维保次数||12次|15|10", "||社会效益指标|运转||正常|正常|10")
    )
    assert [item.level1 for item in indicators] == ["产出指标", None]


@pytest.mark.parametrize(
    "row",
    [
        "|质量指标||按时办结率||100%|98%|10",
        "||||质量指标|按时办结率||100%|98%|10",
        "质量指标|按时办结率||100%|98%|10||",
        "|质量指标|质量指标|按时办结率||100%|98%|10",
    ],
)
def test_shifted_rows_are_put_in_place(row: str) -> None:
    _, indicators = extract(table("|产出指标|数量指标|维保次数||12次|15|10", row))
    assert levels(indicators)[1] == ("产出指标", "质量指标", "按时办结率")
    assert values(indicators)[1] == ("100%", "98%", Decimal("10"))


def test_value_is_told_by_its_distance_from_the_name() -> None:
    _, indicators = extract(
        table("||数量指标|巡查次数|≥240次|366|20|", "|||检测次数|≥10次|12|20|", "||整改交办函||1|||")
    )
    assert values(indicators)[2] == (None, "1", None)


def test_names_broken_over_rows_are_joined() -> None:
    _, indicators = extract(
        table(
            "|效益|可持续|设备正常使用||≥3年|3年|10",
            "|指标|影响指标||||||",
            "|满意|服务对象满意度|用户满意度||90%|95%|10",
            "|度指标|||||||",
        )
    )
    assert levels(indicators) == [
        ("效益指标", "可持续影响指标", "设备正常使用"),
        ("满意度指标", "服务对象满意度", "用户满意度"),
    ]


def test_table_over_several_grids_is_one_project() -> None:
    text = table(
        "|产出指标|数量指标|维保次数||12次|15|10"
    ) + "\n\n|质量指标|合格率||100%|100%|10\n总分|30|||||".replace("|", "\t")
    projects, indicators = extract(text)
    assert [project.total_score for project in projects] == [Decimal("30")]
    assert levels(indicators)[1] == ("产出指标", "质量指标", "合格率")


def test_goals_of_the_whole_department() -> None:
    text = "\n".join(
        [
            "2024年度某局部门整体绩效自评表",
            "",
            "单位名称\t\t某局\t\t\t\t",
            "基本支出总额\t\t420.11103.68\t\t项目支出总额\t\t443.31",
            "预算执行情况（万元）（20分）\t\t预算数（A）\t执行数（B）\t执行率（B/A）\t得分（20分*执行率）",
            "\t部门整体支出总额\t1,282.2\t917.02\t71.52%\t14.3",
            "年度绩效目标1：（40分）\t\t甲\t\t\t",
            "年度绩效目标（40分）\t一级指标\t二级指标\t三级指标\t年初目标值（A）\t实际完成值（B）\t得分",
            "\t产出指标（10\t数量指标\t维保次数\t12次\t15\t10",
            "年度绩效目标2：（40分）\t\t乙\t\t\t",
            "年度绩效目标（40分）\t一级指标\t二级指标\t三级指标\t年初目标值（A）\t实际完成值（B）\t得分",
            "\t产出指标（10\t数量指标\t培训次数\t2次\t2\t10",
            "总分\t34.3\t\t\t\t",
        ]
    )
    projects, indicators = extract(text)
    project = projects[0]
    assert (project.source, project.project_name) == ("overall", "部门整体支出")
    assert project.budget == Decimal("1282.2")
    # A garbled total stays as printed; nobody can tell what it was.
    assert project.attributes == {"基本支出总额": "420.11103.68", "项目支出总额": "443.31"}
    assert [(item.goal_no, item.level1, item.level3) for item in indicators] == [
        (1, "产出指标", "维保次数"),
        (2, "产出指标", "培训次数"),
    ]


def test_ghost_among_the_figures_is_singled_out_by_the_rate() -> None:
    projects, _ = extract(table(budget="\t(20分) 年度财政资金总额 100 49.5\t\t49. 51\t49. 51%\t9.9\t"))
    project = projects[0]
    assert (project.budget, project.executed) == (Decimal("100"), Decimal("49.51"))
    assert (project.execution_rate_pct, project.execution_score) == (Decimal("49.51"), Decimal("9.9"))


def test_figures_that_cannot_be_told_apart_are_none() -> None:
    projects, _ = extract(table(budget="\t\t年度财政资金总额\t10\t11\t12\t95%\t19\t"))
    assert (projects[0].budget, projects[0].executed) == (None, None)
    assert projects[0].execution_rate_pct == Decimal("95")


def test_table_without_budget_row_has_no_figures() -> None:
    text = "2024年度甲项目自评表\n\n项目名称\t甲项目\t\n主管部门\t某局\t\n总分\t90\t\n"
    projects, indicators = extract(text)
    assert indicators == []
    assert [(p.project_name, p.budget, p.executed, p.total_score) for p in projects] == [
        ("甲项目", None, None, Decimal("90"))
    ]


def test_total_cut_into_two_cells_is_read_where_the_scores_add_up() -> None:
    rows = ("|产出指标|数量指标|维保次数||12次|15|81",)
    assert extract(table(*rows, "总分|||10|00|||"))[0][0].total_score == Decimal("100")
    assert extract(table(*rows, "总分|||9|00|||"))[0][0].total_score is None


def test_figure_cut_by_a_column_keeps_the_cut_visible() -> None:
    row = "||数量指标|印册数||≥10000册|≥100|000册|5"
    head = table("总分||25|||||").replace("实际完成值（B）\t得分", "实际完成值（B）\t\t得分")
    _, indicators = extract(head.replace("总分", row.replace("|", "\t") + "\n总分"))
    assert values(indicators) == [("≥10000册", "≥100 000册", Decimal("5"))]


def test_table_printed_twice_is_one_project_unless_figures_differ() -> None:
    rows = ("|产出指标|数量指标|维保次数||12次|15|40", "总分||59|||||")
    once = table(*rows)
    assert len(extract(once + "\n备注：\n\n" + once)[0]) == 1
    other = table(*rows, budget="\t\t年度财政资金总额\t10\t9\t90%\t18\t")
    projects, indicators = extract(once + "\n备注：\n\n" + other)
    assert [project.project_no for project in projects] == [1, 2]
    assert {indicator.project_no for indicator in indicators} == {1, 2}


@pytest.mark.parametrize(
    "text",
    [
        "某局2024年度部门决算\n\n没有表格。\n",
        "科目编码\t科目名称\t合计\n201\t一般公共服务支出\t1.00\n",
        "项目名称\t金额\n甲\t1\n",
        "项目名称\t",
        "总分\t99\n",
        "2024年度甲项目自评表\n\n二级指标\t三级指标\n\t\t\n",
    ],
)
def test_paper_without_such_tables_gives_nothing(text: str) -> None:
    projects, indicators = extract(text)
    assert [project.budget for project in projects] == [None] * len(projects)
    assert indicators == []


WORDS = [
    *(
        "",
        "项目名称",
        "二级指标",
        "三级指标",
        "得分",
        "产出指标",
        "质量指标",
        "标",
        "总分",
        "5",
        "≥3",
        "甲乙",
    ),
    *("预算数", "执行数", "年度财政资金总额", "95%", "年度绩效目标1：", "基本支出总额", "实际完成值"),
]


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=2, max_size=8), max_size=12))
def test_odd_tables_never_raise(rows: list[list[str]]) -> None:
    text = "2024年度甲项目绩效自评表\n\n" + "\n".join("\t".join(row) for row in rows)
    projects, indicators = extract(text)
    assert {item.project_no for item in indicators} <= {project.project_no for project in projects}
    assert all(item.level3 for item in indicators)


# --- the keyed papers --------------------------------------------------------------------------


def keyed(slug: str, kind: str) -> list[dict[str, str]]:
    with (KEYED / f"{slug}_{kind}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def printed(value: object) -> str:
    return "" if value is None else str(value)


def project_row(project: Project) -> dict[str, str]:
    fields = (
        "project_no source project_name project_code budget executed execution_rate_pct execution_weight "
        "execution_score total_score unit_printed"
    )
    row = {name: printed(getattr(project, name)) for name in fields.split()}
    row["attributes"] = "|".join(f"{label}={value}" for label, value in project.attributes.items())
    return row


def ordered(attributes: str) -> str:
    return "|".join(sorted(attributes.split("|")))


@pytest.mark.parametrize("origin", ["bundled", "whole"])
@pytest.mark.parametrize("slug", FINAL_ACCOUNTS)
def test_every_project_of_the_keyed_papers(slug: str, origin: str) -> None:
    paper = read_text(source(slug, origin).read_bytes(), slug)
    rows = [project_row(project) for project in extract_performance(paper)[0]]
    expected = keyed(slug, "projects")
    for row in (*rows, *expected):
        row["attributes"] = ordered(row["attributes"])
    assert rows == expected


@pytest.mark.parametrize("origin", ["bundled", "whole"])
@pytest.mark.parametrize("slug", FINAL_ACCOUNTS)
def test_keyed_indicators(slug: str, origin: str) -> None:
    paper = read_text(source(slug, origin).read_bytes(), slug)
    expected = keyed(slug, "indicators")
    fields = list(expected[0])
    rows = [{name: printed(getattr(item, name)) for name in fields} for item in extract_performance(paper)[1]]
    # Projects keyed whole are compared row by row; of garbled ones only the legible rows are keyed.
    if slug != "caidian_economy_2024_final":
        numbers = {row["project_no"] for row in expected}
        assert [row for row in rows if row["project_no"] in numbers] == expected
    assert [row for row in expected if row not in rows] == []


def test_no_person_is_read() -> None:
    text = table("总分||90|||||").replace("主管部门", "填报人\t\t张某\t\t主管部门")
    projects, _ = extract(text)
    assert "张某" not in str(projects[0].attributes)
