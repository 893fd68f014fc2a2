"""Fetching from a server that misbehaves: every paper is whole in the inbox, or told with its reason."""

import gzip
import hashlib
import io
import itertools
import json
import os
import ssl
import threading
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from ingest.discover import find_documents
from ingest.errors import JuesuanError
from ingest.fetch.client import Client, Manners
from ingest.fetch.guard import GuardedBackend, Resolve, is_public, system_resolve
from ingest.fetch.inbox import opened
from ingest.fetch.job import FetchCode, FetchReport, Item, fetch
from ingest.fetch.names import safe_name
from ingest.fetch.sidecar import source_url
from ingest.fetch.sources import Sources
from tests.misbehaving import START, FakeClock, Misbehaving, Request, in_turn, redirect, serve, status

PDF = b"%PDF-1.7\n" + b"0 0 m\n" * 200 + b"%%EOF\n"
OTHER_PDF = PDF.replace(b"0 0 m", b"1 1 l")
PAGE = b"<!doctype html><html><body>404</body></html>"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(clock: FakeClock) -> Iterator[Misbehaving]:
    running = Misbehaving(clock)
    yield running
    running.close()


class Bench:
    """Runs a fetch of the server's paths with a clock of its own and, unless told, loopback allowed."""

    def __init__(self, server: Misbehaving, clock: FakeClock, inbox: Path) -> None:
        self.server, self.clock, self.inbox = server, clock, inbox
        self.resolve: Resolve = system_resolve
        self.private = ["127.0.0.1"]
        self.manners = Manners()
        self.sockets: httpcore.NetworkBackend | None = None
        self.monotonic = clock.clock.monotonic

    def run(self, *urls: str, dry_run: bool = False, **settings: Any) -> FetchReport:
        """Fetch paths of the server (or whole URLs); keywords ``index`` and others make a source."""
        top = {key: settings.pop(key) for key in ("max_bytes", "recheck_days", "licence") if key in settings}
        source = {"name": "here", **settings}
        if urls:
            source["urls"] = [self.server.url(url) if url.startswith("/") else url for url in urls]
        if source.get("index", "").startswith("/"):
            source["index"] = self.server.url(source["index"])
        sources = Sources.model_validate({"sources": [source], **top})
        clock = replace(self.clock.clock, monotonic=self.monotonic)
        backend = GuardedBackend(clock, self.private, self.resolve, self.sockets)
        client = Client(backend, self.manners, "juesuan/test", clock)
        try:
            return fetch(sources, self.inbox, client, clock, dry_run)
        finally:
            client.close()

    def one(self, url: str, **settings: Any) -> Item:
        (item,) = self.run(url, **settings).items
        return item

    def papers(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for path in self.inbox.iterdir()
            if path.is_file() and not path.name.startswith(".") and path.suffix != ".json"
        }

    def strays(self) -> list[str]:
        """What is under the inbox's parent and is neither a paper, a sidecar nor the inbox's own."""
        return [
            str(path)
            for path in self.inbox.parent.rglob("*")
            if path.is_file()
            and path.name != ".fetch.lock"
            and not path.name.endswith((".json", ".pdf", ".page", ".docx", ".txt", ".html"))
        ]


@pytest.fixture
def bench(server: Misbehaving, clock: FakeClock, tmp_path: Path) -> Bench:
    return Bench(server, clock, tmp_path / "inbox")


def sidecar(bench: Bench, item: Item) -> dict[str, Any]:
    assert item.file_name
    found: dict[str, Any] = json.loads((bench.inbox / f"{item.file_name}.source.json").read_text("utf-8"))
    return found


# The good way


