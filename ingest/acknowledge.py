"""A steward's decision on a finding, entered as a dated row of seeds/acknowledged_finding.csv.

The row carries the figures it was decided on; dbt says when they are no longer what the paper says.
"""

import csv
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

import duckdb

from ingest.errors import JuesuanError
from ingest.rules import SEEDS

ACKNOWLEDGED_FILE = SEEDS / "acknowledged_finding.csv"


@dataclass(frozen=True)
class Acknowledgement:
    """One row of the seed, in its order of columns."""

    finding_id: str
    document_id: str
    rule_id: str
    acknowledged_on: date
    acknowledged_by: str
    reason: str
    figures: str


class UnknownFinding(JuesuanError):
    """The id begins no published finding, or more than one."""


def acknowledge(
    db: duckdb.DuckDBPyConnection,
    finding: str,
    reason: str,
    by: str,
    today: date,
    seed: Path = ACKNOWLEDGED_FILE,
) -> tuple[Acknowledgement, str, bool]:
    """Append the decision on a published finding, named by the beginning of its id.

    Returns the row, the finding in words, and whether it was added: the same finding with the same
    figures is acknowledged once. Raises UnknownFinding, or JuesuanError where the seed cannot be written.
    """
    rows = db.execute(
        "SELECT finding_id, document_id, rule_id, figures, explanation_zh FROM marts.fct_finding"
        " WHERE starts_with(finding_id, ?) ORDER BY finding_id LIMIT 2",
        [finding],
    ).fetchall()
    if len(rows) != 1 or not finding:
        problem = f"more than one finding begins with {finding}" if rows else f"no finding is {finding}"
        raise UnknownFinding(f"{problem}; juesuan findings lists them with the beginnings of their ids")
    finding_id, document_id, rule_id, figures, words = rows[0]
    entry = Acknowledgement(finding_id, document_id, rule_id, today, by.strip(), reason.strip(), figures)
    try:
        with seed.open(encoding="utf-8", newline="") as handle:
            known = {(row["finding_id"], row["figures"]) for row in csv.DictReader(handle)}
        if (finding_id, figures) in known:
            return entry, words, False
        _append(entry, seed)
    except OSError as error:
        raise JuesuanError(f"{seed} cannot be written: {error.strerror}") from error
    return entry, words, True


def _append(entry: Acknowledgement, seed: Path) -> None:
    text = seed.read_text(encoding="utf-8")
    header = ",".join(item.name for item in fields(Acknowledgement))
    if text.split("\n", 1)[0].strip() != header:
        raise JuesuanError(f"{seed} has other columns than {header}")
    with seed.open("a", encoding="utf-8", newline="") as handle:
        handle.write("" if text.endswith("\n") else "\n")
        csv.writer(handle, lineterminator="\n").writerow(astuple(entry))
