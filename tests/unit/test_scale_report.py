"""The page of the benchmarks says what was measured."""

import json
from dataclasses import asdict

import pytest

from bench.measure import Cost
from bench.planted import Outcome
from bench.queries import Answer
from bench.scale import Fixed, Measured, exponent, report

FIXED = Fixed(Cost(4.0, 3.6, 2**28, None), Cost(25.0, 20.0, 2**28, None))


def measured(documents: int, seconds: float, *differences: str) -> Measured:
    cost = Cost(2 * seconds, seconds, 2**30, None)
    return Measured(
        documents,
        2**20,
        cost,
        cost,
        {"building": 0.01 * documents, "judging": 0.02 * documents, "publishing": 3.0},
        Cost(2.0, seconds / 2, 2**29, None),
        Cost(1.0, seconds / 4, 2**29, None),
        list(differences),
        Outcome(
            planted=documents // 20,
            found=documents // 20,
            cells=10,
            named=9,
            errors_in_clean=0,
            documents=documents,
        ),
        [Answer("a question", 0.002, 0.03)],
        cost,
    )


@pytest.mark.parametrize(("factor", "slope"), [(1, 0.0), (10, 1.0), (100, 2.0)])
def test_the_exponent_is_the_slope_of_the_logarithms(factor: int, slope: float) -> None:
    assert exponent([100, 1000, 10_000], [999.0, 5.0, 5.0 * factor]) == pytest.approx(slope)


def test_one_size_has_no_exponent() -> None:
    assert exponent([100, 1000], [1.0, 2.0]) is None


def test_ratios_stand_before_times() -> None:
    page = report([measured(1000, 50.0), measured(10_000, 600.0)], FIXED)
    assert "from 1,000 to 10,000 documents (1 is proportional): **1.08** of the refresh" in page
    assert "**1.00** of build and judgement by the clock" in page
    assert "| 10,000 | 1.20 | 60 ms | 600 s (1200 s) | (300 s) | 1.00 GiB | 500 of 500 | 0 |" in page
    assert "| 10,000 | 150.0 (by the clock) | 2.0 | 600 s (1200 s) | 300.0 s (2.0 s) |" in page
    assert "| 10,000 | 4.0 | 600 s (1200 s) | 150.0 s (1.0 s) | 1.00 GiB, 0.50 GiB |" in page
    assert "| a question | 15.0 | 2.0 ms | 30.0 ms |" in page
    assert "dbt with no model to run takes 3.6 s (4.0 s)" in page
    assert "10,000 documents take 12.0 times what 1,000 take." in page
    assert "| 1 | 1.00 | 20 s (25 s) | 0.25 GiB |" in page
    assert "| 1,000 | 2.50 | 50 s (100 s) | 1.00 GiB |" in page


def test_what_was_measured_is_the_same_when_it_is_read_again() -> None:
    one = measured(1000, 50.0, "documents: 1 by floor.sql, 2 in the marts")
    assert Measured.from_plain(json.loads(json.dumps(asdict(one)))) == one


def test_what_the_plain_script_tells_differently_is_said_and_fails() -> None:
    equal, other = measured(1000, 50.0), measured(2000, 90.0, "documents: 1 by floor.sql, 2 in the marts")
    assert equal.is_right
    assert not other.is_right
    assert "equal the marts' in this run" in report([equal], FIXED)
    assert "documents: 1 by floor.sql, 2 in the marts" in report([equal, other], FIXED)
    assert "equal the marts' in this run" not in report([equal, other], FIXED)
