"""robots.txt as RFC 9309 has it: asked once a site, obeyed for every request, redirects included."""

import io
from collections.abc import Callable
from typing import BinaryIO

import httpx
from protego import Protego

from ingest.fetch.problem import NotFetched

#: The name that robots.txt knows us by.
AGENT = "juesuan"
#: RFC 9309 asks to read at least so much.
MAX_BYTES = 500 * 1024
Read = Callable[[str, BinaryIO, int], None]


class Robots:
    """The rules of the sites met so far. ``read`` writes the content of a URL into a file."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._rules: dict[str, Protego | NotFetched] = {}

    def check(self, url: httpx.URL) -> None:
        """Raise NotFetched where the site does not want it fetched, or does not tell."""
        site = _site(url)
        if site not in self._rules:
            self._rules[site] = self._ask(site)
        rules = self._rules[site]
        if isinstance(rules, NotFetched):
            raise rules
        if not rules.can_fetch(str(url), AGENT):
            raise NotFetched(
                "robots",
                f"the robots.txt of {url.host} does not allow it",
                "ask the publisher, or fetch it by hand and put it into the inbox",
                refused=True,
            )

    def crawl_delay(self, url: httpx.URL) -> float:
        """Seconds between two requests that the site asks for; 0 where it does not."""
        rules = self._rules.get(_site(url))
        return float(rules.crawl_delay(AGENT) or 0.0) if isinstance(rules, Protego) else 0.0

    def _ask(self, site: str) -> Protego | NotFetched:
        """Rules of a site; none where it has no robots.txt, the reason where it cannot be asked."""
        content = io.BytesIO()
        try:
            self._read(f"{site}/robots.txt", content, MAX_BYTES)
        except NotFetched as problem:
            absent = problem.status is not None and 400 <= problem.status < 500 and problem.status != 429
            if absent or problem.code in {"too_many_redirects", "redirect_loop"}:
                return Protego.parse("")
            if problem.code != "too_large":
                return problem
        return Protego.parse(content.getvalue().decode("utf-8", errors="replace"))


def _site(url: httpx.URL) -> str:
    return str(url.copy_with(raw_path=b"/")).rstrip("/")
