"""Made papers for the rules about the explanation and the performance tables.

Each builder writes one paper: ``good`` meets its rule, ``bad`` breaks it. They are the cases behind
test_rules.py, which runs the models over them and asks for one outcome each.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

Build = Callable[[Any, bool], None]


def yearly_change(case: Any, good: bool) -> None:
    case.say("overall", "收、支总计", "final_actual", "120.00")
    case.say("overall", "收、支总计", "yoy_change", "20.00", offset=2)
    case.say("overall", "收、支总计", "yoy_pct", "20.00" if good else "16.67", "%", offset=2)


def share(case: Any, good: bool) -> None:
    case.figure("expenditure", "total", "total", 1_000_000)
    case.say("expenditure", "项目支出", "final_actual", "51.73")
    case.say("expenditure", "项目支出", "share_pct", "51.73" if good else "50.73", "%", base="本年支出")


def completion(case: Any, good: bool) -> None:
    for metric, printed, unit in (
        ("initial_budget", "10.76", "万元"),
        ("final_actual", "12.34", "万元"),
        ("completion_pct", "114.68" if good else "87.20", "%"),
    ):
        base = "年初预算" if unit == "%" else None
        case.say("general_public", "某项", metric, printed, unit, code="2089999", base=base)


def of_nothing(case: Any, good: bool) -> None:
    case.say("general_public", "某项", "initial_budget", "2.50" if good else "0")
    case.say("general_public", "某项", "final_actual", "2.50")
    case.say("general_public", "某项", "completion_pct", "100" if good else "0.00", "%", base="年初预算")


def parts(case: Any, good: bool) -> None:
    case.say("basic", "一般公共预算财政拨款基本支出", "final_actual", "413.33" if good else "856.65")
    case.say("basic", "人员经费", "final_actual", "358.83")
    case.say("basic", "公用经费", "final_actual", "54.50", offset=2)


def listed_projects(case: Any, good: bool) -> None:
    case.kind = "budget"
    case.say("projects", "项目支出", "budget", "331.00" if good else "335.00")
    for offset, (name, printed) in enumerate((("甲", "131.00"), ("乙", "200.00")), 2):
        case.say("projects", name, "budget", printed, project=name, offset=offset)


def main_projects(case: Any, good: bool) -> None:
    case.say("general_public", "项目支出", "final_actual", "400.00" if good else "300.00")
    for name, printed in (("甲", "131.00"), ("乙", "200.00")):
        case.say("general_public", name, "final_actual", printed, project=name, offset=2)


def budgets_of_items(case: Any, good: bool) -> None:
    whole = "一般公共预算财政拨款支出"
    case.say("general_public", whole, "initial_budget", "30.00" if good else "25.00")
    case.say("general_public", whole, "final_actual", "50.00")
    for offset, (code, budget, actual) in enumerate(
        (("2010101", "10.00", "20.00"), ("2010102", "20.00", "30.00")), 2
    ):
        case.say("general_public", f"某{code}项", "initial_budget", budget, code=code, offset=offset)
        case.say("general_public", f"某{code}项", "final_actual", actual, code=code, offset=offset)


def counts(case: Any, good: bool) -> None:
    case.say("assets", "车辆", "count", "3" if good else "4", "辆")
    case.say("assets", "机要通信用车", "count", "1", "辆")
    case.say("assets", "其他用车", "count", "2", "辆")


def against_budget(case: Any, good: bool) -> None:
    case.figure("three_public", "actual", "vehicle_operation", 9_600)
    case.figure("three_public", "budget", "vehicle_operation", 31_000)
    case.say("three_public", "公务用车运行费", "final_actual", "0.96")
    case.say("three_public", "公务用车运行费", "vs_initial_budget_change", "-2.14" if good else "-2.41")


def procurement_by_kind(case: Any, good: bool) -> None:
    for subject, metric, printed in (
        ("政府采购货物支出", "final_actual", "1.00"),
        ("政府采购服务支出", "final_actual", "200.00"),
        ("授予中小企业合同金额", "other_amount", "151.00"),
    ):
        case.say("procurement", subject, metric, printed)
    case.say("procurement", "货物采购授予中小企业合同金额", "share_pct", "100", "%")
    case.say("procurement", "服务采购授予中小企业合同金额", "share_pct", "75.00" if good else "3.00", "%")


def said_twice(case: Any, good: bool) -> None:
    case.say("general_public", "甲", "final_actual", "195.60", project="甲")
    case.say(
        "performance", "甲项目", "final_actual", "195.60" if good else "197.59", project="甲项目", offset=2
    )


def rate(case: Any, good: bool) -> None:
    case.project("甲", budget="0.50", executed="0.19", rate="38" if good else "30")


def score(case: Any, good: bool) -> None:
    case.project("甲", budget="40.00", executed="20.00", rate="50", weight="20", score="10" if good else "9")


def total(case: Any, good: bool) -> None:
    case.project("甲", score="20", total="100" if good else "99")
    case.indicator("≥1次", "1次", "50")
    case.indicator("≥1次", "2次", "30")


def total_of_shared_scores(case: Any, good: bool) -> None:
    total(case, good)
    case.indicator("有所提升", "提升", None)


def bounds(case: Any, good: bool) -> None:
    case.project("甲", weight="20", score="20" if good else "21", total="100" if good else "101")


def stated_rate(case: Any, good: bool) -> None:
    case.project("甲", budget="219.78", executed="195.60", rate="89")
    case.say("performance", "甲项目", "completion_pct", "89" if good else "91.9", "%", project="甲项目")


def overrun(case: Any, good: bool) -> None:
    case.project("甲", budget="35.00", executed="34.00" if good else "92.00")


def missed_target(case: Any, good: bool) -> None:
    case.project("甲", weight="20", score="20", total="100")
    case.indicator("≥3期", "3期" if good else "0", "80")


def split(case: Any, good: bool) -> None:
    basic = "413.64" if good else "431.64"
    attributes = f'{{"基本支出总额": "{basic}万元", "项目支出总额": "443.31"}}'
    case.project("部门整体支出", "overall", budget="890.84", executed="856.95", attributes=attributes)


def evaluated_funds(case: Any, good: bool) -> None:
    case.project("甲", budget="20.00", executed="15.00")
    case.project("乙", budget="40.00", executed="35.00")
    case.say("performance", "资金", "other_amount", "50.00" if good else "80.00")


def spent_by_projects(case: Any, good: bool) -> None:
    case.figure("expenditure", "total", "project", 600_000 if good else 400_000)
    evaluated_funds(case, True)


def uses_of_a_project(case: Any, good: bool) -> None:
    case.kind = "budget"
    case.project("甲", "budget_form", budget="115")
    case.project_line("spending", "工资", "112.80")
    case.project_line("spending", "工会经费", "2.20" if good else "12.20")


def composition(case: Any, good: bool) -> None:
    case.kind = "budget"
    case.project("部门整体支出", "budget_overall", budget="917.27")
    for item, printed in (
        ("人员类", "440.27"),
        ("项目类", "477.00"),
        ("合计", "917.27" if good else "927.27"),
    ):
        case.project_line("composition", item, printed, 2024, "支出构成")


def project_count(case: Any, good: bool) -> None:
    case.project("甲", budget="20.00", executed="15.00")
    case.say("performance", "一级项目", "count", "1" if good else "7", "个")


def residue(kind: str, text: str, value: str | None = None) -> Build:
    """A paper that speaks, with one piece of residue where it is bad."""

    def build(case: Any, good: bool) -> None:
        case.say("overall", "收、支总计", "final_actual", "120.00")
        case.rows["int_document"].append((case.document_id, "甲市乙区丙局", "990001", "甲市乙区丙局", None))
        if not good:
            case.rows["stg_ledger__residue"].append((case.document_id, 1, kind, text, value, 1))

    return build


def numbered_parts(case: Any, good: bool) -> None:
    case.say("overall", "收、支总计", "final_actual", "120.00")
    for number, value in enumerate("一二一二三" if good else "一二四", 1):
        case.rows["stg_ledger__residue"].append(
            (case.document_id, number, "part", f"第{value}部分", value, 1)
        )


def signs(case: Any, good: bool) -> None:
    case.say("general_public", "某项", "initial_budget", "340.00" if good else "-340.00", code="2010101")


def share_above_all(case: Any, good: bool) -> None:
    case.say("expenditure", "某支出", "share_pct", "100.00" if good else "182.70", "%")


def like_named_project(case: Any, good: bool) -> None:
    case.project("网上群众工作部年度费用", budget="341.60", executed="337.96" if good else "333.96")
    name = "网上群众工作年度经费"
    case.say("general_public", name, "final_actual", "337.96", project=name)


def named_group(case: Any, good: bool) -> None:
    case.line("expenditure", "20103", "201", name="政府办公厅（室）及相关机构事务")
    group = ("政府办公厅（室）及相关机构事务", True) if good else ("财政事务", False)
    case.say("general_public", "某项", "initial_budget", "321.89", code="2010350", group=group)


def whole_funds(case: Any, good: bool) -> None:
    whole = "部门整体支出"
    case.project(whole, "overall", budget="1352.94", executed="1201.43")
    case.say("performance", "资金", "other_amount", "1201.43" if good else "729.15", project=whole)


def outcomes(case: Any, good: bool) -> None:
    case.project("甲", total="100")
    case.indicator("≥200条", "≥200条", "2")
    case.indicator("≥200条", "≥200条" if good else "<200条", "2")


def targets(case: Any, good: bool) -> None:
    case.kind = "budget"
    case.project("部门整体支出", "budget_overall", budget="200.00")
    case.indicator("≥90%" if good else "≥80%", None, None)
    case.project("甲", "budget_form", budget="200.00")
    case.indicator("≥90%", None, None)


def adjusted_budget(case: Any, good: bool) -> None:
    for form in ("expenditure", "general_public_expenditure"):
        case.figure(form, "total", "total", 9_170_200)
    case.project("部门整体支出", "overall", budget="917.02" if good else "1282.20", executed="917.02")
    case.say("general_public", "一般公共预算财政拨款支出", "adjusted_budget", "917.02")


def project_forms(case: Any, good: bool) -> None:
    case.kind = "budget"
    case.project("部门整体支出", "budget_overall", budget="335.00")
    case.project_line("project_summary", "甲", "131.00" if good else "135.00")
    case.project_line("project_summary", "乙", "200.00")
    case.project("甲", "budget_form", budget="131.00")
    case.project("乙", "budget_form", budget="200.00")


def accounts(case: Any, good: bool) -> None:
    case.figure("expenditure", "total", "project", 4_394_700 if good else 1_900_000)
    case.say("performance", "甲项目", "final_actual", "195.60", project="甲项目")


def account_count(case: Any, good: bool) -> None:
    case.say("performance", "一级项目", "count", "1" if good else "2", "个")
    case.say("performance", "甲项目", "final_actual", "195.60", project="甲项目")


def named(kind: str, item: str | None, good_item: str) -> Build:
    """Two items in the forms; the text names one of them, and ``item`` where it is bad."""
    form, group_code, codes, group = {
        "function": ("expenditure", "20103", ("2010301", "2010350"), "政府办公厅事务"),
        "economic": ("basic_expenditure", "301", ("30101", "30102"), "人员经费"),
    }[kind]
    names = ("行政运行", "事业运行") if kind == "function" else ("基本工资", "津贴补贴")

    def build(case: Any, good: bool) -> None:
        case.line(form, group_code, name=group)
        for code, name in zip(codes, names, strict=True):
            case.line(form, code, group_code, name=name)
            case.cell(form, code, "total" if kind == "function" else "amount", Decimal(100))
        for listed in (names[0], good_item if good else item):
            if listed:
                case.rows["stg_ledger__named_item"].append((case.document_id, kind, group, listed, 1))

    return build


BUILDERS: dict[str, Build] = {
    "R-claim-17": named("economic", "奖金", "津贴补贴"),
    "R-claim-18": named("economic", None, "津贴补贴"),
    "R-code-03": named("function", "宣传管理", "事业运行"),
    "R-coverage-03": named("function", None, "事业运行"),
    "R-performance-15": whole_funds,
    "R-performance-16": outcomes,
    "R-performance-17": targets,
    "R-performance-18": adjusted_budget,
    "R-performance-19": project_forms,
    "R-performance-20": accounts,
    "R-performance-21": account_count,
    "R-claim-15": like_named_project,
    "R-claim-16": named_group,
    "R-residue-01": residue("instruction", "（只需说明…"),
    "R-residue-02": residue("placeholder", "效益指标（XX分）"),
    "R-residue-03": residue("blank_amount", "资金万元"),
    "R-residue-04": residue("city_level", "指市级财政"),
    "R-residue-05": residue("title_year", "2023年度收入决算表", "2023"),
    "R-residue-06": residue("impossible_amount", "支出总额42011210309…", "42011210309103.68"),
    "R-residue-07": signs,
    "R-residue-08": numbered_parts,
    "R-residue-09": share_above_all,
    "R-arithmetic-01": yearly_change,
    "R-arithmetic-02": share,
    "R-arithmetic-03": completion,
    "R-arithmetic-04": of_nothing,
    "R-arithmetic-05": parts,
    "R-arithmetic-06": listed_projects,
    "R-arithmetic-07": main_projects,
    "R-arithmetic-08": budgets_of_items,
    "R-arithmetic-09": counts,
    "R-arithmetic-10": against_budget,
    "R-arithmetic-11": procurement_by_kind,
    "R-arithmetic-12": said_twice,
    "R-performance-01": rate,
    "R-performance-02": score,
    "R-performance-03": total,
    "R-performance-04": total_of_shared_scores,
    "R-performance-05": bounds,
    "R-performance-06": stated_rate,
    "R-performance-07": overrun,
    "R-performance-08": missed_target,
    "R-performance-09": split,
    "R-performance-10": evaluated_funds,
    "R-performance-11": spent_by_projects,
    "R-performance-12": uses_of_a_project,
    "R-performance-13": composition,
    "R-performance-14": project_count,
}
