"""Dates, ages, doses, results and money, as they may stand before a person."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from salus.core.dates import PartialDate
from salus.ui import formatting as fmt
from salus.ui.tallman import tall_man

NOW = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
NBSP = "\u00a0"


def test_dates_name_the_month_and_the_whole_year():
    assert fmt.day(date(2026, 11, 1)) == "01-Nov-2026"
    assert fmt.day(date(964, 3, 14)) == "14-Mar-0964"
    assert fmt.day(None) == ""
    assert fmt.weekday(date(2026, 11, 21)) == "Saturday 21-Nov-2026"
    assert fmt.short_day(date(2026, 11, 1), today=date(2026, 1, 1)) == "01-Nov"
    assert fmt.short_day(date(2025, 11, 1), today=date(2026, 1, 1)) == "01-Nov-2025"


def test_times_have_twenty_four_hours():
    assert fmt.clock(time(0, 5)) == "00:05"
    assert fmt.clock(datetime(2026, 11, 21, 23, 59, tzinfo=UTC)) == "23:59"
    assert fmt.instant(NOW) == "21-Nov-2026 09:05"


def test_an_instant_is_shown_on_the_clock_of_the_place():
    with timezone.override("Asia/Kathmandu"):
        assert fmt.instant(datetime(2026, 11, 20, 18, 20, tzinfo=UTC)) == "21-Nov-2026 00:05"
        assert fmt.day(datetime(2026, 11, 20, 18, 20, tzinfo=UTC)) == "21-Nov-2026"


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), f"5{NBSP}min ago"),
        (timedelta(hours=2, minutes=10), f"2{NBSP}h 10{NBSP}min ago"),
        (timedelta(hours=3), f"3{NBSP}h ago"),
        (timedelta(days=1, hours=2), "1 day ago"),
        (timedelta(days=12), "12 days ago"),
        (timedelta(days=89), "89 days ago"),
        (timedelta(days=90), "3 months ago"),
        (timedelta(days=730), "24 months ago"),
        (timedelta(days=731), "2 years ago"),
        (-timedelta(minutes=30), f"in 30{NBSP}min"),
    ],
)
def test_the_relative_stands_second(gap, words):
    assert fmt.relative(NOW - gap, now=NOW) == words
    assert fmt.when(NOW - gap, now=NOW) == f"{fmt.instant(NOW - gap)} ({words})"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2009", "2009"),
        ("2009-03", "Mar-2009"),
        ("2009-03-14", "14-Mar-2009"),
        (PartialDate.parse("2009-03"), "Mar-2009"),
        (date(2009, 3, 14), "14-Mar-2009"),
        ("2009-03-14T10:00:00Z", "14-Mar-2009"),
        ("before the war", "before the war"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_partial_date_claims_no_more_than_is_known(written, shown):
    assert fmt.partial_date(written) == shown


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2026, 11, 21), date(2026, 11, 21), "0d"),
        (date(2026, 10, 25), date(2026, 11, 21), "27d"),
        (date(2026, 10, 24), date(2026, 11, 21), "28d"),
        (date(2026, 10, 21), date(2026, 11, 21), "1m"),
        (date(2025, 1, 22), date(2026, 11, 21), "21m"),
        (date(2024, 11, 22), date(2026, 11, 21), "23m"),
        (date(2024, 11, 21), date(2026, 11, 21), "2y"),
        (date(1964, 11, 22), date(2026, 11, 21), "61y"),
        (date(1964, 11, 21), date(2026, 11, 21), "62y"),
        (date(2020, 2, 29), date(2026, 2, 28), "5y"),
        ("1964", date(2026, 11, 21), "≈62y"),
        ("1964-12", date(2026, 11, 21), "≈61y"),
        ("2027", date(2026, 11, 21), "≈0y"),
        (date(2027, 1, 1), date(2026, 11, 21), ""),
        (None, date(2026, 11, 21), ""),
    ],
)
def test_ages(born, on, age):
    assert fmt.age(born, on) == age


def test_born_says_when_nothing_is_recorded():
    assert fmt.born("1964-03-14", on=date(2026, 11, 21)) == "14-Mar-1964 (62y)"
    assert fmt.born(None) == "not recorded"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (".5", "mg", f"0.5{NBSP}mg"),
        ("5.0", "mg", f"5{NBSP}mg"),
        ("0.250", "mg", f"0.25{NBSP}mg"),
        (100, "mcg", f"100{NBSP}micrograms"),
        (Decimal("100"), "µg", f"100{NBSP}micrograms"),
        ("10000", "U", f"10\u202f000{NBSP}units"),
        ("1000", "IU", f"1000{NBSP}units"),
        (Decimal("1E+3"), "mg", f"1000{NBSP}mg"),
        ("0", None, "0"),
        ("-0.0", None, "0"),
        ("-1.50", "mmol", f"−1.5{NBSP}mmol"),
        (None, "mg", ""),
    ],
)
def test_doses_have_a_leading_zero_no_trailing_zero_and_units_in_full(value, unit, shown):
    assert fmt.quantity(value, unit) == shown


@pytest.mark.guarantee("H15")
@given(st.decimals(min_value=0, max_value=10**6, allow_nan=False, allow_infinity=False, places=4))
def test_a_dose_means_the_same_after_formatting(value):
    shown = fmt.number(value)
    assert Decimal(shown.replace("\u202f", "")) == value
    assert not shown.startswith(".")
    assert "." not in shown or not shown.endswith(("0", "."))


@pytest.mark.parametrize("carry", [fmt.number, fmt.quantity, fmt.as_written, lambda x: fmt.money(x, "EUR")])
def test_a_float_is_refused(carry):
    with pytest.raises(TypeError):
        carry(0.1)


def test_results_stay_as_they_were_written():
    assert fmt.as_written("1.00") == "1.00"
    assert fmt.as_written(Decimal("1.00")) == "1.00"
    assert fmt.as_written(Decimal("0E-2")) == "0.00"
    assert fmt.as_written("<0.01") == "<0.01"
    assert fmt.as_written(None) == ""
    assert fmt.reference_range(Decimal("4.0"), "11.0") == "4.0 to 11.0"
    assert fmt.reference_range(None, 5) == "up to 5"
    assert fmt.reference_range(90) == "from 90"
    assert fmt.reference_range(text="negative") == "negative"
    assert fmt.reference_range() == ""


def test_money_follows_the_currency_and_the_language():
    assert fmt.money(Decimal("1234.5"), "EUR") == "€1,234.50"
    assert fmt.money("1234", "JPY") == "¥1,234"
    assert fmt.money(Decimal("12.345"), "KWD") == f"KWD{NBSP}12.345"
    assert fmt.money(None, "EUR") == ""
    with translation.override("de"):
        assert fmt.money("1234.5", "EUR") == f"1.234,50{NBSP}€"


def test_money_has_the_decimals_of_the_books():
    """ISO 4217, also where coins of that size are no longer used: a bill adds up on paper."""
    assert fmt.money(Decimal("4.25"), "RSD") == f"RSD{NBSP}4.25"
    assert fmt.money(Decimal("-4.2"), "USD") == "-$4.20"


def test_a_unit_price_may_be_finer_than_a_coin():
    assert fmt.unit_price(Decimal("0.0350"), "EUR") == "€0.035"
    assert fmt.unit_price(Decimal("12.5"), "EUR") == "€12.50"
    assert fmt.unit_price(Decimal("1200.0000"), "JPY") == "¥1,200"
    assert fmt.unit_price(None, "EUR") == ""


def test_record_numbers_are_grouped_to_be_read_aloud():
    assert fmt.mrn("241906") == f"241{NBSP}906"
    assert fmt.mrn("1241906") == f"1{NBSP}241{NBSP}906"
    assert fmt.mrn("S-0012345") == "S-0012345"
    assert fmt.mrn(None) == ""


def test_names_stand_in_one_order():
    assert fmt.full_name("Rashid", "Nadia", "Mrs") == "RASHID, Nadia (Mrs)"
    assert fmt.full_name("Rashid") == "RASHID"
    assert fmt.initials("Nadia", "Rashid") == "NR"
    assert fmt.sex("female") == "Female"
    assert fmt.sex_letter(None) == "U"


def test_tall_man_letters_only_where_names_are_confused():
    assert tall_man("Metformin") == "metFORMIN"
    assert tall_man("HYDROXYZINE") == "hydrOXYzine"
    assert tall_man("Paracetamol") == "paracetamol"


def test_file_sizes_are_read_by_people():
    assert fmt.size(345) == f"345{NBSP}B"
    assert fmt.size(12_900) == f"12{NBSP}kB"
    assert fmt.size(3_450_000) == f"3.4{NBSP}MB"


@pytest.mark.parametrize(
    ("strength", "shown"),
    [
        ("100 ug tablet", "100 micrograms tablet"),
        ("3 mg + 20 ug", "3 mg + 20 micrograms"),
        ("25 ug/h transdermal patch", "25 micrograms/h transdermal patch"),
        ("100 ug/{actuat}", "100 micrograms/dose"),
        ("0.12 mg/(24.h)", "0.12 mg/24\u00a0h"),
        ("100 [iU]/mL", "100 units/mL"),
        ("500 mg tablet", "500 mg tablet"),
        ("ugandan tea 5 mg", "ugandan tea 5 mg"),
    ],
)
def test_units_of_a_strength_are_written_in_full(strength, shown):
    assert fmt.units_in_full(strength) == shown
