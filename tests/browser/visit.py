"""A reader with a browser of their own: what the page did wrong is noted, what it shows is read off."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Download, Locator, Page

from tests.browser.site import wait_until_ready

# The tables as they stand: of each its columns with their kind, and the cells' text.
_TABLES = """
() => [...document.querySelectorAll('main .figures')].map((table) => {
  const rows = [...table.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('td')]);
  const kind = (cell) => [...cell.classList].find((name) => name.startsWith('is-'))?.slice(3);
  return {
    name: table.dataset.testid,
    caption: table.querySelector('.title').textContent,
    count: table.querySelector('[data-testid=row-count]').textContent,
    columns: (rows[0] ?? []).map((cell) => cell.dataset.column),
    kinds: (rows[0] ?? []).map(kind),
    brief: (rows[0] ?? []).map((cell) => cell.classList.contains('brief')),
    once: [...table.querySelectorAll('.once')].map((line) => line.textContent.trim()),
    rows: rows.map((cells) => cells.map((cell) => cell.textContent.replace(/\\s+/g, ' ').trim())),
  };
})
"""
_CHOICES = """
() => Object.fromEntries([...document.querySelectorAll('main .choose select')].map((s) => [s.name, s.value]))
"""
# Charts are drawn anew in the frame after the one that laid the page out.
_SETTLED = """
() => new Promise((done) => {
  let left = 3;
  const frame = () => (left-- ? requestAnimationFrame(frame) : done());
  frame();
})
"""
# A chart moves into its place; asked at intervals, it stands still once it is what it was.
_STILL = """
(drawing) => {
  const now = drawing.outerHTML + JSON.stringify(drawing.getBoundingClientRect());
  const still = drawing.was === now;
  drawing.was = now;
  return still;
}
"""
_FOLLOW = """
(path) => {
  const link = document.createElement('a');
  link.href = path;
  document.body.append(link);
  link.click();
  link.remove();
}
"""
#: Chromium asks its user before a page saves more files than ten; a fresh page may again.
IN_A_ROW = 8


@dataclass(frozen=True)
class Shown:
    """A table of a page. Reasons that all rows share stand once over it, and their verdicts are brief."""

    name: str
    caption: str
    count: str
    columns: list[str]
    kinds: list[str]
    brief: list[bool]
    once: list[str]
    rows: list[list[str]]


class Visit:
    """One page in a browser context of its own."""

    def __init__(self, browser: Browser, base: str, **settings: Any) -> None:
        self.base = base
        self.problems: list[str] = []
        self._saved = 0
        given = {
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "viewport": {"width": 1280, "height": 900},
        }
        self._context = browser.new_context(**(given | settings))
        self.page: Page = self._context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("dialog", self._asked)
        self._context.on("request", self._requested)
        self._context.on("requestfailed", lambda request: self._note(f"failed: {request.url}"))
        self._context.on("response", self._answered)

    def go(self, path: str) -> None:
        """Open an address of the site, and wait for its figures."""
        self.page.goto(path if path.startswith("http") else self.base + path)
        self.wait()

    def follow(self, path: str) -> None:
        """Go to an address of the site as by a link on the page: the engine is open and its data at hand."""
        self.page.evaluate(_FOLLOW, path)
        self.page.wait_for_function("(path) => new URL(path, location.href).href === location.href", arg=path)
        self.wait()

    def wait(self) -> None:
        """Until nothing waits for figures any more."""
        wait_until_ready(self.page)

    def settle(self) -> None:
        """Until the page is laid out and drawn anew, after another width or appearance."""
        self.page.evaluate(_SETTLED)

    def drawing(self, name: str) -> Locator:
        """The drawing in the element that bears ``name``, in sight and standing still."""
        drawing = self.at(name).locator("svg")
        drawing.scroll_into_view_if_needed()
        self.page.wait_for_function(_STILL, arg=drawing.element_handle(), polling=200)
        return drawing

    def went_wrong(self) -> list[str]:
        """What went wrong on the way since this was asked last."""
        for alert in self.page.locator("[role=alert]").all_text_contents():
            self._note(f"shown: {alert}")
        problems, self.problems = self.problems, []
        return problems

    def end(self) -> list[str]:
        """Close the browser context; returns what went wrong on the way."""
        problems = self.went_wrong()
        self._context.close()
        return problems

    def at(self, name: str) -> Locator:
        """The element that bears ``name`` for tests."""
        return self.page.get_by_test_id(name)

    def tables(self) -> dict[str, Shown]:
        """The tables of the page by name."""
        return {table["name"]: Shown(**table) for table in self.page.evaluate(_TABLES)}

    def choices(self) -> dict[str, str]:
        """What is chosen in the fields of the page."""
        return dict(self.page.evaluate(_CHOICES))

    def choose(self, name: str, value: str) -> None:
        """Take ``value`` in a field of the page."""
        self.at(f"choose-{name}").locator("select").select_option(value)
        self.wait()

    def find(self, name: str, text: str) -> None:
        """Type a part of a name and take the first of the list with the keyboard alone."""
        field = self.at(f"find-{name}").locator("input")
        field.focus()
        self.page.keyboard.type(text)
        self.page.locator("[role=option]").first.wait_for()
        self.page.keyboard.press("Enter")
        self.wait()

    def save(self, table: str, kind: str) -> Download:
        """Download a table as csv or excel."""
        if self._saved == IN_A_ROW:
            self.page.reload()
            self.wait()
            self._saved = 0
        self._saved += 1
        with self.page.expect_download() as download:
            self.at(table).get_by_test_id(kind).click()
        return download.value

    def text(self) -> str:
        """What the page says, its order and line breaks included."""
        return self.page.locator("main").inner_text()

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"console: {message.text}")

    def _asked(self, dialog: Any) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and f"{parts.scheme}://{parts.netloc}" != self.base:
            self._note(f"outside: {request.url}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self._note(f"{response.status}: {response.url}")

    def _note(self, problem: str) -> None:
        self.problems.append(f"{urlsplit(self.page.url).path}: {problem}")


def numbers(text: str) -> set[str]:
    """The amounts in a text as they are printed."""
    return set(re.findall(r"-?\d[\d,]*\.\d{2,4}(?![\d%])", text))
