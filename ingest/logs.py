"""What a run says on standard error while it runs: lines for people, or one JSON object a line."""

import contextlib
import json
import logging
import sys
import time
from collections.abc import Iterator
from typing import Any

from ingest.progress import Paced, Progress, Step

#: The logger of everything that is worth a line besides the report.
LOGGER = logging.getLogger("juesuan")
#: Seconds between two lines of one step.
LINE_SECONDS = 5.0
#: The key of a record's fields beside its message.
FIELDS = "fields"


class JsonLines(logging.Formatter):
    """time (UTC), level, message, then the record's own fields, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as JSON."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


@contextlib.contextmanager
def logging_as(log_format: str) -> Iterator[None]:
    """Send the logger's records to standard error as ``text`` or ``json`` for the time of a run."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines() if log_format == "json" else logging.Formatter("juesuan: %(levelname)s: %(message)s")
    )
    before = LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO if log_format == "json" else logging.WARNING)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(before)


def logged_steps() -> Progress:
    """Progress as records of the logger."""
    return Paced(_log_step, LINE_SECONDS)


def log_end(command: str, exit_code: int, message: str, seconds: float) -> None:
    """The last record of a run; an error where it failed."""
    level = logging.ERROR if exit_code == 1 else logging.INFO
    fields = {"command": command, "exit_code": int(exit_code), "seconds": round(seconds, 2)}
    LOGGER.log(level, message, extra={FIELDS: fields})


def _log_step(step: Step) -> None:
    fields: dict[str, Any] = {"step": step.text}
    if step.total:
        fields |= {"done": step.done, "total": step.total, "per_second": round(step.rate, 3)}
    if step.now:
        fields["now"] = list(step.now)
    LOGGER.info(str(step), extra={FIELDS: fields})
