"""Budget forms 11 and 12 in running text: small forms typed here, odd input, and the keyed paper."""

import csv
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import Indicator, Project, ProjectLine
from ingest.narrative.projects import extract_budget_projects
from ingest.readers.text import read_text
from tests.conftest import FINAL_ACCOUNTS, GOLDEN, source

KEYED = GOLDEN / "performance"
SLUG = "dongxihu_operations_centre_2025_budget"

OVERALL = """表 11

填报日期： 2030年 1月 1日 单位：万元

填报人 张某 联系电话 12345678

总体资金情况 当年金额 占比
近两年收支金额

2028年 2029年

收入

构成

财政拨款 10.5 100% 9 8.25

单位资金

合 计 10.5 100% 9 8.25

项目支出情况

项目名称 支出项目类别
项目

总预算

项目本年

度预算

甲项目 本级支出项目 5 4 人员

费用

乙平台运行维护

服务项目
本级支出项目 6.5 6.5 运维

年度目标 1： 保障平台

年度绩效指标
一级

指标
二级指标 三级指标

指标值 近两年指标值 预期当年

实现值前 年 上 年
 产出

指标

数量指标
购买书籍数

量
11套 ≥14套 ≥15套 计划数据

成本指标
人均成

本
≤200元/
人

≤200元/
人

≤200元/
人

其他数据：

《某办

法》

满意度

指标

服务对象满意

度指标
工作满意度 / \\ ≥80% 计划数据
"""

PROJECT = """表 12

申报日期：2029年 10月 1日 单位：万元

项目名称
乙平台运行维护

服务项目
项目编码
420112T00000010

0

项目主管部门 某局 项目执行单位 某中心

项目负责人 张某 联系电话 12345678

单位地址 某大道 1号 邮政编码 430000

项目属性 持续性项目☑ 新增性项目□

支出项目类别 其他运转类项目\uf0a3 特定目标类项目\uf052

起始年度 2030 终止年度 2030

项目总预算 6.5 项目当年预算 6.5

项目前两年预算及当年

预算变动情况

1.2028年预算 6万元，2029年 6.2万，较 2028年增加 0.2万元。

2.2030年预算为 6.5万元

项目资金来源

来源项目 金额

合计 6.5

1.一般公共预算财政拨款 6.5

2政府性基金预算财政拨款

项目支出明细测算

项目活动
活动内容

表述

支出经济

分类
金额 测算依据及说明 备注

坐席服

务
用于支付坐席

费用

委托业务

费
4.5 租车 150元/

餐

培训
2 依据标准

项目采购

品名 数量 金额

平台服

务
1套 4.5

书 2 2.0

项目绩效总目标

长期绩效目标表

目标名称 一级指标 二级指标 三级指标 指标值 指标值确定依据

长期绩效目标
1

成本指标
经济成本

指标
坐席成本 不超过合

同金额
其他数据：合同

社会效益

指标
办理效率 有 所 提

升
计划数据

年度绩效目标表

目标名称 一级指标 二级指标
三级

指标

指标值 依据前年 上年
预计当年

实现

年度绩

效目标

产出指标

质量指标
案件按

期
100% 100% 100% 计划数

据
 办结率

时效指标 响应 ≤15分钟 ≤15分钟 ≤15分钟 计划数据
 附件 1-3

第四部分 说明
"""


def extract(text: str) -> tuple[list[Project], list[Indicator], list[ProjectLine]]:
    return extract_budget_projects(read_text(text.encode(), "paper.txt"))


def money(lines: list[ProjectLine], kind: str) -> list[tuple[str, Decimal]]:
    return [(line.item_name, line.amount) for line in lines if line.line_kind == kind]


def test_whole_department() -> None:
    projects, indicators, lines = extract(OVERALL)
    assert [(p.source, p.project_name, p.budget, p.unit_printed) for p in projects] == [
        ("budget_overall", "部门整体支出", Decimal("10.5"), "万元")
    ]
    composition = [line for line in lines if line.line_kind == "composition"]
    assert [(line.item_name, line.year, line.amount_printed) for line in composition] == [
        ("财政拨款", 2030, "10.5"),
        ("财政拨款", 2028, "9"),
        ("财政拨款", 2029, "8.25"),
        ("合计", 2030, "10.5"),
        ("合计", 2028, "9"),
        ("合计", 2029, "8.25"),
    ]
    assert money(lines, "project_summary") == [
        ("甲项目", Decimal("4")),
        ("乙平台运行维护服务项目", Decimal("6.5")),
    ]
    assert [(i.horizon, i.goal_no, i.level1, i.level2, i.level3) for i in indicators] == [
        ("annual", 1, "产出指标", "数量指标", "购买书籍数量"),
        ("annual", 1, "产出指标", "成本指标", "人均成本"),
        ("annual", 1, "满意度指标", "服务对象满意度指标", "工作满意度"),
    ]
    assert [(i.target_two_years_before, i.target_year_before, i.target) for i in indicators] == [
        ("11套", "≥14套", "≥15套"),
        ("≤200元/人", "≤200元/人", "≤200元/人"),
        (None, None, "≥80%"),
    ]
    assert [i.basis for i in indicators] == ["计划数据", "其他数据：《某办法》", "计划数据"]


