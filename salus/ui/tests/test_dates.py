"""What people type into date fields."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.ui.dates import NotADate, parse_date, parse_partial_date
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