def test_a_paper_is_kept_with_its_source(bench: Bench, server: Misbehaving) -> None:
    name = "attachment; filename*=UTF-8''%E5%86%B3%E7%AE%97.pdf"
    server.answers["/a.pdf"] = serve(
        PDF, content_type="application/pdf", etag='"1"', content_disposition=name, set_cookie="a=b"
    )
    report = bench.run("/a.pdf", licence="statutory disclosure")
    (item,) = report.items
    sha256 = hashlib.sha256(PDF).hexdigest()
    assert (report.exit_code, report.message) == (FetchCode.FETCHED, "1 fetched")
    assert bench.papers() == {f"{sha256[:16]}-决算.pdf": PDF}
    note = sidecar(bench, item)
    assert (note["sha256"], note["byte_size"]) == (sha256, len(PDF))
    (retrieval,) = note["retrievals"]
    headers = retrieval.pop("headers")
    assert retrieval == {
        "url": server.url("/a.pdf"),
        "final_url": server.url("/a.pdf"),
        "fetched_at": "2026-11-02T03:00:02Z",
        "source": "here",
        "listed_on": None,
        "licence": "statutory disclosure",
    }
    assert set(headers) == {"content-type", "content-disposition", "content-length", "date", "etag"}
    assert source_url(bench.inbox / str(item.file_name), sha256) == server.url("/a.pdf")
    assert source_url(bench.inbox / str(item.file_name), "0" * 64) is None
    found, refused = find_documents([bench.inbox])
    assert [item.sha256 for item in found] == [sha256]
    assert refused == []


def test_a_known_version_is_asked_for_by_its_tag_and_date(bench: Bench, server: Misbehaving) -> None:
    date = "Mon, 02 Nov 2026 01:00:00 GMT"

    def answer(request: Request) -> None:
        known = request.headers["If-None-Match"] == '"1"' and request.headers["If-Modified-Since"] == date
        request.answer(304 if known else 200, b"" if known else PDF, etag='"1"', last_modified=date)

    server.answers["/a.pdf"] = answer
    assert bench.run("/a.pdf").exit_code == FetchCode.FETCHED
    before = {path: path.stat().st_mtime_ns for path in bench.inbox.iterdir() if path.name != ".fetch.lock"}
    again = bench.run("/a.pdf")
    assert (again.exit_code, again.items[0].status) == (FetchCode.NOTHING_NEW, "unchanged")
    after = {path: path.stat().st_mtime_ns for path in bench.inbox.iterdir() if path.name != ".fetch.lock"}
    assert after == before
    assert "If-None-Match" not in server.asked("/a.pdf")[0].headers


def test_without_the_file_its_version_is_not_known(bench: Bench, server: Misbehaving) -> None:
    """A fetch that was killed between sidecar and file is repeated."""
    server.answers["/a.pdf"] = lambda r: r.answer(304 if r.headers["If-None-Match"] else 200, PDF, etag='"1"')
    bench.one("/a.pdf")
    (name,) = bench.papers()
    (bench.inbox / name).unlink()
    assert bench.one("/a.pdf").status == "fetched"
    assert bench.papers() == {name: PDF}


def test_changed_content_under_the_same_tag(bench: Bench, server: Misbehaving) -> None:
    """Sent again, the content counts; where the server claims no change, the recheck finds it out."""
    server.answers["/a.pdf"] = in_turn(serve(PDF, etag='"1"'), serve(OTHER_PDF, etag='"1"'))
    assert bench.one("/a.pdf").status == "fetched"
    assert bench.one("/a.pdf").status == "fetched"
    assert sorted(bench.papers().values()) == sorted([PDF, OTHER_PDF])

    third = PDF.replace(b"0 0 m", b"2 2 l")
    server.answers["/a.pdf"] = lambda r: r.answer(
        304 if r.headers["If-None-Match"] else 200, third, etag='"1"'
    )
    assert bench.one("/a.pdf", recheck_days=7).status == "unchanged"
    bench.clock.seconds += 7 * 86400
    assert bench.one("/a.pdf", recheck_days=7).status == "fetched"
    assert third in bench.papers().values()


