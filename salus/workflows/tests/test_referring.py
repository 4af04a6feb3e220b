"""What referrals and follow-ups learn of appointments, also late, and who is told of one that was ordered without a name."""

from datetime import timedelta

from django.utils import timezone

from salus.care import services as care
from salus.care.models import FollowUp, Referral
from salus.care.services.referrals import Receiver
from salus.care.tests.builders import a_follow_up, a_kind, a_referral, a_visit
from salus.core.act import system_act
from salus.core.announce import run_waiting
from salus.inbox.models import Task
from salus.orders import services as orders
from salus.orders.items import ServiceItem
from salus.scheduling.facts import AppointmentBooked, AppointmentMissed
from salus.scheduling.services import booking
from salus.scheduling.tests.builders import a_schedule, an_appointment
from salus.workflows import referring


def booked(cast):
    """A referral and a follow-up in the laboratory, for which the patient has a time."""
    there = {"department_id": cast.departments["lab"].id}
    visit = a_visit(cast)
    a_referral(cast, visit)
    a_follow_up(cast, visit, days=10, **there)
    appointment = an_appointment(cast, a_schedule(cast, **there), visit.patient_id)
    run_waiting()
    assert states() == ("booked", "booked")
    return appointment


def states():
    return Referral.objects.get().status, FollowUp.objects.get().status


def run(cast, handler, fact, appointment):
    told = {
        "appointment_id": appointment.id,
        "schedule_id": appointment.schedule_id,
        "patient_id": appointment.patient_id,
    }
    starts, ends = appointment.period.lower, appointment.period.upper
    times = {"starts_at": starts} | ({"ends_at": ends} if fact is AppointmentBooked else {})
    rights = handler.rights
    handler(system_act(rights=rights, door="test", facility_id=cast.facility.id), fact(**told, **times))


def test_who_did_not_come_waits_for_another_time(cast):
    appointment = booked(cast)
    run(cast, referring.wait_for_another_time, AppointmentMissed, appointment)
    assert states() == ("accepted", "planned")


def test_a_booking_that_is_told_late_books_nothing_that_was_cancelled(cast):
    appointment = booked(cast)
    booking.cancel_appointment(
        cast.act("receptionist"), appointment_id=appointment.id, version=appointment.version, reason="pat"
    )
    run_waiting()
    run(cast, referring.follow_the_appointment, AppointmentBooked, appointment)
    assert states() == ("accepted", "planned")


def test_a_time_that_moves_elsewhere_is_no_longer_the_one(cast):
    appointment = booked(cast)
    elsewhere = a_schedule(cast, role="nurse", department_id=cast.departments["opd"].id)
    booking.move_appointment(
        cast.act("receptionist"),
        appointment_id=appointment.id,
        version=appointment.version,
        schedule_id=elsewhere.id,
        starts_at=appointment.period.lower + timedelta(days=7),
    )
    run_waiting()
    assert states() == ("accepted", "planned")


def test_one_that_was_ordered_without_a_name_waits_with_who_ordered_it(cast):
    visit, doctor = a_visit(cast), cast.act("doctor")
    item = ServiceItem(kind="referral", orderable_id=a_kind().id, reason="Benign?")
    orders.place_orders(doctor, patient_id=visit.patient_id, encounter_id=visit.id, items=[item])
    run_waiting()
    waits = Task.objects.get(kind="referral")
    assert waits.owner_id == doctor.practitioner_id
    to = Receiver(department_id=cast.departments["lab"].id)
    care.resend_referral(doctor, referral_id=Referral.objects.get().id, version=1, to=to)
    run_waiting()
    waits.refresh_from_db()
    assert waits.status == "completed"
    assert Task.objects.get(kind="referral", status="requested").department_id == cast.departments["lab"].id
    assert waits.ended_at <= timezone.now()
