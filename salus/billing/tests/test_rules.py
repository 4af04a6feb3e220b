"""The arithmetic of bills."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.billing import rules

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


@given(st.decimals("0.0001", "9999", places=4), st.decimals("0.0001", "9999", places=4), CURRENCIES)
def test_a_line_can_always_be_paid(quantity, price, currency):
    amount = rules.line_amount(quantity, price, currency)
    assert amount == rules.rounded(amount, currency)
    assert abs(amount - quantity * price) <= Decimal(1).scaleb(-rules.exponent(currency)) / 2


@given(st.lists(st.decimals("0.01", "999", places=4), min_size=1, max_size=20), CURRENCIES)
def test_what_is_printed_adds_up(prices, currency):
    """Rounded by the line: the sum of the lines needs no rounding of its own."""
    total = sum(rules.line_amount(Decimal(1), price, currency) for price in prices)
    assert total == rules.rounded(total, currency)


@pytest.mark.parametrize(
    ("total", "paid", "status"), [(10, 0, "issued"), (10, 4, "part-paid"), (10, 10, "paid"), (0, 0, "paid")]
)
def test_the_state_of_an_invoice(total, paid, status):
    assert rules.status_after(Decimal(total), Decimal(paid)) == status


def test_half_a_cent_goes_up():
    assert rules.rounded(Decimal("0.735"), "EUR") == Decimal("0.74")
    assert rules.rounded(Decimal("0.5"), "JPY") == 1
    assert rules.rounded(Decimal("0.0005"), "KWD") == Decimal("0.001")
