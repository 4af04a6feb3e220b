"""What patients are told of their appointments: each thing once, what is true now, and no more than a message may say."""

from datetime import timedelta

import pytest

from salus.core.announce import run_waiting
from salus.messaging.models import Content, Message
from salus.scheduling.services import booking
from salus.scheduling.tests.builders import a_patient, a_schedule, an_appointment, when


@pytest.fixture(autouse=True)
def _ways_out(settings):
    settings.SALUS_DEMONSTRATION = True


@pytest.fixture
def booked(cast):
    patient = a_patient(cast, telecom='[{"system": "email", "value": "ann@example.org"}]', language="es")
    return an_appointment(cast, a_schedule(cast), patient.id, reason="Itching that is nobody's business")


def told() -> list[str]:
    run_waiting()
    return list(Message.objects.order_by("number").values_list("template", flat=True))


def bodies() -> str:
    return "\n".join(one.body + one.subject for one in Content.objects.all())


def test_a_confirmation_in_the_language_of_the_patient(cast, booked):
    assert told() == ["appointment-booked"]
    message = Message.objects.get()
    assert (message.channel, message.language, message.recipient_id) == ("email", "es", booked.patient_id)
    assert "Su cita" in bodies()
    assert "9:00" in bodies()


def test_nothing_of_the_record_leaves_the_house(cast, booked):
    """Protects what somebody is treated for: neither reason nor, where the specialty tells, doctor and place."""
    told()
    said = bodies()
    for secret in ("Itching", "Okoye", "outpatients"):
        assert secret.casefold() not in said.casefold()
    booked.department.specialty = "general-practice"
    booked.department.save(update_fields=["specialty"])
    move(cast, booked, 10)
    told()
    assert "Okoye" in bodies()
    assert "Itching" not in bodies()


def test_a_change_says_both_times_and_a_move_back_is_told_again(cast, booked):
    told()
    moved = move(cast, booked, 10)
    assert told()[1:] == ["appointment-moved"]
    assert "10:00" in bodies()
    move(cast, moved, 9)
    assert told()[2:] == ["appointment-moved"]


def test_two_moves_before_anything_was_told_are_told_as_what_is_true_now(cast, booked):
    move(cast, move(cast, booked, 10), 11)
    assert told() == ["appointment-moved"]
    assert "11:00" in bodies()


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("pat", ["appointment-cancelled"]), ("prov", ["appointment-cancelled-by-us"]), ("deceased", [])],
)
def test_a_cancellation_says_who_cancelled_and_the_dead_are_not_written_to(cast, booked, reason, expected):
    told()
    booking.cancel_appointment(
        cast.act("receptionist"), appointment_id=booked.id, version=fresh(booked).version, reason=reason
    )
    assert told()[1:] == expected


def test_who_cannot_be_reached_stands_in_the_log(cast):
    an_appointment(cast, a_schedule(cast), a_patient(cast, telecom="").id)
    told()
    assert Message.objects.get().status == "unreachable"


def test_what_is_told_late_does_not_tell_what_is_over(cast, booked):
    act = cast.act("receptionist", at=when(9) + timedelta(hours=1))
    run_waiting(at=act.at)
    assert not Message.objects.exists()


def fresh(appointment):
    return type(appointment).objects.get(id=appointment.id)


def move(cast, appointment, hour):
    return booking.move_appointment(
        cast.act("receptionist"),
        appointment_id=appointment.id,
        version=fresh(appointment).version,
        schedule_id=appointment.schedule_id,
        starts_at=when(hour),
    )
