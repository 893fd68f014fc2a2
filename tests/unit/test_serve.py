"""juesuan serve: ranges, addresses of pages, nothing outside the publications, loopback alone."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ingest.errors import JuesuanError
from ingest.serve import LOOPBACK, application, find_file, listen

PARQUET = bytes(range(256)) * 40
DATA = "data/juesuan/0123456789abcdef/cell.parquet"


def publication(warehouse: Path, number: str) -> Path:
    folder = warehouse / "publications" / number
    (folder / "site" / "_app" / "immutable").mkdir(parents=True)
    (folder / "data-docs").mkdir()
    (folder / "site" / "index.html").write_text(f"<p>{number}</p>")
    (folder / "site" / "_app" / "immutable" / "a.js").write_text("1")
    (folder / "site" / "data").mkdir()
    (folder / "site" / "data" / "manifest.json").write_text("{}")
    (folder / "data-docs" / "index.html").write_text("docs")
    (folder / "publication.json").write_text("private")
    (folder / "juesuan.duckdb").write_bytes(b"duck")
    link = warehouse / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("publications") / number)
    return folder


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    folder = publication(tmp_path, "000001")
    target = folder / "site" / DATA
    target.parent.mkdir(parents=True)
    target.write_bytes(PARQUET)
    (tmp_path / "ledger.duckdb").write_bytes(b"secret")
    return tmp_path


@pytest.fixture
def client(warehouse: Path) -> TestClient:
    return TestClient(application(warehouse), base_url="http://127.0.0.1")


def test_a_range_is_answered_as_a_range(client: TestClient) -> None:
    answer = client.get(f"/{DATA}", headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.content == PARQUET[10:20]
    assert answer.headers["content-range"] == f"bytes 10-19/{len(PARQUET)}"
    assert client.get(f"/{DATA}", headers={"Range": "bytes=-8"}).content == PARQUET[-8:]
    assert client.get(f"/{DATA}", headers={"Range": "bytes=99999999-"}).status_code == 416


def test_a_head_tells_size_and_that_ranges_are_taken(client: TestClient) -> None:
    answer = client.head(f"/{DATA}")
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(PARQUET))
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("path", ["/", "/department/0123/", "/code/2080505/", "/anything"])
def test_the_address_of_a_page_is_answered_with_the_pages(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "<p>000001</p>")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/missing.js", "/data/juesuan/0/none.parquet", "/data-docs/none.html"])
def test_a_file_that_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "../../ledger.duckdb",
        "data/../../../../ledger.duckdb",
        "data-docs/../publication.json",
        "data/../../publication.json",
        "..",
        "/etc/passwd",
        "data//etc/passwd",
        "a\0b",
    ],
)
def test_nothing_outside_the_site_is_found(warehouse: Path, path: str) -> None:
    found = find_file(warehouse, path)
    site = (warehouse / "publications" / "000001" / "site").resolve()
    assert found is None or found == site / "index.html"


def test_escaped_dots_are_dots(client: TestClient) -> None:
    assert client.get("/data/..%2f..%2f..%2f..%2fledger.duckdb").status_code == 404


def test_a_link_out_of_the_site_leads_nowhere(warehouse: Path, client: TestClient) -> None:
    (warehouse / "publications" / "000001" / "site" / "out.js").symlink_to(warehouse / "ledger.duckdb")
    assert client.get("/out.js").status_code == 404


def test_another_hosts_name_is_refused(warehouse: Path) -> None:
    assert TestClient(application(warehouse), base_url="http://evil.example").get("/").status_code == 400


def test_what_never_changes_may_be_kept_and_the_rest_is_asked_for(client: TestClient) -> None:
    assert "immutable" in client.get(f"/{DATA}").headers["cache-control"]
    assert "immutable" in client.get("/_app/immutable/a.js").headers["cache-control"]
    assert client.get("/data/manifest.json").headers["cache-control"] == "no-cache"


def test_an_open_page_reads_on_over_a_refresh(warehouse: Path, client: TestClient) -> None:
    publication(warehouse, "000002")
    assert client.get("/").text == "<p>000002</p>"
    assert client.get(f"/{DATA}").content == PARQUET


def test_docs_and_file_of_the_publication_are_served(client: TestClient) -> None:
    assert client.get("/data-docs/index.html").text == "docs"
    assert client.get("/juesuan.duckdb").content == b"duck"
    assert client.get("/publication.json").status_code == 404


def test_it_listens_on_loopback_alone_and_says_when_a_port_is_taken() -> None:
    server = listen(0)
    try:
        host, port = server.getsockname()
        assert host == LOOPBACK == "127.0.0.1"
        with pytest.raises(JuesuanError, match=f"port {port} cannot be had"):
            listen(port)
    finally:
        server.close()
