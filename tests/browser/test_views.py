"""Fields, drill-down and links: each shows what the marts hold, and its address brings the view again."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from ingest.dashboards import DASHBOARDS
from tests.browser.expected import CANDIDATES, ECONOMIC_CODE, TABLES, UNITS, amount, ask
from tests.browser.test_pages import compare, counted, selection
from tests.browser.visit import Visit, numbers

PAGES = DASHBOARDS / "pages"
Open = Callable[..., Visit]
Marts = duckdb.DuckDBPyConnection
Step = Callable[[Visit], None]


def one_value(marts: Marts, sql: str) -> str:
    return str(marts.execute(sql).fetchall()[0][0])


def agrees(name: str, visit: Visit, marts: Marts, tables: Mapping[str, str] | None = None) -> None:
    """Every table of the page is what the marts say of what is chosen."""
    chosen, shown = selection(name, visit, marts), visit.tables()
    unit = parse_qs(urlsplit(visit.page.url).query).get("unit", ["wan"])[0]
    for table, sql in (tables or TABLES[name]).items():
        compare(shown[table], ask(marts, sql, chosen), unit)


def reproduces(visit: Visit, open_at: Open) -> None:
    """A new reader with the address sees the same page."""
    other = open_at(visit.page.url)
    assert other.text() == visit.text()
    assert other.choices() == visit.choices()


def choose(name: str, value: str) -> Step:
    return lambda visit: visit.choose(name, value)


def find(name: str, text: str) -> Step:
    return lambda visit: visit.find(name, text)


#: Page, what a reader does on it, and what then stands in the address.
STEPS: dict[str, tuple[str, list[Step], dict[str, str]]] = {
    "overview": (
        "overview",
        [choose("phase", "initial_budget"), choose("district", "420112")],
        {"phase": "initial_budget", "district": "420112"},
    ),
    "districts": (
        "districts",
        [
            choose("year", "2024"),
            choose("phase", "final"),
            find("districts", "420112"),
            choose("level", "item"),
        ],
        {"year": "2024", "districts": "420112", "level": "item"},
    ),
    "years": (
        "years",
        [find("department", "蔡甸区经济"), choose("phase", "final"), choose("level", "class")],
        {"phase": "final", "level": "class"},
    ),
    "departments": ("departments", [choose("district", "420112")], {"district": "420112"}),
    "codes": (
        "codes",
        [choose("classification", "economic"), choose("level", "class")],
        {"classification": "economic", "level": "class"},
    ),
    "code": ("code", [choose("phase", "initial_budget")], {"phase": "initial_budget"}),
    "three-public": (
        "three-public",
        [choose("year", "2024"), choose("expense", "vehicle_operation"), choose("district", "420112")],
        {"year": "2024", "expense": "vehicle_operation", "district": "420112"},
    ),
    "projects": (
        "projects",
        [choose("year", "2024"), find("department", "青山区"), choose("horizon", "annual")],
        {"year": "2024", "horizon": "annual"},
    ),
    "execution": (
        "execution",
        [choose("year", "2024"), find("department", "蔡甸区经济"), choose("level", "class")],
        {"level": "class"},
    ),
    "quality": (
        "quality",
        [choose("severity", "error"), choose("responsibility", "publisher"), find("documents", "青山区")],
        {"severity": "error", "responsibility": "publisher"},
    ),
    "provenance": (
        "provenance",
        [find("document", "青山区"), choose("form", "expenditure")],
        {"form": "expenditure"},
    ),
    "dictionary": ("dictionary", [choose("table", "fct_form_cell")], {"table": "fct_form_cell"}),
}


@pytest.mark.parametrize("case", STEPS)
def test_fields_choose_and_the_address_brings_it_again(
    case: str, follow: Open, visit: Open, marts: Marts, places: dict[str, str]
) -> None:
    name, steps, wanted = STEPS[case]
    one = follow(places[name])
    for step in steps:
        step(one)
    address = {key: values[0] for key, values in parse_qs(urlsplit(one.page.url).query).items()}
    # The first value of a field is what the bare address shows, so it may be left out of it.
    assert {key: value for key, value in wanted.items() if one.choices().get(key, value) != value} == {}
    assert set(address) & set(wanted)
    agrees(name, one, marts)
    reproduces(one, visit)


def test_departments_of_one_kind_can_be_picked_and_dropped(follow: Open, visit: Open, marts: Marts) -> None:
    one = follow("/districts/")
    everybody = one.tables()["peers"]
    assert len(everybody.rows) >= 2
    names = [row[everybody.columns.index("department_name")] for row in everybody.rows[:2]]
    for name in names:
        one.find("departments", name)
    agrees("districts", one, marts)
    assert len(one.tables()["peers"].rows) == 2
    reproduces(one, visit)
    one.at("find-departments").get_by_role("button").first.click()
    one.wait()
    assert [row[1] for row in one.tables()["peers"].rows] == names[1:]
    one.page.go_back()
    one.wait()
    assert len(one.tables()["peers"].rows) == 2


@pytest.mark.parametrize("unit", ["yuan", "yi"])
def test_the_unit_holds_for_all_amounts_and_goes_along(
    unit: str, follow: Open, visit: Open, marts: Marts, places: dict[str, str]
) -> None:
    one = follow(places["department"])
    one.at("unit").select_option(unit)
    one.wait()
    agrees("department", one, marts)
    label = {"yuan": "元", "yi": "亿元"}[unit]
    assert f"单位：{label}" in one.at("years").inner_text()
    alt = one.at("series").locator("[role=img]").get_attribute("aria-label") or ""
    assert f" {label}" in alt
    assert all(len(text.rpartition(".")[2]) == UNITS[unit][1] for text in numbers(alt))
    reproduces(one, visit)
    one.page.get_by_role("link", name="三公", exact=True).click()
    one.wait()
    assert f"unit={unit}" in one.page.url
    agrees("three-public", one, marts)


def test_functions_open_from_class_to_group_to_item(follow: Open, visit: Open, marts: Marts) -> None:
    department, year, item = marts.execute(
        "SELECT department_id, fiscal_year, max(harmonised_code) FROM mart_function_year AS f"
        " WHERE phase = 'final' AND fund = 'general_public' AND level = 'item' AND EXISTS"
        " (FROM mart_function_year AS c WHERE (c.department_id, c.fiscal_year, c.phase, c.fund, c.level)"
        " = (f.department_id, f.fiscal_year, 'final', 'general_public', 'group')"
        " AND starts_with(f.harmonised_code, c.harmonised_code)) GROUP BY ALL ORDER BY 1, 2 LIMIT 1"
    ).fetchall()[0]
    one = follow(f"/department/{department}/?phase=final&year={year}&fund=general_public")
    agrees("department", one, marts)
    for code in (item[:3], item[:5]):
        one.at("function-open").select_option(code)
        one.wait()
        assert f"open={code}" in one.page.url
        agrees("department", one, marts)
    codes = [row[0] for row in one.tables()["functions"].rows]
    assert codes[:3] == ["", item[:3], item[:5]]
    assert item in codes
    reproduces(one, visit)
    one.at("function-trail").get_by_role("button", name="全部类").click()
    one.wait()
    assert "open=" not in one.page.url


def test_the_tree_of_functions_opens_by_a_click(follow: Open, marts: Marts) -> None:
    department = one_value(
        marts,
        "SELECT department_id FROM mart_function_year WHERE phase = 'final' AND fund = 'general_public'"
        " AND level = 'class' AND fiscal_year = 2024 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    )
    one = follow(f"/department/{department}/?phase=final&year=2024&fund=general_public")
    tree = one.drawing("function-tree")
    before = tree.text_content()
    box = tree.bounding_box()
    assert before and box
    one.page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 3)
    names = marts.execute(
        "SELECT DISTINCT harmonised_code FROM mart_function_year WHERE department_id = ? AND level = 'group'",
        [department],
    ).fetchall()
    assert not any(code in before for (code,) in names)
    one.page.wait_for_function(
        "([tree, codes]) => codes.some(([code]) => tree.textContent.includes(code))",
        arg=[tree.element_handle(), names],
    )


def test_a_figure_leads_to_its_tellings_and_to_the_printed_row(
    follow: Open, visit: Open, marts: Marts
) -> None:
    department, year, total = marts.execute(
        "SELECT department_id, fiscal_year, expenditure_cny FROM mart_department_year WHERE phase = 'final'"
        " AND expenditure_source = 'form' AND district_code = '420107' ORDER BY 2 DESC LIMIT 1"
    ).fetchall()[0]
    one = follow(f"/department/{department}/?phase=final")
    table = one.tables()["years"]
    place = [row[0] for row in table.rows].index(str(year))
    row = one.at("years").locator("tbody tr").nth(place)
    assert row.locator("[data-column=expenditure_cny]").inner_text() == amount(total)
    row.locator("[data-column=expenditure_cny] a").click()
    one.wait()
    agrees("figure", one, marts, CANDIDATES)
    assert amount(total) in one.at("figure").inner_text()
    reproduces(one, visit)
    one.at("candidates").locator("[data-column=amount_cny] a").first.click()
    one.wait()
    given = {key: values[0] for key, values in parse_qs(urlsplit(one.page.url).query).items()}
    printed, text, sha256 = marts.execute(
        "SELECT amount_printed, text, sha256 FROM fct_form_cell JOIN dim_document USING (document_id)"
        " JOIN mart_printed_row USING (document_id, page, table_no, row_no)"
        " WHERE (document_id, form, row_key, measure) = ($document, $form, $row, $measure)",
        {key: given[key] for key in ("document", "form", "row", "measure")},
    ).fetchall()[0]
    assert one.at("cell-amount").inner_text() == f"{amount(total)} 万元"
    assert printed in one.at("cell-printed").inner_text()
    assert " ".join(one.at("printed-row").inner_text().split()) == " ".join(text.split())
    assert one.at("sha256").inner_text() == sha256
    reproduces(one, visit)


def test_a_finding_shows_both_figures_and_the_printed_row(follow: Open, marts: Marts) -> None:
    rows = marts.execute(
        "SELECT finding_id, left_value, right_value, difference, explanation_zh, document_id"
        " FROM fct_finding JOIN fct_form_cell USING (document_id, form, row_key, measure)"
        " WHERE bbox IS NOT NULL AND severity = 'error' ORDER BY finding_id LIMIT 1"
    ).fetchall()
    finding, left, right, difference, explanation, document = rows[0]
    one = follow(f"/quality/?finding={finding}")
    sheet = one.at("finding")
    for value in (left, right, difference):
        assert f"{amount(value)} 万元" in sheet.inner_text()
    assert one.at("finding-text").inner_text() == explanation
    crop = sheet.locator("img.crop")
    assert crop.evaluate("(picture) => picture.naturalWidth") > 100
    sheet.locator("dd a").first.click()
    one.wait()
    assert f"document={document}" in one.page.url
    agrees("provenance", one, marts)


def test_rules_and_tiles_lead_to_their_findings(follow: Open, visit: Open, marts: Marts) -> None:
    one = follow("/quality/")
    link = one.at("rules").locator("[data-column=rule_id] a").first
    rule = link.inner_text()
    link.click()
    one.wait()
    assert f"rule={rule}" in one.page.url
    assert one.choices()["rule"] == rule
    agrees("quality", one, marts)
    reproduces(one, visit)
    tile = one.page.locator(".tiles a").first
    count = tile.inner_text()
    tile.click()
    one.wait()
    said = one.at("findings").get_by_test_id("row-count").inner_text()
    assert said.partition(" 行")[0] == f"{int(count.replace(',', '')):,}"


def test_the_page_of_an_economic_code(follow: Open, marts: Marts) -> None:
    one = follow("/code/30101/")
    assert one.at("code").inner_text() == "30101"
    agrees("code", one, marts, ECONOMIC_CODE)
    one.at("amounts").locator("[data-column=amount_cny] a").first.click()
    one.wait()
    assert "form=basic_expenditure" in one.page.url
    assert one.at("cell-amount").count() == 1


def test_a_table_sorts_searches_and_lists_more(follow: Open, visit: Open, marts: Marts) -> None:
    one = follow("/department/")
    table = one.at("departments")
    table.get_by_role("button", name="文件", exact=False).first.click()
    counts = [int(row[7]) for row in one.tables()["departments"].rows]
    assert counts == sorted(counts, reverse=True)
    assert table.locator("th[aria-sort=descending]").count() == 1
    table.get_by_role("button", name="文件", exact=False).first.click()
    counts = [int(row[7]) for row in one.tables()["departments"].rows]
    assert counts == sorted(counts)
    table.locator("input[type=search]").fill("审计局")
    shown = one.tables()["departments"]
    assert shown.count == f"{len(shown.rows)} 行"
    assert shown.rows
    assert all("审计局" in " ".join(row) for row in shown.rows)
    table.locator("input[type=search]").press("Enter")
    one.wait()
    assert "sort.departments=document_count" in one.page.url
    reproduces(one, visit)
    one.follow("/dictionary/")
    rows = int(one.at("row-count").inner_text().split()[0].replace(",", ""))
    seen = len(one.tables()["dictionary"].rows)
    assert seen < rows
    one.at("more").click()
    assert len(one.tables()["dictionary"].rows) == min(rows, seen + 100)


@pytest.mark.parametrize("page", ["years", "department"])
@pytest.mark.parametrize("seen", ["desktop", "phone", "dark", "printed"])
def test_a_break_is_marked_and_its_reasons_stand_beneath(
    page: str, seen: str, follow: Open, marts: Marts
) -> None:
    department, phase = marts.execute(
        "SELECT department_id, phase FROM mart_department_year WHERE comparability = 'not_comparable'"
        " ORDER BY fiscal_year DESC, department_id LIMIT 1"
    ).fetchall()[0]
    breaks = marts.execute(
        "SELECT fiscal_year, comparability, list(label_zh ORDER BY reason)"
        " FROM (SELECT fiscal_year, comparability, unnest(comparability_reasons) AS reason"
        " FROM mart_department_year WHERE department_id = ? AND phase = ? AND comparability <> 'comparable')"
        " JOIN dim_comparability_reason USING (reason) GROUP BY ALL ORDER BY fiscal_year",
        [department, phase],
    ).fetchall()
    path = {"years": f"/years/?department={department}&", "department": f"/department/{department}/?"}[page]
    one = follow(f"{path}phase={phase}")
    if seen == "phone":
        one.page.set_viewport_size({"width": 390, "height": 844})
    if seen == "printed":
        one.page.emulate_media(media="print")
    if seen == "dark":
        one.page.emulate_media(color_scheme="dark")
    try:
        one.settle()
        figure = one.at("series")
        worst = min((verdict for _, verdict, _ in breaks), key=["not_comparable", "with_care"].index)
        assert figure.locator("figcaption [data-testid=verdict]").get_attribute("data-verdict") == worst
        drawn = figure.locator("svg").text_content() or ""
        marks = figure.locator("[data-testid=marks] li")
        assert marks.count() == len(breaks) > 0
        for mark, (year, verdict, reasons) in zip(marks.all(), breaks, strict=True):
            number, said = mark.locator("b").first.inner_text(), mark.inner_text()
            assert number in drawn
            assert f"{year} 年" in said
            assert mark.locator("[data-testid=verdict]").get_attribute("data-verdict") == verdict
            assert all(reason in said for reason in reasons)
            assert "…" not in said
            assert mark.is_visible()
            # Nothing of it is hidden: it takes the room that its words need.
            assert mark.evaluate(
                "(e) => e.scrollWidth <= e.clientWidth + 1 && e.scrollHeight <= e.clientHeight + 1"
            )
    finally:
        one.page.set_viewport_size({"width": 1280, "height": 900})
        one.page.emulate_media(media="screen", color_scheme="light")


def test_the_verdict_on_a_chart_has_the_reasons_of_what_is_drawn(
    follow: Open, marts: Marts, places: dict[str, str]
) -> None:
    department = places["department"].strip("/").rpartition("/")[2]
    rows = marts.execute(
        "SELECT comparability, list(label_zh ORDER BY reason)"
        " FROM (SELECT fiscal_year, comparability, unnest(comparability_reasons) AS reason"
        " FROM mart_budget_execution WHERE department_id = ? AND level = 'total' AND fund = 'general_public')"
        " JOIN dim_comparability_reason USING (reason) GROUP BY fiscal_year, comparability",
        [department],
    ).fetchall()
    assert len({tuple(reasons) for _, reasons in rows}) > 1, "one reason for all shows nothing"
    worst = min((verdict for verdict, _ in rows), key=["not_comparable", "with_care", "comparable"].index)
    wanted = {reason for verdict, reasons in rows for reason in reasons if verdict == worst}
    said = follow(places["department"]).at("execution-chart").get_by_test_id("verdict")
    assert said.get_attribute("data-verdict") == worst
    assert set(said.locator("span").inner_text().split("；")) == wanted


def test_a_long_list_is_searched_sorted_and_listed_as_a_whole(follow: Open, marts: Marts) -> None:
    findings = marts.execute(
        "SELECT finding_id, difference FROM fct_finding JOIN dim_document USING (document_id)"
        " ORDER BY list_position(['error', 'suspicious', 'rounding'], severity), responsibility DESC,"
        " department_name, fiscal_year, finding_id"
    ).fetchall()
    read_at_once = int(
        re.findall(r"limit (\d+)\s*```", (PAGES / "quality.md").read_text(encoding="utf-8"))[0]
    )
    assert len(findings) > read_at_once, "the list is no longer one that is read in part"
    one = follow("/quality/")
    table = one.at("findings")
    assert one.tables()["findings"].count == counted(len(findings), 30)
    while table.get_by_test_id("more").count():
        table.get_by_test_id("more").click()
        one.wait()
    shown = one.tables()["findings"]
    assert shown.count == counted(len(findings), len(findings))
    place = shown.columns.index("finding_id")
    assert [row[place] for row in shown.rows] == [finding for finding, _ in findings]
    last = findings[-1][0]
    one = follow(f"/quality/?find.findings={last}")
    assert [row[place] for row in one.tables()["findings"].rows] == [last]
    one = follow("/quality/?sort.findings=difference")
    amounts = [row[shown.columns.index("difference")] for row in one.tables()["findings"].rows]
    assert amounts[0] == amount(min(difference for _, difference in findings if difference is not None))


def test_the_tab_says_what_a_page_is_about(follow: Open, marts: Marts) -> None:
    bodies = marts.execute(
        "SELECT department_id, department_name FROM mart_department WHERE document_count > 0"
        " ORDER BY 1 LIMIT 2"
    ).fetchall()
    code, name = marts.execute(
        "SELECT function_code, function_name FROM dim_function WHERE level = 'item'"
        " ORDER BY documents DESC, function_code LIMIT 1"
    ).fetchall()[0]
    wanted = {f"/department/{department}/": f"{name} · 部门 · 决算" for department, name in bodies}
    wanted |= {
        f"/code/{code}/": f"{code} {name} · 科目 · 决算",
        "/code/": "科目 · 决算",
        f"/years/?department={bodies[0][0]}": f"{bodies[0][1]} · 年度变化 · 决算",
        "/department/none/": "没有这个部门 · 部门 · 决算",
        "/dictionary/": "数据字典 · 决算",
        "/": "总览 · 决算",
    }
    for path, title in wanted.items():
        assert " ".join(follow(path).page.title().split()) == " ".join(title.split()), path


def test_totals_of_a_chart_are_the_sum_of_the_marts(follow: Open, marts: Marts) -> None:
    (total,) = marts.execute(
        "SELECT sum(expenditure_cny) FROM mart_department_year WHERE phase = 'final' AND fiscal_year = 2024"
        " AND district_code IS NOT NULL"
    ).fetchall()[0]
    assert isinstance(total, Decimal)
    alt = follow("/").at("total-chart").locator("[role=img]").get_attribute("aria-label") or ""
    assert f"{amount(total)} 万元" in alt


def test_another_appearance_is_kept_on_the_next_page(visit: Open) -> None:
    one = visit("/")
    one.at("theme").select_option("dark")
    assert one.page.locator("html").get_attribute("data-theme") == "dark"
    one.page.get_by_role("link", name="质量", exact=True).first.click()
    one.wait()
    assert one.page.locator("html").get_attribute("data-theme") == "dark"


def test_what_is_served_beside_the_pages(visit: Open, base: str) -> None:
    one = visit("/")
    for path, kind in (
        ("/data-docs/index.html", "text/html"),
        ("/juesuan.duckdb", "application/octet-stream"),
    ):
        answer = one.page.request.head(base + path)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(kind)


def test_an_address_of_no_page_says_so(visit: Open, base: str) -> None:
    one = visit("/")
    one.page.goto(f"{base}/no/such/page/")
    one.page.get_by_role("heading", name="没有这一页").wait_for()
    assert one.page.title() == "没有这一页 · 决算"
    # The router itself says so in the console, and that is all.
    (said,) = one.problems
    assert "Not found: /no/such/page/" in said
    one.problems.clear()
