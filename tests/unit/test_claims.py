"""Claims of the explanation: own sentences, noise, other cities' wording, and the keyed papers."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import Claim
from ingest.narrative.claims import extract_claims
from ingest.narrative.prose import plain
from ingest.readers.text import read_text
from tests.conftest import text_file

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/fixtures/golden/claims"
SEEDS = Path(os.environ.get("JUESUAN_SEEDS", ROOT.parent / "shared/seeds"))
PAPERS = {  # slug: (start of the seed's sha256, fiscal year)
    "dongxihu_operations_centre_2024_final": ("35e9bcaf44cb1f0a", 2024),
    "dongxihu_data_centre_2020_final": ("85eec20c42472130", 2020),
    "caidian_economy_2024_final": ("03f4cca17e10b35c", 2024),
    "qingshan_data_centre_2024_final": ("4a269030347ad5ed", 2024),
    "dongxihu_operations_centre_2025_budget": ("97962f546158f1eb", 2025),
}
Key = tuple[str, str, str, int | None, Decimal, str, str]


def claims_of(text: str, year: int | None = 2024) -> list[Claim]:
    return extract_claims(read_text(text.encode(), "paper.txt"), year)


def final(heading: str, body: str) -> list[Claim]:
    return claims_of(f"第三部分 某局2024年度部门决算情况说明\n\n{heading}\n\n{body}\n\n第四部分 名词解释\n")


def budget(heading: str, body: str) -> list[Claim]:
    return claims_of(f"第三部分 某局2024年部门预算情况说明\n\n{heading}\n\n{body}\n")


def short(claims: list[Claim]) -> list[tuple[str, str, str]]:
    return [(claim.subject, claim.metric, f"{claim.value}{claim.unit}") for claim in claims]


OVERALL = "一、收入支出决算总体情况说明"
PUBLIC = "五、一般公共预算财政拨款支出决算情况说明"
THREE = "九、财政拨款“三公”经费支出决算情况说明"


def test_total_and_change() -> None:
    claims = final(OVERALL, "2024年度收、支总计10.50万元。与2023年度相比，收、支总计各减少2万元，下降16%。")
    assert short(claims) == [
        ("收、支总计", "final_actual", "10.50万元"),
        ("收、支总计", "yoy_change", "-2万元"),
        ("收、支总计", "yoy_pct", "-16%"),
    ]
    assert {claim.section_key for claim in claims} == {"overall"}
    assert {claim.section for claim in claims} == {"收入支出决算总体情况说明"}
    assert {claim.year for claim in claims} == {2024}
    assert claims[0].decimals == 2 and claims[0].value_printed == "10.50"


@pytest.mark.parametrize(
    ("comparison", "change"),
    [
        ("与上年相比，", "增加3万元"),
        ("", "比上年增加3万元"),
        ("", "较上年度增3万元"),
        ("", "同比增长3万元"),
        ("", "比2023年度决算数增加3万元"),
        ("与 2023 年决算数相比，", "增加了3万元"),
        ("比上一年度，", "上升3万元"),
    ],
)
def test_other_wordings_of_a_change(comparison: str, change: str) -> None:
    claims = final(OVERALL, f"2024年度收、支总计均为9万元。{comparison}{change}，增长50%。")
    assert short(claims)[1:] == [("收、支总计", "yoy_change", "3万元"), ("收、支总计", "yoy_pct", "50%")]


def test_parts_and_shares() -> None:
    body = "2024年度支出合计8万元。其中：基本支出6万元，占本年支出75%；项目支出2万元，占本年支出的25%。"
    assert short(final("三、支出决算情况说明", body)) == [
        ("支出合计", "final_actual", "8万元"),
        ("基本支出", "final_actual", "6万元"),
        ("基本支出", "share_pct", "75%"),
        ("项目支出", "final_actual", "2万元"),
        ("项目支出", "share_pct", "25%"),
    ]


def test_path_of_an_item_is_cleaned_and_kept_as_printed() -> None:
    body = (
        "1.教育支出(类)普通教育（款）小学教\n\n育(项)。年初预算为8万元，支出决算为4万元，完成年初预算的50%。"
    )
    claims = final(PUBLIC, body)
    assert short(claims) == [
        ("教育支出(类)普通教育（款）小学教育(项)", "initial_budget", "8万元"),
        ("教育支出(类)普通教育（款）小学教育(项)", "final_actual", "4万元"),
        ("教育支出(类)普通教育（款）小学教育(项)", "completion_pct", "50%"),
    ]
    assert (claims[0].class_name, claims[0].group_name, claims[0].item_name) == (
        "教育支出",
        "普通教育",
        "小学教育",
    )


@pytest.mark.parametrize(
    "printed", ["教育（类）支出", "教育支出（类）", "教育支出类支出", "教育支出", "教育支出(类)支出"]
)
def test_spellings_of_a_class(printed: str) -> None:
    claims = final(PUBLIC, f"1. {printed} 9 万元，占 5%。主要是用于3个项目。")
    assert [(claim.subject, claim.class_name, claim.metric) for claim in claims] == [
        (printed, "教育支出", "final_actual"),
        (printed, "教育支出", "share_pct"),
    ]


@pytest.mark.parametrize(
    ("noisy", "value"),
    [
        ("_643.29万元", "643.29"),
        ("\\_38.3\\_万元", "38.3"),
        (" -340_万元", "340"),
        ("__0____万元", "0"),
        ("1. 67 万元", "1.67"),
        ("1,463.06 万元", "1463.06"),
        ("1，463.06万元", "1463.06"),
        ("１２．５ 万元", "12.5"),
        ("12\n\n.5 万\n元", "12.5"),
        ("<u> 7 </u>万元", "7"),
        ("——7万元", "7"),
    ],
)
def test_noise_in_figures(noisy: str, value: str) -> None:
    claims = final(PUBLIC, f"(1)教育支出(类)。年初预算为{noisy},支出决算为5万元。")
    assert [(claim.metric, claim.value) for claim in claims] == [
        ("initial_budget", Decimal(value)),
        ("final_actual", Decimal(5)),
    ]


def test_missing_unit_is_taken_from_its_own_sentence_only() -> None:
    claims = final(PUBLIC, "1.教育支出(类)。年初预算为8万元，支出决算为4，完成年初预算的50%。")
    assert short(claims)[1] == ("教育支出(类)", "final_actual", "4万元")
    assert short(final(PUBLIC, "1.教育支出(类)。支出决算为4，完成年初预算的50%。")) == [
        ("教育支出(类)", "completion_pct", "50%")
    ]


def test_missing_percent_sign_after_a_change() -> None:
    claims = final(PUBLIC, "与2023年度相比，财政拨款支出增加6万元，增长208.66。主要原因是人员增加。")
    assert short(claims)[1] == ("财政拨款支出", "yoy_pct", "208.66%")


def test_unit_error_of_the_paper_is_kept() -> None:
    claims = budget("三、支出预算安排情况", "2024年支出预算 13.5元，其中：基本支出 4 万元，占 36%。")
    assert short(claims)[0] == ("支出预算", "budget", "13.5元")


def test_change_against_the_own_budget_is_no_change_over_the_year() -> None:
    body = "3.公务接待费支出决算为1万元，完成年初预算的20%，比年初预算减少4万元，主要原因是节约。"
    assert short(final(THREE, body))[2] == ("公务接待费", "vs_initial_budget_change", "-4万元")
    assert short(final(THREE, body.replace("比年初预算", "比2024年预算")))[2][1] == "vs_initial_budget_change"
    assert len(final(THREE, body.replace("比年初预算", "比全年预算"))) == 2


def test_three_public_kinds_and_counts() -> None:
    body = """2.公务用车购置及运行费全年预算为 3 万元，支出决算为 1 万元；较上年增 0.5 万元，增长 100%。其中：

