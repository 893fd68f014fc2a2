"""A web server on this machine that misbehaves as told, and a clock that nobody waits for."""

import http.server
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.fetch.clock import Clock

START = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


class FakeClock:
    """Time passes when someone sleeps, or when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, self.now, self.sleep)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class Request(http.server.BaseHTTPRequestHandler):
    """One request, with the few words a misbehaving answer needs."""

    protocol_version = "HTTP/1.1"
    server: "Misbehaving"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.seen.append(Seen(self.path, dict(self.headers.items()), self.server.clock.seconds, body))
        answer = self.server.answers.get(self.path)
        if answer is None:
            self.answer(404, b"not here")
        else:
            answer(self)

    do_POST = do_GET

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """A whole answer; ``content_type`` becomes Content-Type. A length given replaces the true one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.send_response(status)
        for name, value in ({"content-length": str(len(body))} | named).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.write(body)

    def write(self, data: bytes) -> None:
        try:
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


Answer = Callable[[Request], None]


@dataclass(frozen=True)
class Seen:
    path: str
    headers: dict[str, str]
    at: float
    body: bytes = b""


@dataclass(eq=False)
class Misbehaving(http.server.ThreadingHTTPServer):
    """Answers by path; what it has no answer for is not there."""

    clock: FakeClock
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_address[1]}{path}"

    def asked(self, path: str) -> list[Seen]:
        return [item for item in self.seen if item.path == path]

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what the tests are about."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()


def serve(body: bytes, **headers: str) -> Answer:
    """An honest answer."""
    return lambda request: request.answer(200, body, **headers)


def in_turn(*answers: Answer) -> Answer:
    """One answer after the other; the last one stays."""
    waiting = list(answers)
    return lambda request: (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)


def status(code: int, **headers: str) -> Answer:
    return lambda request: request.answer(code, b"", **headers)


def redirect(to: str) -> Answer:
    return lambda request: request.answer(302, b"", location=to)
