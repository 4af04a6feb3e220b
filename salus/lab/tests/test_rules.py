"""The laboratory's judgement: no value is misread, every flag is right at the edge."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.lab.rules import NotAValue, Value, age_in_days, fitting_range, flag_of, range_text, read_value


@dataclass(frozen=True)
class Found:
    sex: str = ""
    age_from_days: int = 0
    age_until_days: int | None = None
    low: Decimal | None = Decimal("3.5")
    high: Decimal | None = Decimal("5.3")
    critical_low: Decimal | None = Decimal("2.5")
    critical_high: Decimal | None = Decimal("6.5")
    text: str = ""


@pytest.mark.guarantee("H15")
@pytest.mark.parametrize(
    "typed", ["1,5", "1.5.2", "1 5", "1e3", "٤", "+4", ".5", "4.", "--4", "4 mmol", "NaN", "inf", "04", ""]
)
def test_refuses_what_could_be_misread(typed):
    with pytest.raises(NotAValue):
        read_value(typed, kind="quantity")


@given(st.decimals(min_value=0, max_value=99999, places=2, allow_nan=False))
def test_keeps_the_digits_as_typed(number):
    assert str(read_value(str(number), kind="quantity").number) == str(number)


def test_too_many_decimals_are_refused():
    with pytest.raises(NotAValue):
        read_value("4.25", kind="quantity", decimals=1)


def test_a_coded_value_is_one_of_the_list():
    assert read_value("POSITIVE", kind="coded", choices=["Negative", "Positive"]).text == "Positive"
    with pytest.raises(NotAValue):
        read_value("maybe", kind="coded", choices=["Negative", "Positive"])


@pytest.mark.parametrize(
    ("typed", "flag"),
    [
        ("2.4", "LL"), ("2.5", "L"), ("3.4", "L"), ("3.5", ""), ("5.3", ""), ("5.4", "H"), ("6.5", "H"), ("6.6", "HH"),
        ("<2.5", "LL"), ("<3.5", "L"), ("<9", ""), (">6.5", "HH"), (">5.3", "H"), (">1", ""),
    ],
)  # fmt: skip
def test_flags_at_the_edges(typed, flag):
    assert flag_of(read_value(typed, kind="quantity"), Found()) == flag


def test_without_a_range_nothing_is_judged():
    assert flag_of(Value(number=Decimal(100)), None) == ""


def test_the_closest_range_wins():
    ranges = [Found(), Found(sex="female"), Found(age_until_days=28), Found(sex="female", age_from_days=6570)]
    assert fitting_range(ranges, sex="female", age_days=10000) is ranges[3]
    assert fitting_range(ranges, sex="male", age_days=10000) is ranges[0]
    assert fitting_range(ranges, sex="female", age_days=None) is ranges[1]
    assert fitting_range([Found(age_from_days=6570)], sex="male", age_days=None) is None


def test_age_is_in_days():
    assert age_in_days(None, date(2026, 1, 1)) is None
    assert age_in_days(date(2025, 12, 31), date(2026, 1, 2)) == 2


def test_how_a_range_is_written():
    assert range_text(Found()) == "3.5 to 5.3"
    assert range_text(Found(low=None)) == "up to 5.3"
    assert range_text(Found(high=None)) == "from 3.5"
