"""Ways in which provinces print the same forms: titles in grids, kinds below each other, codes in names."""

from decimal import Decimal

import pytest

from ingest.arithmetic import broken_rows, broken_sums
from ingest.choose import read_forms, score
from ingest.errors import UnreadableDocument
from ingest.extract import extract
from ingest.forms.catalogue import load_catalogue
from ingest.model import DocumentRow, Extraction
from ingest.readers.text import read_text
from tests.unit.test_forms import cells, parse


def keys(extraction: Extraction) -> list[tuple[str | None, str | None, str | None]]:
    return [(line.line, line.code_printed, line.second_code_printed) for line in extraction.form_lines]


@pytest.mark.parametrize(
    ("printed", "slug"),
    [
        ("预算01表收支总表", "income_expenditure_summary"),
        ("公开表二 收入预算总表", "income"),
        ("甲山市水务局2026年支出总表", "expenditure"),
        ("收入支出决算总表（2024年度）", "income_expenditure_summary"),
        ("收支预算总体情况表", "income_expenditure_summary"),
        ("财政拨款收支决算总表", "appropriation_summary"),
        ("一般公共预算支出预算表（功能科目）", "general_public_expenditure"),
        ("一般公共预算基本支出预算表（经济科目）", "basic_expenditure"),
        ("财政拨款政府性基金支出预算表", "government_fund"),
        ("政府性基金预算财政拨款支出预算表", "government_fund"),
        ("国有资本经营预算拨款支出表", "state_capital"),
        ("“三公”经费、会议费、培训费支出预算表", "three_public"),
        ("预算表12项目支出绩效目标表", "project_performance"),
    ],
)
def test_titles_vary_by_a_word(printed: str, slug: str) -> None:
    form = load_catalogue().by_title(printed)
    assert form is not None
    assert form.slug == slug


@pytest.mark.parametrize(
    "printed",
    [
        "财政拨款支出预算表（功能科目）",
        "财政拨款基本支出预算表",
        "一般公共预算支出明细表（按支出经济分类科目）",
        "一般公共预算基本支出明细表（按支出功能分类科目）",
        "一般公共预算机关运行经费支出预算表",
        "一般公共预算项目支出表",
        "政府采购支出预算表",
    ],
)
def test_look_alikes_are_not_the_form(printed: str) -> None:
    assert load_catalogue().by_title(printed) is None


def test_a_title_in_the_grid_is_no_heading_of_its_columns() -> None:
    found = parse(
        "||\n|预算05表一般公共预算支出表||\n|||单位：万元\n科目编码|科目名称|合计|基本支出|项目支出\n"
        "201|一般公共服务支出|9.00|5.00|4.00\n合计||9.00|5.00|4.00\n\n"
        "预算07表|政府性基金预算支出表||单位：万元\n科目编码|科目名称|合计|基本支出|项目支出\n"
        "212|城乡社区支出|2.00||2.00\n合计||2.00||2.00\n"
    )
    assert {form.form: form.state for form in found.forms} == {
        "general_public_expenditure": "present",
        "government_fund": "present",
    }
    assert cells(found)["201", "basic"] == Decimal("5.00")
    assert cells(found)["212", "project"] == Decimal("2.00")
    assert [form.unit_printed for form in found.forms] == ["万元", "万元"]
    assert "预算05表一般公共预算支出表" in {cell.text for cell in found.table_cells}


def test_numbered_titles_below_each_other_are_a_list_of_contents() -> None:
    found = parse("表1|收支总表\n表2|收入总表\n表3|支出总表\n")
    assert found.form_cells == []
    assert not any(form.cut_reason for form in found.forms)


def test_a_title_may_be_broken_over_lines() -> None:
    found = parse(
        "“三公”经费、会议费、培训费支出预算\n表\n"
        "合计|“三公”经费||||||会议费|培训费\n"
        "|小计|因公出国（境）费|公务用车购置及运行维护费|||公务接待费||\n"
        "|||小计|公务用车购置费|公务用车运行维护费|||\n"
        "10.00|6.00|1.00|3.00||3.00|2.00|3.50|0.50\n"
    )
    assert cells(found)["budget", "total_with_meeting_training"] == Decimal("10.00")
    assert cells(found)["budget", "total"] == Decimal("6.00")
    assert cells(found)["budget", "training"] == Decimal("0.50")


