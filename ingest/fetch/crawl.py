"""From an index page to the papers that it, and the pages it leads to, link to."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from ingest.fetch.client import checked_url
from ingest.fetch.links import Link
from ingest.fetch.problem import NotFetched
from ingest.fetch.sources import Source

#: The links of a page (first argument), which another page links to (second, None for the index).
ReadLinks = Callable[[str, str | None], list[Link]]


@dataclass(frozen=True)
class Listed:
    """A URL and the page that links to it; None where it stands in sources.yml itself."""

    url: str
    listed_on: str | None = None


@dataclass
class Crawl:
    """What was found: papers in the order of the pages, and what kept a page or a link out."""

    papers: dict[str, Listed] = field(default_factory=dict)
    problems: dict[str, tuple[Listed, NotFetched]] = field(default_factory=dict)

    def leave_out(self, listed: Listed, problem: NotFetched) -> None:
        """Note a problem, once a URL."""
        self.problems.setdefault(listed.url, (listed, problem))


def crawl(source: Source, index: str, read_links: ReadLinks) -> Crawl:
    """Look at the index and, as far as ``follow`` says, at the pages behind it, nearest first."""
    assert source.documents is not None
    hosts = frozenset({httpx.URL(index).host, *(host.lower() for host in source.hosts)})
    found = Crawl()
    pages = {index: Listed(index)}
    waiting = deque(pages.values())
    while waiting:
        page = waiting.popleft()
        try:
            links = read_links(page.url, page.listed_on)
        except NotFetched as problem:
            found.leave_out(page, problem)
            continue
        for link in links:
            is_paper = link.matches(source.documents)
            if not is_paper and not (source.follow and link.matches(source.follow)):
                continue
            try:
                url = _allowed(link, hosts)
            except NotFetched as problem:
                found.leave_out(Listed(link.url, page.url), problem)
                continue
            listed = Listed(url, page.url)
            if is_paper:
                found.papers.setdefault(url, listed)
            elif url not in pages:
                if len(pages) == source.max_pages:
                    found.leave_out(Listed(index), _too_many("max_pages", source.max_pages))
                    break
                pages[url] = listed
                waiting.append(listed)
    _check_number(found, source, index)
    return found


def _check_number(found: Crawl, source: Source, index: str) -> None:
    """An index that gives nothing is a failure, not an empty success; one that gives too much is cut."""
    if not found.papers and not found.problems:
        found.leave_out(
            Listed(index),
            NotFetched(
                "no_links",
                "no link on the page matches",
                "check documents and follow in sources.yml; a page that a script fills shows no links here",
            ),
        )
    if len(found.papers) > source.max_documents:
        found.leave_out(Listed(index), _too_many("max_documents", source.max_documents))
        found.papers = dict(list(found.papers.items())[: source.max_documents])


def _too_many(limit: str, value: int) -> NotFetched:
    return NotFetched(
        "too_many_links", f"there is more than {limit} ({value}) allows", f"raise {limit}, or match less"
    )


def _allowed(link: Link, hosts: frozenset[str]) -> str:
    """The URL of a link in its normal form. Raises NotFetched where it leads off the source's hosts."""
    url = checked_url(link.url)
    if url.host not in hosts:
        raise NotFetched(
            "other_host",
            f"the link leads to {url.host}",
            f"if it is meant, add {url.host} to the hosts of the source",
            refused=True,
        )
    return str(url)
