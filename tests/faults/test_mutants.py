"""Spoiled files of every format: none crashes, hangs, reaches out or is lost from sight.

The short form runs with every test; ``make test-hostile`` is the long one, whose last result is in
docs/faults.md.
"""

import json
import os
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from ingest.discover import find_documents, shown_name
from ingest.refresh import ReadingOptions, RefreshReport, refresh
from ingest.workers import Limits
from tests import light
from tests.faults.mutants import mutants
from tests.faults.test_hostile_files import Outside

COUNT = int(os.environ.get("JUESUAN_HOSTILE", "48"))
SECONDS = 60.0
#: Ends that are faults of the reader, not of the file.
FAULTS = {"reader_failed", "reader_died"}


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RefreshReport, Outside]:
    """The inbox, the report of a refresh over it, and what must not have been reached."""
    outside = Outside(tmp_path_factory.mktemp("outside"))
    inbox = tmp_path_factory.mktemp("mutants") / "inbox"
    inbox.mkdir()
    for name, data in mutants(COUNT, outside.url):
        (inbox / name).write_bytes(data)
    patch = pytest.MonkeyPatch()
    light.install(patch.setattr)
    try:
        limits = Limits(seconds=SECONDS, memory_bytes=1 << 30)
        report = refresh([inbox], inbox.parent / "warehouse", options=ReadingOptions(2, limits))
    finally:
        patch.undo()
    codes = Counter(item.reason_code or item.status for item in report.documents)
    if "JUESUAN_HOSTILE" in os.environ:
        print(json.dumps({"files": COUNT, "ends": dict(codes.most_common()), "reading": report.reading}))
    return inbox, report, outside


def test_no_reader_fails(campaign: tuple[Path, RefreshReport, Outside]) -> None:
    _, report, _ = campaign
    faults = [(item.file_name, item.reason) for item in report.documents if item.reason_code in FAULTS]
    assert faults == []


def test_every_file_is_accounted_for(campaign: tuple[Path, RefreshReport, Outside]) -> None:
    inbox, report, _ = campaign
    assert len(list(inbox.iterdir())) == COUNT
    found, refused = find_documents([inbox])
    assert refused == []
    assert {item.file_name for item in report.documents} == {shown_name(item.path) for item in found}
    for item in report.documents:
        assert item.status in {"loaded", "quarantined"}
        assert (item.status == "loaded") != bool(item.reason and item.remedy and item.reason_code)
    with duckdb.connect(str(inbox.parent / "warehouse" / "juesuan.duckdb"), read_only=True) as db:
        loaded = db.execute("SELECT count(*) FROM marts.dim_document").fetchone()
        quarantined = db.execute("SELECT count(*) FROM marts.fct_quarantine").fetchone()
    statuses = Counter(item.status for item in report.documents)
    assert (loaded, quarantined) == ((statuses["loaded"],), (statuses["quarantined"],))


def test_nothing_is_reached_or_written_outside(campaign: tuple[Path, RefreshReport, Outside]) -> None:
    inbox, _, outside = campaign
    assert not outside.was_reached
    assert {path.name for path in inbox.parent.iterdir()} == {"inbox", "warehouse"}
    assert not list(Path("/tmp").glob("escaped*"))
    assert not list(inbox.parent.parent.glob("escaped*"))