KINDS_BELOW = (
    "收入预算总表\n项目名称||金额\n收入总计||10.00\n一般公共预算资金|小计|7.00\n|公共财政拨款(补助)资金|6.50\n"
    "|专项收入|0.50\n财政专户管理资金|小计|1.00\n|专户管理教育收费|\n|其他非税收入|1.00\n"
    "其他资金|小计|2.00\n|事业收入|1.50\n|其他收入|0.50\n"
)


def test_kinds_below_each_other_are_one_row_of_the_form() -> None:
    found = parse(KINDS_BELOW)
    values = {cell.measure: cell.amount for cell in found.form_cells}
    assert values == {
        "total": Decimal("10.00"),
        "general_public": Decimal("7.00"),
        "general_public_appropriation": Decimal("6.50"),
        "general_public_special_income": Decimal("0.50"),
        "special_account": Decimal("1.00"),
        "special_account_other": Decimal("1.00"),
        "other_funds": Decimal("2.00"),
        "institutional": Decimal("1.50"),
        "other": Decimal("0.50"),
    }
    assert {line.line for line in found.form_lines} == {"total"}
    assert broken_rows(found) == []
    assert found.leftovers == []


def test_a_wrong_total_over_kinds_is_one_broken_row() -> None:
    kinds = "一般公共预算资金|小计|7.00\n财政专户管理资金|小计|1.00\n其他资金||2.00\n"
    assert broken_rows(parse(f"收入预算总表\n项目名称||金额\n收入总计||10.00\n{kinds}")) == []
    assert len(broken_rows(parse(f"收入预算总表\n项目名称||金额\n收入总计||11.00\n{kinds}"))) == 1


def test_a_reserve_is_part_of_the_expenditure() -> None:
    found = parse(
        "支出预算总表\n合计|基本支出|项目支出|单位预留机动经费|结转下年资金\n10.00|6.00|3.00|1.00|\n"
    )
    assert cells(found)["total", "reserve"] == Decimal("1.00")
    assert broken_rows(found) == []


def test_a_form_that_prints_totals_alone_has_no_row_to_break() -> None:
    found = parse(
        "一般公共预算支出预算表\n功能科目代码|功能科目名称|金额\n|合计|9.00\n201|一般公共服务支出|9.00\n"
        "20101|人大事务|9.00\n2010101|行政运行|9.00\n"
    )
    assert cells(found)["2010101", "total"] == Decimal("9.00")
    assert score(found) == (1, 0, 0, 0)


SUMMARY_HEAD = (
    "收支预算总表\n收入||支出|||\n项目名称|金额|功能分类||支出用途|\n||功能科目名称|金额|项目名称|金额\n"
)


def test_a_label_may_span_the_side_behind_it() -> None:
    found = parse(
        SUMMARY_HEAD + "一、财政拨款|9.00|一、一般公共服务支出|9.00|一、基本支出|5.00\n"
        "1.一般公共预算|9.00|二、外交支出||二、项目支出|4.00\n二、其他资金||三、国防支出||三、预留|\n"
        "当年收入小计|9.00|当年支出小计|||9.00\n收入合计|9.00|支出合计|||9.00\n"
    )
    sides = {(line.side, line.line or line.row_name) for line in found.form_lines}
    assert ("expenditure_use", "基本支出") in sides
    assert cells(found)["current_year_total", "amount"] == Decimal("9.00")
    assert [cell.block_no for cell in found.form_cells if cell.row_no == 8] == [1, 2]
    assert found.leftovers == []


def test_a_label_torn_by_a_page_break_is_whole_again() -> None:
    found = parse(
        SUMMARY_HEAD + "一、财政拨款|9.00|一、一般公共服务支出|6.00|一、基本支出|9.00\n"
        "1.一般公共预算|9.00|二、外交支出||二、项目支出|\n||八、社会保障和就|3.00||\n\f"
        "||业支出|||\n||九、卫生健康支出|||\n当年收入|9.00|当年支出小计|||9.00\n\f"
        "小计|||\n上年结转资金||结转下年资金|\n收入合计|9.00|支出合计|9.00\n"
    )
    names = {(line.side, line.line or line.row_name) for line in found.form_lines}
    assert ("expenditure", "社会保障和就业支出") in names
    assert ("income", "current_year_total") in names
    assert not {"业支出", "小计", "当年收入"} & {name for _, name in names}
    assert found.forms[0].cut_reason is None


