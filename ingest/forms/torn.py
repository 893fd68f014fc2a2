"""Rows that a page break tore in two: the rest of their words stands alone on the next page."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from ingest.forms.catalogue import plain_label
from ingest.forms.grid import has_cjk
from ingest.forms.segment import PlacedRow
from ingest.rules import SEEDS

CLASSES_FILE = SEEDS / "classification_function.csv"


@cache
def class_names() -> frozenset[str]:
    """The names that classes of functions bear or bore."""
    with CLASSES_FILE.open(encoding="utf-8", newline="") as handle:
        return frozenset(row["name_zh"] for row in csv.DictReader(handle) if row["level"] == "class")


def join_torn_rows(rows: Sequence[PlacedRow], is_known: Callable[[str], bool]) -> list[PlacedRow]:
    """Rows with their torn labels whole again; only a label that is known when joined is joined."""
    joined: list[PlacedRow] = []
    for row in rows:
        last = joined[-1] if joined else None
        if last and row.page == last.page + 1 and _continues(last, row, is_known):
            cells = [cell + rest for cell, rest in zip(last.cells, row.cells, strict=False)]
            joined[-1] = replace(last, cells=(*cells, *last.cells[len(cells) :]))
        else:
            joined.append(row)
    return joined


def _continues(last: PlacedRow, row: PlacedRow, is_known: Callable[[str], bool]) -> bool:
    words = [(index, cell) for index, cell in enumerate(row.cells) if cell]
    return bool(words) and all(
        has_cjk(cell) and index < len(last.cells) and is_known(plain_label(last.cells[index] + cell))
        for index, cell in words
    )
