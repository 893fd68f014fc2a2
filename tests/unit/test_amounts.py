from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.forms.amounts import read_amounts


@pytest.mark.parametrize(
    ("text", "value", "decimals", "source"),
    [
        ("856.95", "856.95", 2, "reported"),
        ("0.00", "0.00", 2, "reported"),
        ("360.0", "360.0", 1, "reported"),
        ("17", "17", 0, "reported"),
        ("1,201.43", "1201.43", 2, "reported"),
        ("-12.30", "-12.30", 2, "reported"),
        ("6, 558. 53", "6558.53", 2, "normalised"),
        ("1，463.06", "1463.06", 2, "reported"),
        ("８５６．９５", "856.95", 2, "reported"),
        ("9, 266, 11", "9266.11", 2, "repaired"),
        ("1,29", "1.29", 2, "repaired"),
    ],
)
def test_one_amount(text: str, value: str, decimals: int, source: str) -> None:
    (amount,) = read_amounts(text).amounts
    assert (amount.value, amount.decimals, amount.source) == (Decimal(value), decimals, source)


@pytest.mark.parametrize("text", ["", "  ", "-", "—", "l", "·", "*"])
def test_blank(text: str) -> None:
    assert read_amounts(text).is_blank


@pytest.mark.parametrize("text", ["1 901 75", "222 00", "00.00", "0,200.11", "1.2.3", "12,34.5", "3.5万"])
def test_torn_digits_are_no_amount(text: str) -> None:
    reading = read_amounts(text)
    assert reading.malformed
    assert not reading.amounts


def test_two_amounts_run_together() -> None:
    values = [amount.value for amount in read_amounts("1, 391. 75 110. 25").amounts]
    assert values == [Decimal("1391.75"), Decimal("110.25")]


def test_repair_says_why() -> None:
    (amount,) = read_amounts("9,266,11").amounts
    assert amount.note is not None
    assert "decimal point" in amount.note


amounts = st.decimals(min_value=0, max_value=10**10, places=2, allow_nan=False)


@given(amounts)
def test_printed_with_separators_reads_back(value: Decimal) -> None:
    for printed in (f"{value:,}", f"{value}", f"{value:,}".replace(",", ", ").replace(".", ". ")):
        (amount,) = read_amounts(printed).amounts
        assert amount.value == value
        assert amount.decimals == 2


@given(st.text(max_size=30))
def test_any_text_is_read_without_failure(text: str) -> None:
    reading = read_amounts(text)
    assert not (reading.malformed and reading.amounts)


@given(amounts, amounts)
def test_two_figures_are_never_one(left: Decimal, right: Decimal) -> None:
    reading = read_amounts(f"{left} {right}")
    assert [amount.value for amount in reading.amounts] == [left, right]
