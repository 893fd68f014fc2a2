"""Words of a paper are text on every page, whatever they would be elsewhere."""

from collections.abc import Callable

import duckdb
import pytest

from tests.browser.hostile import BROKEN, NAMES, PROJECT
from tests.browser.visit import Visit

Open = Callable[..., Visit]
# Anything on a page that only markup from a paper could have made.
_ALIVE = """
() => [...document.querySelectorAll('*')].filter((e) =>
    (e.tagName === 'IMG' && !/^\\/crops\\/[\\w/-]+\\.png$/.test(e.getAttribute('src')))
    || (e.tagName === 'SCRIPT' && document.querySelector('body main')?.contains(e))
    || (e.tagName === 'A' && /^\\s*javascript:/i.test(e.getAttribute('href') ?? ''))
    || ['IFRAME', 'OBJECT', 'EMBED', 'FORM'].includes(e.tagName)
    || [...e.attributes].some((a) => /^on/i.test(a.name))
    || (e.closest('td, h1, h2, dd, li') && ['STRONG', 'EM'].includes(e.tagName))
).map((e) => e.outerHTML.slice(0, 120))
"""


@pytest.fixture(scope="module", params=NAMES)
def body(request: pytest.FixtureRequest, marts: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """A department that bears a hostile name, with one of its papers."""
    printed = NAMES[request.param]
    department, name, document = marts.execute(
        "SELECT body.department_id, body.department_name, document_id FROM dim_document AS document"
        " JOIN dim_department AS own USING (department_id)"
        " JOIN mart_department AS body ON own.current_department_id = body.department_id"
        " WHERE document.department_name = ? ORDER BY document.fiscal_year LIMIT 1",
        [printed],
    ).fetchall()[0]
    (finding,) = marts.execute(
        "SELECT finding_id FROM fct_finding WHERE document_id = ? ORDER BY 1 LIMIT 1", [document]
    ).fetchall()[0]
    return {
        "printed": printed,
        "name": name,
        "department": department,
        "document": document,
        "finding": finding,
    }


#: Pages that print the name as the paper does; the others have it as it is compared.
AS_PRINTED = {"overview", "quality", "finding", "provenance", "figure"}
#: Where the name must be read, by what opens the page.
WHERE = {
    "overview": "/",
    "department": "/department/{department}/",
    "departments": "/department/",
    "years": "/years/?department={department}",
    "code": "/code/2080505/?phase=final&fund=general_public&year=2024",
    "three-public": "/three-public/?year=2024",
    "projects": "/projects/?year=2024",
    "quality": "/quality/?documents={document}",
    "finding": "/quality/?finding={finding}",
    "provenance": "/provenance/?document={document}",
    "figure": "/provenance/?department={department}&year=2024&phase=final&statement=expenditure"
    "&fund=all&nature=total&code=total",
    "indicators": "/projects/?department={department}&of=2024",
}


@pytest.mark.parametrize("page", WHERE)
def test_a_hostile_name_is_read_and_does_nothing(page: str, body: dict[str, str], follow: Open) -> None:
    one = follow(WHERE[page].format(**body))
    while one.at("more").count():
        one.at("more").first.click()
    assert one.page.evaluate(_ALIVE) == []
    name = " ".join(body["printed" if page in AS_PRINTED else "name"].split())
    assert name
    read = " ".join(one.page.locator("body").inner_text().split())
    if page == "indicators":  # a field holds the name, not the text
        read = one.at("find-department").locator("input").get_attribute("placeholder") or ""
    assert name in read


def test_markup_reaches_the_pages_of_bodies(marts: duckdb.DuckDBPyConnection) -> None:
    names = marts.execute("SELECT department_name FROM mart_department").fetchall()
    assert (NAMES["compared"],) in names


def test_a_hostile_name_can_be_found_and_drawn(body: dict[str, str], follow: Open) -> None:
    one = follow("/years/")
    one.find("department", body["name"][:12])
    assert body["department"] in one.page.url
    assert body["name"] in one.page.locator("main h2").first.inner_text()
    one.follow("/three-public/?year=2024")
    bars = one.at("three-public-chart").locator("svg path")
    for bar in bars.all()[:40]:
        box = bar.bounding_box()
        if box and box["height"] > 8:
            one.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert body["name"] in (
        one.at("three-public-chart").locator("[role=img]").get_attribute("aria-label") or ""
    )
    assert one.page.evaluate(_ALIVE) == []


def test_a_hostile_project_and_file_name_are_text(
    follow: Open, marts: duckdb.DuckDBPyConnection, places: dict[str, str]
) -> None:
    assert marts.execute(
        "SELECT count(*) FROM mart_project_year WHERE project_name = ?", [PROJECT]
    ).fetchall()[0] >= (1,)
    one = follow("/projects/?year=2024")
    assert PROJECT in one.text()
    assert one.page.evaluate(_ALIVE) == []
    one.follow("/")
    assert BROKEN in one.text()
    assert one.page.evaluate(_ALIVE) == []


@pytest.mark.parametrize(
    "address",
    [
        "/department/%3Cimg%20src=x%20onerror=alert(1)%3E/",
        "/code/%3Cscript%3Ealert(1)%3C%2Fscript%3E/",
        "/three-public/?year=%3Cimg%20src=x%20onerror=alert(1)%3E&expense=%3Cb%3E",
        "/quality/?severity='%20or%201=1%20--&rule='%3B%20drop%20table%20x%3B--",
        "/provenance/?document='%20union%20select%201&year=abc&department=x",
        "/years/?department='&phase=final'&year=1e999&unit=%3Cb%3E",
    ],
)
def test_a_hostile_address_shows_nothing_and_breaks_nothing(address: str, visit: Open) -> None:
    one = visit(address)
    assert one.page.evaluate(_ALIVE) == []
    assert one.at("failed").count() == 0
    assert one.page.locator("main h1").count() == 1
