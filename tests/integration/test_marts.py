"""What the bundled papers must give, keyed by reading them."""

import csv
from decimal import Decimal

import duckdb
import pytest

from tests.conftest import FINAL_ACCOUNTS, GOLDEN, bundled_name, golden_cells

WAN = Decimal(10000)
BUDGET = "dongxihu_operations_centre_2025_budget"


def rows(db: duckdb.DuckDBPyConnection, sql: str, slug: str) -> list[tuple[object, ...]]:
    """The answer for one document, named by its bundled file."""
    document = db.execute(
        "SELECT document_id FROM marts.dim_document WHERE file_name = ?", [bundled_name(slug)]
    )
    (document_id,) = document.fetchall()[0]
    return db.execute(sql, [document_id]).fetchall()


@pytest.mark.parametrize("slug", FINAL_ACCOUNTS)
def test_every_printed_cell_and_nothing_else(db: duckdb.DuckDBPyConnection, slug: str) -> None:
    printed = {
        (cell["form"], cell["row_key"], cell["measure"]): Decimal(cell["amount"]) * WAN
        for cell in golden_cells(slug)
    }
    found = rows(
        db,
        "SELECT form, row_key, measure, amount_cny FROM marts.fct_form_cell"
        " WHERE document_id = ? AND amount_source <> 'derived'",
        slug,
    )
    assert len(found) == len(printed)
    assert {(form, key, measure): amount for form, key, measure, amount in found} == printed


def test_a_blank_block_total_is_derived_and_says_so(db: duckdb.DuckDBPyConnection) -> None:
    derived = db.execute(
        "SELECT form, row_key, amount_cny, amount_printed, repair_note IS NOT NULL FROM marts.fct_form_cell"
        " WHERE amount_source = 'derived'"
    ).fetchall()
    assert derived == [("basic_expenditure", "public_total", Decimal("943500.00"), None, True)]


def test_repaired_and_normalised_amounts_keep_the_printed_text(db: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        db,
        "SELECT amount_source, amount_printed, amount_cny FROM marts.fct_form_cell WHERE document_id = ?"
        " AND form = 'income_expenditure_summary'"
        " AND row_key IN ('income/total', 'income/current_year_total')"
        " ORDER BY row_key DESC",
        "caidian_economy_2024_final",
    )
    assert found == [
        ("repaired", "9, 266, 11", Decimal("92661100.00")),
        ("normalised", "9, 266. 11", Decimal("92661100.00")),
    ]


def test_ghost_figures_are_left_over_not_lost(db: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        db, "SELECT text FROM marts.fct_leftover WHERE document_id = ?", "caidian_economy_2024_final"
    )
    ghosts = {"1 901 75", "1 260 45", "1", "875. 50", "222 00", "1.50", "00.00", "1 125 71", "0,200.11"}
    assert {text for (text,) in found} == ghosts


def test_the_department_and_year_come_from_the_paper(db: duckdb.DuckDBPyConnection) -> None:
    found = db.execute(
        "SELECT document_kind, fiscal_year, department_name, district_code, perimeter"
        " FROM marts.dim_document WHERE starts_with(district_code, '4201') ORDER BY ALL"
    ).fetchall()
    assert found == [
        ("budget", 2025, "东西湖区城市运行管理中心", "420112", "headquarters"),
        ("final_account", 2020, "武汉市东西湖区大数据中心", "420112", "headquarters"),
        ("final_account", 2024, "东西湖区城市运行管理中心", "420112", "headquarters"),
        ("final_account", 2024, "原青山区大数据中心", "420107", "headquarters"),
        ("final_account", 2024, "武汉市蔡甸区经济信息化和科技创新局（汇总）", "420114", "consolidated"),
    ]


# The budget of 2025: its forms 1-10 were pictures, the explanation and forms 11 and 12 remain.

