"""At their own door patients book for themselves: through the same services, for nobody else, and never beyond the places."""

import pytest

from salus.core.errors import NotAllowed, NotFound
from salus.patients.tests.builders import an_own_act
from salus.scheduling.models import Appointment, Schedule
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.services import booking, day
from salus.scheduling.tests.builders import a_patient, a_schedule, an_appointment, next_weekday, when

ALL = ("scheduling.view", "scheduling.book", "encounters.start_encounter")


def test_a_patient_books_moves_and_cancels_for_himself(cast):
    schedule, ann = a_schedule(cast), a_patient(cast)
    act = an_own_act(ann, *ALL)
    assert len(availability(act, Wish(next_weekday(), 1, (schedule.id,))).slots) == 9
    assert Schedule.objects.visible_to(act).get() == schedule
    times = {"patient_id": ann.id, "schedule_id": schedule.id, "starts_at": when(9)}
    made = booking.book_appointment(act, channel="portal", **times)
    assert (made.channel, made.recorded_by_id) == ("portal", act.by)
    moved = booking.move_appointment(
        act, appointment_id=made.id, version=1, schedule_id=schedule.id, starts_at=when(10)
    )
    booking.cancel_appointment(act, appointment_id=made.id, version=moved.version, reason="pat")
    assert Appointment.objects.visible_to(act).get().status == "cancelled"


@pytest.mark.guarantee("S1")
def test_a_patient_reaches_nobody_elses_appointments(cast):
    schedule = a_schedule(cast)
    bens = an_appointment(cast, schedule, a_patient(cast, family="Bello", given="Ben").id)
    ann = a_patient(cast)
    act = an_own_act(ann, *ALL)
    assert not Appointment.objects.visible_to(act).exists()
    new = {"schedule_id": schedule.id, "starts_at": when(10)}
    with pytest.raises(NotFound):
        booking.book_appointment(act, patient_id=bens.patient_id, **new)
    with pytest.raises(NotFound):
        booking.move_appointment(act, appointment_id=bens.id, version=1, **new)
    with pytest.raises(NotFound):
        booking.cancel_appointment(act, appointment_id=bens.id, version=1, reason="pat")
    with pytest.raises(NotFound):
        day.check_in(act, appointment_id=bens.id, version=1)
    with pytest.raises(booking.CannotBook) as refused:
        booking.book_appointment(act, patient_id=ann.id, schedule_id=schedule.id, starts_at=when(9))
    assert [one.who for one in refused.value.obstacles] == [""], "who has the time is not told"


def test_a_patient_overbooks_nothing_and_a_proxy_does_only_what_he_may(cast):
    schedule, ann = a_schedule(cast), a_patient(cast)
    times = {"patient_id": ann.id, "schedule_id": schedule.id, "starts_at": when(9)}
    with pytest.raises(NotAllowed):
        booking.book_appointment(an_own_act(ann, *ALL), overbook_reason="I want to", **times)
    reader = an_own_act(ann, "patients.open", is_self=False)
    with pytest.raises(NotAllowed):
        booking.book_appointment(reader, **times)
    an_appointment(cast, schedule, ann.id)
    assert not Appointment.objects.visible_to(reader).exists()
