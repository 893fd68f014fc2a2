"""Questions a researcher asks, in SQL, with answers keyed from the papers."""

import csv
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import jinja2
import pytest

from ingest.publish import WAREHOUSE_FILE, open_published
from ingest.refresh import RefreshReport, refresh
from tests.conftest import GOLDEN, ROOT, bundled_name

DOCUMENTS = Path(os.environ.get("JUESUAN_DOCUMENTS", ROOT.parent / "shared" / "documents"))
WAN = Decimal(10000)

SERIES = """
SELECT y.fiscal_year, y.phase, CAST(y.total_cny / 10000 AS DECIMAL(18, 2)) AS total, y.total_source,
       d.file_name, y.comparability, array_to_string(y.comparability_reasons, ' ') AS reasons
FROM marts.mart_department_year y JOIN marts.dim_document d ON d.document_id = y.total_document_id
WHERE y.department_name = '东西湖区城市运行管理中心'
ORDER BY y.fiscal_year, y.phase
"""
PENSIONS = """
SELECT district_name, department_name, CAST(amount_cny / 10000 AS DECIMAL(18, 2)) AS amount,
       CAST(share_pct AS DECIMAL(9, 2)) AS share_pct, amount_rank, comparability
FROM marts.mart_peer_comparison
WHERE classification = 'function' AND code = '2080505'
  AND fiscal_year = 2024 AND phase = 'final' AND fund = 'all'
ORDER BY amount_rank
"""
PER_HEAD = """
SELECT department_name, fiscal_year, personnel_cny, staff_count, personnel_per_head_cny
FROM marts.mart_department_year
WHERE staff_count IS NOT NULL AND personnel_cny IS NOT NULL
ORDER BY personnel_per_head_cny DESC
"""
COMPLETION = """
SELECT department_name, harmonised_code, initial_budget_cny, final_cny,
       completion_of_initial_pct, comparability
FROM marts.mart_budget_execution
WHERE fiscal_year = 2024 AND fund = 'general_public' AND level = 'item'
ORDER BY department_name, harmonised_code
"""
CITIES = """
SELECT department_name, fiscal_year, phase, coalesce(total_cny, expenditure_cny) AS total_cny, personnel_cny
FROM marts.mart_department_year
WHERE coalesce(total_cny, expenditure_cny) IS NOT NULL AND phase = 'initial_budget'
ORDER BY department_name, fiscal_year
"""


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
    # 2019, 2023 and the first budget have no year before them here; no pair is free of doubt
    assert [row[5] is None for row in found] == [True, False, True, False, True, False]
    assert all(row[5] != "comparable" and "implied_figure" in row[6] for row in found[1:4:2])
    assert "stated_figure" in found[5][6]


def test_pension_contributions_across_districts(db: duckdb.DuckDBPyConnection) -> None:
    found = db.execute(PENSIONS).fetchall()
    assert [row[:5] for row in found] == [
        ("蔡甸区", "蔡甸区经济信息化和科技创新局", Decimal("93.90"), Decimal("1.01"), 1),
        ("普陀区", "普陀区规划和自然资源局", Decimal("446.11"), Decimal("4.57"), 1),
        ("青山区", "青山区大数据中心", Decimal("39.85"), Decimal("2.72"), 2),
        ("东西湖区", "东西湖区城市运行管理中心", Decimal("33.34"), Decimal("3.89"), 3),
    ]
    # A department without a peer of its kind is compared with none.
    assert {row[0]: row[5] for row in found} == {
        **dict.fromkeys(["蔡甸区", "青山区", "东西湖区"], "with_care"),
        "普陀区": None,
    }


#: The paper divides the budget by what was spent.
MISPRINTED = {("107600.00", "123400.00")}


def test_completion_of_the_budget_by_item(db: duckdb.DuckDBPyConnection) -> None:
    """Initial budget and completion of each item as the three texts state them."""
    bodies = {
        "dongxihu_operations_centre_2024_final": "东西湖区城市运行管理中心",
        "qingshan_data_centre_2024_final": "青山区大数据中心",
        "caidian_economy_2024_final": "蔡甸区经济信息化和科技创新局",
    }
    found = db.execute(COMPLETION).fetchall()
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
            (budget, final, pct) for name, _, budget, final, pct, verdict in found if name == body and verdict
        ]
        missing = []
        for subject, figures in said.items():
            budget = figures["initial_budget"] * WAN
            completion = figures.get("completion_pct", Decimal(0))
            places = Decimal(1).scaleb(completion.as_tuple().exponent)  # type: ignore[arg-type]
            if not any(
                row[0] == budget
                and row[1] in (figures["final_actual"] * WAN, None)
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


XIAN = {
    "2026年西安市人民政府办公厅部门预算.pdf": (
        "西安市人民政府办公厅", 2026, "92165133.99", 214, "60272768.69",
    ),
    "国有资产监督管理委员会_2026年部门预算.pdf": (
        "西安市人民政府国有资产监督管理委员会", 2022, "25180591.33", 67, "13593324.02",
    ),
}  # fmt: skip
SHANGHAI = {"2026年上海市审计局_部门预算.pdf": ("上海市审计局", 2026, "195774300", None, "153268740")}


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Papers of Xi'an (in yuan and fen, by unit) and of Shanghai (in whole yuan) in one warehouse."""
    papers = [DOCUMENTS / name for name in XIAN | SHANGHAI]
    if not all(paper.is_file() for paper in papers):
        pytest.skip(f"the papers are not at {DOCUMENTS}; set JUESUAN_DOCUMENTS to run this test")
    warehouse = tmp_path_factory.mktemp("cities") / "warehouse"
    refresh(papers, warehouse)
    with open_published(warehouse) as connection:
        yield connection


def test_personnel_cost_per_head(cities: duckdb.DuckDBPyConnection) -> None:
    keyed = []
    for name, year, _, staff, personnel in XIAN.values():
        per_head = (Decimal(personnel) / staff).quantize(Decimal("0.01")) if staff else None
        keyed.append((name, year, Decimal(personnel), staff, per_head))
    assert cities.execute(PER_HEAD).fetchall() == keyed


def test_cities_stand_in_one_mart_in_one_unit(cities: duckdb.DuckDBPyConnection) -> None:
    keyed = [
        (name, year, "initial_budget", Decimal(total), Decimal(personnel))
        for name, year, total, _, personnel in (XIAN | SHANGHAI).values()
    ]
    assert cities.execute(CITIES).fetchall() == sorted(keyed)


# The dbt test that holds all sums together is itself shown what it must catch.


def faults(warehouse: Path, change: str) -> set[str]:
    """What the test finds once ``change`` is done to copies of the marts."""
    template = (ROOT / "tests" / "sql" / "core_items_groups_classes_total.sql").read_text("utf-8")
    with duckdb.connect() as copy:
        copy.execute(f"ATTACH '{(warehouse / WAREHOUSE_FILE).resolve()}' AS published (READ_ONLY)")
        for table in ("fct_expenditure", "fct_form_cell", "fct_finding"):
            copy.execute(f"CREATE TABLE {table} AS FROM published.marts.{table}")
        copy.execute(change)
        found = copy.execute(jinja2.Template(template).render(ref=lambda name: name)).fetchall()
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
