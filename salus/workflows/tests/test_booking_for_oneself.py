"""Nobody opens a record by booking its patient for himself: what an appointment opens is given by somebody else."""

import pytest

from salus.core.announce import run_waiting
from salus.patients import services as patients
from salus.patients.access import OPEN, decide
from salus.patients.access.reading import patient_known
from salus.patients.models import CareRelation
from salus.scheduling.services import booking
from salus.scheduling.tests.builders import a_schedule, an_appointment, when

pytestmark = [pytest.mark.django_db, pytest.mark.guarantee("S10")]


@pytest.fixture
def schedule(cast):
    return a_schedule(cast)


def a_stranger(cast):
    """A patient whom nobody here cares for, and who permits nobody the record."""
    who = {"family": "Birch", "given": "Ben", "gender": "male", "birth_date": "1970-02-02"}
    return patients.register_patient(cast.act("receptionist"), **who)


def opens(cast, patient, role="doctor"):
    act = cast.act(role)
    return decide(act, OPEN, patient_known(act, patient.id, to="find").about).allows


def book(cast, schedule, patient, role="doctor", **changes):
    said = {"patient_id": patient.id, "schedule_id": schedule.id, "starts_at": when(9)} | changes
    made = booking.book_appointment(cast.act(role), **said)
    run_waiting()
    return made


def move(cast, made, role="doctor", **changes):
    said = {"appointment_id": made.id, "version": made.version, "schedule_id": made.schedule_id} | changes
    moved = booking.move_appointment(cast.act(role), **({"starts_at": when(10)} | said))
    run_waiting()
    return moved


def awaited_by(patient):
    rows = CareRelation.objects.filter(patient=patient, kind="appointment", ended_at__gt=when(0))
    return set(rows.values_list("practitioner_id", flat=True))


def test_a_doctor_who_books_a_stranger_for_himself_opens_nothing(cast, schedule):
    patient = a_stranger(cast)
    made = book(cast, schedule, patient)
    assert awaited_by(patient) == set()
    assert not opens(cast, patient)
    move(cast, made)
    assert awaited_by(patient) == set(), "nor by moving what he booked"


def test_what_somebody_else_booked_opens_the_record(cast, schedule):
    patient = a_stranger(cast)
    made = book(cast, schedule, patient, role="receptionist")
    assert awaited_by(patient) == {schedule.practitioner_id}
    move(cast, made)
    assert awaited_by(patient) == {schedule.practitioner_id}, "and still does when the doctor moves it by an hour"


def test_a_colleague_s_patient_is_not_moved_to_oneself_to_be_read(cast, schedule):
    patient = a_stranger(cast)
    made = an_appointment(cast, a_schedule(cast, role="nurse"), patient.id)
    run_waiting()
    move(cast, made, schedule_id=schedule.id)
    assert awaited_by(patient) == set()


def test_who_may_open_the_record_books_as_ever(cast, schedule):
    patient = a_stranger(cast)
    act = cast.act("doctor")
    CareRelation.objects.create(
        patient=patient, kind="encounter", practitioner_id=schedule.practitioner_id, started_at=act.at, source="test"
    )
    book(cast, schedule, patient)
    assert awaited_by(patient) == {schedule.practitioner_id}
