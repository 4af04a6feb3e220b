"""Booking: works, needs the right, is refused with everything that stands in the way, tells what happened, fifty at once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from salus.catalog.models import Service
from salus.core.errors import Conflict, Invalid, NotAllowed, NotFound
from salus.core.ids import uuid7
from salus.core.models import Fact
from salus.encounters.tests.builders import a_consultation
from salus.scheduling.forms import TimeForm
from salus.scheduling.models import Appointment, Change, Hold
from salus.scheduling.queries.free import Wish, alternatives, availability
from salus.scheduling.queries.touched import touched
from salus.scheduling.services import absences, booking, schedules
from salus.scheduling.services.booking import CannotBook, TooLate
from salus.scheduling.services.series import book_series
from salus.scheduling.tests.builders import (
    a_patient,
    a_schedule,
    a_session,
    a_thing,
    an_appointment,
    next_weekday,
    when,
)
from tests.races import at_once
from tests.statements import at_most


def free_at(cast, schedule, **wish):
    """The free times of next Monday."""
    wish = Wish(next_weekday(), 1, (schedule.id,), **wish)
    return [one.starts_at for one in availability(cast.act("receptionist"), wish).slots]


def kinds(refused):
    return sorted(one.kind for one in refused.value.obstacles)


def test_a_booked_time_is_no_longer_free(cast):
    schedule = a_schedule(cast)
    before = free_at(cast, schedule)
    assert (len(before), before[0], before[-1]) == (9, when(9), when(11, 40))
    made = an_appointment(cast, schedule, reason=" Cough ")
    kept = Appointment.objects.get(id=made.id)
    assert (kept.status, kept.reason, kept.practitioner_id) == ("booked", "Cough", schedule.practitioner_id)
    assert (kept.period.lower, kept.period.upper) == (when(9), when(9, 20))
    assert free_at(cast, schedule) == before[1:]
    fact = Fact.objects.get(name="scheduling.AppointmentBooked")
    assert (fact.patient_id, fact.data["appointment_id"]) == (kept.patient_id, str(kept.id))
    assert list(Change.objects.values_list("what", flat=True)) == ["booked"]


def test_needs_the_right(cast):
    schedule = a_schedule(cast)
    times = {"patient_id": a_patient(cast).id, "schedule_id": schedule.id, "starts_at": when(9)}
    with pytest.raises(NotAllowed):
        booking.book_appointment(cast.act("nurse"), **times)
    with pytest.raises(NotAllowed):
        booking.book_appointment(cast.act("receptionist"), **times, overbook_reason="He agreed.")
    with pytest.raises(NotFound):
        booking.book_appointment(cast.act("receptionist"), **(times | {"patient_id": uuid7()}))


@pytest.mark.parametrize("state", ["deceased", "merged"])
def test_a_dead_or_joined_record_is_refused(cast, state):
    changes = {"is_deceased": True} if state == "deceased" else {"merged_into": a_patient(cast)}
    with pytest.raises(Conflict):
        an_appointment(cast, a_schedule(cast), a_patient(cast, **changes).id)


@pytest.mark.parametrize("length", [-5, 1441, 10**9])
def test_no_length_that_cannot_be_and_no_empty_reason(cast, length):
    schedule = a_schedule(cast)
    values = {"patient_id": a_patient(cast).id, "schedule_id": schedule.id, "starts_at": when(20)}
    with pytest.raises(Invalid):
        booking.book_appointment(cast.act("doctor"), **values, length=length, overbook_reason="Agreed")
    with pytest.raises(CannotBook):
        booking.book_appointment(cast.act("doctor"), **values, overbook_reason="  ")
    form = TimeForm({"schedule": str(schedule.id), "on": "2030-01-01", "wall": "24:00"})
    assert form.is_valid()
    assert form.cleaned_data["at"] == when(0, day=date(2030, 1, 2))


def test_nobody_books_beyond_the_calendar(cast):
    """The last day of the calendar is refused, by whatever door it comes, and nothing is free near it."""
    schedule = a_schedule(cast)
    last = datetime(9999, 12, 31, 23, 50, tzinfo=UTC)
    with pytest.raises(Invalid) as refused:
        an_appointment(cast, schedule, starts_at=last)
    assert "starts_at" in refused.value.fields
    assert availability(cast.act("receptionist"), Wish(last.date())).total == 0
    near = alternatives(cast.act("receptionist"), schedule_id=schedule.id, starts_at=last)
    assert not near.same
    assert not near.others


def test_the_past_is_over(cast):
    schedule = a_schedule(cast)
    with pytest.raises(TooLate):
        an_appointment(cast, schedule, starts_at=when(9) - timedelta(days=14))
    late = replace(cast.act("receptionist"), at=when(9, 20))
    said = {"patient_id": a_patient(cast).id, "schedule_id": schedule.id, "starts_at": when(9)}
    with pytest.raises(TooLate):
        booking.book_appointment(late, **said)
    booking.book_appointment(replace(late, at=when(9, 1)), **said)  # it began while the desk was asking


def test_a_room_with_hours_of_its_own_is_had_only_then(cast):
    """The echo room is open from ten to eleven, but for its cleaning at half past: so is the doctor who needs it."""
    room = a_thing(cast, "Echo room")
    schedule = a_schedule(cast, [a_session(also=(room.id,))])
    assert len(free_at(cast, schedule)) == 9
    opened = [a_session(starts=600, ends=660, breaks=((630, 635),)), a_session(weekday=1)]
    schedules.add_sessions(cast.act("administrator"), schedule_id=room.id, sessions=opened)
    assert free_at(cast, schedule) == [when(10), when(10, 40)]
    with pytest.raises(CannotBook) as refused:
        an_appointment(cast, schedule)
    assert [(one.kind, one.what) for one in refused.value.obstacles] == [("outside", "Echo room")]
    an_appointment(cast, schedule, starts_at=when(10))
    other = a_schedule(cast, role="nurse")
    with pytest.raises(CannotBook):
        an_appointment(cast, other, also=[room.id])


def test_a_time_zone_that_was_changed_holds_at_the_next_act(cast):
    schedule = a_schedule(cast)
    assert free_at(cast, schedule)[0] == when(9)
    cast.facility.time_zone = "Asia/Tokyo"
    cast.facility.save()
    assert free_at(cast, schedule)[0] == when(0)


def test_everything_that_stands_in_the_way_is_told_at_once(cast):
    """Ann is elsewhere, the doctor has Ben, the ultrasound has Ben too: all three, and Ben by name for who may find him."""
    schedule, device = a_schedule(cast), a_thing(cast)
    other = a_schedule(cast, role="nurse")
    ann, ben = a_patient(cast), a_patient(cast, family="Birch", given="Ben")
    an_appointment(cast, schedule, ben.id, also=[device.id])
    an_appointment(cast, other, ann.id)
    with pytest.raises(CannotBook) as refused:
        an_appointment(cast, schedule, ann.id, also=[device.id])
    assert kinds(refused) == ["patient", "taken", "taken"]
    assert not refused.value.may_be_overbooked
    assert {one.what for one in refused.value.obstacles if "BIRCH" in one.who} == {schedule.name, "Ultrasound"}
    with pytest.raises(CannotBook) as refused:
        an_appointment(cast, schedule, starts_at=when(18))
    assert kinds(refused) == ["outside"]


def test_who_overbooks_is_shown_everything_before(cast):
    """Of another time than the plan has: that, whoever has it, what does not fit, and where the patient is."""
    schedule, device = a_schedule(cast, service_codes=("first",)), a_thing(cast)
    ann = a_patient(cast)
    a_consultation(code="second")
    an_appointment(cast, schedule, a_patient(cast, family="Birch", given="Ben").id, also=[device.id], service_code="")
    an_appointment(cast, a_schedule(cast, role="nurse"), ann.id)
    asked = {"patient_id": ann.id, "schedule_id": schedule.id, "starts_at": when(9, 10), "also": [device.id]}
    with pytest.raises(CannotBook) as refused:
        booking.book_appointment(cast.act("receptionist"), **asked)
    assert kinds(refused) == ["outside", "patient", "taken", "taken"]
    address = reverse("scheduling:book", args=[ann.id])
    doctor = cast.client("doctor")
    with at_most(15):  # what comes nearest, too
        page = doctor.get(address, {"schedule": schedule.id, "at": when(9).isoformat(), "service": "second"})
    told = page.content.decode()
    for words in ("does not take this kind of visit", "BIRCH", "The patient has another appointment"):
        assert words in told
    assert 'name="overbook_reason"' not in told


@pytest.mark.guarantee("H11")
def test_a_patient_is_at_one_place_at_a_time(cast):
    """Also where somebody overbooks."""
    ann, first, second = a_patient(cast), a_schedule(cast), a_schedule(cast, role="nurse")
    an_appointment(cast, first, ann.id)
    with pytest.raises(CannotBook) as refused:
        booking.book_appointment(
            cast.act("doctor"), patient_id=ann.id, schedule_id=second.id, starts_at=when(9), overbook_reason="Urgent"
        )
    assert kinds(refused) == ["patient"]


def test_doctor_room_and_device_in_one_act_or_not_at_all(cast):
    room, device = a_thing(cast, "Echo room", kind="device"), a_thing(cast)
    schedule = a_schedule(cast, [a_session(also=(room.id,))])
    other = a_schedule(cast, [a_session(also=(room.id,))], role="nurse")
    made = an_appointment(cast, schedule, also=[device.id])
    held = Hold.objects.filter(appointment=made).values_list("schedule_id", flat=True)
    assert set(held) == {schedule.id, room.id, device.id}
    assert when(9) not in free_at(cast, other)  # its room is taken
    with pytest.raises(CannotBook) as refused:
        an_appointment(cast, other)
    assert kinds(refused) == ["taken"]
    assert (Appointment.objects.count(), Hold.objects.count()) == (1, 3)


def test_a_slot_has_as_many_places_as_it_says(cast):
    schedule = a_schedule(cast, places=3)
    for _n in range(3):
        an_appointment(cast, schedule)
    with pytest.raises(CannotBook):
        an_appointment(cast, schedule)
    assert sorted(Hold.objects.values_list("place", flat=True)) == [0, 1, 2]


def test_overbooking_keeps_its_reason_and_moves_up_when_a_place_is_free(cast):
    schedule = a_schedule(cast)
    first = an_appointment(cast, schedule)
    extra = booking.book_appointment(
        cast.act("doctor"),
        patient_id=a_patient(cast).id,
        schedule_id=schedule.id,
        starts_at=when(9),
        overbook_reason="She is in pain.",
    )
    assert extra.overbooked_reason == "She is in pain."
    assert list(Hold.objects.order_by("place").values_list("place", "is_overbooked")) == [(0, False), (1, True)]
    booking.cancel_appointment(
        cast.act("receptionist"), appointment_id=first.id, version=first.version, reason="pat", note="Has a cold"
    )
    assert Hold.objects.get(appointment=extra).place == 0
    assert when(9) not in free_at(cast, schedule)


def test_overbooking_outside_of_hours_and_on_a_holiday(cast):
    schedule = a_schedule(cast)
    absences.declare_holiday(cast.act("administrator"), on=next_weekday(), name="Feast")
    with pytest.raises(CannotBook) as refused:
        an_appointment(cast, schedule, starts_at=when(20))
    assert kinds(refused) == ["holiday", "outside"]
    made = booking.book_appointment(
        cast.act("doctor"),
        patient_id=a_patient(cast).id,
        schedule_id=schedule.id,
        starts_at=when(20),
        length=45,
        overbook_reason="I am there anyway.",
    )
    assert made.period.upper - made.period.lower == timedelta(minutes=45)


def test_the_database_itself_refuses_an_overlap(cast):
    """Whatever a program forgets: one place is had once at a time, a patient is at one place, places end where they end."""
    made = an_appointment(cast, a_schedule(cast))
    hold = Hold.objects.get(appointment=made)
    double = {"id": uuid7(), "place": 0, "period": (when(9, 10), when(9, 15))}
    for changes in (double, {"id": uuid7(), "place": 1, "places": 1}):
        values = {f.attname: getattr(hold, f.attname) for f in Hold._meta.concrete_fields} | changes
        with pytest.raises(IntegrityError), transaction.atomic():
            Hold(**values).save(force_insert=True)
    same = {f.attname: getattr(made, f.attname) for f in Appointment._meta.concrete_fields} | {"id": uuid7()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment(**same).save(force_insert=True)


def test_a_wish_that_cannot_be_met_has_alternatives(cast):
    first = a_schedule(cast)
    second = a_schedule(cast, role="nurse")
    for schedule in (first, second):
        schedule.department.specialty = "general-practice"
        schedule.department.save()
    an_appointment(cast, first, starts_at=when(10))
    found = alternatives(cast.act("receptionist"), schedule_id=first.id, starts_at=when(10))
    assert [one.starts_at for one in found.same] == [when(9, 20), when(9, 40), when(10, 20), when(10, 40)]
    assert [(one.schedule_id, one.starts_at) for one in found.others] == [(second.id, when(10))]


def test_what_is_looked_for(cast):
    """Specialty, language, kind of visit, time of the day, place: each narrows it; the first free come from many."""
    mornings, evenings = a_session(service_codes=("first",)), a_session(starts=1020, ends=1080)
    schedule = a_schedule(cast, [mornings, evenings])
    other = a_schedule(cast, role="nurse")
    member = cast.user("nurse").staff_member
    member.languages, member.specialty = ["sw"], "paediatrics"
    member.save()

    def found(**wish):
        slots = availability(cast.act("receptionist"), Wish(next_weekday(), 1, **wish)).slots
        return {one.schedule_id for one in slots}, len(slots)

    assert found() == ({schedule.id, other.id}, 21)
    assert found(language="sw") == ({other.id}, 9)
    assert found(specialty="paediatrics") == ({other.id}, 9)
    assert found(service_code="follow-up") == ({schedule.id, other.id}, 12)
    assert found(walls=(1020, 1440)) == ({schedule.id}, 3)
    assert found(department_id=cast.departments["lab"].id) == (set(), 0)


def test_a_series_is_the_same_wall_time_every_week_or_nothing(cast):
    """In Berlin, over the autumn change of clocks: nine o'clock stays nine o'clock."""
    cast.facility.time_zone = "Europe/Berlin"
    cast.facility.save()
    schedule, ann = a_schedule(cast), a_patient(cast)
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2027, 10, 25, 9, tzinfo=zone)
    said = {"patient_id": ann.id, "schedule_id": schedule.id, "starts_at": first}
    made = book_series(cast.act("receptionist"), times=3, **said)
    times = [one.period.lower.astimezone(zone) for one in made]
    assert [(one.date().isoformat(), one.hour) for one in times] == [
        ("2027-10-25", 9), ("2027-11-01", 9), ("2027-11-08", 9),
    ]  # fmt: skip
    assert times[1] - times[0] == timedelta(days=7)
    assert made[1].period.lower - made[0].period.lower == timedelta(days=7, hours=1)
    assert len({one.series_id for one in made}) == 1
    with pytest.raises(CannotBook) as refused:
        book_series(cast.act("receptionist"), times=4, **(said | {"patient_id": a_patient(cast).id}))
    assert len({one.starts_at for one in refused.value.obstacles}) == 3
    assert Appointment.objects.count() == 3


@pytest.mark.guarantee("B7", "H11")
@pytest.mark.race
@pytest.mark.parametrize("places", [1, 3])
def test_fifty_want_the_last_places(cast, real_db, places):
    """As many have one as there are places, and everybody else is told what stands in the way."""
    schedule, room = a_schedule(cast, places=places), a_thing(cast, "Gym", places=places)
    patients = [a_patient(cast, given=f"Ann{n}").id for n in range(50)]
    act = cast.act("receptionist")

    def book(patient_id):
        values = {"schedule_id": schedule.id, "starts_at": when(9), "also": [room.id]}
        return booking.book_appointment(act, patient_id=patient_id, **values).id

    said = at_once(*[partial(book, one) for one in patients])
    refused = [one for one in said if isinstance(one, BaseException)]
    assert len(said) - len(refused) == places
    assert {type(error) for error in refused} == {CannotBook}
    assert {one.kind for error in refused for one in error.obstacles} == {"taken"}
    assert Hold.objects.count() == 2 * places
    assert Appointment.objects.count() == places


def test_a_kind_of_visit_that_takes_two_slots_has_two_neighbouring_ones_or_none(cast):
    """Protects whoever comes in the middle of it; a pause, and what is booked, do not stand within a visit."""
    a_consultation(code="long", name="First visit")
    Service.objects.filter(code="long").update(minutes=30)
    schedule = a_schedule(cast, [a_session(breaks=((640, 660),))])  # 9:00 to 10:40, 11:00 to 12:00
    desk, ann = cast.act("receptionist"), a_patient(cast)
    wish = Wish(next_weekday(), 1, (schedule.id,), service_code="long")
    made = an_appointment(cast, schedule, ann.id, service_code="long", starts_at=when(9, 20))
    assert made.period.upper - made.period.lower == timedelta(minutes=40)
    slots = availability(desk, wish).slots
    assert [one.starts_at for one in slots] == [when(10), when(11), when(11, 20)]
    assert {one.ends_at - one.starts_at for one in slots} == {timedelta(minutes=40)}
    for hour, minute, kind in ((9, 0, "taken"), (9, 40, "taken"), (10, 20, "short"), (11, 40, "short")):
        with pytest.raises(CannotBook) as refused:
            an_appointment(cast, schedule, service_code="long", starts_at=when(hour, minute))
        assert {one.kind for one in refused.value.obstacles} == {kind}
    an_appointment(cast, schedule, starts_at=when(9))  # another kind takes one
    assert not touched(cast.act("receptionist"))
    booking.move_appointment(
        desk, appointment_id=made.id, version=made.version, schedule_id=schedule.id, starts_at=when(11, 20)
    )
    assert Appointment.objects.get(id=made.id).period.upper == when(12)
