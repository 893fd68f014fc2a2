"""One browser and one served warehouse for all tests of the pages: the bundled papers, then hostile ones."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from playwright.sync_api import Browser

from ingest.build import project_version
from ingest.dashboards import build_pages
from ingest.extract import extractor_version
from ingest.publish import WAREHOUSE_FILE
from ingest.refresh import ExitCode, refresh
from tests.browser.chromium import chromium
from tests.browser.hostile import read_with_names, write_papers
from tests.browser.site import addresses, served
from tests.browser.visit import Visit
from tests.conftest import DATA, ROOT

#: Warehouses by what they are made of; a second run on the same machine builds none.
KEPT = ROOT / "build" / "browser"


@pytest.fixture(scope="package")
def warehouse(request: pytest.FixtureRequest) -> Path:
    """A warehouse of two publications: the bundled papers, and with them papers that mean harm."""
    KEPT.parent.mkdir(exist_ok=True)
    with FileLock(KEPT.with_suffix(".lock")):
        pages = build_pages()
        folder = KEPT / _made_of(pages)
        if not (folder / "ready").is_file():
            shutil.rmtree(KEPT, ignore_errors=True)
            papers, target = folder / "papers", folder / "warehouse"
            write_papers(papers)
            first, _ = request.getfixturevalue("published")
            shutil.copytree(first, target, symlinks=True)
            # The bundled papers are not at hand any more: their pictures are those of the first publication.
            report = refresh([papers], target, task=read_with_names)
            assert report.exit_code == ExitCode.QUARANTINED, report.message
            (folder / "ready").touch()
    return folder / "warehouse"


def _made_of(pages: Path) -> str:
    parts = [pages / "version.txt", *DATA.rglob("*"), *(ROOT / "ingest").glob("*.py")]
    parts += [Path(__file__).with_name("hostile.py")]
    digest = hashlib.sha256(f"{extractor_version()} {project_version()}".encode())
    for file in sorted(path for path in parts if path.is_file()):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@pytest.fixture(scope="package")
def marts(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file that the pages were made from."""
    with duckdb.connect(str((warehouse / WAREHOUSE_FILE).resolve()), read_only=True) as connection:
        connection.execute("SET search_path = 'marts'")
        yield connection


@pytest.fixture(scope="package")
def places(warehouse: Path) -> dict[str, str]:
    """The address of every page."""
    return addresses(warehouse)


@pytest.fixture(scope="package")
def base(warehouse: Path) -> Iterator[str]:
    """Where ``juesuan serve`` serves the warehouse."""
    with served(warehouse) as address:
        yield address


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium. Closed with the last of these tests, for its event loop would disturb others."""
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Callable[[str], Visit]]:
    """Opens addresses as a new reader each; in the end nothing may have failed on any of them."""
    visits: list[Visit] = []

    def open_at(path: str, **settings: object) -> Visit:
        visits.append(Visit(browser, base, **settings))
        visits[-1].go(path)
        return visits[-1]

    yield open_at
    problems = [problem for one in visits for problem in one.end()]
    assert not problems, problems


@pytest.fixture(scope="module")
def reader(browser: Browser, base: str) -> Iterator[Visit]:
    """One reader for all tests of a module that go from page to page by links."""
    one = Visit(browser, base)
    one.go("/dictionary/")
    yield one
    problems = one.end()
    assert not problems, problems


@pytest.fixture
def follow(reader: Visit) -> Iterator[Callable[[str], Visit]]:
    """Takes the module's reader to an address; in the end nothing may have failed on the way."""

    def go(path: str) -> Visit:
        reader.follow(path)
        return reader

    yield go
    problems = reader.went_wrong()
    assert not problems, problems