def test_project_form() -> None:
    projects, indicators, lines = extract(PROJECT)
    project = projects[0]
    assert (project.source, project.project_name) == ("budget_form", "乙平台运行维护服务项目")
    assert (project.project_code, project.budget) == ("420112T000000100", Decimal("6.5"))
    assert project.attributes == {
        "项目主管部门": "某局",
        "项目执行单位": "某中心",
        "项目属性": "持续性项目",
        "支出项目类别": "特定目标类项目",
        "起始年度": "2030",
        "终止年度": "2030",
        "项目总预算": "6.5",
    }
    assert [(line.year, line.amount) for line in lines if line.line_kind == "prior_budget"] == [
        (2028, Decimal("6")),
        (2029, Decimal("6.2")),
        (2030, Decimal("6.5")),
    ]
    assert money(lines, "funding") == [("合计", Decimal("6.5")), ("一般公共预算财政拨款", Decimal("6.5"))]
    spending = [line for line in lines if line.line_kind == "spending"]
    assert [(s.item_name, s.description, s.economic_name, s.amount) for s in spending] == [
        ("坐席服务", "用于支付坐席费用", "委托业务费", Decimal("4.5")),
        ("培训", None, None, Decimal("2")),
    ]
    procurement = [line for line in lines if line.line_kind == "procurement"]
    assert [(p.item_name, p.quantity, p.amount_printed) for p in procurement] == [
        ("平台服务", "1套", "4.5"),
        ("书", "2", "2.0"),
    ]
    assert [(i.horizon, i.goal_no, i.level1, i.level2, i.level3, i.target) for i in indicators] == [
        ("long_term", 1, "成本指标", "经济成本指标", "坐席成本", "不超过合同金额"),
        ("long_term", 1, None, "社会效益指标", "办理效率", "有所提升"),
        ("annual", None, "产出指标", "质量指标", "案件按期办结率", "100%"),
        ("annual", None, "产出指标", "时效指标", "响应", "≤15分钟"),
    ]
    assert [line.line_no for line in lines] == list(range(1, len(lines) + 1))


def test_persons_telephones_and_addresses_are_not_read() -> None:
    read = str(extract(OVERALL + PROJECT))
    assert all(word not in read for word in ("张某", "12345678", "某大道", "430000"))


def test_both_forms_of_one_paper_are_numbered_together() -> None:
    projects, indicators, lines = extract(OVERALL + PROJECT)
    assert [project.project_no for project in projects] == [1, 2]
    assert {item.project_no for item in indicators} == {line.project_no for line in lines} == {1, 2}


def test_form_without_figures_gives_a_project_without_figures() -> None:
    projects, indicators, lines = extract("项目名称 丙项目 项目编码\n420112X\n\n项目主管部门 某局\n")
    assert [(p.project_name, p.project_code, p.budget, p.unit_printed) for p in projects] == [
        ("丙项目", "420112X", None, None)
    ]
    assert (indicators, lines) == ([], [])


def test_value_in_unknown_words_stays_whole_or_absent() -> None:
    text = PROJECT.replace("坐席成本 不超过合\n\n同金额", "坐席成本 极好")
    targets = {i.level3: i.target for i in extract(text)[1] if i.horizon == "long_term"}
    assert targets["坐席成本"] == "极好"


@pytest.mark.parametrize(
    "text", ["某局2030年部门预算\n", "表 12.项目支出绩效目标表\n", "项目名称 金额\n", "\tx\n"]
)
def test_paper_without_such_forms_gives_nothing(text: str) -> None:
    assert extract(text) == ([], [], [])


@given(st.lists(st.integers(0, len((OVERALL + PROJECT).split("\n")) - 1), max_size=60))
def test_forms_torn_apart_never_raise(order: list[int]) -> None:
    lines = (OVERALL + PROJECT).split("\n")
    projects, indicators, money_lines = extract("\n".join(lines[n] for n in order) + "\nx")
    numbers = {project.project_no for project in projects}
    assert {item.project_no for item in indicators} | {line.project_no for line in money_lines} <= numbers


# --- the keyed paper ---------------------------------------------------------------------------


def keyed(kind: str) -> list[dict[str, str]]:
    with (KEYED / f"{SLUG}_{kind}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def row_of(item: object, fields: list[str]) -> dict[str, str]:
    found = {name: getattr(item, name) for name in fields}
    return {name: "" if value is None else str(value) for name, value in found.items()}


@pytest.mark.parametrize("origin", ["bundled", "whole"])
def test_every_project_of_the_keyed_paper(origin: str) -> None:
    projects, _, _ = extract_budget_projects(read_text(source(SLUG, origin).read_bytes(), SLUG))
    expected = keyed("projects")
    attributes = [row.pop("attributes") for row in expected]
    assert [row_of(project, list(expected[0])) for project in projects] == expected
    printed = ["|".join(sorted(f"{k}={v}" for k, v in project.attributes.items())) for project in projects]
    assert printed == ["|".join(sorted(row.split("|"))) for row in attributes]


@pytest.mark.parametrize("origin", ["bundled", "whole"])
def test_every_line_of_the_keyed_paper(origin: str) -> None:
    _, _, lines = extract_budget_projects(read_text(source(SLUG, origin).read_bytes(), SLUG))
    expected = keyed("lines")
    assert [row_of(line, list(expected[0])) for line in lines] == expected
    assert {line.unit_printed for line in lines} == {"万元"}


@pytest.mark.parametrize("origin", ["bundled", "whole"])
def test_keyed_indicators(origin: str) -> None:
    _, indicators, _ = extract_budget_projects(read_text(source(SLUG, origin).read_bytes(), SLUG))
    expected = keyed("indicators")
    rows = [row_of(item, list(expected[0])) for item in indicators]
    keys = {(row["project_no"], row["horizon"]) for row in expected}
    assert [row for row in rows if (row["project_no"], row["horizon"]) in keys] == expected


@pytest.mark.parametrize("slug", FINAL_ACCOUNTS)
def test_final_accounts_hold_no_budget_forms(slug: str) -> None:
    assert extract_budget_projects(read_text(source(slug, "bundled").read_bytes(), slug)) == ([], [], [])
