"""Documents of which the extraction read too much wrong to be published, as dbt measured it."""

from dataclasses import dataclass
from pathlib import Path

from ingest import bounded

REASON_CODE = "extraction_doubtful"


@dataclass(frozen=True)
class DoubtfulDocument:
    """A document over the threshold, with the reason and the remedy in plain words."""

    document_id: str
    reason: str
    remedy: str


def doubtful_documents(build_file: Path) -> tuple[list[DoubtfulDocument], int]:
    """Documents over the threshold of ``dbt_project.yml``, and how many are in use in all."""
    with bounded.read(build_file) as db:
        rows = db.execute(
            "SELECT document_id, figures, doubtful_figures, pages, reasons"
            " FROM intermediate.int_document_doubt WHERE is_doubtful ORDER BY document_id"
        ).fetchall()
        in_use = db.execute("SELECT count(*) FROM intermediate.int_document_doubt").fetchone()
    assert in_use is not None
    return [DoubtfulDocument(row[0], *_words(*row[1:])) for row in rows], in_use[0]


def _words(figures: int, doubtful: int, pages: str, reasons: str) -> tuple[str, str]:
    reason = (
        f"{doubtful} of its {figures} figures ({100 * doubtful / figures:.1f} %) were read in a way that the"
        f" accounts contradict, most on page {pages}: {reasons}"
    )
    remedy = (
        f"compare page {pages} with the paper; get a better copy of it, or mend the extraction;"
        " juesuan refresh --retry reads the same file again"
    )
    return reason, remedy
