"""One published warehouse of the bundled papers for all integration tests."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingest.publish import open_published
from ingest.refresh import RefreshReport, refresh
from tests.conftest import DATA


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RefreshReport]:
    """The warehouse folder and the report of its first refresh."""
    warehouse = tmp_path_factory.mktemp("published") / "warehouse"
    return warehouse, refresh([DATA], warehouse)


@pytest.fixture(scope="session")
def db(published: tuple[Path, RefreshReport]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, read-only."""
    with open_published(published[0]) as connection:
        yield connection
