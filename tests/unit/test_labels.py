"""Labels and header words as papers of many places print them: which line, measure or phase each names."""

import pytest

from ingest.forms.catalogue import load_catalogue, plain_label, squeeze
from ingest.forms.header import measure_of, measures_by_words
from ingest.forms.segment import PlacedRow

SUMMARY = "income_expenditure_summary"
#: Form, side, key: the printed labels, divided by bars.
LINES = [
    (
        SUMMARY,
        "income",
        "general_public_appropriation",
        "一、一般公共预算财政拨款收入|一、一般公共预算拨款收入|一、一般公共预算当年拨款收入|（一）一般公共预算收入|其中：一般公共预算财政拨款|一般公共预算拨款资金",
    ),
    (
        SUMMARY,
        "income",
        "government_fund_appropriation",
        "其中：政府性基金预算财政拨款|其中：政府性基金|2.政府性基金预算拨款收入|二、政府性基金预算财政拨款收入|政府性基金收入|政府性基金预算资金",
    ),
    (SUMMARY, "income", "state_capital_appropriation", "三、国有资本经营预算收入|国有资本经营预算资金"),
    (
        SUMMARY,
        "income",
        "special_account",
        "四、财政专户管理资金|四、财政专户管理资金收入|四、财政专户资金|四、财政专户拨款收入",
    ),
    (SUMMARY, "income", "institutional_income", "五、事业收入（不含教育收费）|五、事业收入(含教育收费)"),
    (SUMMARY, "income", "business_income", "六、事业单位经营收入|六、经营收入"),
    (SUMMARY, "income", "superior_subsidy", "七、上级补助收入|七、上级单位补助收入"),
    (SUMMARY, "income", "affiliate_remittance", "八、附属单位上缴收入|八、附属单位缴款"),
    (SUMMARY, "income", "other_income", "九、其他收入|九、其他各项收入"),
    (SUMMARY, "income", "current_year_total", "本 年 收 入 合 计|本年收入小计|当年收入合计|本年收入总计"),
    (
        SUMMARY,
        "income",
        "non_appropriation_balance_used",
        "使用非财政拨款结余（含专用结余）|使用非财政拨款结余和专用结余|十、使用非财政拨款结余|用事业基金弥补收支差额",
    ),
    (
        SUMMARY,
        "income",
        "opening_balance",
        "年初结转和结余|上年结转和结余|上年结转、结余|上年结余、结转|上年结转结余资金|年初结转结余|年初财政拨款结转和结余|上年财政拨款结转和结余|上年财政拨款结转|上年结转收入|上年结余|十一、上年结转",
    ),
    (SUMMARY, "income", "total", "收   入   总   计|总  计|收入总计（不含上年结转）"),
    (
        "appropriation_summary",
        "income",
        "current_year_total",
        "一、本年收入|本年财政拨款收入|本年财政拨款收入合计",
    ),
    (SUMMARY, "expenditure", "current_year_total", "本年支出合计|本年支出小计|本年支出总计|当年支出合计"),
    (SUMMARY, "expenditure", "surplus_distribution", "结余分配"),
    (
        SUMMARY,
        "expenditure",
        "closing_balance",
        "年末结转和结余|年末结转结余|结转下年|二、结转下年|年终结转结余|年终结转和结余|结转下年使用|结转下年（年末结转和结余）|结余结转下年|结转和结余下年|年末财政拨款结转和结余",
    ),
    (SUMMARY, "expenditure", "total", "支出总计"),
    ("appropriation_summary", "expenditure", "current_year_total", "本年支出|一、本年支出"),
]
#: Form, measure: header words from top to bottom, divided by slashes; several paths by bars.
COLUMNS = [
    ("income", "total", "本年收入合计|收入合计"),
    ("income", "fiscal_appropriation", "财政拨款收入|财政拨款收入/小计|财政拨款"),
    (
        "income",
        "general_public",
        "财政拨款收入/其中：一般公共预算|一般公共预算拨款收入|一般公共预算财政拨款收入",
    ),
    ("income", "current_year_total", "本年收入/小计"),
    ("income", "government_fund", "政府性基金预算拨款收入"),
    ("income", "state_capital", "国有资本经营预算拨款收入"),
    ("income", "special_account", "财政专户管理资金收入|财政专户资金"),
    ("income", "special_account_education_fee", "教育收费"),
    ("income", "superior_subsidy", "上级补助收入"),
    ("income", "institutional", "事业收入/小计|单位资金/事业收入"),
    ("income", "institutional_special_account_education_fee", "事业收入/其中：教育收费"),
    ("income", "business", "事业单位经营收入|经营收入"),
    ("income", "affiliated_remittance", "附属单位上缴收入"),
    ("income", "other", "其他收入|其它收入"),
    ("income", "unit_funds", "单位资金|单位资金/小计"),
    ("income", "non_fiscal_balance_used", "使用非财政拨款结余"),
    ("income", "opening_balance", "上年结转和结余|上年结转/小计"),
    ("income", "opening_balance_general_public", "上年结转/一般公共预算"),
    ("income", "opening_balance_unit_funds", "上年结转/单位资金"),
    ("expenditure", "total", "本年支出合计|支出合计"),
    ("expenditure", "basic", "基本支出/小计"),
    ("expenditure", "basic_personnel", "基本支出/人员经费"),
    ("expenditure", "basic_public", "基本支出/公用经费|基本支出/日常公用经费"),
    ("expenditure", "remitted_to_superior", "上缴上级支出|上缴上级"),
    ("expenditure", "business", "事业单位经营支出"),
    ("expenditure", "subsidy_to_affiliated", "对附属单位补助支出|对下级单位补助支出|对附属单位补助"),
    ("general_public_expenditure", "total", "本年支出/小计|本年支出/合计|2024年预算数/小计"),
    ("general_public_expenditure", "basic_personnel", "基本支出/人员支出"),
    ("general_public_expenditure", "basic_public", "基本支出/公用支出"),
    ("government_fund", "opening_balance", "年初结转和结余|上年结转和结余"),
    ("government_fund", "income", "本年收入"),
    ("government_fund", "total", "本年支出/小计|本年政府性基金预算支出/小计"),
    ("government_fund", "basic", "本年支出/基本支出"),
    ("government_fund", "closing_balance", "年末结转和结余|年末结转结余"),
    ("state_capital", "total", "本年支出/合计"),
    ("state_capital", "project", "本年国有资本经营预算支出/项目支出"),
    ("basic_expenditure", "total", "合计|一般公共预算基本支出/小计"),
    ("basic_expenditure", "personnel", "人员经费"),
    ("basic_expenditure", "public", "公用经费"),
    ("appropriation_summary", "general_public", "支出/一般公共预算财政拨款"),
    ("appropriation_summary", "total", "支出/小计"),
    (
        "three_public",
        "vehicle_total",
        "公务用车购置及运行维护费/小计|公务用车购置和运行维护费/小计|公务用车费/小计",
    ),
    (
        "three_public",
        "vehicle_purchase",
        "公务用车购置及运行维护费/公务用车购置费|公务用车购置及运行维护费/购置费|公务用车购置",
    ),
    (
        "three_public",
        "vehicle_operation",
        "公务用车购置及运行费/公务用车运行费|公务用车购置及运行维护费/运行维护费|公务用车运行维护费",
    ),
    ("three_public", "overseas", "因公出国（境）费用|因公出国(境)经费|出国（境）费"),
    ("three_public", "reception", "公务接待费"),
    ("three_public", "total", "“三公”经费合计|“三公”经费支出合计"),
    ("three_public", "meeting", "会议费"),
    ("three_public", "training", "培训费"),
]
#: Header word, fiscal year, phase: '' is the year itself.
PHASES = [
    ("2023年度决算数", 2023, ""),
    ("2025年预算数", 2025, ""),
    ("2024年执行数", 2025, "prior_year"),
    ("上年决算数", 2023, "prior_year"),
    ("上年执行数", 2023, "prior_year"),
    ("年初预算数", 2023, "initial_budget"),
    ("年初预算", 2023, "initial_budget"),
    ("全年预算数", 2023, "adjusted_budget"),
    ("调整预算数", 2023, "adjusted_budget"),
    ("增减额", 2023, "change"),
    ("比上年增、减情况", 2023, "change"),
    ("增、减幅度", 2023, "change_pct"),
    ("增减%", 2023, "change_pct"),
    ("增长率", 2023, "change_pct"),
    ("本年预算数", 2023, None),
]


