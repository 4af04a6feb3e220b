"""What people type into date fields."""

import contextlib
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from salus.ui.dates import DayField, NotADate, PartialDateField, parse_date, parse_partial_date
from salus.ui.formatting import partial_date


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("14-Mar-1964", "1964-03-14"),
        ("14 march 1964", "1964-03-14"),
        ("14/03/1964", "1964-03-14"),
        ("14.3.1964", "1964-03-14"),
        ("1964-03-14", "1964-03-14"),
        (" Mar-1964 ", "1964-03"),
        ("03/1964", "1964-03"),
        ("1964-03", "1964-03"),
        ("1964", "1964"),
        ("29-Feb-2024", "2024-02-29"),
    ],
)
def test_many_ways_to_write_one_date(typed, read):
    assert parse_partial_date(typed) == read


@pytest.mark.parametrize(
    "typed", ["", "31-Feb-1980", "14-03-64", "14-Mrz-1964x-1", "14/13/1964", "yesterday", "1 2 3 4"]
)
def test_what_is_no_date_is_refused_with_words(typed):
    with pytest.raises(NotADate) as refusal:
        parse_partial_date(typed)
    assert str(refusal.value)


def test_a_whole_date_needs_all_three_parts():
    assert parse_date("14-Mar-1964") == date(1964, 3, 14)
    with pytest.raises(NotADate):
        parse_date("Mar-1964")


@given(st.dates(min_value=date(1000, 1, 1)))
def test_what_is_shown_is_read_back(day):
    assert parse_date(partial_date(day)) == day
    assert parse_partial_date(partial_date(day.isoformat()[:7])) == day.isoformat()[:7]


@given(st.text(max_size=20))
def test_any_text_is_a_date_or_a_refusal(text):
    with contextlib.suppress(NotADate):
        assert partial_date(parse_partial_date(text))


def test_a_day_is_read_as_people_type_it():
    assert DayField().clean("3/4/2026") == date(2026, 4, 3), "day before month, whatever Django's formats say"
    assert DayField(required=False).clean("") is None
    for wrong in ("", "Apr-2026", "2026", "31-Feb-2026", "1-Jan-0001", "5/25"):
        with pytest.raises(ValidationError):
            DayField().clean(wrong)


def test_a_date_as_precise_as_it_is_known_becomes_its_text():
    assert PartialDateField().clean("Apr-2026") == "2026-04"
    assert PartialDateField(required=False).clean("") == ""
    with pytest.raises(ValidationError):
        PartialDateField().clean("99")


@pytest.mark.parametrize("typed", ["2026-13-45", "2026-00-01", "2026-00"])
def test_what_is_no_month_is_shown_as_it_was_typed(typed):
    """A form that comes back shows what was wrong in it."""
    assert partial_date(typed) == typed
