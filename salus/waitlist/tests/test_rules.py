"""Who is offered what, and for how long: whatever wishes, times and clocks there are."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.scheduling.rules.calendar import DAY, Clock
from salus.waitlist.rules.keeping import LEAD, kept_until, lapses_at
from salus.waitlist.rules.matching import PRIORITIES, Asker, Known, Offered, Place, fits, match

MONDAY = date(2026, 11, 30)
START = 29_674_080  # that Monday at midnight, UTC
SPECIALTIES = ("", "cardiology", "dentistry")


def ids(count):
    return st.integers(1, count).map(lambda n: UUID(int=n))


sessions = st.builds(
    Offered,
    schedule_id=ids(3),
    department_id=ids(2),
    minutes=st.sampled_from((10, 20, 30)),
    practitioner_id=st.none() | ids(3),
    specialties=st.sets(st.sampled_from(SPECIALTIES[1:])).map(frozenset),
    languages=st.sets(st.sampled_from(("sw", "fr"))).map(frozenset),
    service_codes=st.sets(st.sampled_from(("first", "again"))).map(frozenset),
)


@st.composite
def places(draw):
    session = draw(sessions)
    day, wall = draw(st.integers(0, 9)), draw(st.integers(0, 47)) * 30
    starts = START + day * DAY + wall
    return Place(session, starts, starts + session.minutes, MONDAY + timedelta(days=day), wall, draw(st.integers(1, 2)))


@st.composite
def askers(draw, number):
    first = draw(st.integers(0, 9))
    return Asker(
        wish_id=UUID(int=1000 + number),
        patient_id=draw(ids(6)),
        priority=draw(st.sampled_from(PRIORITIES)),
        since=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 3))),
        first=MONDAY + timedelta(days=first),
        until=MONDAY + timedelta(days=draw(st.integers(first + 1, 10))),
        schedules=draw(st.sets(ids(3), max_size=2).map(frozenset)),
        department_id=draw(st.none() | ids(2)),
        specialty=draw(st.sampled_from(SPECIALTIES)),
        language=draw(st.sampled_from(("", "sw"))),
        service_code=draw(st.sampled_from(("", "first"))),
        length=draw(st.sampled_from((0, 20))),
        weekdays=draw(st.sets(st.integers(0, 6), max_size=3).map(frozenset)),
        walls=draw(st.sampled_from(((0, DAY), (0, 720), (540, 1020)))),
        short_notice=draw(st.booleans()),
    )


@st.composite
def hospitals(draw):
    found = draw(st.lists(places(), max_size=8, unique_by=lambda one: (one.key, one.session)))
    # A schedule has one session at a time.
    unique = {one.key: one for one in found}
    waiting = [draw(askers(n)) for n in range(draw(st.integers(0, 8)))]
    starts = [one.starts for one in found]
    busy = draw(st.dictionaries(ids(6), st.sampled_from(starts).map(lambda n: [(n, n + 20)]))) if starts else {}
    known = Known(
        busy,
        frozenset((one.wish_id, place.session.schedule_id, place.starts) for one in waiting[:1] for place in found[:2]),
        frozenset(draw(st.sets(st.tuples(ids(6), ids(3)), max_size=2))),
        START + draw(st.sampled_from((0, DAY))),
    )
    return waiting, list(unique.values()), known


@settings(max_examples=300)
@given(hospitals())
def test_it_is_fair_and_gives_nothing_twice(hospital):
    """Each has one time at most, which fits; no time oftener than it can be had; nobody behind somebody else has a time that
    this one could have taken and would have liked better."""
    waiting, free, known = hospital
    found = match(waiting, free, known)
    given_to = {asker.wish_id: place for asker, place in found}
    assert len(given_to) == len(found)
    for place in free:
        assert sum(one is place for _asker, one in found) <= place.left
    assert all(fits(asker, place, known) for asker, place in found)
    for asker in waiting:
        own = given_to.get(asker.wish_id)
        for other, place in found:
            is_behind = other.rank > asker.rank and other.patient_id != asker.patient_id
            is_liked = own is None or place.key < own.key
            crosses = any(
                one.patient_id == asker.patient_id and mine.starts < place.ends and place.starts < mine.ends
                for one, mine in found
            )
            assert not (is_behind and is_liked and fits(asker, place, known)) or crosses
    for one, mine in found:
        for other, its in found:
            if one.wish_id != other.wish_id and one.patient_id == other.patient_id:
                assert mine.ends <= its.starts or its.ends <= mine.starts, "two offers of one time"


@given(hospitals(), st.integers(0, 99))
def test_it_does_not_depend_on_the_order_in_which_they_are_told(hospital, seed):
    waiting, free, known = hospital
    chance = Random(seed)
    shuffled = chance.sample(waiting, len(waiting)), chance.sample(free, len(free))
    assert match(*shuffled, known) == match(waiting, free, known)


@given(hospitals())
def test_nothing_is_left_that_somebody_without_a_time_could_have(hospital):
    waiting, free, known = hospital
    found = match(waiting, free, known)
    served = {asker.wish_id for asker, _place in found}
    for place in free:
        if sum(one is place for _asker, one in found) == place.left:
            continue
        for asker in waiting:
            crosses = any(
                one.patient_id == asker.patient_id and mine.starts < place.ends and place.starts < mine.ends
                for one, mine in found
            )
            assert asker.wish_id in served or crosses or not fits(asker, place, known)


def test_a_visit_of_two_slots_is_given_neighbouring_ones_or_none_and_nobody_else_has_the_second():
    session = Offered(UUID(int=1), UUID(int=2), 20)
    rows = ((0, 20), (60, 40), (80, 20))
    free = [Place(session, START + n, START + n + 20, MONDAY, n, room=room) for n, room in rows]
    days = {"first": MONDAY, "until": MONDAY + timedelta(days=1), "since": datetime(2026, 1, 1, tzinfo=UTC)}
    long = Asker(UUID(int=11), UUID(int=21), "urgent", visit=40, **days)
    short = [Asker(UUID(int=n), UUID(int=n + 10), "routine", **days) for n in (12, 13)]
    found = match([*short, long], free, Known())
    assert [(asker.wish_id.int, place.starts - START) for asker, place in found] == [(12, 0), (11, 60)]
    assert match([replace(long, before=START + 60)], free, Known()) == []


@settings(max_examples=200)
@given(
    st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")),
    st.integers(29_000_000, 30_000_000),
    st.integers(1, 2880),
    st.tuples(st.integers(0, DAY - 1), st.integers(1, DAY)).filter(lambda one: one[0] < one[1]),
)
def test_only_time_counts_in_which_people_are_awake(zone, now, length, awake):
    """As many waking minutes lie between an offer and its end as were promised, also where clocks are changed."""
    clock = Clock(zone)
    lapses = lapses_at(now, length, awake, clock)
    assert lapses >= now + length
    day, counted = clock.day_of(now), 0
    while clock.minute(day, 0) < lapses:
        begins, ends = max(now, clock.minute(day, awake[0])), min(lapses, clock.minute(day, awake[1]))
        counted += max(0, ends - begins)
        day += timedelta(days=1)
    assert counted == length


@pytest.mark.parametrize(("starts", "is_kept"), [(60, True), (59, False)])
def test_what_begins_too_soon_for_an_answer_is_not_offered(starts, is_kept):
    until = kept_until(START + 600, START + 600 + starts, 60 - LEAD, (0, DAY), Clock("UTC"))
    assert until == (START + 630 if is_kept else None)