@pytest.mark.parametrize(
    ("form", "side", "key", "label"),
    [(form, side, key, label) for form, side, key, labels in LINES for label in labels.split("|")],
)
def test_a_label_names_its_line(form: str, side: str, key: str, label: str) -> None:
    assert load_catalogue().forms[form].line_of(side, plain_label(label)) == key


@pytest.mark.parametrize(
    ("form", "measure", "path"),
    [(form, measure, path) for form, measure, paths in COLUMNS for path in paths.split("|")],
)
def test_header_words_name_their_measure(form: str, measure: str, path: str) -> None:
    entry = load_catalogue().forms[form]
    columns = entry.columns.get("any") or entry.columns["expenditure"]
    assert measure_of([squeeze(word) for word in path.split("/")], columns, entry.scopes) == measure


@pytest.mark.parametrize(("word", "fiscal_year", "phase"), PHASES)
def test_a_header_word_names_its_phase(word: str, fiscal_year: int, phase: str | None) -> None:
    assert load_catalogue().forms["income"].phase_of(word, fiscal_year) == phase


@pytest.mark.parametrize("label", ["财政拨款收入", "基本支出", "一般公共服务支出", "项目", "人员经费"])
def test_another_label_is_no_line(label: str) -> None:
    entry = load_catalogue().forms[SUMMARY]
    assert entry.line_of("income", label) is None
    assert entry.line_of("expenditure", label) is None


def test_a_sum_in_front_of_the_total_is_of_this_year() -> None:
    entry = load_catalogue().forms[SUMMARY]
    assert entry.line_of("income", "收入合计", below={"opening_balance", "total"}) == "current_year_total"
    assert entry.line_of("income", "收入合计", below=frozenset()) == "total"
    assert entry.line_of("expenditure", "支出合计", below={"closing_balance"}) == "total"


def test_a_second_total_is_of_the_group_above_it() -> None:
    header = [
        PlacedRow(1, 1, 1, ("科目", "合计", "本年收入", "", "上年结转")),
        PlacedRow(1, 1, 2, ("", "", "合计", "一般公共预算", "")),
    ]
    found = measures_by_words(header, load_catalogue().forms["income"], 2024)
    assert found == {1: "total", 2: "current_year_total", 3: "general_public", 4: "opening_balance"}
