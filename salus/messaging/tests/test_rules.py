"""What a message may say, and when it goes out."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.messaging.rules import timing, wording
from salus.messaging.rules.kinds import KINDS, PURPOSES, built_in, languages
from salus.messaging.rules.wording import Words

CLOSED = {
    *("name", "facility", "place", "doctor", "day", "time", "was_day", "was_time", "until_day", "until_time"),
    *("link", "code", "minutes"),
}


def test_the_list_of_what_may_leave_the_house_is_closed():
    """Protects what patients are treated for: a longer list is a decision, not a line of code."""
    assert set(wording.GAPS) == CLOSED
    for kind in KINDS.values():
        assert kind.allowed <= CLOSED
        assert kind.purpose in {*PURPOSES, "code", "staff", "access"}


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("code", sorted(KINDS))
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_the_words_that_come_along_are_whole_and_carry_nothing_else(language, code, channel):
    words = built_in(code, language, channel)
    assert wording.troubles_of(words, channel=channel, allowed=KINDS[code].allowed) == {}


def test_there_are_several_languages():
    assert languages() >= {"en", "es", "fr", "de"}


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("You have {diagnosis}", "gap:diagnosis"),
        ("{day.__class__}", "shape"),
        ("{day!r}", "shape"),
        ("{day:>10}", "shape"),
        ("{", "shape"),
        ("{0}", "shape"),
        ("  ", "empty"),
        ("x" * 481, "long"),
    ],
)
def test_a_template_with_anything_else_in_it_is_refused(text, trouble):
    words = Words(text)
    assert wording.troubles_of(words, channel="sms", allowed=frozenset({"day"})) == {"body": trouble}


def test_a_line_whose_gaps_are_empty_goes():
    words = Words("You are expected on {day}.\nWith: {doctor}\nBye")
    assert wording.filled(words, {"day": "2026-12-03"}, language="en").body == (
        "You are expected on Thursday, December 3, 2026.\nBye"
    )


def test_days_and_times_are_written_as_the_language_does():
    words = Words("{day} {time}")
    assert wording.filled(words, {"day": "2026-12-03", "time": "14:05"}, language="de").body == (
        "Donnerstag, 3. Dezember 2026 14:05"
    )


@given(
    st.integers(0, 366 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 23),
    st.integers(0, 23),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_quiet_hours_end_within_a_day_and_it_is_loud_then(at, since, until, name):
    zone = ZoneInfo(name)
    after = timing.after_quiet(at, zone, time(since), time(until))
    assert at <= after <= at + timedelta(hours=25)
    clock = after.astimezone(zone).time()
    if since < until:
        assert not time(since) <= clock < time(until)
    elif since > until:
        assert time(until) <= clock < time(since)
