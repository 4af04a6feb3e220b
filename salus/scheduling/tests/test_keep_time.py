"""A kept place is had by nobody else until it is booked or given back; it is free at no moment in between."""

import pytest
from django.db import IntegrityError, transaction

from salus.core.errors import NotAllowed
from salus.scheduling.models import Hold
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.services import keeping
from salus.scheduling.services.booking import CannotBook, TooLate
from salus.scheduling.tests.builders import (
    a_patient,
    a_schedule,
    a_session,
    a_thing,
    an_appointment,
    next_weekday,
    when,
)


def kept(cast, schedule, patient, **changes):
    values = {"source": "test:1", "patient_id": patient.id, "schedule_id": schedule.id, "starts_at": when(9)}
    return keeping.keep_time(cast.act("receptionist"), **(values | changes))


@pytest.mark.guarantee("B7")
def test_a_kept_place_is_free_for_nobody_else_and_becomes_the_appointments(cast):
    room = a_thing(cast, "Echo room")
    schedule, ann = a_schedule(cast, [a_session(also=(room.id,))]), a_patient(cast)
    kept(cast, schedule, ann)
    slots = availability(cast.act("receptionist"), Wish(next_weekday(), 1, (schedule.id,))).slots
    assert when(9) not in [one.starts_at for one in slots]
    with pytest.raises(CannotBook) as refused:
        an_appointment(cast, schedule)
    assert [one.kind for one in refused.value.obstacles] == ["taken", "taken"]
    with pytest.raises(CannotBook):
        kept(cast, schedule, ann, source="test:2")
    made = an_appointment(cast, schedule, ann.id, kept="test:1")
    assert set(Hold.objects.values_list("appointment_id", "source", "released_at")) == {(made.id, "", None)}


def test_what_is_given_back_is_free_again_and_a_repeat_does_no_harm(cast):
    schedule, ann = a_schedule(cast), a_patient(cast)
    kept(cast, schedule, ann)
    for _n in range(2):
        keeping.release_time(cast.act("receptionist"), source="test:1")
    an_appointment(cast, schedule, kept="test:1")  # it is free, so it can be booked all the same


def test_it_needs_the_right_a_time_to_come_and_something_it_is_kept_for(cast):
    schedule, ann = a_schedule(cast), a_patient(cast)
    with pytest.raises(NotAllowed):
        keeping.keep_time(cast.act("nurse"), source="x", patient_id=ann.id, schedule_id=schedule.id, starts_at=when(9))
    with pytest.raises(TooLate):
        kept(cast, schedule, ann, starts_at=when(9, day=next_weekday(weeks=-2)))
    with pytest.raises(IntegrityError), transaction.atomic():
        kept(cast, schedule, ann, source="")
