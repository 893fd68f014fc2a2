"""What a paper says of itself, in the many ways that departments print it."""

import pytest

from ingest.errors import UnreadableDocument
from ingest.identity import identify
from ingest.model import DocumentRow
from ingest.readers.text import read_text


def said(text: str) -> DocumentRow:
    return identify(read_text(text.replace("|", "\t").encode(), "2001年乙局决算.txt"))


@pytest.mark.parametrize(
    ("text", "kind", "year", "name"),
    [
        ("甲山市水务局2023年部门预算及“三公”经费预算", "budget", 2023, "甲山市水务局"),
        ("2024年度甲山市水务局部门决算公开", "final_account", 2024, "甲山市水务局"),
        ("附件2：甲山市水务局2024年度部门预算报表", "budget", 2024, "甲山市水务局"),
        ("甲山市水务局部门预算（2025年）", "budget", 2025, "甲山市水务局"),
        ("甲山市水务局2025年度单位预算公开说明书", "budget", 2025, "甲山市水务局"),
        ("甲山市水务局2025年度部门（单位）预算", "budget", 2025, "甲山市水务局"),
        ("甲山县人民法院2022年度决算", "final_account", 2022, "甲山县人民法院"),
        ("关于甲山县人民法院2022年度预算公开的说明", "budget", 2022, "甲山县人民法院"),
        ("2023年度甲山市乙水区青云镇部门决算", "final_account", 2023, "甲山市乙水区青云镇"),
        ("乙水区人大2024年部门预算", "budget", 2024, "乙水区人大"),
        ("甲山市12345热线服务中心2024年单位决算", "final_account", 2024, "甲山市12345热线服务中心"),
        ("第二部分甲山市水务局2017年度部门预算表", "budget", 2017, "甲山市水务局"),
    ],
)
def test_a_title_says_all(text: str, kind: str, year: int, name: str) -> None:
    document = said(text)
    assert (document.document_kind, document.fiscal_year, document.department_name) == (kind, year, name)


@pytest.mark.parametrize(
    "text",
    [
        "2 0 2 4 年 度\n甲 山 市 水 务 局\n部 门 决 算",
        "甲山市水务局\n2024年\n部\n门\n决\n算",
        "甲山市\n水务局\n2024年度\n部门决算\n公开",
        "二〇二四年度\n甲山市水务局部门决算",
        "甲山市水务局\n二○二四年单位决算公开",
        "甲山市水务局\n部门决算公开\n2024年",
        "2024年度部门决算公开\n目录\n单位名称：甲山市水务局",
        "2024年度部门决算公开\n甲山市水务局",
        "第一部分 甲山市水务局概况\n2024年度部门决算",
        "部门：甲山市水务局 单位：万元\n2024年度收入支出决算总表\n公开01表",
        "我局2024年度部门决算\n部门：甲山市水务局 单位：万元",
    ],
)
def test_a_cover_or_the_heads_of_forms_say_it_in_parts(text: str) -> None:
    document = said(text)
    assert document.document_kind == "final_account"
    assert document.fiscal_year == 2024
    assert document.department_name == "甲山市水务局"


TABLES_ALONE = (
    "|预算01表收支总表||\n项目|预算数|项目|预算数\n一、事业收入|1.00|一、教育支出|1.00\n\n"
    "|预算02表收入总表||\n合计|1.00||\n\n"
    "|预算03表支出总表||\n合计|1.00||\n\n"
    "|预算13表部门整体支出绩效目标表||\n（2026年度）|||\n部门名称||甲山市水务局|\n"
)


def test_tables_alone_say_it_in_their_cells() -> None:
    document = said(TABLES_ALONE)
    assert document.document_kind == "budget"
    assert document.fiscal_year == 2026
    assert document.department_name == "甲山市水务局"


def test_forms_of_a_final_account_say_their_kind() -> None:
    document = said(TABLES_ALONE.replace("预算", "公开").replace("总表", "决算总表"))
    assert document.document_kind == "final_account"


def test_the_name_that_the_forms_confirm_wins_over_a_short_one() -> None:
    document = said(
        "山水省人大常委会办公厅\n2017年度部门预算\n第二部分省人大办公厅2017年度部门预算表\n"
        "第三部分省人大办公厅2017年度部门预算情况说明\n部门：山水省人大常委会办公厅 单位：万元"
    )
    assert document.department_name == "山水省人大常委会办公厅"


def test_a_name_cut_of_its_district_counts_for_the_whole_one() -> None:
    document = said("区审计局2024年度部门决算表\n甲乙区审计局2024年度部门决算\n区审计局2024年度部门决算表")
    assert document.department_name == "甲乙区审计局"


def test_place_and_perimeter_come_from_the_name() -> None:
    document = said("2024年度甲山市乙水区水务局（本级）部门决算")
    assert (document.city_name, document.district_name) == ("甲山市", "乙水区")
    assert document.perimeter == "headquarters"
    assert said("2024年度甲山市水务局（汇总）部门决算").perimeter == "consolidated"
    assert said("2024年度甲山市社区学院部门决算").district_name is None


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("根据《甲山市乙水区机构改革方案》，乙水区水务局职责调整。", "甲山市"),
        ("丙河省甲山市乙水区水务局负责本区水务。", "甲山市"),
        ("部门：原甲山市乙水区水务局", "甲山市"),
        ("甲山市与乙水区共建。", None),
        ("先后到访甲山市乙水区。", None),
    ],
)
def test_city_of_a_district_named_alone_comes_from_the_text(text: str, city: str | None) -> None:
    document = said(f"乙水区水务局2023年部门预算\n{text}")
    assert (document.city_name, document.district_name) == (city, "乙水区")


@pytest.mark.parametrize(
    ("sentence", "perimeter"),
    [
        ("纳入本部门汇总预算编制范围的预算单位共计4家，具体包括：甲山市水务局（本级）等。", "consolidated"),
        ("纳入本部门汇总预算编制范围的预算单位共计1家，具体包括：甲山市水务局（本级）。", "unit"),
        ("甲山市水务局包括3个下属单位。", "consolidated"),
        ("甲山市水务局包括0个下属单位。", "unit"),
        ("本部门预算为汇总预算，包括：局本级预算，以及下属单位预算。", "consolidated"),
        ("水务局部门决算包括：水务局本级决算、下属行政事业单位决算。", "consolidated"),
        ("水务局部门决算由单位本级决算组成。", "headquarters"),
        ("水务局部门预算包括本级预算。", "headquarters"),
        ("向市委提出年度本级预算执行和其他财政收支情况的审计结果报告。", "unit"),
        ("本单位无下属单位。", "unit"),
    ],
)
def test_sentences_say_whose_figures_these_are(sentence: str, perimeter: str) -> None:
    assert said(f"甲山市水务局\n2026年度部门预算\n{sentence}").perimeter == perimeter


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("2024年度部门决算\n收入支出决算总表", "a department"),
        ("单位名称：甲山市水务局\n收入支出总表", "a year"),
        ("我局2024年度部门预算", "a department"),
        ("2024年度收入支出预算", "a department"),
    ],
)
def test_what_no_word_says_is_not_guessed(text: str, missing: str) -> None:
    with pytest.raises(UnreadableDocument, match=missing) as refused:
        said(text)
    assert refused.value.code == "unidentified"
