"""Whoever has lost a time gets the proposed one, all in one act: each told, each to be moved again alone; the others stay."""

from datetime import timedelta

import pytest
from django.urls import reverse

from salus.core.errors import NotAllowed
from salus.core.models import Fact
from salus.scheduling.models import Absence, Appointment
from salus.scheduling.queries.proposals import proposals
from salus.scheduling.queries.touched import touched
from salus.scheduling.services import absences, booking, moving
from salus.scheduling.services.moving import Move
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, an_appointment, next_weekday, when
from tests.cast import form_key
from tests.statements import at_most
from tests.sweep.routes import forms_on

TUESDAY = next_weekday() + timedelta(days=1)
AWAY = {"starts_at": when(8), "ends_at": when(12)}


@pytest.fixture
def away(cast):
    """The doctor is away on Monday, where four are booked; on Tuesday there are two times, with the colleague one."""
    cast.departments["opd"].specialty = "general-practice"
    cast.departments["opd"].save()
    doctor = a_schedule(cast, [a_session(), a_session(weekday=1, starts=540, ends=580)])
    a_schedule(cast, [a_session(weekday=2, starts=540, ends=560, until=TUESDAY + timedelta(days=2))], role="nurse")
    made = [
        an_appointment(cast, doctor, a_patient(cast, given=f"Ann{n}").id, starts_at=when(9, 20 * n)) for n in range(3)
    ]
    ben = a_patient(cast, family="Birch", given="Ben")
    made.append(an_appointment(cast, doctor, ben.id, starts_at=when(11, 40)))
    for n in range(1, 7):  # nothing else is free for weeks
        for hour in (9, 10, 11):
            for minute in (0, 20, 40):
                an_appointment(
                    cast, doctor, a_patient(cast).id, starts_at=when(hour, minute, next_weekday(weeks=1 + n))
                )
        for minute in (0, 20):
            an_appointment(cast, doctor, a_patient(cast).id, starts_at=when(9, minute, TUESDAY + timedelta(weeks=n)))
    act = cast.act("administrator")
    absences.record_absence(act, schedule_id=doctor.id, reason="illness", accept_touched=True, **AWAY)
    return doctor, made


def test_all_are_moved_in_one_act_and_whoever_has_no_time_stays_listed(cast, away):
    doctor, made = away
    desk, page = cast.client("receptionist"), reverse("scheduling:to_move")
    with at_most(12):
        told = desk.get(page).content.decode()
    assert told.count('name="take"') == 3
    assert "No time fits" in told
    sent = next(one for one in forms_on(told, page) if one.action == reverse("scheduling:move_all"))
    chosen = [one for one in told.split('"') if one.count("|") == 3]
    answer = desk.post(sent.action, form_key(take=chosen), follow=True)
    assert b"3 appointments are moved." in answer.content
    assert b"BIRCH" in desk.get(page).content
    at = [one.period.lower for one in Appointment.objects.filter(id__in=[one.id for one in made]).order_by("period")]
    assert at == [when(11, 40), when(9, 0, TUESDAY), when(9, 20, TUESDAY), when(9, 0, TUESDAY + timedelta(days=1))]
    facts = Fact.objects.filter(name="scheduling.AppointmentMoved")
    assert len(set(facts.values_list("patient_id", flat=True))) == 3
    assert len(set(facts.values_list("act_id", flat=True))) == 1
    assert [one.appointment_id for one in touched(cast.act("receptionist"))] == [made[3].id]
    # Wished undone: the doctor is still away, so whoever is put back needs another time again; the others are told why not.
    act, on = cast.act("receptionist"), Appointment.objects.get(id=made[2].id)
    booking.cancel_appointment(act, appointment_id=on.id, version=on.version, reason="pat")
    absences.withdraw_absence(cast.act("administrator"), absence_id=Absence.objects.get().id, version=1)
    an_appointment(cast, doctor, starts_at=when(9))
    again = cast.act("administrator")
    absences.record_absence(again, schedule_id=doctor.id, reason="illness", accept_touched=True, **AWAY)
    undo = next(one for one in forms_on(answer.content.decode(), page) if one.action.endswith("/back"))
    told = desk.post(undo.action, form_key()).content.decode()
    assert "is taken" in told
    assert "It was changed since." in told
    assert Appointment.objects.get(id=made[1].id).period.lower == when(9, 20)
    assert {one.appointment_id for one in touched(act)} >= {made[1].id, made[3].id}
    assert Appointment.objects.get(id=made[0].id).period.lower == when(9, 0, TUESDAY)


def test_one_that_was_changed_meanwhile_or_whose_time_was_taken_stays_and_the_others_are_moved(cast, away):
    _doctor, made = away
    act = cast.act("receptionist")
    rows = touched(act)
    proposed = proposals(act, rows)
    moves = [Move(appointment_id=one.appointment_id, version=one.version, schedule_id=proposed[one.appointment_id].schedule_id,
                  starts_at=proposed[one.appointment_id].starts_at) for one in rows[:3]]  # fmt: skip
    Appointment.objects.filter(id=made[0].id).update(reason="Worse")
    taken = proposed[made[1].id]
    an_appointment(cast, Appointment.objects.get(id=made[1].id).schedule, starts_at=taken.starts_at)
    moved = moving.move_all(act, moves=moves)
    assert [one.id for one in moved] == [made[2].id]
    assert {one.appointment_id for one in touched(act)} == {made[0].id, made[1].id, made[3].id}


def test_needs_the_right_and_a_list_that_is_one(cast):
    with pytest.raises(NotAllowed):
        moving.move_all(cast.act("nurse"), moves=[])
    desk = cast.client("receptionist")
    for text in ("x", "a|b|c|d", f"{cast.facility.id}|1|{cast.facility.id}|99999999999"):
        assert desk.post(reverse("scheduling:move_all"), form_key(take=[text])).status_code == 422
    assert desk.post(reverse("scheduling:move_all"), form_key()).status_code == 303


def test_places_are_taken_from_the_earliest_on_as_everybody_who_takes_several_takes_them(cast):
    """Protects from two who each hold what the other waits for: the list that fills places, a series, another desk."""
    doctor = a_schedule(cast)
    made = [an_appointment(cast, doctor, starts_at=when(9, 20 * n)) for n in range(3)]
    moves = [
        Move(appointment_id=one.id, version=one.version, schedule_id=doctor.id, starts_at=when(11, 40 - 20 * n))
        for n, one in enumerate(made)
    ]
    moved = moving.move_all(cast.act("receptionist"), moves=moves)
    assert [one.id for one in moved] == [one.id for one in reversed(made)]
