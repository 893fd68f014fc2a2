"""DuckDB in the job's own process: what does not fit into its memory is spilled to the disk."""

from pathlib import Path
from typing import Any

import duckdb

MEMORY_LIMIT = "2GB"


def connect(beside: Path, **settings: Any) -> duckdb.DuckDBPyConnection:
    """A connection without a file of its own, which spills beside a file that it works on."""
    return duckdb.connect(
        config={"memory_limit": MEMORY_LIMIT, "temp_directory": f"{beside}.tmp", **settings}
    )


def read(file: Path) -> duckdb.DuckDBPyConnection:
    """A file that is only read."""
    return duckdb.connect(str(file), read_only=True, config={"memory_limit": MEMORY_LIMIT})