(1)公务用车购置费支出 0 万元。本年度购置(更新)公务用车 0 辆。

(2)公务用车运行费支出 1 万元，主要用于加油 9 次。截至 2024 年 12 月 31 日，

开支财政拨款的公务用车保有量为 2 辆。

3.国内公务接待支出 0.2 万元，一是接待甲地，2024 年共接待国内来访团组 4 个，45 人次（不包括陪同人员）。
"""
    assert short(final(THREE, body)) == [
        ("公务用车购置及运行费", "adjusted_budget", "3万元"),
        ("公务用车购置及运行费", "final_actual", "1万元"),
        ("公务用车购置及运行费", "yoy_change", "0.5万元"),
        ("公务用车购置及运行费", "yoy_pct", "100%"),
        ("公务用车购置费", "final_actual", "0万元"),
        ("购置(更新)公务用车", "count", "0辆"),
        ("公务用车运行费", "final_actual", "1万元"),
        ("公务用车保有量", "count", "2辆"),
        ("国内公务接待支出", "final_actual", "0.2万元"),
        ("国内来访团组", "count", "4个"),
        ("国内来访团组", "count", "45人次"),
    ]


def test_staff_are_counted_in_the_overview_and_amounts_there_are_not_read() -> None:
    overview = """第一部分 甲局概况

