"""Every page as it opens: its figures are the marts', it fails nowhere, and everybody can read it."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import openpyxl
import pypdfium2
import pytest
from playwright.sync_api import Browser

from tests.browser.expected import DEFAULTS, TABLES, Rows, ask, saved, saved_as_csv, shown
from tests.browser.site import PAGES
from tests.browser.visit import Shown, Visit, numbers

RIGHT = {"amount", "percent", "count", "score"}
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
#: WCAG 2.2, level AA, for text of ordinary size; signs that are no text need 3.
LEAST_CONTRAST = 4.5


@pytest.fixture(scope="module", params=PAGES)
def opened(
    request: pytest.FixtureRequest, browser: Browser, base: str, places: Mapping[str, str]
) -> Iterator[tuple[str, Visit]]:
    """A page, opened once for all its tests; in the end nothing may have failed on it."""
    visit = Visit(browser, base)
    visit.go(places[request.param])
    yield request.param, visit
    problems = visit.end()
    assert not problems, problems


@pytest.fixture(scope="module")
def chosen(opened: tuple[str, Visit], marts: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What the page shows: by its fields, its address, or its first value."""
    name, visit = opened
    return selection(name, visit, marts)


def selection(name: str, visit: Visit, marts: duckdb.DuckDBPyConnection) -> dict[str, str]:
    address = urlsplit(visit.page.url)
    given = {key: values[0] for key, values in parse_qs(address.query).items()}
    kind, _, last = address.path.strip("/").partition("/")
    # A page's own code is no field: a page of districts has a field of that name.
    path = {"department": {"department": last}, "code": {"given_code": last}}.get(kind, {}) if last else {}
    defaults = {
        field: str(marts.execute(sql).fetchall()[0][0]) for field, sql in DEFAULTS.get(name, {}).items()
    }
    return defaults | path | visit.choices() | given


def compare(table: Shown, rows: Rows, unit: str = "wan") -> None:
    """The table shows these rows, as far as it shows any, and says how many there are."""
    assert table.count == counted(len(rows.values), len(table.rows)), table.name
    if not rows.values:
        assert table.rows == []
        return
    places = [table.columns.index(column) for column in rows.columns]
    for column, place in zip(rows.columns, places, strict=True):
        assert _kind_fits(column, table.kinds[place]), f"{table.name}.{column} is {table.kinds[place]}"
    unchecked = {
        column
        for column, kind in zip(table.columns, table.kinds, strict=True)
        if kind in RIGHT and column not in rows.columns
    }
    assert not unchecked, f"{table.name}: no query tells what {unchecked} must be"
    wanted = [
        [
            shown(value[:1] if table.brief[place] else value, table.kinds[place], words, unit)
            for value, place, words in zip(row, places, rows.words, strict=True)
        ]
        for row in rows.values[: len(table.rows)]
    ]
    assert [[row[place] for place in places] for row in table.rows] == wanted, table.name
    for place, brief in enumerate(table.brief):
        if brief:
            (verdict,) = {row[rows.columns.index(table.columns[place])] for row in rows.values} - {("", "")}
            assert any(line.endswith("".join(verdict)) for line in table.once), table.name


def counted(rows: int, listed: int) -> str:
    """How a table says how many rows there are, and how many of them it lists."""
    return f"{rows:,} 行" + (f"，列出前 {listed:,} 行" if listed < rows else "")


def _kind_fits(column: str, kind: str) -> bool:
    if column.endswith("_cny") or column in {"left_value", "right_value", "difference"}:
        return kind == "amount"
    if column.endswith("_pct"):
        return kind == "percent"
    if column.endswith("_year"):
        return kind == "year"
    if column.endswith("_code") or column in {"code", "rule_id", "finding_id", "sha256"}:
        return kind == "code"
    return kind not in {"amount", "percent", "year"}


def test_figures_are_those_of_the_marts(
    opened: tuple[str, Visit], chosen: dict[str, str], marts: duckdb.DuckDBPyConnection
) -> None:
    name, visit = opened
    tables = visit.tables()
    assert set(TABLES[name]) <= set(tables)
    for table, sql in TABLES[name].items():
        compare(tables[table], ask(marts, sql, chosen))


def test_every_table_of_the_page_is_compared(opened: tuple[str, Visit]) -> None:
    name, visit = opened
    apart = {"change-list"}  # tests/browser/test_overview.py
    assert set(visit.tables()) - apart == set(TABLES[name])


