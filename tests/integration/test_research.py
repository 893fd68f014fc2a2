"""Questions a researcher asks, in SQL, with answers keyed from the papers."""

import csv
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import jinja2
import pytest

from ingest.publish import WAREHOUSE_FILE
from ingest.refresh import RefreshReport
from tests.conftest import GOLDEN, ROOT, bundled_name
from tests.integration.test_readme import README

WAN = Decimal(10000)

#: The README's research questions, in its order.
SERIES, PENSIONS, PER_HEAD, COMPLETION, CITIES = re.findall(
    r"```sql\n([^`]*)```", README.split("## Research questions")[1]
)


def test_total_of_one_body_over_the_years(db: duckdb.DuckDBPyConnection) -> None:
    final_2020 = bundled_name("dongxihu_data_centre_2020_final")
    final_2024 = bundled_name("dongxihu_operations_centre_2024_final")
    budget_2025 = bundled_name("dongxihu_operations_centre_2025_budget")
    found = db.execute(SERIES).fetchall()
    assert [row[:5] for row in found] == [
        (2019, "final", Decimal("917.02") - Decimal("601.63"), "implied", final_2020),
        (2020, "final", Decimal("917.02"), "form", final_2020),
        (2023, "final", Decimal("856.95") - Decimal("135.53"), "implied", final_2024),
        (2024, "final", Decimal("856.95"), "form", final_2024),
        (2024, "initial_budget", Decimal("1331.50") - Decimal("414.23"), "implied", budget_2025),
        (2025, "initial_budget", Decimal("1331.50"), "claim", budget_2025),
    ]
    cautions = [set(row[5].split()) for row in found]
    # The centre was set up in October 2019; what the papers print is told from what follows from it.
    assert [("part_year" in reasons) for reasons in cautions] == [True] + 5 * [False]
    assert [("implied_figure" in reasons) for reasons in cautions[:4]] == [True, False, True, False]
    # 2019, 2023 and the first budget have no year before them here; no pair is free of doubt.
    assert [row[6] for row in found] == [
        *("no year before", "not_comparable"),
        *("no year before", "with_care"),
        *("no year before", "with_care"),
    ]


def test_pension_contributions_across_districts(db: duckdb.DuckDBPyConnection) -> None:
    found = db.execute(PENSIONS).fetchall()
    assert [(*row[:4], row[5]) for row in found] == [
        ("蔡甸区", "蔡甸区经济信息化和科技创新局", Decimal("93.90"), Decimal("1.01"), 1),
        ("青山区", "青山区大数据中心", Decimal("39.85"), Decimal("2.72"), 2),
        ("东西湖区", "东西湖区城市运行管理中心", Decimal("33.34"), Decimal("3.89"), 3),
        ("普陀区", "普陀区规划和自然资源局", Decimal("446.11"), Decimal("4.57"), 1),
    ]
    # Qingshan's accounts hold half a year of another centre; Putuo's department has no peer here.
    assert [row[6] for row in found] == ["with_care", "not_comparable", "with_care", "no peer"]


#: The paper divides the budget by what was spent.
MISPRINTED = {("107600.00", "123400.00")}


def test_completion_of_the_budget_by_item(db: duckdb.DuckDBPyConnection) -> None:
    """Initial budget and completion of each item as the three texts state them."""
    bodies = {
        "dongxihu_operations_centre_2024_final": "东西湖区城市运行管理中心",
        "qingshan_data_centre_2024_final": "青山区大数据中心",
        "caidian_economy_2024_final": "蔡甸区经济信息化和科技创新局",
    }
    every_item = COMPLETION.replace("  AND abs(completion_of_initial_pct - 100) > 25\n", "")
    assert every_item != COMPLETION
    found = db.execute(every_item).fetchall()
    for slug, body in bodies.items():
        with (GOLDEN / "claims" / f"{slug}.csv").open(encoding="utf-8", newline="") as handle:
            claims = [
                row
                for row in csv.DictReader(handle)
                if row["section_key"] == "general_public" and row["subject"].endswith(("（项）", "(项)"))
            ]
        said: dict[str, dict[str, Decimal]] = {}
        for row in claims:
            said.setdefault(row["subject"], {})[row["metric"]] = Decimal(row["value"])
        told = [
            (budget, final, pct)
            for name, _, _, budget, final, pct, verdict in found
            if name == body and verdict
        ]
        missing = []
        for subject, figures in said.items():
            budget = figures["initial_budget"]
            completion = figures.get("completion_pct", Decimal(0))
            places = Decimal(1).scaleb(completion.as_tuple().exponent)  # type: ignore[arg-type]
            if not any(
                row[0] == budget
                and row[1] in (figures["final_actual"], None)
                and (row[2] is None or not budget or abs(row[2] - completion) <= places)
                for row in told
            ):
                missing.append((subject, figures))
        assert said and missing == [], slug