def test_one_content_from_two_places_is_one_file(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {"/a.pdf": serve(PDF), "/b.pdf": serve(PDF)}
    report = bench.run("/a.pdf", "/b.pdf")
    assert [item.status for item in report.items] == ["fetched", "unchanged"]
    assert len(bench.papers()) == 1
    note = sidecar(bench, report.items[1])
    assert [entry["url"] for entry in note["retrievals"]] == [server.url("/a.pdf"), server.url("/b.pdf")]
    assert bench.run("/b.pdf", "/a.pdf").exit_code == FetchCode.NOTHING_NEW
    assert sidecar(bench, report.items[0])["retrievals"][0]["url"] == server.url("/a.pdf")


def test_a_packed_answer_is_unpacked(bench: Bench, server: Misbehaving) -> None:
    server.answers["/a.pdf"] = serve(
        gzip.compress(PDF[:600]) + gzip.compress(PDF[600:]), content_encoding="gzip"
    )
    assert bench.one("/a.pdf").status == "fetched"
    assert list(bench.papers().values()) == [PDF]


# Answers that are slow, cut, too large or something else


@pytest.mark.parametrize("part", ["headers", "content"])
def test_a_drip_ends_with_the_time_of_the_request(bench: Bench, server: Misbehaving, part: str) -> None:
    """Each byte comes well within the read time; the whole would take minutes."""

    def drip(request: Request) -> None:
        if part == "content":
            request.send_response(200)
            request.send_header("content-length", "100000")
            request.end_headers()
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 10_000:
            if request.close_connection:
                break
            time.sleep(0.01)
            request.write(bytes([byte]))

    server.answers["/a.pdf"] = drip
    bench.manners = Manners(attempts=1, total_seconds=0.3)
    bench.monotonic = time.monotonic
    before = time.monotonic()
    item = bench.one("/a.pdf")
    assert (item.status, item.reason_code) == ("failed", "timeout")
    assert time.monotonic() - before < 5
    assert bench.papers() == {}


def test_silence_ends_with_the_read_time(bench: Bench, server: Misbehaving) -> None:
    done = threading.Event()
    server.answers["/a.pdf"] = lambda request: done.wait(5) and None
    bench.manners = Manners(attempts=2, read_seconds=0.05)
    item = bench.one("/a.pdf")
    done.set()
    assert item.reason_code == "timeout"
    assert len(server.asked("/a.pdf")) == 2


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content_length": "5000"}, PDF),
        ({"content_encoding": "gzip"}, gzip.compress(PDF)[:-12]),
        ({"content_encoding": "gzip"}, b"no gzip at all"),
    ],
    ids=["length", "gzip", "no gzip"],
)
def test_a_cut_answer_is_asked_for_again_and_never_kept(
    bench: Bench, server: Misbehaving, headers: dict[str, str], body: bytes
) -> None:
    def cut(request: Request) -> None:
        request.answer(200, body, **headers)
        request.hang_up()

    server.answers["/a.pdf"] = cut
    item = bench.one("/a.pdf")
    assert item.reason_code == ("broken_answer" if body.startswith(b"no") else "truncated")
    assert len(server.asked("/a.pdf")) == Manners().attempts
    assert bench.papers() == {}
    server.answers["/a.pdf"] = in_turn(cut, serve(PDF))
    assert bench.one("/a.pdf").status == "fetched"
    assert list(bench.papers().values()) == [PDF]


def test_a_cut_that_no_length_tells_is_seen_in_the_file(bench: Bench, server: Misbehaving) -> None:
    def unframed(body: bytes) -> Any:
        def answer(request: Request) -> None:
            request.answer(200, body, content_length="", connection="close")
            request.hang_up()

        return answer

    server.answers |= {"/cut.pdf": unframed(PDF[:500]), "/whole.pdf": unframed(PDF)}
    assert bench.one("/cut.pdf").reason_code == "truncated"
    assert bench.one("/whole.pdf").status == "fetched"


