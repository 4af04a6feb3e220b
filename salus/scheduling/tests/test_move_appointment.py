"""Moving and cancelling: one step, with the history; the day: arrival, no-show, and what a visit means for it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from salus.core.announce import run_consequence, run_waiting
from salus.core.errors import Invalid, NotFound, Stale
from salus.core.models import Fact
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.encounters.tests.builders import a_visit
from salus.patients.models import CareRelation
from salus.scheduling.holding import IsOver
from salus.scheduling.models import Appointment, Change, Hold
from salus.scheduling.services import booking, day
from salus.scheduling.services.booking import CannotBook
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, a_thing, an_appointment, when
from tests.cast import Cast

MONDAY = 0


def move(cast, made, **changes):
    values = {"appointment_id": made.id, "version": made.version, "schedule_id": made.schedule_id}
    return booking.move_appointment(cast.act("receptionist"), **(values | {"starts_at": when(10)} | changes))


def test_another_time_in_one_step_with_its_history(cast):
    schedule, other = a_schedule(cast), a_schedule(cast, role="nurse")
    made = an_appointment(cast, schedule)
    moved = move(cast, made, schedule_id=other.id, note="Works on Monday mornings")
    assert (moved.id, moved.period.lower, moved.schedule_id) == (made.id, when(10), other.id)
    told = Change.objects.order_by("id").values_list("what", "schedule_id", "note")
    assert list(told) == [("booked", schedule.id, ""), ("moved", other.id, "Works on Monday mornings")]
    free = Hold.objects.get(schedule=schedule)
    assert free.released_at is not None
    an_appointment(cast, schedule)  # the old place is free again
    with pytest.raises(Stale):
        move(cast, made, starts_at=when(11))


def test_what_was_booked_beside_moves_along_unless_it_is_left_out(cast):
    """The ultrasound that was asked for; not the room, which the old session brought and the new one has not."""
    room, device = a_thing(cast, "Echo room"), a_thing(cast)
    schedule, other = a_schedule(cast, [a_session(also=(room.id,))]), a_schedule(cast, role="nurse")
    made = an_appointment(cast, schedule, also=[device.id])
    page = cast.client("receptionist").get(
        reverse("scheduling:move", args=[made.id]), {"schedule": other.id, "at": when(10).isoformat()}
    )
    ticked = [box for box in page.content.decode().split("<input") if str(device.id) in box]
    assert ["checked" in box for box in ticked] == [True]

    def held():
        return set(Hold.objects.filter(released_at=None).values_list("schedule_id", flat=True))

    made = move(cast, made, schedule_id=other.id)
    assert held() == {other.id, device.id}
    move(cast, made, starts_at=when(11), also=[])
    assert held() == {made.schedule_id}


def test_who_cannot_be_moved_keeps_what_he_has(cast):
    schedule = a_schedule(cast)
    made, other = an_appointment(cast, schedule), an_appointment(cast, schedule, starts_at=when(10))
    with pytest.raises(CannotBook):
        move(cast, made)
    assert Appointment.objects.get(id=made.id).period.lower == when(9)
    assert Hold.objects.filter(released_at__isnull=True).count() == 2
    assert move(cast, other, starts_at=when(9, 20)).period.lower == when(9, 20)


def test_a_few_minutes_later_is_no_conflict_with_oneself(cast):
    schedule = a_schedule(cast, [a_session(slot_minutes=40), a_session(starts=720, ends=760, slot_minutes=40)])
    made = an_appointment(cast, schedule, starts_at=when(11))
    extra = booking.book_appointment(
        cast.act("doctor"), patient_id=a_patient(cast).id, schedule_id=schedule.id, starts_at=when(11),
        overbook_reason="Agreed",
    )  # fmt: skip
    act = cast.act("doctor")
    booking.move_appointment(
        act, appointment_id=made.id, version=made.version, schedule_id=schedule.id, starts_at=when(11, 10),
        overbook_reason="A little later",
    )  # fmt: skip
    assert Hold.objects.filter(released_at__isnull=True).count() == 2
    assert Appointment.objects.get(id=extra.id).status == "booked"


def test_a_cancelled_one_is_over_and_says_why(cast):
    made = an_appointment(cast, a_schedule(cast))
    act = cast.act("receptionist")
    with pytest.raises(Invalid):
        booking.cancel_appointment(act, appointment_id=made.id, version=made.version, reason="")
    over = booking.cancel_appointment(act, appointment_id=made.id, version=made.version, reason="pat", note="Travels")
    assert (over.status, over.cancel_reason, over.cancel_note) == ("cancelled", "pat", "Travels")
    over.refresh_from_db()
    with pytest.raises(IsOver):
        move(cast, over)
    an_appointment(cast, over.schedule, over.patient_id)


def test_another_facility_has_none(cast):
    made = an_appointment(cast, a_schedule(cast))
    with pytest.raises(NotFound):
        booking.cancel_appointment(
            Cast("other").act("receptionist"), appointment_id=made.id, version=made.version, reason="pat"
        )


def test_those_who_await_the_patient_may_prepare_a_week_ahead(cast):
    made = an_appointment(cast, a_schedule(cast))
    run_waiting()
    relation = CareRelation.objects.get(kind="appointment")
    assert relation.practitioner_id == made.practitioner_id
    assert relation.started_at >= made.period.lower - timedelta(days=7)
    assert relation.ended_at == made.period.upper
    booking.cancel_appointment(cast.act("receptionist"), appointment_id=made.id, version=made.version, reason="pat")
    run_waiting()
    relation.refresh_from_db()
    assert relation.ended_at < made.period.lower


def test_a_relation_that_is_told_late_does_not_come_back(cast):
    """The jobs of both bookings run, once more at the end, after one was cancelled and the other moved."""
    gone, moved = an_appointment(cast, a_schedule(cast)), an_appointment(cast, a_schedule(cast, role="nurse"))
    booked = list(Fact.objects.filter(name="scheduling.AppointmentBooked"))
    booking.cancel_appointment(cast.act("receptionist"), appointment_id=gone.id, version=gone.version, reason="pat")
    move(cast, moved)
    run_waiting()
    for fact in booked:
        run_consequence(fact.id, "caring.relate_who_awaits")
    assert [one.ended_at for one in CareRelation.objects.filter(kind="appointment")] == [when(10, 20)]


def test_whoever_awaits_now_is_related_however_late_it_is_told(cast):
    """Moved to another doctor at the same time: told in any order, and again, the record is open to that one alone."""
    first, second = a_schedule(cast), a_schedule(cast, role="nurse")
    made = an_appointment(cast, first)
    move(cast, made, schedule_id=second.id, starts_at=made.period.lower)
    booked = Fact.objects.get(name="scheduling.AppointmentBooked")
    run_waiting()
    run_consequence(booked.id, "caring.relate_who_awaits")
    now = {one.practitioner_id for one in CareRelation.objects.filter(kind="appointment", ended_at=made.period.upper)}
    assert now == {second.practitioner_id}


@pytest.fixture
def today(cast):
    """An appointment of this day that began a minute ago, booked the day before."""
    act = cast.act("receptionist")
    begins = act.at.replace(second=0, microsecond=0) - timedelta(minutes=1)
    sessions = [a_session(weekday=n, starts=0, ends=1440, slot_minutes=1) for n in range(7)]
    schedule = a_schedule(cast, sessions)
    act = cast.act("receptionist", at=begins - timedelta(days=1))
    return booking.book_appointment(
        act, patient_id=a_patient(cast).id, schedule_id=schedule.id, starts_at=begins, reason="Cough"
    )


def test_checking_in_begins_the_visit_as_it_was_booked(cast, today):
    visit = day.check_in(cast.act("receptionist"), appointment_id=today.id, version=today.version)
    kept = Appointment.objects.get(id=today.id)
    assert (kept.status, kept.encounter_id) == ("arrived", visit.id)
    assert (visit.status, visit.reason, visit.practitioner_id) == ("arrived", "Cough", today.practitioner_id)
    with pytest.raises(IsOver):
        day.check_in(cast.act("receptionist"), appointment_id=today.id, version=kept.version)
    act = cast.act("doctor")
    encounters.finish_encounter(act, encounter_id=visit.id)
    run_waiting()
    assert Appointment.objects.get(id=today.id).status == "fulfilled"
    assert list(Change.objects.order_by("id").values_list("what", flat=True)) == ["booked", "arrived", "fulfilled"]


def test_whoever_was_checked_in_without_looking_has_come(cast, today):
    visit = a_visit(cast, today.patient)
    run_waiting()
    kept = Appointment.objects.get(id=today.id)
    assert (kept.status, kept.encounter_id) == ("arrived", visit.id)
    encounters.move_encounter(cast.act("receptionist"), encounter_id=visit.id, status="cancelled", version=1)
    run_waiting()
    assert Appointment.objects.get(id=today.id).status == "booked"


def test_an_open_visit_is_the_one_of_the_appointment(cast, today):
    visit = a_visit(cast, today.patient)
    assert day.check_in(cast.act("receptionist"), appointment_id=today.id, version=today.version) == visit
    assert Encounter.objects.count() == 1


def test_not_today_and_not_yet(cast):
    made = an_appointment(cast, a_schedule(cast))
    act = cast.act("receptionist")
    with pytest.raises(day.NotToday):
        day.check_in(act, appointment_id=made.id, version=made.version)
    with pytest.raises(day.NotYet):
        day.mark_missed(act, appointment_id=made.id, version=made.version)


def test_whoever_did_not_come_is_marked_and_may_still_come(cast, today):
    act = cast.act("receptionist")
    missed = day.mark_missed(act, appointment_id=today.id, version=today.version)
    missed.refresh_from_db()
    assert missed.status == "noshow"
    day.check_in(cast.act("receptionist"), appointment_id=today.id, version=missed.version)
    assert Appointment.objects.get(id=today.id).status == "arrived"


def test_by_the_clock_everyone_who_did_not_come_is_marked_once(cast, today):
    act = cast.almighty()
    assert day.mark_all_missed(act, before=today.period.upper - timedelta(seconds=1)) == 0
    assert [day.mark_all_missed(act, before=today.period.upper) for _ in range(2)] == [1, 0]
    assert Appointment.objects.get(id=today.id).status == "noshow"
