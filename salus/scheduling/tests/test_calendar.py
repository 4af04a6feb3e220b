"""Slots in a facility's own time, held by properties: where clocks are changed no slot is lost, doubled or displaced."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from salus.scheduling.rules.calendar import Clock, Plan, at, minutes, slots_on

#: north and south, half an hour of summer time (Lord Howe), a change at midnight (Santiago, Beirut), none (Kolkata), a day
#: that was left out (Apia, 30 December 2011)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Beirut",
         "Asia/Kolkata", "Pacific/Apia"]  # fmt: skip
CHANGES = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5),
           date(2026, 9, 6), date(2011, 12, 30), date(2026, 10, 4)]  # fmt: skip
days = st.one_of(st.sampled_from(CHANGES), st.dates(date(2011, 1, 1), date(2035, 12, 31)))


@st.composite
def plans(draw):
    starts = draw(st.integers(0, 1439))
    ends = draw(st.integers(starts + 1, 1440))
    edges = sorted(draw(st.lists(st.integers(starts, ends), max_size=6, unique=True)))
    breaks = tuple(zip(edges[::2], edges[1::2], strict=False))
    return Plan(0, starts, ends, draw(st.integers(1, 180)), breaks=breaks)


@pytest.mark.guarantee("H14", "B38")
@given(plans(), days, st.sampled_from(ZONES))
@example(Plan(0, 90, 240, 30), date(2026, 3, 29), "Europe/Berlin")
@example(Plan(0, 0, 1440, 60), date(2026, 10, 25), "Europe/Berlin")
def test_slots_of_any_day_in_any_zone(plan, day, zone):
    """In order, none over another, each of its full length, within the session on the wall and outside of its breaks."""
    clock = Clock(zone)
    plan = Plan(day.weekday(), plan.starts, plan.ends, plan.slot, breaks=plan.breaks)
    slots = slots_on(plan, day, clock)
    assert slots == sorted(slots)
    assert all(end - start == plan.slot for start, end in slots)
    assert all(first[1] <= second[0] for first, second in zip(slots, slots[1:], strict=False))
    begins, ends = clock.minute(day, plan.starts), clock.minute(day, plan.ends)
    assert all(begins <= start and end <= ends for start, end in slots)
    for pause, resume in plan.breaks:
        silent = clock.minute(day, pause), clock.minute(day, resume)
        assert not any(start < silent[1] and silent[0] < end for start, end in slots)


@pytest.mark.guarantee("H14")
@given(plans(), days, st.sampled_from(ZONES))
def test_no_time_is_lost(plan, day, zone):
    """As many slots as fit into the real time between the walls: never one more or fewer because a clock was changed."""
    clock, zoned = Clock(zone), ZoneInfo(zone)
    plan = Plan(day.weekday(), plan.starts, plan.ends, plan.slot)
    begins, ends = (_wall(day, wall, zoned) for wall in (plan.starts, plan.ends))
    real = int((ends - begins).total_seconds() // 60)
    assert len(slots_on(plan, day, clock)) == max(0, real) // plan.slot


def _wall(day, wall, zone):
    """The instant of a wall time, found by walking: the first whose local time is at or after it."""
    naive = datetime.combine(day, datetime.min.time()) + timedelta(minutes=wall)
    found = at(minutes(naive.replace(tzinfo=ZoneInfo("UTC"))) - 16 * 60)
    while found.astimezone(zone).replace(tzinfo=None) < naive:
        found += timedelta(minutes=1)
    return found


@given(st.integers(0, 40_000_000), st.sampled_from(ZONES))
def test_day_and_wall_lead_back(minute, zone):
    """Outside of the hour that comes twice, an instant is where its day and wall time say."""
    clock = Clock(zone)
    back = clock.minute(clock.day_of(minute), clock.wall_of(minute))
    assert back == minute or 0 < minute - back <= 1440 + 60


def test_the_two_nights_in_berlin():
    """A night clinic from one to four: two hours in spring, four in autumn, three on every other night."""
    clock, nights = Clock("Europe/Berlin"), [date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 5)]
    found = [len(slots_on(Plan(6, 60, 240, 30), night, clock)) for night in nights]
    assert found == [4, 8, 6]
    first = slots_on(Plan(6, 150, 240, 30), date(2026, 3, 29), clock)[0][0]
    assert at(first).astimezone(clock.zone).strftime("%H:%M") == "03:00"


def test_a_plan_holds_within_its_days():
    plan = Plan(0, 540, 600, 20, first=date(2026, 11, 30), until=date(2026, 12, 14))
    mondays = [date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14)]
    assert [plan.holds_on(day) for day in mondays] == [False, True, True, False]
