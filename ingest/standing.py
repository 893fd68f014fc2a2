"""How the job stands: its last runs, the publications that are kept, what waits."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.lock import lock_owner
from ingest.publish import broken_files, current_manifest, held_manifest, kept_publications
from ingest.runs import Run, read_runs

#: Ends of a run after which the warehouse is as fresh as what it was given.
GOOD = frozenset({"published", "quarantined", "nothing_new"})
BAD = frozenset({"failed", "held_back"})


def job_status(warehouse: Path) -> dict[str, Any]:
    """Last runs, publications and what waits, read without a lock."""
    refreshes = [run for run in read_runs(warehouse) if run.command == "refresh"]
    standing = current_manifest(warehouse)
    return {
        "last_run": _shown(refreshes),
        "last_good_run": _shown([run for run in refreshes if run.outcome in GOOD]),
        "last_failed_run": _shown([run for run in refreshes if run.outcome in BAD]),
        "publications": [
            {
                "number": item["number"],
                "published_at": item["published_at"],
                "documents": item["counts"]["documents"],
                "is_standing": standing is not None and item["number"] == standing["number"],
                "forced": item["gates"].get("reason"),
            }
            for item in kept_publications(warehouse)
        ],
        # The folder itself: the pointer may move while the files are looked at.
        "broken_files": broken_files((warehouse / "current").resolve()) if standing else [],
        "waits": _waits(warehouse),
    }


def _waits(warehouse: Path) -> list[str]:
    waits = []
    if owner := lock_owner(warehouse):
        waits.append(f"a job is writing: {owner}")
    kept, standing = kept_publications(warehouse), current_manifest(warehouse)
    if kept and standing and kept[-1]["number"] != standing["number"]:
        waits.append(
            f"publication {kept[-1]['number']} was rolled back to {standing['number']}, which stands until"
            " something new comes"
        )
    if held := held_manifest(warehouse):
        gates = [gate["sentence"] for gate in held["gates"]["compared"] if gate["is_held"]]
        waits.append(f"a build is held back in {warehouse / 'held'}: " + "; ".join(gates))
    return waits


def _shown(runs: list[Run]) -> dict[str, Any] | None:
    return asdict(runs[-1]) if runs else None