def test_a_bomb_stops_at_the_limit(bench: Bench, server: Misbehaving) -> None:
    """256 KiB that unpack to 256 MiB: no more than the limit is ever unpacked, nor held in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = packer.compress(b"%PDF-1.7\n") + b"".join(packer.compress(bytes(1 << 20)) for _ in range(256))
    server.answers["/a.pdf"] = serve(bomb + packer.flush(), content_encoding="gzip")
    tracemalloc.start()
    item = bench.one("/a.pdf", max_bytes=1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (item.status, item.reason_code) == ("refused", "too_large")
    assert len(server.asked("/a.pdf")) == 1
    assert bench.papers() == {}
    assert peak < 8 << 20


def test_packed_twice_or_otherwise_is_refused(bench: Bench, server: Misbehaving) -> None:
    server.answers["/a.pdf"] = serve(gzip.compress(gzip.compress(PDF)), content_encoding="gzip, gzip")
    assert bench.one("/a.pdf").reason_code == "unknown_encoding"


@pytest.mark.parametrize("declared", [True, False])
def test_a_huge_file_is_refused(bench: Bench, server: Misbehaving, declared: bool) -> None:
    sent = 0

    def huge(request: Request) -> None:
        nonlocal sent
        request.send_response(200)
        if declared:
            request.send_header("content-length", str(1 << 40))
        request.end_headers()
        while not request.close_connection and sent < 1 << 28:
            request.write(PDF * 100)
            sent += len(PDF) * 100

    server.answers["/a.pdf"] = huge
    item = bench.one("/a.pdf", max_bytes=1 << 16)
    assert item.reason_code == "too_large"
    assert sent < 1 << 26
    assert bench.strays() == []


def test_an_error_page_is_no_paper(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {
        "/a.pdf": serve(PAGE, content_type="application/pdf"),
        "/download?id=1": serve(PAGE, content_type="application/octet-stream"),
        "/empty.pdf": serve(b""),
        "/program.pdf": serve(b"\x7fELF" + bytes(100), content_type="application/pdf"),
    }
    report = bench.run(*server.answers)
    assert [item.reason_code for item in report.items] == ["wrong_type", "wrong_type", "empty", "wrong_type"]
    assert report.exit_code == FetchCode.FAILED
    assert bench.papers() == {}
    assert bench.one("/a.pdf", types=["pdf", "html"]).reason_code == "wrong_type"


def test_the_bytes_say_what_a_file_is(bench: Bench, server: Misbehaving) -> None:
    office = io.BytesIO()
    with zipfile.ZipFile(office, "w") as package:
        package.writestr("word/document.xml", "<w/>")
    server.answers |= {
        "/download?id=1": serve(office.getvalue(), content_type="application/octet-stream"),
        "/notice.php": serve(PAGE, content_type="text/html"),
        "/a.txt": serve("部门决算".encode()),
        "/cut.docx": serve(office.getvalue()[:40]),
        # Of a version of the format that nobody reads.
        "/future.docx": serve(office.getvalue().replace(b"PK\1\2\x14\3\x14", b"PK\1\2\x14\3\xff")),
    }
    report = bench.run(*server.answers, types=["docx", "html", "txt"])
    assert [item.status for item in report.items] == ["fetched"] * 3 + ["failed"] * 2
    names = [Path(str(item.file_name)).name.partition("-")[2] for item in report.items[:3]]
    assert names == ["download.docx", "notice.html", "a.txt"]
    assert [item.reason_code for item in report.items[3:]] == ["truncated", "truncated"]


# Servers that fail, and those that ask for patience


def test_failures_that_pass_are_tried_again(bench: Bench, server: Misbehaving, clock: FakeClock) -> None:
    server.answers["/a.pdf"] = in_turn(status(500), status(502), serve(PDF))
    assert bench.one("/a.pdf").status == "fetched"
    times = [seen.at for seen in server.asked("/a.pdf")]
    assert [after - before for before, after in itertools.pairwise(times)] == [2.0, 4.0]


def test_failures_that_stay_are_told(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {
        "/a.pdf": status(503),
        "/b.pdf": status(404),
        "/c.pdf": status(403),
        "/d.pdf": serve(PDF),
    }
    report = bench.run(*server.answers)
    assert [item.reason_code for item in report.items] == ["server_busy", "not_there", "forbidden", None]
    assert [len(server.asked(path)) for path in server.answers] == [4, 1, 1, 1]
    assert report.exit_code == FetchCode.PARTLY
    assert report.message == "1 fetched, 3 failed"


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_kept(bench: Bench, server: Misbehaving, clock: FakeClock, as_date: bool) -> None:
    asks = format_datetime(START.replace(minute=1, second=0), usegmt=True) if as_date else "60"
    server.answers["/a.pdf"] = in_turn(status(429, retry_after=asks), serve(PDF))
    assert bench.one("/a.pdf").status == "fetched"
    first, second = (seen.at for seen in server.asked("/a.pdf"))
    assert second == 60.0 if as_date else second - first == 60.0


def test_a_date_that_no_calendar_has_asks_for_nothing(bench: Bench, server: Misbehaving) -> None:
    asks = "Sat, 28 Nov 2026 16:00:00 +99999999999999999999"
    server.answers["/a.pdf"] = in_turn(status(429, retry_after=asks), serve(PDF))
    assert bench.one("/a.pdf").status == "fetched"


def test_a_host_that_asks_for_hours_is_left_alone(
    bench: Bench, server: Misbehaving, clock: FakeClock
) -> None:
    server.answers |= {"/a.pdf": status(429, retry_after="7200"), "/b.pdf": serve(PDF)}
    report = bench.run("/a.pdf", "/b.pdf")
    assert [item.reason_code for item in report.items] == ["server_busy", "server_busy"]
    assert "7200 s" in str(report.items[0].reason)
    assert server.asked("/b.pdf") == []
    assert clock.seconds < 60


def test_a_dead_host_costs_its_tries_once(bench: Bench, server: Misbehaving) -> None:
    server.close()
    report = bench.run("/a.pdf", "/b.pdf", "/c.pdf")
    assert {item.reason_code for item in report.items} == {"unreachable"}
    assert len(bench.clock.slept) == Manners().attempts - 1


def test_a_host_is_asked_at_its_pace(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {f"/{name}.pdf": serve(PDF + name.encode()) for name in "abc"}
    bench.run("/a.pdf", "/b.pdf", "/c.pdf")
    times = [seen.at for seen in server.seen]
    assert len(times) == 4
    assert all(after - before >= 2.0 for before, after in itertools.pairwise(times))


# robots.txt


def test_robots_are_obeyed(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {
        "/robots.txt": serve(b"User-agent: *\nCrawl-delay: 11\nDisallow: /secret/\nDisallow: /*.xls$\n"),
        "/secret/a.pdf": serve(PDF),
        "/a.xls": serve(PDF),
        "/a.pdf": serve(PDF),
        "/b.pdf": redirect("/secret/a.pdf"),
    }
    report = bench.run("/secret/a.pdf", "/a.xls", "/a.pdf", "/b.pdf")
    assert [item.reason_code for item in report.items] == ["robots", "robots", None, "robots"]
    assert [seen.path for seen in server.seen] == ["/robots.txt", "/a.pdf", "/b.pdf"]
    assert [seen.at for seen in server.seen] == [0.0, 11.0, 22.0]
    assert server.seen[0].headers["User-Agent"] == "juesuan/test"


def test_a_site_that_cannot_tell_its_rules_is_not_asked(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {"/robots.txt": status(500), "/a.pdf": serve(PDF)}
    assert bench.one("/a.pdf").reason_code == "server_busy"
    assert server.asked("/a.pdf") == []
    server.answers["/robots.txt"] = status(403)
    assert bench.one("/a.pdf").status == "fetched"


def test_rules_beyond_the_limit_are_read_as_far_as_it(bench: Bench, server: Misbehaving) -> None:
    rules = b"User-agent: *\nDisallow: /a\n" + b"# more\n" * 200_000
    server.answers |= {"/robots.txt": serve(rules), "/a.pdf": serve(PDF), "/b.pdf": serve(PDF)}
    report = bench.run("/a.pdf", "/b.pdf")
    assert [item.reason_code for item in report.items] == ["robots", None]


# Where it may not go


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2400:3200::1", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.100.100.200", False),
        ("192.0.0.192", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("not an address", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


class NoSockets(httpcore.NetworkBackend):
    """Notes where it is asked to connect to, and connects nowhere."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        self.asked.append(host)
        raise httpcore.ConnectError("no way out of this test")


