"""The doors: a time is found, looked at, booked, moved and cancelled; the day; the administrator's schedules."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from salus.core.models import AccessEntry
from salus.encounters.tests.builders import a_consultation
from salus.scheduling.models import Absence, Appointment, Holiday, Pattern, Schedule
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.tests.builders import (
    a_patient,
    a_schedule,
    a_session,
    a_thing,
    an_appointment,
    next_weekday,
    when,
)
from salus.staff.models import StaffMember
from tests.cast import form_key
from tests.statements import at_most


def chosen(schedule, patient, hour=9, **more):
    """The form that books a time."""
    at = when(hour).isoformat()
    return form_key(patient_id=patient.id, schedule=schedule.id, at=at, channel="phone", reason="Cough", **more)


def test_the_desk_finds_looks_at_and_books_a_time(cast):
    schedule, ann = a_schedule(cast), a_patient(cast)
    desk = cast.client("receptionist")
    with at_most(15):
        page = desk.get(reverse("scheduling:find", args=[ann.id])).content.decode()
    link = f"?schedule={schedule.id}&amp;at="
    assert "ASHDOWN" in page
    assert link in page
    address = reverse("scheduling:book", args=[ann.id])
    with at_most(15):
        page = desk.get(address, {"schedule": schedule.id, "at": when(9).isoformat()}).content.decode()
    assert "09:00" in page
    device = a_thing(cast)
    with at_most(15):  # however many rooms and devices
        answer = desk.post(address, chosen(schedule, ann, also=[device.id]))
    assert (answer.status_code, answer["Location"]) == (303, reverse("scheduling:of_patient", args=[ann.id]))
    made = Appointment.objects.get()
    again = chosen(schedule, a_patient(cast), 10, times=3)
    assert desk.post(reverse("scheduling:book", args=[again["patient_id"]]), again).status_code == 303
    assert Appointment.objects.exclude(id=made.id).count() == 3
    assert (made.channel, made.reason, made.period.lower) == ("phone", "Cough", when(9))
    with at_most(15):
        assert b"Cough" in desk.get(answer["Location"]).content
    assert b"By telephone" in desk.get(reverse("scheduling:show", args=[made.id])).content


def test_whoever_comes_second_is_told_and_offered_the_next_best(cast):
    schedule, ann = a_schedule(cast), a_patient(cast)
    an_appointment(cast, schedule, a_patient(cast, family="Birch", given="Ben").id)
    desk = cast.client("receptionist")
    with at_most(15):  # who has it, and what comes nearest, is told too
        answer = desk.post(reverse("scheduling:book", args=[ann.id]), chosen(schedule, ann))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This time was just taken" in page
    assert "BIRCH" in page
    assert f"?schedule={schedule.id}&amp;at={when(9, 20).isoformat().replace('+', '%2B').replace(':', '%3A')}" in page
    assert 'name="overbook_reason"' not in page  # reception has not the right
    assert Appointment.objects.count() == 1
    doctor = cast.client("doctor")
    with at_most(15):  # of whom the patient's allergies are told, too, and who sees some appointments and not others
        page = doctor.post(reverse("scheduling:book", args=[ann.id]), chosen(schedule, ann))
    assert b'name="overbook_reason"' in page.content
    values = chosen(schedule, ann, overbook_reason="She is in pain")
    assert doctor.post(reverse("scheduling:book", args=[ann.id]), values).status_code == 303
    assert Appointment.objects.get(patient=ann).overbooked_reason == "She is in pain"


@pytest.mark.guarantee("H1", "B10")
def test_another_patients_form_books_nothing_and_a_double_click_books_once(cast):
    schedule, ann, ben = a_schedule(cast), a_patient(cast), a_patient(cast, given="Ben")
    desk = cast.client("receptionist")
    values = chosen(schedule, ben)
    assert desk.post(reverse("scheduling:book", args=[ann.id]), values).status_code == 409
    values = chosen(schedule, ann)
    assert [desk.post(reverse("scheduling:book", args=[ann.id]), values).status_code for _ in range(2)] == [303, 303]
    assert Appointment.objects.count() == 1


def test_whom_the_patient_will_see_and_what_it_costs_stand_where_it_is_booked(cast):
    """Found by any of the specialties; who has one fee alone is booked with it."""
    schedule, ann, desk = a_schedule(cast), a_patient(cast), cast.client("receptionist")
    a_consultation(code="senior", name="Senior consultation")
    values = {"specialty": "cardiology", "more_specialties": ["internal-medicine"], "languages": ["sw"],
              "qualifications": ["MD, Nairobi 2009"], "fee_codes": ["senior"]}  # fmt: skip
    StaffMember.objects.filter(practitioner_id=schedule.practitioner_id).update(**values)
    for specialty, is_found in (("cardiology", True), ("internal-medicine", True), ("neurology", False)):
        found = availability(cast.act("receptionist"), Wish(next_weekday(), 7, specialty=specialty))
        assert bool(found.total) is is_found
    with at_most(15):
        page = desk.get(reverse("scheduling:book", args=[ann.id]), {"schedule": schedule.id, "at": when(9).isoformat()})
    told = page.content.decode()
    for words in ("Cardiology, Internal medicine", "MD, Nairobi 2009", "sw", "Senior consultation, no price yet"):
        assert words in told
    assert '<option value="senior" selected>' in told


def test_a_time_of_ones_own_outside_of_hours(cast):
    schedule, ann = a_schedule(cast), a_patient(cast)
    doctor, address = cast.client("doctor"), reverse("scheduling:book", args=[ann.id])
    page = doctor.get(address, {"schedule": schedule.id, "on": next_weekday().isoformat(), "wall": "18:30"})
    assert b"has no such time" in page.content
    assert b'name="length"' in page.content
    assert doctor.get(address, {"schedule": schedule.id, "wall": "25:99", "on": "x"}).status_code == 422


def test_moved_and_cancelled(cast):
    schedule = a_schedule(cast)
    made = an_appointment(cast, schedule)
    desk, ann = cast.client("receptionist"), made.patient
    move = reverse("scheduling:move", args=[made.id])
    assert b"Move the appointment" in desk.get(move).content
    assert desk.get(move, {"schedule": schedule.id, "at": when(10).isoformat()}).status_code == 200
    with at_most(15):
        assert desk.post(move, chosen(schedule, ann, 10, version=made.version)).status_code == 303
    made.refresh_from_db()
    assert made.period.lower == when(10)
    with at_most(15):
        page = desk.get(reverse("scheduling:show", args=[made.id])).content.decode()
    assert "Moved" in page
    cancel = reverse("scheduling:cancel", args=[made.id])
    values = form_key(patient_id=ann.id, version=made.version, reason="", note="")
    assert desk.post(cancel, values).status_code == 422
    assert desk.post(cancel, form_key(**(values | {"_key": "k2", "reason": "pat"}))).status_code == 303
    made.refresh_from_db()
    assert made.status == "cancelled"


@pytest.fixture
def awaited(cast):
    """Ann is awaited today at this minute."""
    sessions = [a_session(weekday=n, starts=0, ends=1440, slot_minutes=1) for n in range(7)]
    schedule = a_schedule(cast, sessions)
    at = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    made = an_appointment(cast, schedule, starts_at=at, reason="Knee pain")
    Appointment.objects.filter(id=made.id).update(period=(at - timedelta(minutes=2), at - timedelta(minutes=1)))
    return Appointment.objects.get(id=made.id)


def test_the_day_shows_whom_to_expect_and_logs_whom_it_shows(cast, awaited):
    desk = cast.client("receptionist")
    with at_most(10):
        page = desk.get(reverse("scheduling:day")).content.decode()
    assert "Knee pain" in page
    assert awaited.patient.mrn[-3:] in page
    assert reverse("scheduling:check_in", args=[awaited.id]) in page
    assert AccessEntry.objects.filter(action="read", patient_id=awaited.patient_id).count() == 1
    values = form_key(patient_id=awaited.patient_id, version=awaited.version)
    assert desk.post(reverse("scheduling:check_in", args=[awaited.id]), values).status_code == 303
    awaited.refresh_from_db()
    assert awaited.status == "arrived"
    assert b"Knee pain" in desk.get(reverse("scheduling:day"), {"show": "arrived"}).content


def test_the_home_page_and_the_doctors_own_list(cast, awaited):
    assert b"Knee pain" in cast.client("receptionist").get("/").content
    assert b"Knee pain" in cast.client("doctor").get(reverse("scheduling:day")).content
    other = a_schedule(cast, role="nurse")
    an_appointment(cast, other)
    mine = cast.client("doctor").get(reverse("scheduling:day"), {"day": next_weekday().isoformat()})
    assert other.name.encode() not in mine.content.split(b"<main")[1]


def test_a_long_day_has_pages_and_can_be_asked_for_one_doctor(cast, monkeypatch):
    monkeypatch.setattr("salus.scheduling.queries.day.PAGE", 2)
    monkeypatch.setattr("salus.scheduling.screens.PAGE", 2)
    doctor, nurse = a_schedule(cast), a_schedule(cast, role="nurse")
    made = [an_appointment(cast, one, starts_at=when(hour), reason=f"At {hour}")
            for one, hour in ((doctor, 9), (nurse, 10), (doctor, 11))]  # fmt: skip
    desk, asked = cast.client("receptionist"), {"day": next_weekday().isoformat()}

    def shown(**more):
        page = desk.get(reverse("scheduling:day"), asked | more).content.decode()
        return [hour for hour in (9, 10, 11) if f"At {hour}" in page], page

    assert shown()[0] == [9, 10]
    assert "page=2" in shown()[1]
    assert shown(page=2)[0] == [11]
    assert shown(page="x")[0] == [9, 10]
    found, page = shown(who=doctor.id)
    assert found == [9, 11]
    assert nurse.name in page  # may be chosen instead
    assert made[0].schedule_id == doctor.id
    with at_most(10):
        shown(who=nurse.id)


def test_missed(cast, awaited):
    """At the desk too, which could check the patient in as well: in the row, and on the page."""
    desk, missed = cast.client("receptionist"), reverse("scheduling:missed", args=[awaited.id])
    for page in (reverse("scheduling:day"), reverse("scheduling:show", args=[awaited.id])):
        told = desk.get(page).content.decode()
        assert missed in told
        assert reverse("scheduling:check_in", args=[awaited.id]) in told
    values = form_key(patient_id=awaited.patient_id, version=awaited.version)
    assert cast.client("receptionist").post(reverse("scheduling:missed", args=[awaited.id]), values).status_code == 303
    awaited.refresh_from_db()
    assert awaited.status == "noshow"


@pytest.mark.parametrize("role", ["cashier", "laboratory-technician", "pharmacist"])
def test_who_has_nothing_to_do_with_appointments_sees_none(cast, role):
    made = an_appointment(cast, a_schedule(cast))
    browser = cast.client(role)
    for name, args in (
        ("day", []),
        ("show", [made.id]),
        ("of_patient", [made.patient_id]),
        ("find", [made.patient_id]),
    ):
        assert browser.get(reverse(f"scheduling:{name}", args=args)).status_code == 403


def session(**changes):
    values = {"weekdays": ["1", "3"], "starts": "09:00", "ends": "12:00", "slot_minutes": 20, "places": 1}
    values |= {"breaks": "10:20-10:40", "first": next_weekday(weeks=0).isoformat()}
    return form_key(**(values | changes))


def test_the_administrator_makes_a_schedule_with_sessions_absences_and_holidays(cast):
    admin = cast.client("administrator")
    member = cast.user("doctor").staff_member
    values = {"kind": "practitioner", "practitioner": member.practitioner_id, "department": member.department_ids[0]}
    answer = admin.post(reverse("scheduling:add_schedule"), form_key(places=1, **values))
    assert answer.status_code == 303
    made = Schedule.objects.get()
    assert admin.post(reverse("scheduling:add_schedule"), form_key(places=1, **values)).status_code == 422
    add = reverse("scheduling:add_session", args=[made.id])
    assert admin.post(add, session(ends="08:00")).status_code == 422
    assert admin.post(add, session(starts="nine")).status_code == 422
    assert admin.post(add, session()).status_code == 303
    assert sorted(Pattern.objects.values_list("weekday", flat=True)) == [1, 3]
    assert admin.post(add, session(weekdays=["1"])).status_code == 422  # overlaps
    away = form_key(first_on="2030-01-01", last_on="2030-01-05", reason="leave")
    assert admin.post(reverse("scheduling:record_absence", args=[made.id]), away).status_code == 303
    absence = Absence.objects.get()
    assert absence.period.upper - absence.period.lower == timedelta(days=5)
    with at_most(12):
        page = admin.get(reverse("scheduling:schedule", args=[made.id])).content.decode()
    assert "10:20–10:40" in page
    assert "Leave" in page
    assert admin.post(reverse("scheduling:holidays"), form_key(on="2030-05-01", name="May Day")).status_code == 303
    assert admin.post(reverse("scheduling:holidays"), form_key(on="2030-05-01", name="Again")).status_code == 422
    day = Holiday.objects.get()
    gone = admin.post(reverse("scheduling:withdraw_holiday", args=[day.id]), form_key(version=day.version))
    assert gone.status_code == 303
    assert admin.get(reverse("scheduling:schedules")).status_code == 200


def test_a_change_that_touches_patients_is_shown_first_and_saved_on_the_second_word(cast):
    schedule, device = a_schedule(cast), a_thing(cast)
    made = an_appointment(cast, schedule, starts_at=when(11, 40), also=[device.id])
    admin, pattern = cast.client("administrator"), Pattern.objects.get()
    change = reverse("scheduling:change_session", args=[pattern.id])
    assert admin.get(change).status_code == 200
    values = session(weekdays=["0"], ends="11:00", version=pattern.version, breaks="", first=timezone.localdate())
    shown = admin.post(change, values)
    assert shown.status_code == 409
    assert b"leaves 1 booked patients" in shown.content
    assert b"Ashdown" not in shown.content
    assert b"ASHDOWN" not in shown.content
    assert admin.post(change, values | {"_key": "second", "accept_touched": "1"}).status_code == 303
    desk = cast.client("receptionist")
    page = desk.get(reverse("scheduling:to_move")).content.decode()
    assert reverse("scheduling:move", args=[made.id]) in page
    assert "ASHDOWN" in page
    assert b"need another time" in desk.get(reverse("scheduling:day")).content
