"""The job: sources in, papers in the inbox, and an account of every URL."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import IntEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ingest.errors import JuesuanError, UnreadableDocument
from ingest.fetch.client import Answer, Client, Known, Manners
from ingest.fetch.clock import Clock
from ingest.fetch.crawl import Listed, crawl
from ingest.fetch.guard import GuardedBackend
from ingest.fetch.inbox import PAGE_KIND, Inbox, Kept, opened
from ingest.fetch.kinds import kind_of
from ingest.fetch.links import Link, links_of
from ingest.fetch.names import ending, offered_name
from ingest.fetch.problem import NotFetched
from ingest.fetch.robots import AGENT
from ingest.fetch.sidecar import Retrieval
from ingest.fetch.sources import Source, Sources
from ingest.progress import Progress, Step, Stopwatch, silent

#: An index page is some 100 kB.
MAX_PAGE_BYTES = 8 << 20


class FetchCode(IntEnum):
    """The exit codes of the command line, as they read for fetching."""

    FETCHED = 0
    FAILED = 1
    PARTLY = 3
    NOTHING_NEW = 4


@dataclass(frozen=True)
class Item:
    """What became of one URL: fetched, unchanged, planned (dry run), refused by us, or failed."""

    source: str
    url: str
    status: str
    final_url: str | None = None
    listed_on: str | None = None
    file_name: str | None = None
    sha256: str | None = None
    byte_size: int | None = None
    reason_code: str | None = None
    reason: str | None = None
    remedy: str | None = None


@dataclass
class FetchReport:
    """The report of a run, as printed with --json."""

    exit_code: int = FetchCode.FETCHED
    message: str = ""
    inbox: str = ""
    dry_run: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def client_for(sources: Sources, private_hosts: Iterable[str] = (), clock: Clock | None = None) -> Client:
    """A client with the manners that the sources ask for; close it after use."""
    clock = clock or Clock()
    agent = f"{AGENT}/{version(AGENT)}" + (f" (+{sources.contact})" if sources.contact else "")
    manners = Manners(**sources.manners.model_dump())
    return Client(GuardedBackend(clock, private_hosts), manners, agent, clock)


def fetch(
    sources: Sources,
    folder: Path,
    client: Client,
    clock: Clock | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> FetchReport:
    """Fetch what is new; raises JuesuanError where the inbox cannot be written.

    A dry run asks index pages and robots.txt, as it must to know the papers, and writes nothing.
    """
    clock = clock or Clock()
    if dry_run:
        items = list(_Run(sources, Inbox(folder), client, clock, dry_run, progress).items())
    else:
        with opened(folder) as inbox:
            try:
                items = list(_Run(sources, inbox, client, clock, dry_run, progress).items())
            except OSError as error:
                raise JuesuanError(
                    f"the inbox {folder} cannot be written: {error.strerror}; what was fetched so far is kept"
                ) from error
    return _report(items, folder, dry_run)


class _Run:
    """One run over all sources; a URL that two sources name is fetched for the first."""

    def __init__(
        self,
        sources: Sources,
        inbox: Inbox,
        client: Client,
        clock: Clock,
        dry_run: bool,
        progress: Progress,
    ) -> None:
        self._sources = sources
        self._inbox = inbox
        self._client = client
        self._clock = clock
        self._dry_run = dry_run
        self._progress = progress
        self._done: set[str] = set()

    def items(self) -> Iterator[Item]:
        """The account of every URL, in the order of the sources."""
        for source in self._sources.sources:
            if source.index is None:
                yield from self._papers(source, [Listed(url) for url in source.urls])
            else:
                found = crawl(source, source.index, partial(self._links, source))
                yield from (_not_fetched(source, *left_out) for left_out in found.problems.values())
                yield from self._papers(source, list(found.papers.values()))

    def _papers(self, source: Source, papers: list[Listed]) -> Iterator[Item]:
        papers = [paper for paper in papers if paper.url not in self._done]
        watch = Stopwatch()
        for number, paper in enumerate(papers):
            self._progress(Step(f"fetching {source.name}", number, len(papers), watch.seconds))
            self._done.add(paper.url)
            try:
                yield self._paper(source, paper)
            except NotFetched as problem:
                yield _not_fetched(source, paper, problem)

    def _paper(self, source: Source, paper: Listed) -> Item:
        if self._dry_run:
            return Item(source.name, paper.url, "planned", listed_on=paper.listed_on)
        store = self._inbox.papers
        before = store.kept(paper.url)
        item = partial(Item, source.name, paper.url, listed_on=paper.listed_on)
        with store.part() as content:
            answer = self._client.get(paper.url, content, self._sources.max_bytes, self._known(before))
            if answer.unchanged:
                assert before is not None
                return item(status="unchanged", final_url=answer.final_url, file_name=before.path.name)
            name = offered_name(answer.final_url, answer.headers.get("content-disposition", ""))
            kind = kind_of(content, source.types, ending(name), answer.is_framed)
            retrieval = self._retrieval(source, paper, answer)
            kept, is_new = store.keep(content, answer.sha256, name, kind, retrieval)
        return item(
            status="fetched" if is_new else "unchanged",
            final_url=answer.final_url,
            file_name=kept.name,
            sha256=answer.sha256,
            byte_size=answer.size,
        )

    def _links(self, source: Source, page: str, listed_on: str | None) -> list[Link]:
        """The links of an index page, asked for again only where it changed."""
        self._progress(Step(f"looking at {source.name}: {page}"))
        store = self._inbox.pages
        before = store.kept(page)
        with tempfile.TemporaryFile() if self._dry_run else store.part() as content:
            answer = self._client.get(page, content, MAX_PAGE_BYTES, self._known(before))
            if answer.unchanged:
                assert before is not None
                return _read_links(before.path.read_bytes(), before.retrieval.final_url)
            content.seek(0)
            links = _read_links(content.read(), answer.final_url)
            if not self._dry_run:
                retrieval = self._retrieval(source, Listed(page, listed_on), answer)
                name = offered_name(answer.final_url)
                _, is_new = store.keep(content, answer.sha256, name, PAGE_KIND, retrieval)
                if before and is_new:
                    store.drop(before.path)
        return links

    def _known(self, kept: Kept | None) -> Known | None:
        """The version at hand, for a conditional request; now and then the whole is asked for again.

        A server may keep the ETag of a file that it replaces, and then never tells of the change.
        """
        if kept is None:
            return None
        age = self._clock.now() - kept.retrieval.fetched_at
        if age >= timedelta(days=self._sources.recheck_days):
            return None
        headers = kept.retrieval.headers
        return Known(kept.retrieval.final_url, headers.get("etag"), headers.get("last-modified"))

    def _retrieval(self, source: Source, listed: Listed, answer: Answer) -> Retrieval:
        return Retrieval(
            url=listed.url,
            final_url=answer.final_url,
            fetched_at=self._clock.now().replace(microsecond=0),
            headers=dict(answer.headers),
            source=source.name,
            listed_on=listed.listed_on,
            licence=source.licence or self._sources.licence,
        )


def _read_links(page: bytes, url: str) -> list[Link]:
    try:
        return links_of(page, url)
    except UnreadableDocument as error:
        raise NotFetched("wrong_type", "the index is no page", "check its URL", refused=True) from error


def _not_fetched(source: Source, listed: Listed, problem: NotFetched) -> Item:
    return Item(
        source.name,
        listed.url,
        "refused" if problem.refused else "failed",
        listed_on=listed.listed_on,
        reason_code=problem.code,
        reason=problem.reason,
        remedy=problem.remedy,
    )


def _report(items: list[Item], folder: Path, dry_run: bool) -> FetchReport:
    states = ("fetched", "unchanged", "planned", "refused", "failed")
    counts = {state: sum(item.status == state for item in items) for state in states}
    had, bad = (
        counts["fetched"] + counts["unchanged"] + counts["planned"],
        counts["refused"] + counts["failed"],
    )
    if bad:
        code = FetchCode.PARTLY if had else FetchCode.FAILED
    else:
        code = FetchCode.FETCHED if counts["fetched"] or dry_run else FetchCode.NOTHING_NEW
    told = [f"{count} {state}" for state, count in counts.items() if count]
    return FetchReport(code, ", ".join(told), str(folder), dry_run, counts, items)
