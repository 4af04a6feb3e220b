from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.coverage.rules import covers, in_order

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))


@pytest.mark.parametrize(
    ("starts", "ends", "on", "counts"),
    [
        ("", "", "2026-01-01", True),
        ("2026", "", "2026-01-01", True),
        ("2026-02", "", "2026-01-31", False),
        ("", "2026", "2026-12-31", True),
        ("", "2026-02-01", "2026-02-01", True),
        ("", "2026-02-01", "2026-02-02", False),
        ("2026-02-01T10:00:00Z", "", "2026-02-01", True),
    ],
)
def test_when_a_cover_counts(starts, ends, on, counts):
    assert covers(starts, ends, date.fromisoformat(on)) is counts


@given(DAYS, DAYS, DAYS)
def test_a_cover_counts_from_its_first_to_its_last_day(starts, ends, on):
    assert covers(starts.isoformat(), ends.isoformat(), on) == (starts <= on <= ends)
    assert in_order(starts.isoformat(), ends.isoformat()) == (starts <= ends)


@given(DAYS)
def test_what_counts_on_no_day_is_not_in_order(starts):
    before = (starts - timedelta(days=1)).isoformat()
    assert not in_order(starts.isoformat(), before)
    assert in_order(starts.isoformat(), "")
