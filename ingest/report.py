"""Where the report of a run goes: standard output, the log, a metrics file, a webhook.

The reports' shapes are published as docs/report.schema.json and docs/fetch-report.schema.json.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ingest.logs import log_end

_log = logging.getLogger("juesuan.report")


class Report(Protocol):
    """What the reports of all commands have."""

    exit_code: int
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""


R = TypeVar("R", bound=Report)


@dataclass(frozen=True)
class Channels:
    """Who is told how a run ended, besides its exit code."""

    as_json: bool = False
    metrics: Path | None = None
    webhook: str | None = None


def hand_over(command: str, report: R, seconds: float, channels: Channels, show: Callable[[R], None]) -> None:
    """Tell everyone. What cannot be told is a warning in the log: the run itself has ended."""
    content = report.as_dict()
    if channels.as_json:
        print(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        show(report)
    log_end(command, report.exit_code, report.message, seconds)
    if channels.metrics:
        _write_metrics(channels.metrics, command, content, seconds)
    if channels.webhook:
        from ingest.webhook import post_report

        post_report(channels.webhook, content, command)


def _write_metrics(path: Path, command: str, content: Mapping[str, Any], seconds: float) -> None:
    from ingest import metrics

    registry = metrics.run_metrics(command, content, datetime.now(UTC), seconds)
    if command == "fetch":
        metrics.add_fetch(registry, content)
    else:
        from ingest.publish import current_manifest

        metrics.add_refresh(registry, content, current_manifest(Path(content["warehouse"])))
    try:
        metrics.write_metrics(path, registry)
    except OSError as error:
        _log.warning("the metrics could not be written to %s: %s", path, error.strerror)
