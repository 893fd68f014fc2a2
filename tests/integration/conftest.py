"""The published file of the bundled papers for all integration tests."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingest.publish import open_published
from ingest.refresh import RefreshReport


@pytest.fixture(scope="session")
def db(published: tuple[Path, RefreshReport]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, read-only."""
    with open_published(published[0]) as connection:
        yield connection
