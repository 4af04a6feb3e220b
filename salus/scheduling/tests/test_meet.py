"""Which appointment a visit keeps, and what an appointment shows of a visit that is labelled."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from salus.core.announce import run_waiting
from salus.core.models import Fact
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.encounters.tests.builders import a_consultation, a_visit
from salus.patients import services as patients
from salus.patients.models import CareRelation
from salus.scheduling.models import Appointment, Hold
from salus.scheduling.services import booking, day
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, next_weekday, when


@pytest.fixture
def monday(cast):
    """Ann at 9:00 and 15:00 with the doctor, next Monday."""
    schedule = a_schedule(cast, [a_session(starts=540, ends=1020)])
    ann, act = a_patient(cast), cast.act("receptionist")

    def book(hour, **changes):
        values = {"patient_id": ann.id, "schedule_id": schedule.id, "starts_at": when(hour)} | changes
        return booking.book_appointment(act, **values)

    return book(9, reason="Cough"), book(15), book


def came(cast, patient, hour, **changes):
    """A visit that began at this hour of next Monday; its job has not run."""
    visit = a_visit(cast, patient, **changes)
    Encounter.objects.filter(id=visit.id).update(arrived_at=when(hour))
    return visit


def meet(cast, visit, at=None):
    day.meet_appointment(replace(cast.almighty(), at=at or when(9)), encounter_id=visit.id)


def states(*made):
    return [Appointment.objects.get(id=one.id).status for one in made]


def test_a_visit_keeps_one_appointment_the_nearest_however_often_and_late_it_is_told(cast, monday):
    """Nine o'clock is kept, three o'clock waits: told twice, told after midnight, told after nine was marked as missed."""
    early, late, _book = monday
    visit = came(cast, early.patient, 9)
    day.mark_all_missed(replace(cast.almighty(), at=when(11)), before=when(11))
    for at in (when(9), when(9) + timedelta(days=1), when(15)):
        meet(cast, visit, at)
        assert states(early, late) == ["arrived", "booked"]


def test_a_visit_that_was_over_before_it_was_told_fulfils_and_a_cancelled_one_keeps_nothing(cast, monday):
    early, late, _book = monday
    visit = came(cast, early.patient, 15)
    encounters.finish_encounter(cast.act("doctor"), encounter_id=visit.id)
    meet(cast, visit)
    assert states(early, late) == ["booked", "fulfilled"]
    again = came(cast, early.patient, 9)
    encounters.move_encounter(
        cast.act("receptionist"), encounter_id=again.id, status="cancelled", version=again.version + 1
    )
    meet(cast, again)
    assert states(early) == ["booked"]


def test_a_visit_to_somebody_else_leaves_the_appointment(cast, monday):
    early, late, _book = monday
    nurse = cast.user("nurse").staff_member.practitioner_id
    meet(cast, came(cast, early.patient, 9, practitioner_id=nurse))
    assert states(early, late) == ["booked", "booked"]


def test_what_a_labelled_visit_was_for_is_not_told_by_its_appointment(cast, monday):
    """Not by the list of the department, not by the page, not at the desk; the desk still sees who comes."""
    early, _late, _book = monday
    visit = came(cast, early.patient, 9)
    meet(cast, visit)
    run_waiting()
    page, show = reverse("scheduling:day"), reverse("scheduling:show", args=[early.id])
    asked = {"day": next_weekday().isoformat(), "scope": "all"}
    nurse, desk = cast.client("nurse"), cast.client("receptionist")
    assert b"Cough" in nurse.get(page, asked).content
    Encounter.objects.filter(id=visit.id).update(labels=["PSY"])
    assert b"Cough" not in nurse.get(page, asked).content
    assert nurse.get(show).status_code == 404
    for answer in (
        desk.get(page, asked),
        desk.get(show),
        desk.get(reverse("scheduling:of_patient", args=[visit.patient_id])),
    ):
        assert answer.status_code == 200
        assert b"Cough" not in answer.content
        assert b"09:00" in answer.content


def arrive(cast, made, at):
    """The patient is checked in for it; what follows has happened."""
    made.refresh_from_db()
    visit = day.check_in(replace(cast.act("receptionist"), at=at), appointment_id=made.id, version=made.version)
    run_waiting()
    return visit


def charged():
    """How many charges have come of it; billing is above this room, its facts are not."""
    return Fact.objects.filter(name="billing.ChargeCaptured").count()


def test_a_second_appointment_that_joins_an_open_visit_is_charged_and_cared_for(cast):
    """At nine with the doctor, at ten with the nurse of the same department: one visit, two charges, both may open the record;
    neither is charged twice however often it is told."""
    first, second = a_schedule(cast), a_schedule(cast, role="nurse")
    ann, act = a_patient(cast), cast.act("receptionist")
    a_consultation(code="visit")
    said = {"patient_id": ann.id, "service_code": "visit"}
    early = booking.book_appointment(act, schedule_id=first.id, starts_at=when(9), **said)
    late = booking.book_appointment(act, schedule_id=second.id, starts_at=when(10), **said)
    visit = arrive(cast, early, when(9))
    assert arrive(cast, late, when(9, 50)).id == visit.id
    assert charged() == 2
    cares = CareRelation.objects.filter(
        source=f"encounters.encounter:{visit.id}", practitioner_id=second.practitioner_id
    )
    assert cares.filter(ended_at=None).exists()


def test_a_walk_in_who_had_the_appointment_is_charged_once(cast, monday):
    early, _late, _book = monday
    a_consultation(code="visit")
    Appointment.objects.filter(id=early.id).update(service_code="visit")
    visit = came(cast, early.patient, 9, service_code="visit")
    assert arrive(cast, early, when(9)).id == visit.id
    assert charged() == 1


def test_who_comes_before_midnight_may_have_a_time_after_it(cast):
    schedule = a_schedule(cast, [a_session(weekday=1, starts=0, ends=60)])
    tuesday = next_weekday() + timedelta(days=1)
    made = booking.book_appointment(
        cast.act("receptionist"), patient_id=a_patient(cast).id, schedule_id=schedule.id, starts_at=when(0, 20, tuesday)
    )
    with pytest.raises(day.NotToday):
        arrive(cast, made, when(20, 0))
    arrive(cast, made, when(23, 55))
    assert states(made) == ["arrived"]


def test_who_has_died_is_awaited_no_longer(cast, monday):
    """What was booked is cancelled with its reason and free again; not where the death was written down by mistake."""
    early, late, _book = monday
    act, ann = cast.act("receptionist"), early.patient
    patients.update_patient(act, patient_id=ann.id, version=ann.version, is_deceased=True)
    ann.refresh_from_db()
    patients.update_patient(act, patient_id=ann.id, version=ann.version, is_deceased=False)
    run_waiting()
    assert states(early, late) == ["booked", "booked"]
    ann.refresh_from_db()
    patients.update_patient(act, patient_id=ann.id, version=ann.version, deceased="2026-11-01")
    run_waiting()
    assert states(early, late) == ["cancelled", "cancelled"]
    assert set(Appointment.objects.values_list("cancel_reason", flat=True)) == {"deceased"}
    assert not Hold.objects.filter(released_at=None).exists()
