"""A ledger of many documents, made by entering the readings of a small ledger again under other names.

    .venv/bin/python bench/many_documents.py warehouse/ledger.duckdb build/many/ledger.duckdb 10000

Every copy is a paper of its own: another sha256, and another department, so that none replaces another.
The figures are those of the papers; only the size of the warehouse is made up.
"""

import hashlib
import sys
from pathlib import Path

import duckdb

from ingest.store import KEY_COLUMNS, LEDGER_FILE, TABLES, Ledger, table_columns


def multiply(source: Path, target: Path, documents: int) -> int:
    """Enter the loaded readings of ``source`` into ``target`` until there are ``documents``."""
    with Ledger(target):
        pass
    db = duckdb.connect(str(target))
    db.create_function(
        "other_name", lambda sha256, n: hashlib.sha256(f"{sha256}{n}".encode()).hexdigest(), [str, int], str
    )
    db.execute(f"ATTACH '{source}' AS small (READ_ONLY)")
    db.execute(
        "CREATE TEMP TABLE wanted AS SELECT sha256, extractor_version, n, other_name(sha256, n) AS other FROM"
        " (SELECT sha256, extractor_version, n FROM small.raw.document, range(?) t(n)"
        " WHERE status = 'loaded' ORDER BY n, file_name LIMIT ?)",
        [documents, documents],
    )
    for table in TABLES:
        columns = [name for name, _ in table_columns(table)]
        named = {"sha256": "other", "department_name": "department_name || '第' || n || '处'"}
        named |= {"file_name": "n || '_' || file_name"}
        values = ", ".join(named.get(name, name) if table == "document" else name for name in columns)
        if table != "document":
            values = values.replace("sha256", "other", 1)
        keys = ", ".join(name for name, _ in KEY_COLUMNS)
        db.execute(
            f"INSERT INTO raw.{table} ({', '.join(columns)}) SELECT {values}"
            f" FROM small.raw.{table} JOIN wanted USING ({keys})"
        )
    (made,) = db.execute("SELECT count(*) FROM raw.document").fetchone() or (0,)
    db.close()
    return int(made)


if __name__ == "__main__":
    source, target, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    target.unlink(missing_ok=True)
    print(f"{multiply(source, target, count)} documents in {target} ({target.name == LEDGER_FILE})")
