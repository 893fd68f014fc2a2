"""A fetch that is killed at any moment leaves whole papers with their sources, and the next one ends well."""

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.fetch.client import Client, Manners
from ingest.fetch.guard import GuardedBackend
from ingest.fetch.job import FetchCode, FetchReport, fetch
from ingest.fetch.sidecar import source_url
from ingest.fetch.sources import Sources
from tests.misbehaving import Answer, FakeClock, Misbehaving, Request, serve

KILLS = 20


def in_pieces(body: bytes) -> Answer:
    """An answer that takes long enough to be killed in."""

    def answer(request: Request) -> None:
        request.send_response(200)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        for start in range(0, len(body), 4000):
            request.write(body[start : start + 4000])
            time.sleep(0.001)

    return answer


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    running = Misbehaving(FakeClock())
    chance = random.Random(20261102)
    papers = {f"/{number}.pdf": b"%PDF-1.7\n" + chance.randbytes(40_000) + b"%%EOF\n" for number in range(5)}
    running.answers |= {path: in_pieces(body) for path, body in papers.items()}
    running.answers["/index.html"] = serve("".join(f'<a href="{path}">x</a>' for path in papers).encode())
    yield running
    running.close()


def run(server: Misbehaving, inbox: Path) -> FetchReport:
    clock = FakeClock().clock
    index = {"name": "here", "index": server.url("/index.html"), "documents": r"\.pdf$"}
    client = Client(GuardedBackend(clock, ["127.0.0.1"]), Manners(), "juesuan/test", clock)
    return fetch(Sources.model_validate({"sources": [index]}), inbox, client, clock)


def papers(inbox: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in inbox.glob("*.pdf")}


def test_killed_at_any_moment(server: Misbehaving, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    started = time.monotonic()
    report = run(server, inbox)
    whole = time.monotonic() - started
    expected = papers(inbox)
    sources = {item.file_name: (item.url, item.sha256) for item in report.items}
    assert len(expected) == 5
    chance, found = random.Random(7), set()
    for _ in range(KILLS):
        shutil.rmtree(inbox)
        child = os.fork()
        if not child:
            try:
                run(server, inbox)
            finally:
                os._exit(0)
        time.sleep(chance.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        left = papers(inbox)
        found.add(len(left))
        assert left.items() <= expected.items()
        for name in left:
            url, sha256 = sources[name]
            assert source_url(inbox / name, str(sha256)) == url
        assert run(server, inbox).exit_code in {FetchCode.FETCHED, FetchCode.NOTHING_NEW}
        assert papers(inbox) == expected
        assert not list(inbox.rglob("*.part"))
    assert len(found) >= 3, "the kills fell on too few moments"
