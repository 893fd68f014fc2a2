"""How a run ends: exit code, what became of each document, the report."""

from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """The contract's exit codes."""

    PUBLISHED = 0
    FAILED = 1
    WRONG_USAGE = 2
    QUARANTINED = 3
    NOTHING_NEW = 4


@dataclass(frozen=True)
class Outcome:
    """What became of one document: loaded, known or quarantined, with the reason in plain words."""

    file_name: str
    sha256: str
    status: str
    reason_code: str | None = None
    reason: str | None = None
    remedy: str | None = None


@dataclass
class RefreshReport:
    """The report of a run, as printed with --json."""

    exit_code: int = ExitCode.PUBLISHED
    message: str = ""
    warehouse: str = ""
    publication: str | None = None
    extractor_version: str = ""
    project_version: str = ""
    documents: list[Outcome] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    observed_codes: list[dict[str, Any]] = field(default_factory=list)
    judged: dict[str, Any] = field(default_factory=dict)
    acknowledgements: dict[str, Any] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)
    #: Whether the build went on from the last one, or None where nothing was built.
    goes_on: bool | None = None
    #: The version of the pages that the publication shows, or None where none are built.
    dashboards: str | None = None
    #: The comparison with the standing publication, gate by gate, and why it was held back or let through.
    gates: dict[str, Any] = field(default_factory=dict)
    #: Seconds by phase.
    phases: dict[str, float] = field(default_factory=dict)
    #: Most resident memory of the job itself, of a reading worker and of dbt.
    peak_memory_bytes: dict[str, int] = field(default_factory=dict)
    #: What else is to be known: what an earlier run left behind and was put right, what could not be done.
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @property
    def quarantined(self) -> int:
        """How many of the given documents are set aside."""
        return sum(outcome.status == "quarantined" for outcome in self.documents)