def test_every_address_of_a_name_must_be_public(bench: Bench) -> None:
    bench.sockets = sockets = NoSockets()
    names: dict[str, Sequence[str]] = {
        "inside.test": ["10.0.0.7"],
        "both.test": ["8.8.8.8", "::1"],
        "metadata.test": ["169.254.169.254"],
    }
    bench.resolve = lambda host, port: names[host]
    report = bench.run(*(f"http://{name}/a.pdf" for name in names))
    assert [item.reason_code for item in report.items] == ["private_address"] * 3
    assert "10.0.0.7" in str(report.items[0].reason)
    assert "--allow-private inside.test" in str(report.items[0].remedy)
    assert sockets.asked == []


def test_the_connection_goes_to_the_address_that_was_checked(bench: Bench) -> None:
    """A name server that answers differently the second time gains nothing."""
    answers = iter([["93.184.216.34"], *[["127.0.0.1"]] * 9])
    bench.sockets = sockets = NoSockets()
    bench.resolve = lambda host, port: next(answers)
    assert bench.one("http://rebinding.test/a.pdf").reason_code == "private_address"
    assert sockets.asked == ["93.184.216.34"]


@pytest.mark.parametrize("place", ["http://0x7f.1/a.pdf", "http://2130706433/a.pdf", "http://[::1]/a.pdf"])
def test_an_address_in_disguise_is_known(bench: Bench, place: str) -> None:
    bench.sockets = sockets = NoSockets()
    assert bench.one(place).reason_code == "private_address"
    assert sockets.asked == []


