"""A visit and its number agree, whichever door the visit is moved through; and where people are sent on to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from salus.core.announce import run_waiting
from salus.core.errors import Invalid
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.encounters.tests.builders import a_consultation
from salus.patients.models import CareRelation, Consent
from salus.queues import services as queues
from salus.queues.forms import SendForm
from salus.queues.models import Token
from salus.queues.tests.builders import a_patient, a_queue, a_room, a_token, a_visit, an_appointment_today, state_of
from salus.scheduling.models import Appointment
from salus.scheduling.services import day
from salus.scheduling.tests.builders import a_schedule, a_session, an_appointment


def move(cast, token, status, role="doctor"):
    visit = Encounter.objects.get(id=token.encounter_id)
    return encounters.move_encounter(cast.act(role), encounter_id=visit.id, status=status, version=visit.version)


def test_a_department_without_a_queue_gives_no_number(cast):
    a_visit(cast)
    assert not Token.objects.exists()


def test_told_twice_there_is_one_number(cast):
    token = a_token(cast)
    values = {"patient_id": token.patient_id, "department_id": cast.departments["opd"].id}
    assert queues.give_token(cast.almighty(), encounter_id=token.encounter_id, **values) is None
    assert Token.objects.count() == 1


def test_called_in_from_the_worklist_the_number_is_served_and_ends_with_the_visit(cast):
    token = a_token(cast)
    move(cast, token, "in-progress")
    assert state_of(token) == "serving"
    encounters.finish_encounter(cast.act("doctor"), encounter_id=token.encounter_id)
    assert state_of(token) == "done"


def test_sent_back_to_wait_there_is_a_number_again(cast):
    token = a_token(cast)
    move(cast, token, "in-progress")
    move(cast, token, "triaged")
    assert state_of(token) == "waiting"
    move(cast, token, "in-progress")
    token.refresh_from_db()
    queues.finish_token(cast.act("doctor"), token_id=token.id, version=token.version)
    move(cast, token, "triaged")
    assert Token.objects.filter(encounter_id=token.encounter_id, status="waiting").count() == 1


def test_cancelled_the_number_has_left_and_the_other_way_round(cast):
    token = a_token(cast)
    move(cast, token, "cancelled", "receptionist")
    assert state_of(token) == "left"
    other = a_token(cast)
    queues.leave_token(cast.act("receptionist"), token_id=other.id, version=1)
    assert Encounter.objects.get(id=other.encounter_id).status == "cancelled"
    third = a_token(cast)
    move(cast, third, "triaged", "nurse")
    third.refresh_from_db()
    queues.leave_token(cast.act("receptionist"), token_id=third.id, version=third.version)
    assert Encounter.objects.get(id=third.encounter_id).status == "cancelled"


def test_after_triage_the_patient_waits_for_the_doctor_with_the_same_number(cast):
    a_queue(cast, "triage", "T")
    token = a_token(cast)
    assert (token.queue.kind, token.label) == ("triage", "T1")
    move(cast, token, "triaged", "nurse")
    onward = Token.objects.get(came_from=token)
    assert (state_of(token), onward.status, onward.queue.kind, onward.label) == (
        "transferred",
        "waiting",
        "consultation",
        "T1",
    )


def test_sent_on_to_the_cash_desk_the_number_outlives_the_visit(cast):
    cash = a_queue(cast, "cash", "K", "cash")
    token = a_token(cast)
    move(cast, token, "in-progress")
    token.refresh_from_db()
    sent = queues.transfer_token(cast.act("doctor"), token_id=token.id, version=token.version, queue_id=cash.id)
    assert (sent.label, sent.came_from_id) == (token.label, token.id)
    encounters.finish_encounter(cast.act("doctor"), encounter_id=token.encounter_id)
    assert (state_of(token), state_of(sent)) == ("transferred", "waiting")
    called = queues.call_next(cast.act("cashier"), queue_id=cash.id, room_id=a_room(cast, 1, "cash").id)
    assert called.id == sent.id


def test_handed_to_another_doctor_it_is_the_same_token(cast):
    token = a_token(cast)
    nurse = cast.user("nurse").staff_member.practitioner_id
    values = {"token_id": token.id, "version": 1, "queue_id": token.queue_id}
    with pytest.raises(Invalid):
        queues.transfer_token(cast.act("receptionist"), practitioner_id=a_patient(cast).id, **values)
    handed = queues.transfer_token(cast.act("receptionist"), practitioner_id=nurse, **values)
    assert (handed.id, handed.practitioner_id, handed.status) == (token.id, nurse, "waiting")


def test_a_second_appointment_of_an_open_visit_has_a_number_again(cast):
    """The first was seen and waits for a result: for the second the patient waits anew, and is not forgotten."""
    booked = an_appointment_today(cast)
    token = a_token(cast, patient_id=booked.patient_id)
    move(cast, token, "in-progress")
    token.refresh_from_db()
    queues.finish_token(cast.act("doctor"), token_id=token.id, version=token.version)
    day.check_in(cast.act("receptionist"), appointment_id=booked.id, version=booked.version)
    again = Token.objects.open().get(encounter_id=token.encounter_id)
    assert (again.appointment_id, again.due_at, again.status) == (booked.id, booked.period.lower, "waiting")


def two_appointments(cast):
    """Ann has come for two doctors of one department, and is checked in for both at once; the second one's and her number."""
    first = an_appointment_today(cast)
    plan = a_schedule(cast, [a_session(weekday=n, starts=0, ends=1440) for n in range(7)], "nurse")
    later = first.period.lower + timedelta(minutes=40)
    second = an_appointment(cast, plan, first.patient_id, starts_at=later)
    service = a_consultation()
    for one in (first, second):
        Appointment.objects.filter(id=one.id).update(service_code=service.code)
        one.refresh_from_db()
        visit = day.check_in(cast.act("receptionist"), appointment_id=one.id, version=one.version)
    return first, second, Token.objects.get(encounter_id=visit.id)