def test_no_completion_strays_from_what_its_paper_prints(db: duckdb.DuckDBPyConnection) -> None:
    strays = db.execute(
        "SELECT CAST(initial_budget_cny AS VARCHAR), CAST(final_cny AS VARCHAR)"
        " FROM marts.mart_budget_execution JOIN marts.fct_claim c"
        " ON c.document_id = final_document_id AND c.function_code = harmonised_code"
        " WHERE c.metric = 'completion_pct' AND c.section_key = 'general_public' AND c.project_name IS NULL"
        " AND fiscal_year = 2024 AND fund = 'general_public' AND level = 'item'"
        " AND abs(completion_of_initial_pct - c.value) > 0.1"
    ).fetchall()
    assert set(strays) == MISPRINTED


#: Total and personnel expenditure of the budgets of Shanghai and Xi'an, in yuan (the last in 万元), and
#: the staff, as their pages print them.
PRINTED = [
    ("上海市审计局", 2026, "195774300", "153268740", None),
    ("上海市数据局", 2026, "471452100", "19551864", None),
    ("普陀区人民政府万里街道办事处", 2023, "164978640", "84024865", None),
    ("普陀区人民政府万里街道办事处", 2024, "156211123", "88537451", None),
    ("普陀区人民政府万里街道办事处", 2025, "189767551", "90514044", None),
    ("普陀区社会福利院", 2024, "12121164", "7380214", None),
    ("普陀区财政局", 2025, "31214205.80", "22826756", None),
    ("西安市人民政府办公厅", 2026, "92165133.99", "60272768.69", 214),
    ("西安市人民政府国有资产监督管理委员会", 2022, "25180591.33", "13593324.02", 67),
    ("西安市委宣传部", 2021, "258596001.79", "21914447.48", 97),
    ("西安市安全生产监督管理局", 2019, "36959100", "18395100", None),
]


def wan(yuan: Decimal) -> Decimal:
    return (yuan / WAN).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_personnel_cost_per_head(db: duckdb.DuckDBPyConnection) -> None:
    keyed = [
        (name, year, "initial_budget", staff, wan(Decimal(personnel)), wan(Decimal(personnel) / staff))
        for name, year, _, personnel, staff in PRINTED
        if staff
    ]
    assert db.execute(PER_HEAD).fetchall() == sorted(keyed, key=lambda row: -row[5])


def test_cities_stand_in_one_mart_in_one_unit(db: duckdb.DuckDBPyConnection) -> None:
    found = db.execute(CITIES).fetchall()
    assert {row[2] for row in found} == {"元", "万元"}
    assert [(*row[:2], *row[3:5]) for row in found] == [
        (name, year, wan(Decimal(total)), wan(Decimal(personnel)))
        for name, year, total, personnel, _ in PRINTED
    ]


# The dbt test that holds all sums together is itself shown what it must catch.


def faults(warehouse: Path, change: str) -> set[str]:
    """What the test finds once ``change`` is done to copies of the marts."""
    template = (ROOT / "tests" / "sql" / "core_items_groups_classes_total.sql").read_text("utf-8")
    with duckdb.connect() as copy:
        copy.execute(f"ATTACH '{(warehouse / WAREHOUSE_FILE).resolve()}' AS published (READ_ONLY)")
        for table in ("fct_expenditure", "fct_form_cell", "fct_finding"):
            copy.execute(f"CREATE TABLE {table} AS FROM published.marts.{table}")
        # Each finding is about its own row here: none of these papers has a sum that names another.
        copy.execute(
            "CREATE TABLE int_rule_evaluation AS"
            " SELECT finding_id AS evaluation_id, form, row_key FROM fct_finding"
        )
        copy.execute(change)
        sql = jinja2.Template(template).render(ref=lambda name: name, config=lambda **_: "")
        found = copy.execute(sql).fetchall()
    return {row[2] for row in found}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("SELECT 1", set()),
        (
            "UPDATE fct_expenditure SET amount_cny = amount_cny + 1000000"
            " WHERE function_code = '2080505' AND nature = 'total' AND fund = 'all' AND source = 'form'",
            {"differs from its parts"},
        ),
        (
            "DELETE FROM fct_expenditure WHERE function_code = 'total' AND fund = 'all'",
            {"differs from its parts"},
        ),
        (
            "DELETE FROM fct_expenditure WHERE document_id = (SELECT min(document_id) FROM fct_expenditure)",
            {"not compared"},
        ),
        ("DELETE FROM fct_expenditure", {"not compared"}),
    ],
)  # fmt: skip
def test_sums_cannot_pass_on_nothing(
    published: tuple[Path, RefreshReport], change: str, expected: set[str]
) -> None:
    assert faults(published[0], change) == expected
