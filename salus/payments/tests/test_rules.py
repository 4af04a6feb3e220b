"""Money to the smallest unit and back, and what follows from what a gateway says."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.core.money import exponent
from salus.payments.rules import Seen, from_minor, to_minor, what_follows


@given(st.integers(1, 10**9), st.sampled_from(["EUR", "USD", "JPY", "KRW", "UGX", "ISK"]))
def test_an_amount_comes_back_as_it_went(minor, currency):
    amount = Decimal(minor).scaleb(-exponent(currency))
    there = to_minor(amount, currency)
    assert there is not None
    assert from_minor(there, currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("10", "USD", 1000),
        ("500", "JPY", 500),
        ("5", "ISK", 500),
        ("5.12", "KWD", 5120),
        ("5.124", "KWD", None),
        ("0.005", "EUR", None),
        ("0.5", "JPY", None),
    ],
)
def test_amounts_as_stripe_documents_them(amount, currency, minor):
    """docs.stripe.com/currencies: ten dollars are 1000, 500 yen 500, five krónur 500; 5.124 dinars cannot be."""
    assert to_minor(Decimal(amount), currency) == minor


@given(
    st.sampled_from(["open", "paid", "ended"]),
    st.decimals(0, 100, places=2),
    st.decimals(0, 100, places=2),
    st.sampled_from(["EUR", "USD"]),
)
def test_money_is_applied_whole_or_goes_back(standing, amount, owed, currency):
    follows = what_follows(Seen(standing, amount, currency), owed=owed, currency="EUR")
    assert (follows in ("apply", "return")) == (standing == "paid")
    if follows == "apply":
        assert 0 < amount <= owed
        assert currency == "EUR"
