"""One URL to one answer: polite, patient within bounds, and never further than it may go."""

import contextlib
import email.utils
import itertools
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import BinaryIO

import httpcore
import httpx

from ingest.fetch.body import Body, too_large
from ingest.fetch.clock import Clock
from ingest.fetch.guard import GuardedBackend
from ingest.fetch.problem import NotFetched, Transient
from ingest.fetch.robots import Robots

SCHEMES = frozenset({"http", "https"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: A name in its ASCII form, or an address of version 4 or 6.
_HOST = re.compile(rb"[a-z0-9_](?:[a-z0-9._-]*)|[0-9a-f:.]*:[0-9a-f:.]*", re.I)
#: What a header may hold; a server's own words are not sent back to it unseen.
_SENDABLE = re.compile(r"[\x20-\x7e]+")
_MAY_PASS = frozenset({408, 425, 429})
#: Of an answer's headers these are kept: what the file is, and which version of it.
KEPT_HEADERS = ("content-type", "content-disposition", "content-length", "date", "etag", "last-modified")


@dataclass(frozen=True)
class Manners:
    """How a server is treated: seconds between requests to a host, tries, patience."""

    delay_seconds: float = 2.0
    attempts: int = 4
    backoff_seconds: float = 2.0
    longest_wait_seconds: float = 120.0
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 300.0
    redirects: int = 5


@dataclass(frozen=True)
class Answer:
    """What came: ``unchanged`` where the server says that the known version still stands.

    ``is_framed`` says that the server told where the answer ends, so that a cut would have shown.
    """

    final_url: str
    headers: Mapping[str, str]
    unchanged: bool = False
    sha256: str = ""
    size: int = 0
    is_framed: bool = True


@dataclass(frozen=True)
class Known:
    """The version at hand: the URL that gave it and what its server named it by."""

    final_url: str
    etag: str | None = None
    last_modified: str | None = None

    def conditions(self, url: str) -> dict[str, str]:
        """The headers that ask for a newer version only; none for another URL than the version's."""
        if url != self.final_url:
            return {}
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value and _SENDABLE.fullmatch(value)}


@dataclass(frozen=True)
class _Wanted:
    """What is asked for: where to write it, how much of it, and the version at hand."""

    into: BinaryIO
    limit: int
    known: Known | None
    is_robots: bool

    def conditions(self, url: str) -> dict[str, str]:
        return self.known.conditions(url) if self.known else {}


class Client:
    """Fetches one URL at a time. Keeps its manners with every host, redirects included."""

    def __init__(self, backend: GuardedBackend, manners: Manners, user_agent: str, clock: Clock) -> None:
        self._backend = backend
        self._manners = manners
        self._clock = clock
        self._last: dict[str, float] = {}
        self._paused: dict[str, float] = {}
        self._closed: dict[str, Transient] = {}
        self._robots = Robots(self._robots_text)
        self._http = httpx.Client(
            transport=_Transport(backend),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(manners.read_seconds, connect=manners.connect_seconds),
        )

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def get(
        self, url: str, into: BinaryIO, limit: int, known: Known | None = None, is_robots: bool = False
    ) -> Answer:
        """Write the content of ``url`` into a file, at most ``limit`` bytes of it.

        Raises NotFetched. What may pass is tried again after a pause that doubles, or that the server
        asks for; a host that asks for too long a pause or cannot be reached is left alone from then on.
        robots.txt (``is_robots``) needs nobody's leave, and beyond the limit its beginning is there.
        """
        wanted = _Wanted(into, limit, known, is_robots)
        for attempt in itertools.count(1):
            try:
                return self._follow(url, wanted)
            except Transient as problem:
                host = problem.host or checked_url(url).host
                longest = self._manners.longest_wait_seconds
                wait = problem.wait_seconds
                if wait is None:
                    wait = min(self._manners.backoff_seconds * 2 ** (attempt - 1), longest)
                if wait > longest or attempt == self._manners.attempts or host in self._closed:
                    if wait > longest or problem.of_host:
                        self._closed.setdefault(host, problem)
                    raise
                self._paused[host] = self._clock.monotonic() + wait
        raise AssertionError("unreachable")

    def _follow(self, url: str, wanted: _Wanted) -> Answer:
        seen: list[str] = []
        while len(seen) <= self._manners.redirects:
            target = checked_url(url)
            url = str(target)
            if url in seen:
                raise NotFetched(
                    "redirect_loop", f"{url} redirects to itself in the end", "tell the publisher"
                )
            seen.append(url)
            if not wanted.is_robots:
                self._robots.check(target)
            with self._asked(target, wanted.conditions(url)) as response:
                place = response.headers.get("location")
                if response.status_code in _REDIRECTS and place:
                    url = _joined(target, place)
                    continue
                return self._taken(response, url, wanted)
        raise NotFetched(
            "too_many_redirects",
            f"more than {self._manners.redirects} redirects, the last one to {url}",
            "list the URL that they lead to",
        )

    @contextlib.contextmanager
    def _asked(self, url: httpx.URL, conditions: Mapping[str, str]) -> Iterator[httpx.Response]:
        """The answer to one request, its content still to be read; failures in our own words."""
        host = url.host
        if host in self._closed:
            raise self._closed[host]
        self._wait_for_turn(url)
        self._backend.give(self._manners.total_seconds)
        try:
            with self._http.stream("GET", url, headers=dict(conditions)) as response:
                yield response
        except httpcore.TimeoutException as error:
            connecting = isinstance(error, httpcore.ConnectTimeout)
            raise Transient(
                "timeout",
                f"{host} did not answer in time" if connecting else f"{host} answers too slowly ({error})",
                "try again later, or give it more time in sources.yml (manners)",
                host=host,
                of_host=connecting,
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _broken(host, error) from error
        except Transient as problem:
            problem.host = host
            raise
        finally:
            self._last[host] = self._clock.monotonic()

    def _taken(self, response: httpx.Response, url: str, wanted: _Wanted) -> Answer:
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        if response.status_code == 304 and wanted.conditions(url):
            return Answer(url, headers, unchanged=True)
        if response.status_code != 200:
            raise _refusal(response, self._clock)
        declared = response.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > wanted.limit and not wanted.is_robots:
            raise too_large(wanted.limit)
        body = Body(wanted.into, wanted.limit, response.headers.get("content-encoding", "").strip().lower())
        for chunk in response.iter_raw():
            body.feed(chunk)
        body.end()
        framed = bool(declared) or "transfer-encoding" in response.headers
        return Answer(url, headers, sha256=body.sha256, size=body.size, is_framed=framed)

    def _wait_for_turn(self, url: httpx.URL) -> None:
        turn = self._paused.get(url.host, 0.0)
        if url.host in self._last:
            asked = min(self._robots.crawl_delay(url), self._manners.longest_wait_seconds)
            turn = max(turn, self._last[url.host] + max(self._manners.delay_seconds, asked))
        wait = turn - self._clock.monotonic()
        if wait > 0:
            self._clock.sleep(wait)

    def _robots_text(self, url: str, into: BinaryIO, limit: int) -> None:
        self.get(url, into, limit, is_robots=True)


class _Transport(httpx.BaseTransport):
    """httpx over connections that the guarded backend opens: no proxy, no other way."""

    def __init__(self, backend: GuardedBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=backend, keepalive_expiry=30.0
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Stream(response))

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


def checked_url(text: str) -> httpx.URL:
    """A URL in its normal form, without its fragment. Raises NotFetched where it is none to fetch."""
    try:
        url = httpx.URL(text).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _refused_url(f"{text!r} is no URL ({error})") from error
    if url.scheme not in SCHEMES or not _HOST.fullmatch(url.raw_host):
        raise _refused_url(f"{text!r} is no http or https URL")
    if url.userinfo:
        raise _refused_url(f"a URL of {url.host} carries a user name or password")
    return url


def _refused_url(reason: str) -> NotFetched:
    return NotFetched("refused_url", reason, "list the public http or https URL", refused=True)


def _joined(base: httpx.URL, place: str) -> str:
    try:
        return str(base.join(place))
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _refused_url(f"a redirect leads to {place!r}, which is no URL") from error


def _broken(host: str, error: Exception) -> NotFetched:
    """A failure of the connection: what may pass, and a certificate, which does not."""
    # httpcore's pool raises on "from None"; what lies behind is still the context.
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
        return NotFetched(
            "tls", f"{host} offers no safe connection ({error})", "check its certificate; tell the publisher"
        )
    if isinstance(error, httpcore.ConnectError):
        return Transient(
            "unreachable",
            f"{host} cannot be reached ({error})",
            "try again later; check the URL and the network",
            host=host,
            of_host=True,
        )
    cut = "complete" in str(error)
    return Transient(
        "truncated" if cut else "broken_answer",
        f"the answer of {host} {'ends too early' if cut else 'is broken'} ({error})",
        "try again later",
        host=host,
    )


def _refusal(response: httpx.Response, clock: Clock) -> NotFetched:
    """The error for an answer that is not the content."""
    status = response.status_code
    words = f"the server answers {status} {response.reason_phrase}".rstrip()
    if status in _MAY_PASS or status >= 500:
        wait = _retry_after(response.headers.get("retry-after", ""), clock)
        asks = f" and asks to wait {wait:.0f} s" if wait is not None else ""
        return Transient("server_busy", words + asks, "try again later", status=status, wait_seconds=wait)
    if status in {404, 410}:
        return NotFetched("not_there", words, "check the URL; the paper may have moved", status=status)
    if status in {401, 403, 407, 451}:
        return NotFetched("forbidden", words, "open it in a browser; ask the publisher", status=status)
    return NotFetched("http_status", words, "check the URL", status=status)


def _retry_after(text: str, clock: Clock) -> float | None:
    """Seconds that a Retry-After header asks for, given in seconds or as a date."""
    text = text.strip()
    if text.isdecimal():
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, (date - clock.now()).total_seconds())
    except (ValueError, OverflowError):
        # No date, or one that no calendar has.
        return None
