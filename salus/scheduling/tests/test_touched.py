"""Whom a change leaves without a time: all of them, by name only to who sees them; and who is named where a time is taken."""

import pytest
from django.urls import reverse
from django.utils import timezone

from salus.core.models import AccessEntry
from salus.patients.models import Consent
from salus.places.models import Department
from salus.scheduling.changing import TouchesPatients
from salus.scheduling.models import Pattern
from salus.scheduling.queries.touched import touched
from salus.scheduling.services import booking, schedules
from salus.scheduling.services.booking import CannotBook
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, a_thing, an_appointment, when
from salus.staff.models import StaffMember


@pytest.fixture
def elsewhere(cast):
    """Ben has nine o'clock at a clinic of the laboratory, of which the doctor knows nothing."""
    act = cast.act("administrator")
    clinic = schedules.add_schedule(act, kind="service", department_id=cast.departments["lab"].id, name="Bloods")
    schedules.add_sessions(act, schedule_id=clinic.id, sessions=[a_session()])
    ben = a_patient(cast, family="Birch", given="Ben")
    Consent.objects.filter(patient=ben).update(ends_at=timezone.now())
    return clinic, an_appointment(cast, clinic, ben.id)


def test_whoever_may_book_does_not_learn_of_other_clinics_patients(cast, elsewhere):
    """That a time is taken, and that a patient is elsewhere: neither by whom, nor where; reception is told both."""
    clinic, made = elsewhere
    own, ann = a_schedule(cast), a_patient(cast)
    for patient, schedule, kind, name in (
        (ann.id, clinic, "taken", "BIRCH"),
        (made.patient_id, own, "patient", "Bloods"),
    ):
        for role, is_told in (("doctor", False), ("receptionist", True)):
            values = {"patient_id": patient, "schedule_id": schedule.id, "starts_at": when(9)}
            with pytest.raises(CannotBook) as refused:
                booking.book_appointment(cast.act(role), **values)
            [one] = refused.value.obstacles
            assert one.kind == kind
            assert (name in one.words + one.who) is is_told
    schedules.retire_schedule(cast.act("administrator"), schedule_id=clinic.id, version=1, accept_touched=True)
    assert [one.family for one in touched(cast.act("doctor"))] == [""]
    assert [one.family for one in touched(cast.act("receptionist"))] == ["Birch"]


@pytest.mark.parametrize("what", ["room", "doctor", "department"])
def test_whatever_is_gone_touches_who_was_booked_with_it(cast, what):
    schedule, room = a_schedule(cast), a_thing(cast, "Echo room")
    made = an_appointment(cast, schedule, also=[room.id])
    if what == "room":
        with pytest.raises(TouchesPatients) as refused:
            schedules.retire_schedule(cast.act("administrator"), schedule_id=room.id, version=1)
        assert [one.appointment_id for one in refused.value.patients] == [made.id]
        schedules.retire_schedule(cast.act("administrator"), schedule_id=room.id, version=1, accept_touched=True)
    elif what == "doctor":
        StaffMember.objects.filter(practitioner_id=schedule.practitioner_id).update(retired_at=timezone.now())
    else:
        Department.objects.filter(id=schedule.department_id).update(retired_at=timezone.now())
    assert [one.appointment_id for one in touched(cast.act("receptionist"))] == [made.id]


def test_the_day_counts_who_must_be_moved_and_logs_nobody_whom_it_does_not_show(cast, elsewhere):
    clinic, made = elsewhere
    schedules.retire_schedule(cast.act("administrator"), schedule_id=clinic.id, version=1, accept_touched=True)
    desk = cast.client("receptionist")
    reads = AccessEntry.objects.filter(patient_id=made.patient_id, action="read")
    before = reads.count()
    assert b"need another time" in desk.get(reverse("scheduling:day")).content
    assert reads.count() == before
    assert b"BIRCH" in desk.get(reverse("scheduling:to_move")).content
    assert reads.count() == before + 1


def test_the_end_of_a_session_touches_who_was_overbooked_within_it_not_beside_it(cast):
    """Overbooked into a full slot, or across two: without the session they have no time. At eight in the evening: still."""
    schedule = a_schedule(cast)
    first = an_appointment(cast, schedule)
    made = [
        booking.book_appointment(
            cast.act("doctor"),
            patient_id=a_patient(cast).id,
            schedule_id=schedule.id,
            starts_at=at,
            overbook_reason="Pain",
        )
        for at in (when(9), when(9, 10), when(20))
    ]
    assert touched(cast.act("receptionist")) == []
    pattern = Pattern.objects.get()
    end = {"pattern_id": pattern.id, "version": 1, "last_on": timezone.localdate()}
    schedules.end_session(cast.act("administrator"), **end, accept_touched=True)
    found = {one.appointment_id for one in touched(cast.act("receptionist"))}
    assert found == {first.id, made[0].id, made[1].id}
