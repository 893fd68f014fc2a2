"""The form parser on small forms typed here; each shows one kind of noise."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from ingest.forms.catalogue import load_catalogue, plain_label, plain_title
from ingest.forms.parser import parse_forms
from ingest.model import DocumentRow, Extraction
from ingest.readers.text import read_text


def parse(text: str) -> Extraction:
    extraction = Extraction(DocumentRow(unit_printed="万元"))
    parse_forms(read_text(text.replace("|", "\t").encode(), "a.txt"), extraction)
    return extraction


def cells(extraction: Extraction) -> dict[tuple[str | None, str], Decimal]:
    """(total, code or name) and measure to amount."""
    names = {
        (line.table_no, line.row_no, line.block_no): line.line or line.code_printed or line.row_name
        for line in extraction.form_lines
    }
    return {
        (names[cell.table_no, cell.row_no, cell.block_no], cell.measure): cell.amount
        for cell in extraction.form_cells
    }


def amounts(expected: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], Decimal]:
    return {key: Decimal(value) for key, value in expected.items()}


EXPENDITURE = "支出决算表\n项目|||本年支出合计|基本支出|项目支出|上缴上级支出|经营支出|对附属单位补助支出\n"


@pytest.mark.parametrize(
    ("printed", "slug"),
    [
        ("2024年度收入支出决算总表", "income_expenditure_summary"),
        ("2020年度收入决算表（表2）", "income"),
        ("表 3.部门支出总表", "expenditure"),
        ('## 2024年度财政拨款"三公"经费支出决算表', "three_public"),
        ("2024国有资本经营预算财政拨款支出决算表", "state_capital"),
        ("表 5-2.一般公共预算支出表(分单位)", "general_public_expenditure_by_unit"),
    ],
)
def test_titles_are_known_in_every_dress(printed: str, slug: str) -> None:
    form = load_catalogue().by_title(printed)
    assert form is not None
    assert form.slug == slug


@pytest.mark.parametrize(
    "text", ["一、收入支出决算总体情况说明", "2024 年度收、支总计 856.95 万元。", "", "表 11"]
)
def test_other_lines_are_no_titles(text: str) -> None:
    assert load_catalogue().by_title(text) is None


def test_title_and_label_are_stripped_to_the_words() -> None:
    assert plain_title("- 九、财政拨款“三公”经费支出决算表(表 7)") == "财政拨款三公经费支出决算表"
    assert plain_label("二十六、抗疫特别国债安排的支出") == "抗疫特别国债安排的支出"
    assert plain_label("使用非财政拨款结余 (含专用结余)") == "使用非财政拨款结余"


def test_swallowed_total_row_and_shifted_rows_find_their_columns() -> None:
    found = parse(
        EXPENDITURE + "类|款|项|栏次 合计|1|2|3|4|5|6\n|||30.00|20.00|10.00\n"
        "201||||30.00|20.00|10.00\n201||||\n"
        "20103|||政府办公厅|30.00|20.00|10.00\n2010399|||其他事务|30.00|20.00|10.00\n"
    )
    assert cells(found)["total", "total"] == Decimal("30.00")
    assert cells(found)["total", "project"] == Decimal("10.00")
    assert cells(found)["2010399", "basic"] == Decimal("20.00")


def test_a_figure_one_cell_too_far_right_belongs_to_the_last_column() -> None:
    found = parse(
        "收入决算表\n项目|||本年收入合计|财政拨款收入|上级补助收入|事业收入|经营收入|附属单位上缴收入|其他收入|\n"
        "类|款|项|栏次|1|2|3|4|5|6|7\n|||合计|9.30|9.00|||||0.30\n"
        "201|服务||9.30|9.00||||||0.30\n"
    )
    assert cells(found) == amounts(
        {
            ("total", "total"): "9.30",
            ("total", "fiscal_appropriation"): "9.00",
            ("total", "other"): "0.30",
            ("201", "total"): "9.30",
            ("201", "fiscal_appropriation"): "9.00",
            ("201", "other"): "0.30",
        }
    )


def test_rows_run_together_are_told_apart_by_their_identity() -> None:
    found = parse(
        EXPENDITURE + "类|款|项|栏次|1|2|3|4|5|6\n|||合计|30.00|12.00|18.00\n\n"
        "206|科学支出|1 0 5|5.00|1 0 0|1|l\n20601|管理事务|15. 00 15. 00|7.00|10. 00 8. 00\n"
    )
    assert cells(found)["206", "total"] == Decimal("15.00")
    assert cells(found)["206", "project"] == Decimal("10.00")
    assert cells(found)["20601", "project"] == Decimal("8.00")
    assert ("206", "remitted_to_superior") not in cells(found)
    assert {item.text for item in found.leftovers} >= {"1 0 5", "1 0 0", "1"}


def test_column_number_on_the_total_row_is_no_amount() -> None:
    found = parse(
        "政府性基金预算财政拨款收入支出决算表\n科目|名称||年初结转和结余|本年收入|小计|基本支出|项目支出|年末结转和结余\n"
        "类|款|项|栏次|1|2|3|4\n||| 合 计||||6\n本部门没有政府性基金预算财政拨款收入。\n"
    )
    assert found.form_cells == []
    assert [(form.form, form.state) for form in found.forms] == [("government_fund", "declared_empty")]


def test_code_fragments_are_kept_as_printed() -> None:
    found = parse(
        EXPENDITURE + "类|款|项|栏次|1|2|3|4|5|6\n|||合计|2.50||2.50\n"
        "201|1329|99|其他组织事务支出|2.50||2.50\n201|l||一般公共服务支出|2.50||2.50\n"
    )
    assert [line.code_printed for line in found.form_lines] == [None, "201 1329 99", "201"]


def test_summary_line_split_over_two_cells_and_ghost_row() -> None:
    found = parse(
        "收入支出决算总表\n收入|||支出||\n项目|行次|金额|项目|行次|金额\n"
        "一、一般公共预算财政拨款收入|1|9.00|一、一般公共服务支出|31|9.00\n|2||二、外交支出|32|\n"
        "本年收入合计|27|9.00|本年支出合计|57|9.00\n年初结转和结余|29||年末结转和结余|59|\n"
        "总|计|9.00|总|计|9.00\n1 1 7|00|0,200.11|xx|00|0,200.11\n"
    )
    values = cells(found)
    assert values["total", "amount"] == Decimal("9.00")
    assert {line.row_name for line in found.form_lines} >= {"外交支出", "一般公共服务支出"}
    assert {item.text for item in found.leftovers} == {"1 1 7", "0,200.11"}


def test_same_label_after_the_opening_balance_is_its_part() -> None:
    found = parse(
        "财政拨款收入支出决算总表\n项目|行次|决算数|项目|行次|小计|一般公共预算财政拨款|政府性基金预算财政拨款|国有资本经营预算财政拨款\n"
        "一、一般公共预算财政拨款|1|9.00|一、一般公共服务支出|33|9.00|9.00||\n"
        "本年收入合计|27|9.00|本年支出合计|59|9.00|9.00||\n"
        "年初财政拨款结转和结余|28|1.00|年末财政拨款结转和结余|60|1.00|1.00||\n"
        "一般公共预算财政拨款|29|1.00||61||||\n总计|32|10.00|总计|64|10.00|10.00||\n"
    )
    lines = [line.line for line in found.form_lines if line.side == "income"]
    assert lines == [
        "general_public_appropriation",
        "current_year_total",
        "opening_balance",
        "opening_balance_general_public",
        "total",
    ]


def test_blank_block_total_has_a_line_and_no_cell() -> None:
    found = parse(
        "一般公共预算财政拨款基本支出决算表\n编码|科目名称|决算数|编码|科目名称|决算数|编码|科目名称|决算数\n"
        "301|工资福利支出|9.00|302|商品和服务支出|2.00|310|资本性支出|0. 27\n"
        "3010|基本工资|9.00|3020 4|手续费|2.00|||·\n"
        "|人员经费合计|9.00||公用经费合计||\n"
    )
    assert [line.line for line in found.form_lines if line.line] == ["personnel_total", "public_total"]
    assert ("public_total", "amount") not in cells(found)
    assert cells(found)["310", "amount"] == Decimal("0.27")


def test_broken_column_numbers_are_no_amounts() -> None:
    found = parse(
        "财政拨款三公经费支出决算表\n合计|预算数||||||决算数|||||\n1|2|3|4|5|6|7|8|9|10|11\n||||||||||12\n"
        "说明：当年无财政拨款“三公”经费支出。\n"
    )
    assert found.form_cells == []
    assert found.forms[0].state == "declared_empty"


def test_budget_and_actual_take_their_columns() -> None:
    found = parse(
        "财政拨款三公经费支出决算表\n预算数||||||决算数|||||\n1|2|3|4|5|6|7|8|9|10|11|12\n"
        "3.50|0.00|3.00||3.00|0.50|1.90||1.90||1.90|\n"
    )
    assert cells(found)["budget", "overseas"] == Decimal("0.00")
    assert cells(found)["actual", "vehicle_operation"] == Decimal("1.90")
    assert ("actual", "reception") not in cells(found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (EXPENDITURE + "类|款|项|栏次|1|2|3|4|5|6\n201|||服务|9.00|9.00\n", "no 合计 row"),
        ("收入支出决算总表\n一、一般公共预算财政拨款收入|1|9.00|一、一般公共服务支出|31|9.00\n", "总计"),
        (
            "一般公共预算财政拨款基本支出决算表\n编码|科目名称|决算数|编码|科目名称|决算数\n"
            "301|工资福利支出|9.00|302|商品和服务支出|2.00\n",
            "block totals",
        ),
        (
            EXPENDITURE + "类|款|项|栏次|1|2|3|4|5|6\n|||合计|9.00|9.00\n201|||服务|9.00|9.00\n"
            "20103|||办公厅|9.00|9.00\n2010301|||行政运行|4.00|4.00\n221|||住房保障支出|5.00|5.00\n",
            "last class",
        ),
    ],
)
def test_a_cut_form_is_noticed(text: str, reason: str) -> None:
    (form,) = parse(text).forms
    assert form.cut_reason is not None
    assert reason in form.cut_reason


def test_unknown_tables_are_kept_with_their_caption() -> None:
    found = parse("机构一览\n名称|人数\n甲|3\n")
    assert [(cell.text, cell.caption, cell.form) for cell in found.table_cells] == [
        ("名称", "机构一览", None),
        ("人数", "机构一览", None),
        ("甲", "机构一览", None),
        ("3", "机构一览", None),
    ]


def test_whole_amounts_are_not_taken_for_column_numbers() -> None:
    found = parse(
        "财政拨款三公经费支出决算表\n预算数||||||决算数|||||\n1|2|3|4|5|6|7|8|9|10|11|12\n"
        "6|0|4|1|3|2|5|0|4|1|3|1\n"
    )
    assert cells(found)["budget", "total"] == Decimal("6")
    assert cells(found)["actual", "reception"] == Decimal("1")
    assert len(found.form_cells) == 12


def test_a_form_declared_empty_is_empty_though_its_number_is_printed() -> None:
    title = "2024年度国有资本经营预算财政拨款支出决算表\n公开08表\n"
    (form,) = parse(f"{title}合计\n说明：本级当年无国有资本经营预算财政拨款支出。\n").forms
    assert (form.form, form.state) == ("state_capital", "declared_empty")


def test_the_number_of_a_unit_is_no_part_of_a_code() -> None:
    found = parse(
        "一般公共预算基本支出预算表\n科目编码||单位代码|单位名称（科目）|基本支出||\n类|款|||合计|人员经费|公用经费\n"
        "|||合计|70.00|50.00|20.00\n||101001|某某局|70.00|50.00|20.00\n"
        "301|||工资福利支出|50.00|50.00|\n301|01|101001|基本工资|50.00|50.00|\n"
        "302|||商品和服务支出|20.00||20.00\n302|01|101001|办公费|20.00||20.00\n"
    )
    assert [(line.line, line.code_printed) for line in found.form_lines] == [
        ("total", None),
        ("unit:101001某某局", "101001"),
        (None, "301"),
        (None, "301 01"),
        (None, "302"),
        (None, "302 01"),
    ]
    assert not found.leftovers


def test_the_only_sum_of_a_side_is_its_total_and_one_in_front_of_it_is_not() -> None:
    found = parse(
        "收支总表\n收入||支出|\n项目|预算数|项目|预算数\n"
        "一、一般公共预算拨款收入|90.00|201一般公共服务支出|95.00\n"
        "二、事业收入|5.00|208 社会保障和就业支出|5.00\n"
        "收入合计|95.00|支出合计|100.00\n上年结转和结余|5.00||\n收入总计|100.00||\n"
    )
    lines = {(line.side, line.line or line.row_name) for line in found.form_lines if line.row_name}
    assert lines >= {
        ("income", "current_year_total"),
        ("income", "opening_balance"),
        ("income", "total"),
        ("expenditure", "一般公共服务支出"),
        ("expenditure", "社会保障和就业支出"),
        ("expenditure", "total"),
    }
    assert ("expenditure", "current_year_total") not in lines


def test_one_list_of_economic_codes_has_its_block_totals() -> None:
    found = parse(
        "一般公共预算财政拨款基本支出决算明细表\n项目||决算数\n经济分类科目编码|科目名称|\n"
        "人员经费合计||80.00\n301|工资福利支出|80.00\n30101|基本工资|80.00\n"
        "公用经费合计||20.00\n302|商品和服务支出|20.00\n30201|办公费|20.00\n合计||100.00\n"
    )
    assert cells(found) == amounts(
        {
            ("personnel_total", "amount"): "80.00",
            ("301", "amount"): "80.00",
            ("30101", "amount"): "80.00",
            ("public_total", "amount"): "20.00",
            ("302", "amount"): "20.00",
            ("30201", "amount"): "20.00",
            ("total", "amount"): "100.00",
        }
    )
    assert not found.leftovers


def test_a_percentage_of_two_years_is_of_the_change() -> None:
    found = Extraction(DocumentRow("budget", 2025, unit_printed="万元"))
    text = (
        "一般公共预算“三公”经费支出表\n项目|2025年比2024年增减（%）|2024年预算数|2025年预算数\n"
        "“三公”经费合计|-25.00|8.00|6.00\n1.公务接待费|-50.00|4.00|2.00\n2.公务用车运行维护费||4.00|4.00\n"
    )
    parse_forms(read_text(text.replace("|", "\t").encode(), "a.txt"), found)
    assert cells(found) == amounts(
        {
            ("change", "change_pct_total"): "-25.00",
            ("prior_year_budget", "total"): "8.00",
            ("budget", "total"): "6.00",
            ("change", "change_pct_reception"): "-50.00",
            ("prior_year_budget", "reception"): "4.00",
            ("budget", "reception"): "2.00",
            ("prior_year_budget", "vehicle_operation"): "4.00",
            ("budget", "vehicle_operation"): "4.00",
        }
    )
