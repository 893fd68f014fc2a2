"""The links of a page, with the words they stand under."""

import re
from dataclasses import dataclass

import httpx
from lxml import etree

from ingest.readers.html import decode

_BLANKS = re.compile(r"\s+")
_NO_PLACE = re.compile(r"\s*(?:#|javascript:|mailto:|tel:|data:|about:|$)", re.I)
_NUL = re.compile("\x00")


@dataclass(frozen=True)
class Link:
    """Where a link leads, in full, and its text."""

    url: str
    text: str

    def matches(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern is found in the URL or in the text."""
        return bool(pattern.search(self.url) or pattern.search(self.text))


def links_of(page: bytes, url: str) -> list[Link]:
    """The links of an HTML page in their order, each place once. Links to no place are left out.

    Raises UnreadableDocument where the page is no text.
    """
    text = _NUL.sub(" ", decode(page)).strip()
    if not text:
        return []
    root = etree.fromstring(
        text.encode("utf-8", errors="replace"), etree.HTMLParser(encoding="utf-8", no_network=True)
    )
    if root is None:
        return []
    base = httpx.URL(url)
    for element in root.iter("base"):
        base = _joined(base, element.get("href", "")) or base
        break
    found: dict[str, Link] = {}
    for element in root.iter("a"):
        href = element.get("href", "")
        if not _NO_PLACE.match(href):
            place = str(_joined(base, href.strip()) or href.strip())
            text = _BLANKS.sub(" ", " ".join([*element.itertext(), element.get("title", "")])).strip()
            found.setdefault(place, Link(place, text))
    return list(found.values())


def _joined(base: httpx.URL, href: str) -> httpx.URL | None:
    """The place in full without its fragment; None where it cannot be said."""
    try:
        return base.join(href).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return None
