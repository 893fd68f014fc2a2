"""Serve a warehouse's dashboards to this machine's own browser, and to nobody else.

    /                   the pages; an address that is no file is one of theirs, and they know which
    /data/…             their data, also that of the publications before: an open page reads on
    /data-docs/…        Great Expectations' Data Docs
    /juesuan.duckdb     the published file

Which publication is current is asked at every request, so that a refresh needs no new start.
"""

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from ingest.errors import JuesuanError
from ingest.publish import WAREHOUSE_FILE
from ingest.site import SITE

LOOPBACK = "127.0.0.1"
#: Names under which a browser of this machine asks. Another name is another site's that points here.
HOSTS = ["127.0.0.1", "localhost"]
PORT = 8600
#: Files under these names never change: the name holds a hash of the content.
LASTING = ("_app/immutable/", "data/juesuan/")
MEDIA_TYPES = {".wasm": "application/wasm", ".parquet": "application/octet-stream", ".js": "text/javascript"}


def application(warehouse: Path) -> Starlette:
    """The site of ``warehouse`` as an ASGI application."""
    warehouse = warehouse.resolve()

    async def answer(request: Request) -> Response:
        path = request.path_params["path"]
        file = find_file(warehouse, path)
        if file is None:
            return PlainTextResponse(f"/{path} is not here", status_code=404)
        return FileResponse(file, media_type=MEDIA_TYPES.get(file.suffix), headers=_headers(path, file))

    route: Callable[[Request], Awaitable[Response]] = answer
    return Starlette(
        routes=[Route("/{path:path}", route, methods=["GET", "HEAD"])],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
    )


def find_file(warehouse: Path, path: str) -> Path | None:
    """The file that answers ``path``, or None. Nothing outside the publications is ever found."""
    current = (warehouse / "current").resolve()
    if "\0" in path or ".." in path.split("/"):
        return None
    if path == WAREHOUSE_FILE:
        return _inside(current, path)
    if path.startswith("data-docs/"):
        return _inside(current, f"{path}index.html" if path.endswith("/") else path)
    found = _inside(current / SITE, path)
    if found is None and path.startswith("data/"):
        kept = sorted(current.parent.iterdir(), reverse=True)
        return next((file for old in kept if (file := _inside(old / SITE, path))), None)
    if found is None and "." not in path.rsplit("/", 1)[-1]:
        return _inside(current / SITE, "index.html")
    return found


def listen(port: int) -> socket.socket:
    """A socket on loopback; ``port`` 0 takes any free one. Raises JuesuanError where it is taken."""
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((LOOPBACK, port))
    except OSError as error:
        server.close()
        raise JuesuanError(
            f"port {port} cannot be had ({error.strerror}); choose another with --port"
        ) from None
    server.listen()
    return server


def serve(warehouse: Path, server: socket.socket) -> None:
    """Answer on ``server`` until the process is stopped."""
    import uvicorn

    config = uvicorn.Config(
        application(warehouse), log_level="warning", access_log=False, server_header=False
    )
    uvicorn.Server(config).run(sockets=[server])


def _inside(folder: Path, path: str) -> Path | None:
    file = (folder / path).resolve()
    return file if file.is_relative_to(folder) and file.is_file() else None


def _headers(path: str, file: Path) -> dict[str, str]:
    lasting = path.startswith(LASTING) and file.name != "manifest.json"
    return {
        "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
    }
