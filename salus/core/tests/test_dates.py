"""Partial dates keep what was written and cover the right instants."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from salus.core.dates import PartialDate


@pytest.mark.parametrize(
    ("text", "precision", "start", "end"),
    [
        ("2009", "year", datetime(2009, 1, 1, tzinfo=UTC), datetime(2010, 1, 1, tzinfo=UTC)),
        ("2009-02", "month", datetime(2009, 2, 1, tzinfo=UTC), datetime(2009, 3, 1, tzinfo=UTC)),
        ("2009-12", "month", datetime(2009, 12, 1, tzinfo=UTC), datetime(2010, 1, 1, tzinfo=UTC)),
        ("2008-02-29", "day", datetime(2008, 2, 29, tzinfo=UTC), datetime(2008, 3, 1, tzinfo=UTC)),
        (
            "2009-02-03T04:05:06+01:00",
            "instant",
            datetime(2009, 2, 3, 3, 5, 6, tzinfo=UTC),
            datetime(2009, 2, 3, 3, 5, 7, tzinfo=UTC),
        ),
    ],
)
def test_reads_what_fhir_writes(text, precision, start, end):
    date = PartialDate.parse(text)
    assert (date.text, date.precision, date.start, date.end) == (text, precision, start, end)


@pytest.mark.parametrize(
    "text", ["", "09", "2009-13", "2009-02-30", "2009-2-3", "2009-02-03T04:05", "2009-02-03 04:05"]
)
def test_refuses_what_is_no_date(text):
    with pytest.raises(ValueError, match="."):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    "zone", [UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"), timezone(timedelta(hours=14))]
)
@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999-14:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
    + ["9999-12-31", "0001-01-01", "9999-12", "0001", "9999"],
)
def test_what_is_written_for_never_and_always_can_be_stored_and_shown_in_every_zone(text, zone):
    date = PartialDate.parse(text, zone)
    assert date.text == text
    assert date.start <= date.end
    if zone is UTC and "T" not in text:
        return  # a day without a clock is shown as it was written
    for there in (timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)), UTC):
        assert date.start.astimezone(UTC).astimezone(there) == date.start


@pytest.mark.parametrize("text", ["2009-02-03T04:05:06.123456789Z", "2009-02-03T23:59:60Z"])
def test_keeps_every_digit_of_an_instant(text):
    assert str(PartialDate.parse(text)) == text
