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
