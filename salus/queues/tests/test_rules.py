"""Whose turn it is: property tests of the order."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from salus.queues import rules
from salus.queues.rules import Waiting

START = datetime(2031, 5, 5, 8, tzinfo=UTC)
DOCTOR, OTHER = UUID(int=1), UUID(int=2)
minutes = st.integers(0, 600).map(lambda n: START + timedelta(minutes=n))
ids = st.integers(10, 10**9).map(lambda n: UUID(int=n))
people = st.builds(
    Waiting,
    id=ids,
    issued_at=minutes,
    category=st.sampled_from(rules.CATEGORIES),
    due_at=st.none() | minutes,
    missed_at=st.none() | minutes,
    back_at=st.none() | minutes,
    practitioner_id=st.sampled_from([None, DOCTOR, OTHER]),
)
lines = st.lists(people, max_size=30, unique_by=lambda one: one.id)


@given(lines, st.sampled_from([None, DOCTOR]))
def test_nobody_is_lost_and_the_order_does_not_hang_on_how_it_was_read(line, doctor):
    ordered = rules.in_turn(line, practitioner_id=doctor)
    assert sorted(one.id for one in ordered) == sorted(one.id for one in line)
    assert ordered == rules.in_turn(reversed(line), practitioner_id=doctor)


@given(lines, st.sampled_from([None, DOCTOR]))
def test_what_is_urgent_is_never_passed_by_what_is_not(line, doctor):
    tiers = [rules.tier_of(one.category) for one in rules.in_turn(line, practitioner_id=doctor)]
    assert tiers == sorted(tiers)


@given(lines, st.sampled_from([None, DOCTOR]))
def test_nobody_starves(line, doctor):
    """Whoever is no emergency and came `FAIR` earlier is called before anybody else who is none: a walk-in, too."""
    here = [one for one in line if one.back_at is None and not (one.due_at and one.due_at > one.issued_at)]
    place = {one.id: n for n, one in enumerate(rules.in_turn(line, practitioner_id=doctor))}
    for early, late in product(here, line):
        are_plain = rules.tier_of(early.category) == rules.tier_of(late.category) == 2
        if are_plain and late.issued_at - early.issued_at > rules.FAIR:
            assert place[early.id] < place[late.id], (early, late)


@given(lines)
def test_a_doctors_own_patients_come_sooner_than_they_would_elsewhere(line):
    """For nobody's own the place among the others can only get better."""
    own = [one for one in line if one.practitioner_id == DOCTOR]
    before, after = rules.in_turn(line), rules.in_turn(line, practitioner_id=DOCTOR)
    for one in own:
        others = [two for two in line if two not in own]
        assert _ahead(after, one, others) <= _ahead(before, one, others)


def _ahead(line, one, others):
    return sum(line.index(two) < line.index(one) for two in others)


def test_the_words_of_the_order():
    """On time keeps its time, late is a walk-in, stepped out for a moment keeps the place, away for long does not."""
    at = lambda n: START + timedelta(minutes=n)  # noqa: E731 - minutes of a morning
    on_time = Waiting(UUID(int=11), at(0), due_at=at(10))
    late = Waiting(UUID(int=12), at(30), due_at=at(10))
    walk_in = Waiting(UUID(int=13), at(0))
    assert (rules.turn_of(on_time), rules.turn_of(late), rules.turn_of(walk_in)) == (at(10), at(45), at(15))
    moment = Waiting(UUID(int=14), at(0), missed_at=at(20), back_at=at(25))
    long = Waiting(UUID(int=15), at(0), missed_at=at(20), back_at=at(60))
    assert (rules.turn_of(moment), rules.turn_of(long)) == (at(15), at(60))
    put = Waiting(UUID(int=16), at(50), put_at=rules.turn_before(walk_in))
    assert rules.in_turn([walk_in, put, on_time]) == [on_time, put, walk_in]


@given(
    st.integers(0, 50), st.lists(st.integers(1, 60).map(lambda n: timedelta(minutes=n)), max_size=20), st.integers(0, 9)
)
def test_a_wait_is_told_only_where_it_was_measured_and_grows_with_those_ahead(ahead, served, rooms):
    told = rules.expected_wait(ahead, served, rooms)
    if not served:
        assert told is None
    else:
        assert timedelta() <= told <= ahead * max(served)
        assert told <= rules.expected_wait(ahead + 1, served, rooms)
        assert rules.about_minutes(told) % 5 == 0
