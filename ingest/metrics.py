"""A run and the standing publication as Prometheus metrics, for node_exporter's textfile collector.

One file per command: each run replaces its file in one step.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile


def write_metrics(path: Path, registry: CollectorRegistry) -> None:
    """Replace the file in one step. Raises OSError where it cannot be written."""
    write_to_textfile(str(path), registry)


def run_metrics(
    command: str, report: Mapping[str, Any], ended_at: datetime, seconds: float
) -> CollectorRegistry:
    """What every command tells of its run: when it ended, how long it took, its exit code."""
    registry = CollectorRegistry()
    for name, words, value in (
        ("run_timestamp_seconds", "When the last run ended.", ended_at.timestamp()),
        ("run_duration_seconds", "How long the last run took.", seconds),
        ("run_exit_code", "Exit code of the last run: 0, 3 and 4 are good.", report["exit_code"]),
    ):
        Gauge(f"juesuan_{name}", words, ["command"], registry=registry).labels(command).set(value)
    return registry


def add_refresh(
    registry: CollectorRegistry, report: Mapping[str, Any], manifest: Mapping[str, Any] | None
) -> None:
    """What a refresh read, and what is published now, also where this run published nothing."""
    statuses = [document["status"] for document in report["documents"]]
    _by_label(
        registry,
        ("documents", "Documents given to the last refresh, by what became of them.", "status"),
        {status: statuses.count(status) for status in ("loaded", "known", "quarantined")},
    )
    for name, value in sorted(report["reading"].items()):
        Gauge(f"juesuan_reading_{name}", "The last refresh's reading.", registry=registry).set(value)
    if manifest is None:
        return
    published_at = datetime.fromisoformat(manifest["published_at"])
    Gauge(
        "juesuan_publication_timestamp_seconds",
        "When the standing publication was published.",
        registry=registry,
    ).set(published_at.timestamp())
    _by_label(registry, ("published", "What the standing publication holds.", "kind"), manifest["counts"])
    judged = manifest["judged"]
    _by_label(
        registry,
        ("rules", "Accounting rules of the standing publication, by their outcome.", "outcome"),
        {
            "satisfied": judged["successful"],
            "broken": len(judged["unsuccessful_rules"]),
            "not_evaluated": len(judged["not_evaluated_rules"]),
        },
    )


def add_fetch(registry: CollectorRegistry, report: Mapping[str, Any]) -> None:
    """What became of the URLs of a fetch."""
    _by_label(
        registry, ("urls", "URLs of the last fetch, by what became of them.", "status"), report["counts"]
    )


def _by_label(registry: CollectorRegistry, metric: tuple[str, str, str], values: Mapping[str, float]) -> None:
    name, words, label = metric
    gauge = Gauge(f"juesuan_{name}", words, [label], registry=registry)
    for key, value in sorted(values.items()):
        gauge.labels(key).set(value)