ITEMS = {
    "2010350": ("346.58", "24.69", "321.89"),
    "2010399": ("846.55", "369.55", "477.00"),
    "2080502": ("9.6", "4.6", "5.0"),
    "2080505": ("39.56", "4.8", "34.76"),
    "2080506": ("19.78", "2.4", "17.38"),
    "2089999": ("2.82", "0.6", "2.22"),
    "2101102": ("12.73", "1.53", "11.20"),
    "2101103": ("11.96", "1.31", "10.65"),
    "2210201": ("35.07", "4.03", "31.04"),
    "2210202": ("6.84", "0.72", "6.12"),
}
PROJECTS = {
    "党建": "0.3",
    "编外辅助用工": "115",
    "履职工作经费": "19.7",
    "城运中心网上群众投诉平台项目": "131",
    "城运中心协同办公系统工作经费": "200",
    "信息化建设项目": "376.55",
}
SPENDING = {
    "党建": ["0.09", "0.21"],
    "编外辅助用工": ["112.8", "2.2"],
    "履职工作经费": ["9.7", "3", "4", "3"],
    "城运中心网上群众投诉平台项目": ["131"],
    "城运中心协同办公系统工作经费": ["130", "70"],
    "信息化建设项目": ["265.17", "2.00", "94.38", "15"],
}


def test_ten_items_with_their_implied_prior_budget(db: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        db,
        "SELECT function_code, budget_cny, change_cny, prior_year_budget_cny"
        " FROM marts.mart_item_budget_change"
        " WHERE document_id = ?",
        BUDGET,
    )
    assert {code: amounts for code, *amounts in found} == {
        code: [Decimal(value) * WAN for value in values] for code, values in ITEMS.items()
    }


def test_totals_of_this_and_the_two_years_before(db: duckdb.DuckDBPyConnection) -> None:
    claims = rows(
        db,
        "SELECT metric, value_cny FROM marts.fct_claim"
        " WHERE document_id = ? AND section_key = 'overall' ORDER BY metric",
        BUDGET,
    )
    assert ("budget", Decimal("1331.5") * WAN) in claims
    assert ("yoy_change", Decimal("414.23") * WAN) in claims
    lines = rows(
        db,
        "SELECT year, amount_cny FROM marts.fct_project_line"
        " WHERE document_id = ? AND line_kind = 'composition' AND item_name = '合计' ORDER BY year",
        BUDGET,
    )
    totals = {
        year: Decimal(amount) * WAN
        for year, amount in ((2023, "870.31"), (2024, "917.27"), (2025, "1331.49"))
    }
    assert dict(lines) == totals


def test_six_projects_with_their_lines(db: duckdb.DuckDBPyConnection) -> None:
    projects = rows(
        db,
        "SELECT project_name, budget_cny, project_code FROM marts.fct_project"
        " WHERE document_id = ? AND source = 'budget_form'",
        BUDGET,
    )
    assert {name: amount for name, amount, _ in projects} == {
        n: Decimal(v) * WAN for n, v in PROJECTS.items()
    }
    assert all(str(code).startswith("42011225017") and len(str(code)) == 21 for _, _, code in projects)
    for project, amounts in SPENDING.items():
        lines = db.execute(
            "SELECT amount_cny FROM marts.fct_project_line"
            " WHERE project_name = ? AND line_kind = 'spending' ORDER BY line_no",
            [project],
        ).fetchall()
        assert [amount for (amount,) in lines] == [Decimal(value) * WAN for value in amounts], project


def test_coverage_of_the_budget(db: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        db,
        "SELECT status, list(form ORDER BY form) FROM marts.fct_coverage WHERE document_id = ? GROUP BY 1",
        BUDGET,
    )
    coverage = dict(found)
    assert coverage["declared_empty"] == ["government_fund", "state_capital"]
    assert coverage["present"] == ["overall_performance", "project_performance"]
    assert coverage["missing"] == [
        "appropriation_summary",
        "basic_expenditure",
        "expenditure",
        "general_public_expenditure",
        "general_public_expenditure_by_unit",
        "income",
        "income_expenditure_summary",
        "project_expenditure",
        "three_public",
    ]


