"""The judgement about visits."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from salus.encounters import rules
from salus.encounters.models import OPEN

STATES = [*OPEN, "finished", "cancelled", "entered-in-error", "unknown"]


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_what_is_over_stays_over_and_nothing_moves_to_itself(status, to):
    if rules.may_move(status, to):
        assert status in OPEN
        assert status != to


@given(st.lists(st.tuples(st.integers(0, 5), st.text(max_size=6), st.text(max_size=6)), max_size=12))
def test_similarity_never_fails_and_never_flags_a_patient_against_himself(people):
    found = rules.similar_names(people)
    assert len(found) != 1
    assert rules.similar_names([(key, "Singh", "Harpreet") for key in (1, 1)]) == set()
    assert found <= {key for key, _f, _g in people}


def test_names_that_are_confused():
    people = [
        (1, "Singh", "Harpreet"),
        (2, "SINGH", "Harpreet"),
        (3, "Müller", "Jörg"),
        (4, "Muller", "Jorge"),
        (5, "Okafor", "Amaka"),
    ]
    assert rules.similar_names(people) == {1, 2, 3, 4}


def test_waits():
    come, triaged = datetime(2026, 11, 21, 9, tzinfo=UTC), datetime(2026, 11, 21, 9, 20, tzinfo=UTC)
    assert rules.waiting_since("arrived", come, None) == come
    assert rules.waiting_since("triaged", come, triaged) == triaged
    assert rules.waiting_since("in-progress", come, triaged) is None
    assert [rules.wait_tone(timedelta(minutes=m)) for m in (0, 29, 30, 60)] == [
        "accent",
        "accent",
        "warning",
        "critical",
    ]