三、部门人员构成

截至上年底，本部门人员编制10人；实有人员 12 人，其中行政 5 人、事业 7 人。离退休人员 3 人。房屋价值 8 万元。

四、机构设置

下设科室 4 个，12 人。

"""
    explained = "第三部分 2024年度部门决算情况说明\n\n一、支出决算情况说明\n\n2024年度支出合计 9 万元。\n"
    claims = claims_of(overview + explained)
    assert short(claims) == [
        ("本部门人员编制", "count", "10人"),
        ("实有人员", "count", "12人"),
        ("行政", "count", "5人"),
        ("事业", "count", "7人"),
        ("离退休人员", "count", "3人"),
        ("支出合计", "final_actual", "9万元"),
    ]
    assert {claim.section_key for claim in claims[:5]} == {"staff"}


def test_projects_are_listed_until_the_next_item() -> None:
    body = """项目支出主要用于 2023 年甲项目(第二批)8 万元，主要成效是服务 3 个街道；项目名称乙专项 2 万元。

1.教育支出(类)。年初预算为1万元。"""
    claims = final(PUBLIC, body)
    assert [(claim.project_name, claim.metric, claim.value, claim.year) for claim in claims] == [
        ("2023年甲项目(第二批)", "final_actual", 8, 2024),
        ("乙专项", "final_actual", 2, 2024),
        (None, "initial_budget", 1, 2024),
    ]


def test_self_evaluation() -> None:
    body = """（一）预算绩效管理工作开展情况

共涉及项目 2 个，资金 9 万元，占一般公共预算项目支出总额的 100%。

（二）部门整体支出自评结果

我部门组织对 1 个部门开展整体支出绩效自评，资金 20 万元，整体执行率 96.2%。

（三）项目支出自评结果