# What the papers get wrong; test_findings_of_the_papers.py has the readers' whole lists.

PUBLISHER_ERRORS = [
    ("dongxihu_operations_centre_2024_final", "支出合计", "856.65", "856.95"),
    ("dongxihu_operations_centre_2024_final", "一般公共预算财政拨款支出", "856.95", "856.65"),
    ("dongxihu_operations_centre_2024_final", "基本支出", "413.63", "413.33"),
    ("dongxihu_operations_centre_2024_final", "一般公共预算财政拨款基本支出", "856.65", "413.33"),
    ("dongxihu_data_centre_2020_final", "政府采购", "186.45", "1864.45"),
    ("dongxihu_data_centre_2020_final", "民呼我应", "197.59", "195.60"),
    ("qingshan_data_centre_2024_final", "公用经费", "4.9", "4.99"),
    (BUDGET, "网上群众投诉平台", "131", "135"),
    (BUDGET, "支出预算", "0.13315", "1331.49"),
]


@pytest.mark.parametrize(("slug", "words", "left", "right"), PUBLISHER_ERRORS)
def test_publisher_errors_are_found(
    db: duckdb.DuckDBPyConnection, slug: str, words: str, left: str, right: str
) -> None:
    found = rows(
        db,
        "SELECT explanation_zh, left_value, right_value FROM marts.fct_finding WHERE document_id = ?"
        " AND severity = 'error' AND responsibility = 'publisher' AND kind <> 'coverage'",
        slug,
    )
    values = {Decimal(left) * WAN, Decimal(right) * WAN}
    assert any(words in str(text) and {one, two} == values for text, one, two in found), found


@pytest.mark.parametrize(
    ("slug", "form", "row_key"),
    [
        ("dongxihu_operations_centre_2024_final", "expenditure", "total"),
        ("dongxihu_data_centre_2020_final", "expenditure", "2010350"),
        ("caidian_economy_2024_final", "three_public", "actual"),
        ("qingshan_data_centre_2024_final", "income_expenditure_summary", "income/current_year_total"),
    ],
)
def test_what_rounding_explains_is_rounding(
    db: duckdb.DuckDBPyConnection, slug: str, form: str, row_key: str
) -> None:
    found = db.execute(
        "SELECT DISTINCT severity FROM marts.fct_finding JOIN marts.dim_document USING (document_id)"
        " WHERE file_name = ? AND form = ? AND row_key = ?",
        [bundled_name(slug), form, row_key],
    ).fetchall()
    assert ("rounding",) in found


def test_details_sum_to_the_printed_total(db: duckdb.DuckDBPyConnection) -> None:
    found = db.execute(
        "SELECT fund, sum(amount_cny) FROM marts.fct_expenditure JOIN marts.dim_document USING (document_id)"
        " WHERE file_name = 'caidian_economy_2024_final.txt' AND phase = 'final' AND nature = 'total'"
        " AND row_role = 'detail' AND source = 'form' GROUP BY fund ORDER BY fund"
    ).fetchall()
    wan = {"all": "9266.11", "general_public": "6558.53", "government_fund": "2707.58"}
    assert found == [(fund, Decimal(amount) * WAN) for fund, amount in wan.items()]


@pytest.mark.parametrize(
    "path", sorted((GOLDEN / "performance").glob("*_projects.csv")), ids=lambda path: path.stem
)
def test_projects_reach_the_marts(db: duckdb.DuckDBPyConnection, path) -> None:  # type: ignore[no-untyped-def]
    slug = path.stem.removesuffix("_projects")
    with path.open(encoding="utf-8", newline="") as handle:
        keyed = {row["project_name"] for row in csv.DictReader(handle)}
    found = rows(db, "SELECT project_name FROM marts.fct_project WHERE document_id = ?", slug)
    assert {name for (name,) in found} == keyed