def state_of_booked(appointment):
    return Appointment.objects.values_list("status", flat=True).get(id=appointment.id)


def serve(cast, role, token):
    called = queues.call_next(cast.act(role), queue_id=token.queue_id, room_id=a_room(cast).id)
    begun = queues.start_token(cast.act("doctor"), token_id=called.id, version=called.version)
    return queues.finish_token(cast.act("doctor"), token_id=begun.id, version=begun.version)


def test_checked_in_for_two_doctors_the_second_one_calls_after_the_first(cast):
    """One number at a time: when the first doctor is done, the patient stands in the line of the second."""
    first, second, token = two_appointments(cast)
    assert (token.appointment_id, serve(cast, "doctor", token).id) == (first.id, token.id)
    onward = Token.objects.open().get(encounter_id=token.encounter_id)
    assert (onward.appointment_id, onward.practitioner_id) == (second.id, second.practitioner_id)
    serve(cast, "nurse", token)
    assert not Token.objects.open().exists()
    encounters.finish_encounter(cast.act("doctor"), encounter_id=token.encounter_id)
    run_waiting()
    assert {state_of_booked(first), state_of_booked(second)} == {"fulfilled"}


def test_a_second_appointment_is_not_the_number_at_the_cash_desk(cast):
    """Who was sent on to pay and is checked in for another doctor has a number there; that of the cash desk stays as it was."""
    cash = a_queue(cast, "cash", "K", "cash")
    booked = an_appointment_today(cast)
    token = a_token(cast, patient_id=booked.patient_id)
    paying = queues.transfer_token(cast.act("receptionist"), token_id=token.id, version=1, queue_id=cash.id)
    day.check_in(cast.act("receptionist"), appointment_id=booked.id, version=booked.version)
    again = Token.objects.open().exclude(id=paying.id).get(encounter_id=token.encounter_id)
    assert (again.appointment_id, again.queue.kind) == (booked.id, "consultation")
    paying.refresh_from_db()
    assert (paying.appointment_id, paying.due_at) == (None, None)


@pytest.mark.parametrize("closed", [False, True])
def test_sent_to_another_department_its_doctor_can_begin(cast, closed):
    """Those to whom the patient is sent care for him until the visit ends; for what is over already nobody begins to."""
    line = a_queue(cast, "consultation", "B", "lab")
    patient = a_patient(cast)
    Consent.objects.filter(patient=patient).update(voided_at=timezone.now())
    token = a_token(cast, patient_id=patient.id)
    if closed:
        cash = a_queue(cast, "cash", "K", "cash")
        token = queues.transfer_token(cast.act("receptionist"), token_id=token.id, version=1, queue_id=cash.id)
        encounters.finish_encounter(cast.act("doctor"), encounter_id=token.encounter_id)
        token.refresh_from_db()
    act = cast.act("receptionist")
    sent = queues.transfer_token(act, token_id=token.id, version=token.version, queue_id=line.id)
    there = CareRelation.objects.filter(patient=patient, department=cast.departments["lab"])
    assert there.filter(kind="encounter").count() == (0 if closed else 1)
    if not closed:
        doctor = cast.act("doctor", places=frozenset({cast.departments["lab"].id}))
        called = queues.call_next(doctor, queue_id=sent.queue_id, room_id=a_room(cast, 1, "lab").id)
        queues.start_token(doctor, token_id=called.id, version=called.version)
        encounters.finish_encounter(cast.act("doctor"), encounter_id=token.encounter_id)
        run_waiting()
        assert not there.filter(ended_at=None).exists()


def test_nobody_is_sent_to_a_doctor_who_does_not_sit_there(cast):
    """And the doctors and rooms of where the patient is sent can be chosen."""
    line = a_queue(cast, "consultation", "B", "lab")
    token = a_token(cast)
    doctor, room = cast.user("doctor").staff_member.practitioner_id, a_room(cast, 7, "lab")
    form = SendForm(cast.act("receptionist"), line)
    assert (str(doctor), "General outpatients: Chidi Okoye") in form.fields["practitioner"].choices
    assert (str(room.id), "Room 7") in form.fields["room"].choices
    form = SendForm(cast.act("receptionist"), token.queue)
    assert (str(doctor), "Chidi Okoye") in form.fields["practitioner"].choices
    assert (str(room.id), "Laboratory: Room 7") in form.fields["room"].choices
    with pytest.raises(Invalid):
        queues.transfer_token(
            cast.act("receptionist"), token_id=token.id, version=1, queue_id=line.id, practitioner_id=doctor
        )


def test_a_number_is_called_by_the_time_of_the_appointment_and_they_agree(cast):
    """Here: arrived; left without being seen: awaited again, and missed by the clock; seen: fulfilled, and no number open."""
    booked = an_appointment_today(cast)
    visit = day.check_in(cast.act("receptionist"), appointment_id=booked.id, version=booked.version)
    token = Token.objects.get(encounter_id=visit.id)
    assert (token.appointment_id, token.due_at) == (booked.id, booked.period.lower)
    queues.leave_token(cast.act("receptionist"), token_id=token.id, version=token.version)
    run_waiting()
    assert Appointment.objects.get(id=booked.id).status == "booked"
    booked.refresh_from_db()
    visit = day.check_in(cast.act("receptionist"), appointment_id=booked.id, version=booked.version)
    encounters.finish_encounter(cast.act("doctor"), encounter_id=visit.id)
    run_waiting()
    assert Appointment.objects.get(id=booked.id).status == "fulfilled"
    assert not Token.objects.open().exists()
