"""A ledger of made-up papers that satisfy every identity, but for contradictions that are planted and listed.

    .venv/bin/python bench/make_ledger.py build/made/ledger.duckdb 10000 [--seed N] [--planted SHARE]

It is what benchmarks run on; the readers are tested on real papers. Bodies of many counties print a budget
and a final account of four years each, in nine forms, with sentences that say the same and some
self-evaluations. Everything is drawn in SQL (bench/ledger/) from hashes of the seed, a batch of papers at a
time, so that memory does not grow with the ledger. Beside the ledger stands planted.csv: the document, the
rule that its contradiction breaks, the cell, claim or project, what stood there and what stands there now.
"""

import argparse
from pathlib import Path

import duckdb

from ingest.store import Ledger

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "bench" / "ledger"
PLANTED_FILE = "planted.csv"
BATCH = 4000


def make_ledger(ledger: Path, documents: int, contradictions: int, seed: int = 1, memory: str = "2GB") -> int:
    """Write a new ledger and ``planted.csv`` beside it; returns the number of contradictions planted.

    No document holds more than one. DuckDB holds ``memory`` at most.
    """
    if ledger.exists():
        raise FileExistsError(ledger)
    with Ledger(ledger):
        pass
    with duckdb.connect(str(ledger), config={"memory_limit": memory}) as db:
        db.execute(_settings(seed=seed, documents=documents, contradictions=contradictions, root=str(ROOT)))
        db.execute(_sql("population"))
        for first in range(0, documents, BATCH):
            db.execute(_settings(first_document=first, last_document=min(first + BATCH, documents)))
            for part in ("papers", "plant", "enter"):
                db.execute(_sql(part))
        table = db.table("planted")
        table.write_csv(str(ledger.with_name(PLANTED_FILE)), header=True)
        return len(table)


def _sql(part: str) -> str:
    return (PARTS / f"{part}.sql").read_text(encoding="utf-8")


def _settings(**values: object) -> str:
    return "".join(f"SET VARIABLE {name} = {value!r};" for name, value in values.items())


def main() -> None:
    """Make a ledger as asked for on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ledger", type=Path)
    parser.add_argument("documents", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--planted", type=float, default=0.05, help="the share of documents with one")
    options = parser.parse_args()
    count = make_ledger(
        options.ledger, options.documents, round(options.planted * options.documents), options.seed
    )
    print(f"{options.documents} documents in {options.ledger}, {count} of them with a contradiction")


if __name__ == "__main__":
    main()
