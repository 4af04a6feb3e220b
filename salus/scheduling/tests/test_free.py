"""The quick way to what is free says the same as the slow one: each slot of each day, looked at by itself."""

from datetime import date
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from salus.scheduling.rules.calendar import DAY, Clock, Plan, slots_on
from salus.scheduling.rules.free import Busy, Session, Window, days_from, free_pieces

ANN, BEN, ROOM = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST, CLOCK, NDAYS = date(2026, 10, 23), Clock("Europe/Berlin"), 4  # over the night with 25 hours
ORIGIN = CLOCK.minute(FIRST, 0)
LENGTH = CLOCK.minute(days_from(FIRST, NDAYS)[-1], DAY) - ORIGIN


@st.composite
def sessions(draw):
    starts = draw(st.integers(0, 1300))
    ends = draw(st.integers(starts + 10, min(1440, starts + 300)))
    pause = draw(st.one_of(st.just(()), st.just(((starts + 3, starts + 8),))))
    plan = Plan(
        draw(st.sampled_from([4, 5, 6, 0])), starts, ends, draw(st.integers(5, 60)), draw(st.integers(1, 3)), pause
    )
    also = draw(st.sampled_from([(), ((ROOM, 1),)]))
    return Session(UUID(int=9), draw(st.sampled_from([ANN, BEN])), plan, also)


bookings = st.tuples(
    st.sampled_from([ANN, BEN, ROOM]), st.integers(0, 3), st.integers(0, LENGTH - 1), st.integers(1, 120)
)
away = st.tuples(st.sampled_from([ANN, BEN, ROOM]), st.integers(-100, LENGTH), st.integers(1, 900))


@settings(deadline=None)
@given(
    st.lists(sessions(), max_size=6),
    st.lists(bookings, max_size=25),
    st.lists(away, max_size=2),
    st.frozensets(st.sampled_from(days_from(FIRST, NDAYS)), max_size=1),
    st.integers(0, 3000),
)
def test_free_is_what_nobody_has(given_sessions, booked, absences, holidays, late):
    busy = Busy(ORIGIN + late, LENGTH - late)
    taken = [(who, place, ORIGIN + begin, ORIGIN + min(begin + length, LENGTH)) for who, place, begin, length in booked]
    for who, place, begin, end in taken:
        if end > busy.origin:
            busy.take(who, place, end - begin, [begin - busy.origin])
    for who, begin, length in absences:
        busy.close(who, [(begin - late, begin + length - late)])
    gone = [(who, ORIGIN + begin, ORIGIN + begin + length) for who, begin, length in absences]
    window = Window(days_from(FIRST, NDAYS), holidays=holidays)
    pieces = free_pieces(given_sessions, window, CLOCK, busy)
    found = sorted((start, piece.session) for piece in pieces for start in piece.starts())

    def has_place(who, places, begin, end):
        if any(one == who and b < end and begin < e for one, b, e in gone):
            return False
        used = {p for one, p, b, e in taken if one == who and b < end and begin < e}
        return len(used) < places

    expected = sorted(
        (start, number)
        for number, one in enumerate(given_sessions)
        for day in window.days
        if day not in holidays
        for start, end in slots_on(one.plan, day, CLOCK)
        if start >= busy.origin
        and has_place(one.schedule_id, one.plan.places, start, end)
        and all(has_place(room, most, start, end) for room, most in one.also)
    )
    assert found == expected
