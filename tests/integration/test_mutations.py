"""A short campaign of mutants: the judge notices, names, repairs; `make test-mutations` is the long one."""

from pathlib import Path

import pytest

from bench.mutation import Campaign, Verdict, report, run_campaign
from ingest.refresh import RefreshReport
from ingest.store import LEDGER_FILE

SEED = 11


@pytest.fixture(scope="module")
def campaign(published: tuple[Path, RefreshReport], tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    ledger = published[0] / LEDGER_FILE
    return run_campaign(ledger, tmp_path_factory.mktemp("mutations"), number=90, garbled=70, seed=SEED)


@pytest.fixture(scope="module")
def errors(campaign: Campaign) -> list[Verdict]:
    return [verdict for verdict in campaign.verdicts if not verdict.mutant.garbled]


@pytest.fixture(scope="module")
def garbled(campaign: Campaign) -> list[Verdict]:
    return [verdict for verdict in campaign.verdicts if verdict.mutant.garbled]


def test_clean_documents_stay_clean_among_their_mutants(campaign: Campaign) -> None:
    assert len(campaign.documents) > 20
    assert campaign.errors_in_originals == 0


def test_every_kind_is_tried(campaign: Campaign) -> None:
    kinds = {verdict.mutant.kind for verdict in campaign.verdicts}
    assert len(kinds) == 13


def test_what_an_identity_sees_is_detected(errors: list[Verdict]) -> None:
    seen = [verdict for verdict in errors if verdict.is_visible]
    assert len(seen) > 60
    assert sum(verdict.is_detected for verdict in seen) >= 0.97 * len(seen)


def test_the_very_cell_is_named(errors: list[Verdict]) -> None:
    locatable = sum(len(verdict.locatable) for verdict in errors)
    assert locatable > 50
    assert sum(len(verdict.located) for verdict in errors) >= 0.9 * locatable
    assert sum(bool(verdict.misnamed) for verdict in errors) <= 0.02 * len(errors)


def test_garbled_figures_are_restored_and_no_right_one_touched(
    campaign: Campaign, garbled: list[Verdict]
) -> None:
    able = [verdict for verdict in garbled if verdict.is_restorable]
    restored = [verdict for verdict in able if not verdict.wrong & verdict.changed.keys()]
    assert len(able) > 40
    assert len(restored) >= 0.9 * len(able)
    assert [verdict.harmed for verdict in campaign.verdicts if verdict.harmed] == []


def test_report_tells_all_of_it(campaign: Campaign) -> None:
    text = report(campaign, SEED)
    assert text.startswith("# What the judge notices\n")
    for title in ("Errors", "Garbled text", "Cells that identities cover", "Rules that no mutant broke"):
        assert f"## {title}" in text