def test_downloads_hold_all_rows_in_yuan_with_codes_as_text(
    opened: tuple[str, Visit], chosen: dict[str, str], marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    name, visit = opened
    for table, sql in TABLES[name].items():
        rows, page = ask(marts, sql, chosen), visit.tables()[table]
        if not rows.values:
            assert visit.at(table).get_by_test_id("csv").count() == 0
            continue
        for kind in ("csv", "excel"):
            file = tmp_path / f"{table}.{kind}"
            visit.save(table, kind).save_as(file)
            (compare_csv if kind == "csv" else compare_excel)(file.read_bytes(), page, rows)


def compare_csv(data: bytes, page: Shown, rows: Rows) -> None:
    assert data.startswith(b"\xef\xbb\xbf"), "Excel takes a file without this mark for another code"
    head, *body = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert len(head) == len(page.columns)
    assert all(("（元）" in text) == (kind == "amount") for text, kind in zip(head, page.kinds, strict=True))
    places = [page.columns.index(column) for column in rows.columns]
    assert [[row[place] for place in places] for row in body] == [
        [saved_as_csv(v, page.kinds[p], w) for v, p, w in zip(row, places, rows.words, strict=True)]
        for row in rows.values
    ], page.name


def compare_excel(data: bytes, page: Shown, rows: Rows) -> None:
    head, *body = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows()
    assert len(head) == len(page.columns)
    assert len(body) == len(rows.values)
    places = [page.columns.index(column) for column in rows.columns]
    for cells, row in zip(body, rows.values, strict=True):
        for value, place, words in zip(row, places, rows.words, strict=True):
            cell, kind = cells[place], page.kinds[place]
            wanted = saved(value, kind, words)
            where = (page.name, page.columns[place], cell.coordinate)
            if wanted is None or wanted == "":
                assert cell.value in {None, ""}, where
            elif isinstance(wanted, str):
                assert (cell.data_type, cell.value) == ("s", wanted), where
                assert cell.number_format == "@", where
            else:
                assert cell.data_type == "n", where
                assert abs(Decimal(repr(cell.value)) - wanted) < Decimal("0.000001"), where


def test_charts_have_a_text_that_says_the_same(
    opened: tuple[str, Visit], chosen: dict[str, str], marts: duckdb.DuckDBPyConnection
) -> None:
    name, visit = opened
    known = {
        shown(value, "amount", None)
        for sql in TABLES[name].values()
        for row in ask(marts, sql, chosen).values
        for value in row
        if isinstance(value, Decimal)
    } | {"0.00"}
    for figure in visit.page.locator("main figure.chart").all():
        title = figure.locator(".title").inner_text()
        drawing = figure.locator("[role=img]")
        alt = drawing.get_attribute("aria-label") or ""
        assert alt.startswith(f"{title}。"), title
        assert numbers(alt), f"{title}: the text alternative holds no figure"
        assert numbers(alt) <= known, title
        assert drawing.locator("svg").count() == 1
    pictures = visit.page.locator("main img")
    assert all(picture.get_attribute("alt") for picture in pictures.all())


def test_it_says_what_it_is_and_how_fresh(opened: tuple[str, Visit], warehouse: Path) -> None:
    _, visit = opened
    page = visit.page
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("main h1").count() == 1
    assert page.title()
    assert visit.at("as-of").locator("time").get_attribute("datetime") in (
        warehouse / "current" / "publication.json"
    ).read_text(encoding="utf-8")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


def test_it_fits_a_phone(opened: tuple[str, Visit]) -> None:
    _, visit = opened
    page = visit.page
    page.set_viewport_size(PHONE)
    try:
        visit.settle()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.evaluate(_SCROLLED)
        wide = page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter((e) =>
                !e.closest('svg, .unseen, .skip') && e.getBoundingClientRect().right > innerWidth + 1
                && !window.scrolled(e)).map((e) => `${e.tagName}.${e.className}`)"""
        )
        assert wide == []
        menu = page.locator("button.menu")
        assert menu.is_visible()
        assert not page.locator("#pages").is_visible()
        menu.click()
        assert page.locator("#pages a").last.is_visible()
        menu.click()
    finally:
        page.set_viewport_size(DESKTOP)
        visit.settle()


# Whether an element stands in a box that scrolls of its own.
_SCROLLED = """
() => (window.scrolled = (node) => {
  for (let e = node.parentElement; e && e !== document.body; e = e.parentElement) {
    if (['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true;
  }
  return false;
})
"""


def test_it_can_be_read_in_light_and_in_dark(opened: tuple[str, Visit]) -> None:
    _, visit = opened
    page = visit.page
    lightness = {}
    for appearance in ("dark", "light"):
        page.emulate_media(color_scheme=appearance)
        page.locator(f"html[data-theme={appearance}]").wait_for()
        visit.settle()
        pale, lightness[appearance] = page.evaluate(_CONTRAST, LEAST_CONTRAST)
        assert pale == [], appearance
    assert lightness["dark"] < 0.1 < 0.8 < lightness["light"]


# Texts that stand out too little from what is behind them, and how light the page is.
_CONTRAST = """
(least) => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (node) => {
    for (let e = node; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const pale = new Set();
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    const hidden = node.closest('svg, [disabled], .unseen, script, style, noscript');
    if (!own || hidden || !node.getClientRects().length) continue;
    const front = light(parse(getComputedStyle(node).color));
    const back = light(behind(node));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < (node.closest('[aria-hidden]') ? 3 : least)) {
      pale.add(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
    }
  }
  return [[...pale], light(behind(document.body))];
}
"""


def test_its_fields_are_reached_and_named_by_keyboard(opened: tuple[str, Visit]) -> None:
    _, visit = opened
    page = visit.page
    stops = page.evaluate(_STOPS)
    wanted = [place for place, stop in enumerate(stops) if stop["field"]]
    assert len(wanted) >= 2  # unit and appearance are on every page
    for place in wanted:
        page.evaluate("(i) => window.stops[i].focus()", place - 1)
        page.keyboard.press("Tab")
        reached = page.evaluate("window.stops.indexOf(document.activeElement)")
        assert reached == place, stops[place]
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        assert stops[place]["name"], stops[place]
    page.evaluate("document.activeElement.blur()")


# What the Tab key stops at, in its order.
_STOPS = """
() => {
  const all = 'a[href], button:not([disabled]), select, input, [tabindex="0"]';
  window.stops = [...document.querySelectorAll(all)].filter((e) => e.getClientRects().length);
  const name = (e) => e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent;
  return window.stops.map((e) => ({
    field: e.matches('select, input'), name: name(e).trim(), html: e.outerHTML.slice(0, 80),
  }));
}
"""


#: What of a sheet of A4 the margins leave, in the pixels of a page, and the margin itself.
SHEET, MARGIN = 794, 38


def test_it_prints_without_what_is_only_for_the_screen(opened: tuple[str, Visit]) -> None:
    name, visit = opened
    page = visit.page
    page.emulate_media(media="print", color_scheme="dark")
    try:
        for gone in (".top", ".bottom", ".fields", ".downloads", ".skip", "nav.trail", "main button.more"):
            assert not any(item.is_visible() for item in page.locator(gone).all()), gone
        assert visit.at("as-of").is_visible()
        assert page.locator("main h1").is_visible()
        document = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    finally:
        page.emulate_media(media="screen", color_scheme="light")
    texts = [re.sub(r"\s", "", sheet.get_textpage().get_text_range()) for sheet in document]
    assert re.sub(r"\s", "", page.locator("main h1").inner_text())[:6] in texts[0]
    assert "数据截至" in texts[0]
    assert "打印" not in texts[0]
    assert all(texts), "a sheet without a word"
    for sheet in document:
        assert tuple(round(side / 72 * 25.4) for side in sheet.get_size()) == (210, 297)
    if name == "overview":
        assert len(document) == 1


def test_nothing_is_cut_off_on_paper(opened: tuple[str, Visit]) -> None:
    _, visit = opened
    page = visit.page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": SHEET, "height": 1123})
    page.evaluate("(margin) => (document.documentElement.style.padding = `0 ${margin}px`)", MARGIN)
    try:
        visit.settle()
        wide = page.evaluate(
            """(right) => [...document.querySelectorAll('main *, main svg')].filter((e) =>
                !e.closest('.unseen') && (e.tagName === 'svg' || !e.closest('svg'))
                && e.getBoundingClientRect().right > right + 1).map((e) => `${e.tagName}.${e.className}`)""",
            SHEET - MARGIN,
        )
        assert wide == []
        # A drawing is made smaller, not cut: all of it is in what is shown of it.
        for drawing in page.locator("main figure.chart svg").all():
            width, height, inner = drawing.evaluate(
                "(svg) => [svg.clientWidth, svg.clientHeight,"
                " svg.viewBox.baseVal.width / svg.viewBox.baseVal.height]"
            )
            assert width / height == pytest.approx(inner, rel=0.05)
        for table in page.locator("main .figures").all():
            said = table.locator("[data-testid=row-count], [data-testid=printed-count]").all()
            (number,) = [one.inner_text() for one in said if one.is_visible()]
            rows = sum(row.is_visible() for row in table.locator("tbody tr").all())
            told = [int(figure.replace(",", "")) for figure in re.findall(r"[\d,]+", number)]
            assert told[-1] == rows, number
    finally:
        page.evaluate("document.documentElement.style.padding = ''")
        page.set_viewport_size(DESKTOP)
        page.emulate_media(media="screen")
        visit.settle()
