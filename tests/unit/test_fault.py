"""Who is at fault: each kind of evidence shown a case where it speaks and one where it is dispelled."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from ingest.choose import DISAGREE, LAST_RESORT, NEXT
from tests.unit.test_rules import VARIABLES, Case, evaluated, finding, models_in_order, read_seed, render

ROW = ("total", "basic", "project")
FORM = "general_public_expenditure"
RULE = "R-general-01"


def row(
    case: Case, key: str, total: int, basic: int, project: int, parent: str | None = "total", **how: Any
) -> None:
    """One row of the general public form: its total should be basic and project together."""
    case.line(FORM, key, parent)
    for measure, amount in zip(ROW, (total, basic, project), strict=True):
        case.cell(FORM, key, measure, Decimal(amount) * 10_000, **how)


def broken_row(name: str, **how: Any) -> Case:
    """A row that does not add up, and nothing else that could confirm its figures."""
    case = Case(name)
    row(case, "201", 900, 400, 200, **how)
    return case


def confirmed_row(name: str, **how: Any) -> Case:
    """A row that does not add up, each of whose figures the total of its column confirms."""
    case = Case(name)
    row(case, "201", 900, 400, 200, **how)
    row(case, "total", 900, 400, 200, None, **how)
    # The total of its columns repeats the contradiction, so each figure is met twice.
    return case


def leftover(case: Case, address: tuple[int, ...], reason: str) -> None:
    case.rows["stg_ledger__leftover"].append((case.document_id, FORM, *address, 1, "7.00", reason))


def address_of(case: Case, number: int) -> tuple[int, ...]:
    place: tuple[int, ...] = case.rows["int_form_cell"][number][12:15]
    return place


def all_cases() -> Iterator[Case]:
    yield broken_row("printed")
    for reader in (LAST_RESORT, *NEXT):
        yield broken_row(f"by {reader}", reader=reader)
        yield confirmed_row(f"by {reader}, confirmed", reader=reader)
    yield broken_row("repaired", source="repaired")
    yield confirmed_row("repaired, confirmed", source="repaired")
    for name, make in (("disputed", broken_row), ("disputed, confirmed", confirmed_row)):
        case = make(name)
        leftover(case, address_of(case, 0), DISAGREE)
        yield case
    case = broken_row("beside a leftover")
    place = address_of(case, 0)
    leftover(case, (place[0], place[1], place[2] + 5), "in no cell of its row")
    yield case
    case = broken_row("pieced together")
    case.rows["stg_ledger__table_cell"][0] = (case.document_id, 1, 1, 1, "900")
    yield case
    yield broken_row("garbled code", resolution="completed")
    # Four rows that do not add up: columns that shifted, whatever column sums agree.
    case = Case("at odds")
    for number in range(1, 5):
        row(case, f"20{number}", 900, 400, 200)
    yield case
    # The same number of broken rows among as many that hold is the publisher's.
    case = Case("mostly right")
    for number in range(1, 5):
        row(case, f"20{number}", 900, 400, 200)
        row(case, f"21{number}", 600, 400, 200)
    yield case
    case = Case("blank total")
    row(case, "201", 600, 400, 200)
    case.line(FORM, "total")
    yield case
    case = Case("blank total of a picture")
    row(case, "201", 600, 400, 200, reader=LAST_RESORT)
    case.line(FORM, "total")
    yield case


@pytest.fixture(scope="module")
def faults() -> Iterator[duckdb.DuckDBPyConnection]:
    with evaluated(all_cases()) as connection:
        yield connection


@pytest.mark.parametrize(
    ("name", "responsibility", "reason"),
    [
        ("printed", "publisher", "printed_so"),
        *((f"by {reader}", "extraction", "ambiguous_grid") for reader in NEXT),
        *((f"by {reader}, confirmed", "publisher", "confirmed") for reader in NEXT),
        (f"by {LAST_RESORT}", "extraction", "recognised"),
        (f"by {LAST_RESORT}, confirmed", "publisher", "confirmed"),
        ("repaired", "extraction", "repaired_amount"),
        ("repaired, confirmed", "publisher", "confirmed"),
        ("disputed", "extraction", "readings_disagree"),
        ("disputed, confirmed", "publisher", "confirmed"),
        ("beside a leftover", "extraction", "figure_unplaced"),
        ("pieced together", "extraction", "pieced_together"),
        ("garbled code", "extraction", "garbled_code"),
        ("at odds", "extraction", "form_at_odds"),
        ("mostly right", "publisher", "printed_so"),
    ],
)
def test_the_evidence_decides(
    faults: duckdb.DuckDBPyConnection, name: str, responsibility: str, reason: str
) -> None:
    found = faults.execute(
        "SELECT severity, responsibility, fault_reason FROM fct_finding"
        " WHERE document_id = ? AND rule_id = ? AND row_key = '201'",
        [name, RULE],
    ).fetchall()
    assert found == [("error", responsibility, reason)]


@pytest.mark.parametrize(
    ("name", "responsibility", "reason"),
    [
        ("blank total", "publisher", "printed_blank"),
        ("blank total of a picture", "extraction", "recognised"),
    ],
)
def test_a_blank_is_the_papers_where_its_own_text_is_blank(
    faults: duckdb.DuckDBPyConnection, name: str, responsibility: str, reason: str
) -> None:
    found = finding(faults, name, "R-general-03")
    assert (found["responsibility"], found["fault_reason"]) == (responsibility, reason)


def doubt(faults: duckdb.DuckDBPyConnection, name: str) -> tuple[Any, ...]:
    row = faults.execute(
        "SELECT figures, doubtful_figures, is_doubtful FROM int_document_doubt WHERE document_id = ?", [name]
    ).fetchone()
    assert row is not None
    return row


def test_only_what_the_extraction_got_wrong_sets_a_document_aside(
    faults: duckdb.DuckDBPyConnection,
) -> None:
    assert doubt(faults, "at odds") == (12, 12, True)
    assert doubt(faults, "mostly right") == (24, 0, False)
    assert doubt(faults, f"by {LAST_RESORT}") == (3, 3, False), "too few figures to condemn a document"
    assert doubt(faults, "printed") == (3, 0, False)


def test_every_reason_is_one_the_seed_knows(faults: duckdb.DuckDBPyConnection) -> None:
    unknown = faults.execute(
        "SELECT DISTINCT fault_reason FROM int_finding_fault WHERE responsibility IS NULL"
    ).fetchall()
    assert unknown == []
    model = next(path for path in models_in_order() if path.stem == "int_finding_fault").read_text("utf-8")
    evidence = next(path for path in models_in_order() if path.stem == "int_cell_evidence").read_text("utf-8")
    identity = next(path for path in models_in_order() if path.stem == "int_rule_identity").read_text("utf-8")
    for reason in read_seed("fault_reason"):
        assert f"'{reason['fault_reason']}'" in model + evidence + identity, "a reason nobody gives"


def test_the_project_knows_the_readers_that_guess() -> None:
    assert VARIABLES["recognising_reader"] == LAST_RESORT
    assert tuple(VARIABLES["guessing_readers"]) == NEXT


@pytest.fixture
def decided(faults: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    faults.execute("BEGIN")
    yield faults
    faults.execute("ROLLBACK")


def acknowledge(db: duckdb.DuckDBPyConnection, *rows: tuple[str, ...]) -> None:
    db.executemany(
        "INSERT INTO acknowledged_finding VALUES (?, ?, ?, '2026-11-21', 'steward', 'known', ?)", rows
    )
    for name in ("int_acknowledgement", "fct_finding", "mart_acknowledgement", "int_document_grade"):
        path = next(path for path in models_in_order() if path.stem == name)
        db.execute(f"CREATE OR REPLACE TABLE {name} AS {render(path)}")


def states(db: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return db.execute("SELECT state, is_lapsed FROM mart_acknowledgement ORDER BY ALL").fetchall()


def test_an_acknowledgement_counts_while_its_figures_stand(decided: duckdb.DuckDBPyConnection) -> None:
    found = finding(decided, "printed", RULE)
    acknowledge(decided, (found["finding_id"], "printed", RULE, found["figures"]))
    assert states(decided) == [("in_force", False)]
    assert finding(decided, "printed", RULE)["acknowledged"]


def test_one_decided_on_other_figures_lapses_and_says_so(decided: duckdb.DuckDBPyConnection) -> None:
    found = finding(decided, "printed", RULE)
    old = (found["finding_id"], "printed", RULE, "1.00 | 2.00")
    acknowledge(decided, old)
    assert states(decided) == [("figures_changed", True)]
    assert not finding(decided, "printed", RULE)["acknowledged"]
    acknowledge(decided, (found["finding_id"], "printed", RULE, found["figures"]))
    assert states(decided) == [("decided_anew", False), ("in_force", False)]
    assert finding(decided, "printed", RULE)["acknowledged"]


def test_one_whose_finding_or_document_is_gone_is_reported(decided: duckdb.DuckDBPyConnection) -> None:
    acknowledge(decided, ("0" * 32, "printed", RULE, "1.00"), ("1" * 32, "no such paper", RULE, "1.00"))
    assert states(decided) == [("document_gone", True), ("finding_gone", True)]