def test_a_header_repeated_on_the_next_page_joins_no_label() -> None:
    found = parse(
        SUMMARY_HEAD + "一、财政拨款|9.00|一、一般公共服务支出|9.00|一、基本支出|9.00\n"
        "1.一般公共预算|9.00|二、外交支出||二、项目支出|\n\f"
        "项目名称|金额|功能科目名称|金额|项目名称|金额\n当年收入小计|9.00|当年支出小计|||9.00\n"
        "收入合计|9.00|支出合计|||9.00\n"
    )
    assert ("expenditure", "外交支出") in {(line.side, line.row_name) for line in found.form_lines}


def test_codes_before_their_names_are_kept_apart() -> None:
    found = parse(
        "支出总表\n支出功能分类科目|政府支出经济分类科目|部门支出经济分类科目|合计|基本支出|项目支出\n"
        "2010801-行政运行|50101-工资奖金津补贴|30101-基本工资|3.00|3.00|\n"
        "2010801-行政运行|50201-办公经费|3021101-差旅费|1.00||1.00\n合计|||4.00|3.00|1.00\n"
    )
    assert keys(found) == [
        (None, "2010801", "50101,30101"),
        (None, "2010801", "50201,3021101"),
        ("total", None, None),
    ]
    assert [line.row_name for line in found.form_lines] == ["行政运行", "行政运行", "合计"]


def test_the_department_code_keys_a_row_behind_a_government_code() -> None:
    found = parse(
        "一般公共预算基本支出表\n政府支出经济分类科目|部门支出经济分类科目|预算数||\n||合计|人员经费|公用经费\n"
        "50101-工资奖金津补贴|30101-基本工资|3.00|3.00|\n50201-办公经费|30201-办公费|1.00||1.00\n"
        "|合计|4.00|3.00|1.00\n"
    )
    assert keys(found) == [(None, "30101", "50101"), (None, "30201", "50201"), ("total", None, None)]
    assert found.form_lines[0].row_name == "基本工资"
    assert found.forms[0].cut_reason is None


def test_items_that_miss_their_total_and_classes_are_a_cut_form() -> None:
    found = parse(
        "一般公共预算基本支出表\n科目编码|科目名称|合计|人员经费|公用经费\n30101|基本工资|3.00|3.00|\n"
        "30201|办公费|1.00||1.00\n合计||9.00|8.00|1.00\n"
    )
    assert "no row of their class" in (found.forms[0].cut_reason or "")


def test_a_total_repeated_on_the_next_page_ends_no_class() -> None:
    found = parse(
        "支出决算表\n科目编码|科目名称|本年支出合计|基本支出|项目支出\n合计||9.00|9.00|\n208|社会保障和就业支出|5.00|5.00|\n"
        "221|住房保障支出|4.00|4.00|\n\f合计||9.00|9.00|\n22102|住房改革支出|4.00|4.00|\n"
    )
    assert broken_sums(found) == []


def test_levels_without_their_zero_make_up_their_class() -> None:
    found = parse(
        "一般公共预算基本支出表\n类|款|科目名称|合计|人员经费|公用经费\n301||工资福利支出|9.00|9.00|\n"
        "301|01|基本工资|5.00|5.00|\n301|2|津贴补贴|4.00|4.00|\n合计|||9.00|9.00|\n"
    )
    assert broken_sums(found) == []


def test_a_remark_in_brackets_declares_the_form_empty() -> None:
    found = parse("政府性基金支出预算表\n功能科目代码|功能科目名称|金额\n|合计|\n\n（无政府性基金支出）\n")
    assert found.forms[0].state == "declared_empty"


def test_a_paper_of_explanation_alone_says_where_its_tables_are() -> None:
    paper = read_text("2026年甲山市水务局部门预算\n一、收支总表\n二、收入总表\n".encode(), "a.txt")
    with pytest.raises(UnreadableDocument, match="names 2 forms and prints none") as refused:
        extract(paper)
    assert refused.value.code == "no_form"
    assert "published apart" in refused.value.remedy


def test_tables_that_are_no_form_are_told_from_none() -> None:
    text = "2026年甲山市水务局部门预算\n一、收支总表\n采购目录表\n名称|金额\n甲|3.00\n"
    paper = read_text(text.replace("|", "\t").encode(), "a.txt")
    assert read_forms(paper).document != DocumentRow()
    with pytest.raises(UnreadableDocument, match="none of its tables is read"):
        extract(paper)
