"""A build that ran out of memory, because of what ran beside it, is mended by dbt's own retry."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest import build
from ingest.errors import JuesuanError

MEMORY = "Runtime Error in model int_large\n  Out of Memory Error: failed to allocate data of size 2.0 MiB"


def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failed: dict[str, str], goes_on: bool = False
) -> tuple[str | None, list[list[str]]]:
    """Build with a dbt that at first fails with these messages; what is returned, and how dbt was called."""
    (folder / "dbt_project.yml").write_text("name: juesuan\n")
    (folder / "work" / "dbt-target").mkdir(parents=True)
    if goes_on:
        (folder / "juesuan.duckdb").touch()
    called: list[list[str]] = []

    def dbt(arguments: list[str], *_: Any) -> tuple[str, int]:
        called.append(arguments)
        results = [
            {"unique_id": f"model.juesuan.{name}", "status": "error", "message": message}
            for name, message in failed.items()
        ]
        text = json.dumps(
            {"results": [*results, {"unique_id": "m.j.fine", "status": "success", "message": ""}]}
        )
        (folder / "work" / "dbt-target" / "run_results.json").write_text(text)
        return "", int(len(called) == 1)

    monkeypatch.setattr(build, "_dbt", dbt)
    ledger, file = folder / "ledger.duckdb", folder / "juesuan.duckdb"
    return build.build_marts(ledger, file, folder / "work", folder), called


def test_what_was_short_of_memory_runs_again_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note, called = run(tmp_path, monkeypatch, {"int_large": MEMORY, "mart_larger": MEMORY})
    assert note == "memory was short for int_large, mart_larger, which ran again alone"
    assert called[1] == ["retry", "--threads", "1"]


@pytest.mark.parametrize("failed", [{}, {"int_large": MEMORY, "int_wrong": "Binder Error: no such column"}])
def test_any_other_failure_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: dict[str, str]
) -> None:
    with pytest.raises(JuesuanError, match="the marts could not be built"):
        run(tmp_path, monkeypatch, failed)


def test_a_build_that_goes_on_is_made_from_nothing_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(JuesuanError, match="Out of Memory"):
        run(tmp_path, monkeypatch, {"int_large": MEMORY}, goes_on=True)
