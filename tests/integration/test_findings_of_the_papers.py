"""What careful readers find wrong in five papers, against what the rules report.

The lists in tests/fixtures/golden/findings were keyed by reading alone. An entry and a finding are one
where kind and both figures agree, or, where there are not two figures to compare, where the entry
names the rule and words of its sentence.
"""

import csv
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from ingest.publish import open_published
from ingest.refresh import refresh
from tests.conftest import GOLDEN, PAPERS, bundled_name, text_file, whole_paper

#: A reader's kinds, and the kinds of rules that report such a thing.
FAMILIES = {
    "claim_arithmetic": {"claim_arithmetic", "claim_vs_form", "performance"},
    "claim_vs_claim": {"claim_arithmetic", "claim_vs_form", "performance"},
    "claim_vs_form": {"claim_arithmetic", "claim_vs_form", "performance", "cross_form"},
    "code_name": {"code_name", "claim_vs_form"},
    "coverage": {"coverage", "claim_vs_form", "performance", "template_residue", "sum"},
    "cross_form": {"cross_form", "performance", "claim_arithmetic"},
    "garbled": {"garbled", "performance"},
    "impossible_value": {"template_residue", "performance", "claim_arithmetic"},
    "performance": {"performance", "claim_vs_form", "cross_form"},
    "sum": {"sum"},
    "template_residue": {"template_residue", "code_name", "claim_vs_form"},
}
YUAN = {"万元": Decimal(10_000), "元": Decimal(1)}
FIGURE = re.compile(r"[≥≤<]?(-?\d+(?:\.\d+)?)")
#: An entry whose figures were garbled on the way to text and are read as the page means them.
READ = "read"


