"""What a publication adds to the ledger's history, read from what dbt computed for it."""

from dataclasses import fields
from pathlib import Path

from ingest import bounded
from ingest.store import FindingEvent, RuleResult


def new_events(build_file: Path) -> list[FindingEvent]:
    """The findings that appear or go with the build, in a fixed order."""
    columns = ", ".join(item.name for item in fields(FindingEvent))
    with bounded.read(build_file) as db:
        rows = db.execute(
            f"SELECT {columns} FROM intermediate.int_finding_event ORDER BY finding_id"
        ).fetchall()
    return [FindingEvent(*row) for row in rows]


def rule_results(build_file: Path, publication: int) -> list[RuleResult]:
    """How each rule fared in the build that becomes ``publication``."""
    columns = ", ".join(item.name for item in fields(RuleResult))
    with bounded.read(build_file) as db:
        rows = db.execute(
            f"SELECT {columns} FROM marts.mart_rule_history WHERE publication = ? ORDER BY rule_id",
            [publication],
        ).fetchall()
    return [RuleResult(*row) for row in rows]