def test_a_redirect_leads_to_no_private_address(bench: Bench, server: Misbehaving) -> None:
    bench.resolve = lambda host, port: ["127.0.0.1"] if host == "127.0.0.1" else ["192.168.0.1"]
    server.answers["/a.pdf"] = redirect("http://router.test/admin.pdf")
    item = bench.one("/a.pdf")
    assert (item.status, item.reason_code) == ("refused", "private_address")


def test_the_loopback_is_private_unless_named(bench: Bench, server: Misbehaving) -> None:
    bench.private = []
    server.answers["/a.pdf"] = serve(PDF)
    assert bench.one("/a.pdf").reason_code == "private_address"
    assert server.seen == []


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("file:///etc/passwd", "refused_url"),
        ("ftp://papers.test/a.pdf", "refused_url"),
        ("http://user:hush@127.0.0.1/a.pdf", "refused_url"),
        ("http://[", "refused_url"),
        ("/a.pdf", "redirect_loop"),
        ("/b.pdf", "redirect_loop"),
        ("/r1", "too_many_redirects"),
    ],
)
def test_redirects_to_nowhere(bench: Bench, server: Misbehaving, place: str, code: str) -> None:
    server.answers |= {f"/r{number}": redirect(f"/r{number + 1}") for number in range(20)}
    server.answers |= {"/a.pdf": redirect(place), "/b.pdf": redirect("/a.pdf")}
    item = bench.one("/a.pdf")
    assert item.reason_code == code
    assert len(server.seen) <= 7
    assert "hush" not in json.dumps(item.reason)


