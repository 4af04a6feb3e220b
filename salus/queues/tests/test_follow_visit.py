"""A visit and its number agree, whichever door the visit is moved through; and where people are sent on to."""

import pytest

from salus.core.announce import run_waiting
from salus.core.errors import Invalid
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.queues import services as queues
from salus.queues.models import Token
from salus.queues.tests.builders import a_patient, a_queue, a_room, a_token, a_visit, an_appointment_today, state_of
from salus.scheduling.models import Appointment
from salus.scheduling.services import day


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