def entries(slug: str) -> list[dict[str, str]]:
    with (GOLDEN / "findings" / f"{slug}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def figure(text: str, unit: str) -> Decimal | None:
    """A keyed figure as a finding holds it: money in yuan, all else as printed; None where it is none."""
    found = FIGURE.fullmatch(re.sub(r"[\s,]", "", text))
    return abs(Decimal(found[1]) * YUAN.get(unit, Decimal(1))) if found else None


@dataclass(frozen=True)
class Finding:
    rule_id: str
    kind: str
    severity: str
    values: frozenset[Decimal]
    explanation: str

    def is_told_by(self, entry: dict[str, str]) -> bool:
        if entry["rule_id"]:
            return self.rule_id == entry["rule_id"] and entry["says"] in self.explanation
        if self.kind not in FAMILIES[entry["kind"]]:
            return False
        sides = [figure(entry[f"{side}_value"], entry[f"{side}_unit"]) for side in ("left", "right")]
        return None not in sides and set(sides) <= self.values


def findings(db: duckdb.DuckDBPyConnection, file_name: str) -> list[Finding]:
    rows = db.execute(
        "SELECT rule_id, kind, severity, left_value, right_value, explanation_zh"
        " FROM marts.fct_finding JOIN marts.dim_document USING (document_id) WHERE file_name = ?",
        [file_name],
    ).fetchall()
    return [
        Finding(rule_id, kind, severity, frozenset(abs(v) for v in values if v is not None), explanation)
        for rule_id, kind, severity, *values, explanation in rows
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of the five whole papers, prose and all."""
    folder = tmp_path_factory.mktemp("whole")
    inbox = folder / "inbox"
    inbox.mkdir()
    for slug in PAPERS:
        shutil.copyfile(whole_paper(slug), inbox / f"{slug}.txt")
    refresh([inbox], folder / "warehouse")
    with open_published(folder / "warehouse") as connection:
        yield connection


CERTAIN = [
    (slug, entry)
    for slug in PAPERS
    for entry in entries(slug)
    if (entry["severity"], entry["certainty"]) == ("error", "certain")
]


@pytest.mark.parametrize(
    ("slug", "entry"),
    [case for case in CERTAIN if case[1]["rule_id"] != READ],
    ids=lambda value: value if isinstance(value, str) else value["number"],
)
def test_every_certain_error_is_reported(
    whole: duckdb.DuckDBPyConnection, slug: str, entry: dict[str, str]
) -> None:
    reported = findings(whole, f"{slug}.txt")
    assert any(finding.is_told_by(entry) for finding in reported), entry["note"]


@pytest.mark.parametrize(
    ("slug", "entry"),
    [case for case in CERTAIN if case[1]["rule_id"] == READ],
    ids=lambda value: value if isinstance(value, str) else value["number"],
)
def test_a_garbled_figure_is_read_as_the_page_means_it(
    whole: duckdb.DuckDBPyConnection, slug: str, entry: dict[str, str]
) -> None:
    """Nothing is left to report: the form holds the right figure, or none where none is printed."""
    code = entry["subject"].partition(" ")[0]
    figures: list[tuple[Any, ...]] = whole.execute(
        "SELECT row_key, amount_cny FROM marts.fct_form_cell JOIN marts.dim_document USING (document_id)"
        " WHERE file_name = $file AND form = $form"
        " UNION ALL SELECT unnest(['budget', 'executed']), unnest([budget_cny, executed_cny])"
        " FROM marts.fct_project JOIN marts.dim_document USING (document_id)"
        " WHERE file_name = $file AND starts_with($form, source)"
        " UNION ALL"
        " SELECT 'basic', 10000 * CAST(rtrim(attributes->>'$.基本支出总额', '万元') AS DECIMAL(20, 2))"
        " FROM marts.fct_project JOIN marts.dim_document USING (document_id)"
        " WHERE file_name = $file AND starts_with($form, source)",
        {"file": f"{slug}.txt", "form": entry["place"].partition(" ")[0]},
    ).fetchall()
    assert figures
    right = figure(entry["right_value"], entry["right_unit"])
    if right is None:
        wrong = figure(entry["left_value"], entry["left_unit"])
        assert (code, wrong) not in figures
    else:
        of_row = [amount for row_key, amount in figures if row_key == code or not code.isdigit()]
        assert right in of_row


@pytest.mark.parametrize("slug", PAPERS)
def test_no_whole_paper_is_called_wrong_where_it_is_right(
    whole: duckdb.DuckDBPyConnection, slug: str
) -> None:
    assert unlisted(findings(whole, f"{slug}.txt"), slug) == []


@pytest.mark.parametrize("slug", PAPERS)
def test_no_bundled_paper_is_called_wrong_where_it_is_right(db: duckdb.DuckDBPyConnection, slug: str) -> None:
    assert unlisted(findings(db, bundled_name(slug)), slug) == []


def unlisted(reported: list[Finding], slug: str) -> list[str]:
    """The errors reported that no reader listed."""
    known = entries(slug)
    return [
        f"{finding.rule_id}: {finding.explanation}"
        for finding in reported
        if finding.severity == "error" and not any(finding.is_told_by(entry) for entry in known)
    ]


def stands_in_the_bundle(slug: str, entry: dict[str, str]) -> bool:
    """Whether the bundled text, which leaves prose out, holds the figures of an entry."""
    text = re.sub(r"[\s_]", "", text_file(slug).read_text("utf-8")).replace(",", "")
    sides = [entry["left_value"]]
    if not entry["right_what"].startswith("computed"):
        sides.append(entry["right_value"])
    return all(re.search(rf"(?<![\d.]){re.escape(side.replace(' ', ''))}(?![\d.])", text) for side in sides)


@pytest.mark.parametrize(
    ("slug", "entry"),
    [(slug, entry) for slug, entry in CERTAIN if not entry["rule_id"] and stands_in_the_bundle(slug, entry)],
    ids=lambda value: value if isinstance(value, str) else value["number"],
)
def test_bundled_paper_shows_the_errors_among_its_figures(
    db: duckdb.DuckDBPyConnection, slug: str, entry: dict[str, str]
) -> None:
    reported = findings(db, bundled_name(slug))
    assert any(finding.is_told_by(entry) for finding in reported), entry["note"]


def test_lists_hold_together() -> None:
    for slug in PAPERS:
        known = entries(slug)
        assert len({entry["number"] for entry in known}) == len(known)
        assert {entry["kind"] for entry in known} <= set(FAMILIES)
        assert {entry["severity"] for entry in known} <= {"error", "suspicious", "rounding"}
        assert {entry["certainty"] for entry in known} <= {"certain", "arguable"}
    assert len(CERTAIN) > 80
