"""Amounts as people type them."""

from decimal import Decimal

import pytest
from django import forms

from salus.ui.amounts import AmountField, QuantityField


@pytest.mark.parametrize("text", ["0", "12", "12.5", "12.50", "0.035", "999999999.9999", " 7 "])
def test_an_amount_keeps_its_digits(text):
    assert AmountField().clean(text) == Decimal(text.strip())


@pytest.mark.parametrize("text", ["1,500", "1 500", "-1", "+1", "1e3", ".5", "5.", "NaN", "٣", "01", "1.00001", "€5"])
def test_what_may_mean_two_amounts_is_asked_again(text):
    with pytest.raises(forms.ValidationError, match="12.50"):
        AmountField().clean(text)


def test_nothing_is_none_where_it_may_be():
    assert AmountField(required=False).clean("") is None
    with pytest.raises(forms.ValidationError):
        AmountField().clean("")


@pytest.mark.guarantee("H15")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,5", "1.5, not 1,5"),
        ("1.500,0", "1.5, not 1,5"),
        ("0", "above 0"),
        ("0.0", "above 0"),
        *((text, "plain number") for text in ["1 5", ".5", "5.", "-1", "+1", "1e3", "½", "٣", "1.23456", "1_0", "NaN"]),
    ],
)
def test_a_dose_is_never_guessed(text, words):
    with pytest.raises(forms.ValidationError, match=words):
        QuantityField().clean(text)


@pytest.mark.parametrize("text", ["1.5", " 500 ", "0.25"])
def test_a_dose_that_is_plain(text):
    assert QuantityField().clean(text) == Decimal(text.strip())