1. 7. <u>甲平台</u>项目绩效自评综述：项目全年预算数为\\_5万元，执行数为 5 万元
（其中本级支出 3 万元），完成预算的 100%。"""
    claims = final("十三、预算绩效情况说明", body)
    assert [(c.project_name, *row) for c, row in zip(claims, short(claims), strict=True)] == [
        (None, "项目", "count", "2个"),
        (None, "资金", "other_amount", "9万元"),
        (None, "资金", "share_pct", "100%"),
        ("部门整体支出", "部门", "count", "1个"),
        ("部门整体支出", "资金", "other_amount", "20万元"),
        ("部门整体支出", "整体执行率", "rate_pct", "96.2%"),
        ("甲平台项目", "甲平台项目", "adjusted_budget", "5万元"),
        ("甲平台项目", "甲平台项目", "final_actual", "5万元"),
        ("甲平台项目", "本级支出", "final_actual", "3万元"),
        ("甲平台项目", "甲平台项目", "completion_pct", "100%"),
    ]


def test_fund_balances() -> None:
    body = "政府性基金预算财政拨款年初结转和结余1万元，本年收入5万元，本年支出4万元，年末结转和结余2万元。"
    assert short(final("七、政府性基金预算财政拨款收入支出决算情况说明", body)) == [
        ("年初结转和结余", "opening_balance", "1万元"),
        ("本年收入", "final_actual", "5万元"),
        ("本年支出", "final_actual", "4万元"),
        ("年末结转和结余", "closing_balance", "2万元"),
    ]


def test_procurement_and_assets() -> None:
    body = (
        "2024年度某局政府采购支出总额9万元，其中：政府采购货物支出4万元、政府采购服务支出5万元。授予中小企业合同金额3万元，"
        "占政府采购支出总额的33.3%，货物采购授予中小企业合同金额占货物支出金额的100%。"
    )
    assert short(final("十一、政府采购支出说明", body)) == [
        ("政府采购支出总额", "final_actual", "9万元"),
        ("政府采购货物支出", "final_actual", "4万元"),
        ("政府采购服务支出", "final_actual", "5万元"),
        ("授予中小企业合同金额", "other_amount", "3万元"),
        ("授予中小企业合同金额", "share_pct", "33.3%"),
        ("货物采购授予中小企业合同金额", "share_pct", "100%"),
    ]
    body = "截至2023年12月31日，某局共有车辆3辆，其中，其他用车1辆；单价100万元(含)以上专用设备2台(套)。"
    claims = final("十二、国有资产占用情况说明", body)
    assert short(claims) == [
        ("车辆", "count", "3辆"),
        ("其他用车", "count", "1辆"),
        ("单价100万元(含)以上专用设备", "count", "2台（套）"),
    ]
    assert {claim.year for claim in claims} == {2023}


def test_budget_wording() -> None:
    path = "1.教育支出(类)普通教育(款)小学教育(项)"
    body = f"{path}2024年预算数 6 万元，比 2023年预算增加 2 万元，增长 50%，主要是：增加 2 人。"
    claims = budget("五、一般公共预算支出安排情况", body)
    assert [(claim.metric, claim.value, claim.year) for claim in claims] == [
        ("budget", 6, 2024),
        ("yoy_change", 2, 2024),
        ("yoy_pct", 50, 2024),
    ]
    body = "2024年预算数为6万元，2023年执行数为4万元。"
    claims = budget("五、一般公共预算支出安排情况", f"1.教育支出（类）。{body}")
    assert [(claim.metric, claim.value, claim.year) for claim in claims] == [
        ("budget", 6, 2024),
        ("prior_year_amount", 4, 2023),
    ]


@pytest.mark.parametrize(
    ("comparison", "metrics"),
    [
        ("比上年执行数", ["vs_prior_final_change", "vs_prior_final_pct"]),
        ("与2023年决算数相比", ["vs_prior_final_change", "vs_prior_final_pct"]),
        ("比2023年预算执行数", ["vs_prior_final_change", "vs_prior_final_pct"]),
        ("比上年预算数", ["yoy_change", "yoy_pct"]),
        ("比上年", ["yoy_change", "yoy_pct"]),
    ],
)
def test_a_budget_says_whether_it_compares_with_a_plan_or_with_spending(
    comparison: str, metrics: list[str]
) -> None:
    claims = budget("二、支出预算情况说明", f"2024年支出预算9万元，{comparison}增加3万元，增长50%。")
    assert [claim.metric for claim in claims] == ["budget", *metrics]


def test_subheadings_decide_where_the_heading_does_not() -> None:
    claims = budget(
        "十一、其他重要事项的情况说明",
        "(一)机关运行经费情况\n\n2024年机关运行经费 5 万元(即公用经费)，比上年减少 1 万元。",
    )
    assert [(c.section_key, c.section, c.metric, c.value) for c in claims] == [
        ("agency_operation", "机关运行经费情况", "budget", 5),
        ("agency_operation", "机关运行经费情况", "yoy_change", -1),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "本单位当年无国有资本经营预算财政拨款支出。",
        "2024年度“三公”经费与上年持平，无增减变化。",
        "主要原因是新增 3 万元的设备，2023年支出 5 万元。",
        "资金万元，占%。",
        "图 1：收、支决算总计变动情况 9.5 万元",
    ],
)
def test_sentences_that_claim_nothing(body: str) -> None:
    assert final(OVERALL, body) == []


@pytest.mark.parametrize(
    "text",
    [
        "2024年度收、支总计10万元。",
        "第三部分 某局2024年度部门决算情况说明\n第四部分 重点工作\n一、收入\n2024年度收入合计5万元。",
        "第三部分 部门决算情况说明\n一、收入支出决算总体情况说明\n收、支总计\t10万元。\n",
        "第一部分 概况\n共有职工 10 个。",
    ],
)
def test_no_claims_outside_the_explanation_nor_from_grids(text: str) -> None:
    assert claims_of(text) == []


def test_heading_broken_over_lines_and_page_furniture() -> None:
    text = "第三部分 某局2024年部门预算情况\n\n说明\n\n一、收支预算总体安排情况\n\n"
    text += "2024年收支总预算\n\n— 12 —\n\n7万元。\n"
    assert short(claims_of(text)) == [("收支总预算", "budget", "7万元")]


def test_snippet_is_the_sentence_in_the_paper() -> None:
    text = f"第三部分 部门决算情况说明\n\n{OVERALL}\n\n前言。2024年度收、\n\n支总计 5 万元。后语。\n"
    (claim,) = claims_of(text)
    snippet = text[claim.snippet_offset : claim.snippet_offset + claim.snippet_length]
    assert snippet == "2024年度收、\n\n支总计 5 万元。"


def test_without_a_year_only_the_sentences_own_year_counts() -> None:
    text = f"第三部分 部门决算情况说明\n{OVERALL}\n2022年度收、支总计 5 万元。\n收入合计 4 万元。\n"
    assert [claim.year for claim in claims_of(text, None)] == [2022, None]


def test_wordings_of_other_places() -> None:
    body = "“教育支出”（类）2024年度决算5万元，比2024年年初预算减少1万元，下降16.7%。"
    claims = final(PUBLIC, body)
    assert short(claims) == [
        ("“教育支出”（类）", "final_actual", "5万元"),
        ("“教育支出”（类）", "vs_initial_budget_change", "-1万元"),
    ]
    assert claims[0].class_name == "教育支出"
    body = "“三公”经费支出预算为10万元，支出决算为5万元，完成预算的50%，较预算减少5万元，较上年减少1万元。"
    assert [row[1:] for row in short(final(THREE, body))] == [
        ("budget", "10万元"),
        ("final_actual", "5万元"),
        ("completion_pct", "50%"),
        ("yoy_change", "-1万元"),
    ]
    body = "某局2024年收支总预算100万元。收入包括：上年结转10万元、其他收入90万元。比上年增加5万元。"
    assert short(budget("一、关于某局2024年收支预算情况的总体说明", body))[:3] == [
        ("收支总预算", "budget", "100万元"),
        ("上年结转", "budget", "10万元"),
        ("其他收入", "budget", "90万元"),
    ]


def test_after_its_parts_the_talk_is_of_the_whole_again() -> None:
    body = "2024年度基本支出9万元，其中：人员经费6万元；公用经费3万元。与上年相比增加1万元。"
    assert short(final("六、一般公共预算财政拨款基本支出决算情况说明", body))[-1] == (
        "基本支出",
        "yoy_change",
        "1万元",
    )


TOKENS = [
    "2024年",
    "与2023年度相比",
    "年初预算",
    "支出决算",
    "完成",
    "的",
    "为",
    "占",
    "增加",
    "减少",
    "下降",
    "其中",
    "主要原因",
    "项目支出主要用于",
    "绩效自评综述",
    "教育支出（类）",
    "（项）",
    "(",
    ")",
    "（",
    "）",
    "，",
    "、",
    "。",
    "；",
    "：",
    "1.",
    "(1)",
    "一、",
    "#",
    "_",
    "-",
    "12.5",
    "1,000",
    "0",
    "万元",
    "元",
    "%",
    "个",
    "台（套）",
    "人次",
    "等",
    "共有",
    "新增资产",
    "整体支出绩效自评",
]


@given(
    words=st.lists(st.sampled_from([*TOKENS, "\n", "\t"]), max_size=40),
    heading=st.sampled_from([OVERALL, PUBLIC, THREE, "十二、国有资产占用情况说明", "十三、预算绩效情况说明"]),
)
def test_no_text_breaks_the_reader_and_every_claim_is_printed(words: list[str], heading: str) -> None:
    text = f"第三部分 部门决算情况说明\n{heading}\n{''.join(words)}"
    for claim in claims_of(text):
        snippet = text[claim.snippet_offset : claim.snippet_offset + claim.snippet_length]
        assert plain(claim.value_printed) in plain(snippet)
        assert claim.subject and claim.unit and claim.metric


@given(
    number=st.decimals(0, 10**9, places=2, allow_nan=False, allow_infinity=False),
    decimals=st.integers(0, 2),
    thousands=st.booleans(),
    noise=st.sampled_from(["", " ", "_", "\\_", "\n\n"]),
    words=st.sampled_from(
        [
            ("年初预算为", "initial_budget"),
            ("全年预算数为", "adjusted_budget"),
            ("支出决算为", "final_actual"),
        ]
    ),
    unit=st.sampled_from(["万元", "元", "千元"]),
)
def test_an_amount_sentence_round_trips(
    number: Decimal, decimals: int, thousands: bool, noise: str, words: tuple[str, str], unit: str
) -> None:
    printed = f"{number:{',' if thousands else ''}.{decimals}f}"
    (claim,) = final(PUBLIC, f"1.教育支出(类)。{words[0]}{noise}{printed}{noise}{unit}。")
    assert claim.value == Decimal(printed.replace(",", ""))
    assert (claim.metric, claim.unit, claim.decimals) == (words[1], unit, decimals)
    assert claim.value_printed == printed


def keys_of(claims: list[Claim]) -> set[Key]:
    return {
        (
            c.section_key,
            plain(c.subject),
            c.metric,
            c.year,
            c.value,
            plain(c.unit),
            plain(c.project_name or ""),
        )
        for c in claims
    }


def golden(slug: str) -> set[Key]:
    with (GOLDEN / f"{slug}.csv").open(encoding="utf-8", newline="") as handle:
        return {
            (
                row["section_key"],
                plain(row["subject"]),
                row["metric"],
                int(row["year"]),
                Decimal(row["value"]),
                plain(row["unit"]),
                plain(row["project_name"]),
            )
            for row in csv.DictReader(handle)
        }


def seed(slug: str) -> bytes:
    found = sorted(SEEDS.glob(f"*_{PAPERS[slug][0]}.txt"))
    if not found:
        pytest.skip(f"the original paper is not here; point JUESUAN_SEEDS at its folder (looked in {SEEDS})")
    return found[0].read_bytes()


@pytest.mark.parametrize("slug", PAPERS)
def test_original_papers(slug: str) -> None:
    paper = read_text(seed(slug), "paper.txt")
    claims = extract_claims(paper, PAPERS[slug][1])
    assert golden(slug) - keys_of(claims) == set()
    for claim in claims:
        snippet = plain(paper.text[claim.snippet_offset : claim.snippet_offset + claim.snippet_length])
        assert plain(claim.value_printed) in snippet


@pytest.mark.parametrize(
    "slug", ["dongxihu_operations_centre_2024_final", "dongxihu_operations_centre_2025_budget"]
)
def test_papers_keyed_in_full_yield_nothing_else(slug: str) -> None:
    claims = extract_claims(read_text(seed(slug), "paper.txt"), PAPERS[slug][1])
    assert keys_of(claims) == golden(slug)


@pytest.mark.parametrize("slug", PAPERS)
def test_bundled_papers(slug: str) -> None:
    paper = read_text(text_file(slug).read_bytes(), "paper.txt")
    assert golden(slug) - keys_of(extract_claims(paper, PAPERS[slug][1])) == set()