def test_a_proxy_in_the_environment_is_not_used(
    bench: Bench, server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server.answers["/a.pdf"] = serve(PDF)
    assert bench.one("/a.pdf").status == "fetched"


# TLS


@pytest.fixture
def tls_server(server: Misbehaving, tmp_path: Path) -> Path:
    """Put the server behind TLS as papers.test; the certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "papers.test")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("papers.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, key_path = tmp_path / "certificate.json", tmp_path / "key.json"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return path


def test_tls_checks_the_name_and_not_the_address(
    bench: Bench, server: Misbehaving, tls_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/a.pdf"] = serve(PDF)
    bench.private = ["papers.test", "other.test"]
    bench.resolve = lambda host, port: ["127.0.0.1"]
    good, bad = (server.url("/a.pdf", host).replace("http:", "https:") for host in bench.private)
    assert bench.one(good).reason_code == "tls"
    assert bench.clock.slept == []
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server))
    assert bench.one(bad).reason_code == "tls"
    assert bench.one(good).status == "fetched"


# Where it may not write


@pytest.mark.parametrize(
    "name",
    [
        "../../outside.pdf",
        "/etc/cron.d/job.pdf",
        "..\\..\\outside.pdf",
        "..",
        ".",
        "",
        ".hidden.pdf",
        "%2e%2e%2foutside.pdf",
        "\u202efdp.exe",
        "con.pdf:stream",
        "很长" * 300 + ".pdf",
        "a.source.json",
    ],
)
def test_no_name_leads_out_of_the_inbox(bench: Bench, server: Misbehaving, name: str) -> None:
    raw = f'attachment; filename="{name}"'.encode().decode("latin-1")
    server.answers["/x/a.pdf"] = serve(PDF, content_disposition=raw)
    before = set(bench.inbox.parent.parent.iterdir())
    item = bench.one("/x/a.pdf")
    assert item.status == "fetched"
    (kept,) = bench.papers()
    assert kept.startswith(hashlib.sha256(PDF).hexdigest()[:16] + "-")
    assert kept.endswith(".pdf")
    assert kept.isprintable()
    assert not set("/\\<>:|?*") & set(kept)
    assert len(os.fsencode(kept + ".source.json.part")) <= 255
    assert set(bench.inbox.parent.parent.iterdir()) == before
    assert {path.name for path in bench.inbox.parent.iterdir()} == {"inbox"}
    assert bench.strays() == []


def test_marks_that_steer_are_taken_out_of_names() -> None:
    assert safe_name("a\x00\x1b[2J\u202e\n b.pdf", "0" * 64, "pdf") == "0" * 16 + "-a_[2J_b.pdf"
    assert safe_name("\x00", "0" * 64, "xls") == "0" * 16 + "-document.xls"


@given(name=st.text(max_size=400), kind=st.sampled_from(["pdf", "xlsx"]))
def test_any_name_is_one_file_beside_the_others(name: str, kind: str) -> None:
    safe = safe_name(name, "f" * 64, kind)
    assert Path("/inbox", safe).parent == Path("/inbox")
    assert safe.startswith("f" * 16 + "-")
    assert safe.endswith(f".{kind}")
    assert safe.isprintable()
    assert len(os.fsencode(safe)) <= 180


def test_names_in_the_encodings_of_servers(bench: Bench, server: Misbehaving) -> None:
    gbk = 'attachment; filename="决算.pdf"'.encode("gb18030").decode("latin-1")
    utf8 = 'attachment; filename="预算.pdf"'.encode().decode("latin-1")
    server.answers |= {
        "/1": serve(PDF + b"1", content_disposition=gbk),
        "/2": serve(PDF + b"2", content_disposition=utf8),
        "/%E5%85%AC%E5%BC%80%201.pdf": serve(PDF + b"3"),
    }
    report = bench.run(*server.answers)
    names = [str(item.file_name).partition("-")[2] for item in report.items]
    assert names == ["决算.pdf", "预算.pdf", "公开_1.pdf"]


def test_a_file_that_is_there_is_never_written(bench: Bench, server: Misbehaving, tmp_path: Path) -> None:
    server.answers["/a.pdf"] = serve(PDF)
    outside = tmp_path / "outside.pdf"
    bench.inbox.mkdir()
    name = f"{hashlib.sha256(PDF).hexdigest()[:16]}-a.pdf"
    (bench.inbox / name).symlink_to(outside)
    with pytest.raises(JuesuanError, match="move it away"):
        bench.run("/a.pdf")
    assert not outside.exists()


def test_two_fetches_do_not_write_one_inbox(bench: Bench) -> None:
    with opened(bench.inbox), pytest.raises(JuesuanError, match="another fetch"):
        bench.run("/a.pdf")


def test_leftovers_of_a_killed_fetch_are_removed(bench: Bench, server: Misbehaving) -> None:
    server.answers["/a.pdf"] = serve(PDF)
    (bench.inbox / ".pages").mkdir(parents=True)
    for folder in (bench.inbox, bench.inbox / ".pages"):
        (folder / ".download.part").write_bytes(b"half")
    bench.run("/a.pdf")
    assert bench.strays() == []


def test_a_full_disk_ends_the_run_and_keeps_what_is_whole(
    bench: Bench, server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers |= {"/a.pdf": serve(PDF), "/b.pdf": serve(OTHER_PDF)}
    real, calls = os.fsync, 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls > 6:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(JuesuanError, match="No space left"):
        bench.run("/a.pdf", "/b.pdf")
    monkeypatch.undo()
    assert list(bench.papers().values()) == [PDF]
    assert bench.run("/a.pdf", "/b.pdf").message == "1 fetched, 1 unchanged"


@pytest.mark.parametrize("damage", ["{", "", "[]", "javascript"])
def test_a_damaged_sidecar_is_not_used(
    bench: Bench, server: Misbehaving, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    server.answers["/a.pdf"] = serve(PDF, etag='"1"')
    item = bench.one("/a.pdf")
    note = bench.inbox / f"{item.file_name}.source.json"
    script = note.read_text(encoding="utf-8").replace("http://", "javascript:")
    note.write_text(script if damage == "javascript" else damage, encoding="utf-8")
    assert source_url(bench.inbox / str(item.file_name), str(item.sha256)) is None
    assert "is no sidecar" in caplog.text


# Index pages


INDEX = """<html><head><base href="/papers/"></head><body>
<a href="a.pdf#page=2">2024年部门决算</a> <a href="/other/b.doc?x=1">2025 年部门<b>预算</b></a>
<a href="notice.html">通知</a> <a href="javascript:void(0)">决算</a> <a href="#决算">决算</a>
<a href="a.pdf">同一份决算</a> <a href="page2.html">下一页</a> <a>决算</a>
</body></html>"""


def test_the_links_of_an_index_that_match_are_fetched(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {
        "/index.html": serve(INDEX.encode("gb18030"), content_type="text/html; charset=gb2312", etag='"i"'),
        "/papers/page2.html": serve("<a href='c.pdf'>某局决算</a>".encode()),
        "/papers/a.pdf": serve(PDF),
        "/other/b.doc?x=1": serve(OTHER_PDF),
        "/papers/c.pdf": serve(PDF + b"c"),
    }
    source = {"index": "/index.html", "documents": "决算|预算", "follow": "下一页"}
    report = bench.run(**source)
    assert [(item.url, item.status) for item in report.items] == [
        (server.url("/papers/a.pdf"), "fetched"),
        (server.url("/other/b.doc?x=1"), "fetched"),
        (server.url("/papers/c.pdf"), "fetched"),
    ]
    assert report.items[2].listed_on == server.url("/papers/page2.html")
    found, _ = find_documents([bench.inbox])
    assert len(found) == 3

    server.answers["/index.html"] = status(304)
    server.answers["/papers/page2.html"] = serve("<a href='d.pdf'>某局决算</a>".encode())
    server.answers["/papers/d.pdf"] = serve(PDF + b"d")
    again = bench.run(**source)
    assert [item.status for item in again.items] == ["unchanged", "unchanged", "fetched"]
    assert server.asked("/index.html")[1].headers["If-None-Match"] == '"i"'
    assert len(list((bench.inbox / ".pages").glob("*.page"))) == 2


def test_links_that_lead_off_are_refused(bench: Bench, server: Misbehaving) -> None:
    links = ["file:///etc/passwd.pdf", "http://elsewhere.test/a.pdf", "ftp://x.test/a.pdf", "http://[/a.pdf"]
    page = "".join(f'<a href="{link}">x</a>' for link in [*links, links[0], "a.pdf"])
    server.answers |= {"/index.html": serve(page.encode()), "/a.pdf": serve(PDF)}
    report = bench.run(index="/index.html", documents=r"\.pdf$")
    assert [(item.status, item.reason_code) for item in report.items] == [
        ("refused", "refused_url"),
        ("refused", "other_host"),
        ("refused", "refused_url"),
        ("refused", "refused_url"),
        ("fetched", None),
    ]
    assert "add elsewhere.test to the hosts" in str(report.items[1].remedy)
    assert report.exit_code == FetchCode.PARTLY


def test_an_index_without_papers_is_a_failure(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {"/index.html": serve(b"<script>fill()</script>"), "/empty.html": serve(b"")}
    for index in ("/index.html", "/empty.html", "/gone.html"):
        report = bench.run(index=index, documents="决算")
        assert report.exit_code == FetchCode.FAILED
        assert report.items[0].reason_code == ("not_there" if "gone" in index else "no_links")


def test_pages_and_papers_have_limits(bench: Bench, server: Misbehaving) -> None:
    def page(request: Request) -> None:
        number = int(request.path.rpartition("/")[2])
        links = (
            f'<a href="/p/{number + 1}">next</a><a href="/p/{number}">this</a><a href="/{number}.pdf">x</a>'
        )
        request.answer(200, links.encode())

    server.answers |= {f"/p/{number}": page for number in range(40)}
    server.answers |= {f"/{number}.pdf": serve(PDF + b"%d" % number) for number in range(40)}
    report = bench.run(index="/p/0", documents="pdf", follow="/p/", max_pages=3, max_documents=2)
    assert [item.reason_code for item in report.items] == ["too_many_links", None, None]
    assert len(server.asked("/p/3")) == 0
    assert server.asked("/2.pdf") == []


def test_a_dry_run_plans_and_writes_nothing(bench: Bench, server: Misbehaving) -> None:
    server.answers |= {"/index.html": serve(b'<a href="a.pdf">x</a>'), "/a.pdf": serve(PDF)}
    report = bench.run(index="/index.html", documents="pdf", dry_run=True)
    assert [(item.url, item.status) for item in report.items] == [(server.url("/a.pdf"), "planned")]
    assert report.exit_code == FetchCode.FETCHED
    assert server.asked("/a.pdf") == []
    assert not bench.inbox.exists()
