"""Whom a change leaves without a time: all of them, by name only to who sees them; and who is named where a time is taken."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from salus.core.models import AccessEntry
from salus.patients.models import Consent
from salus.places.models import Department
from salus.scheduling.changing import TouchesPatients
from salus.scheduling.models import Appointment, Pattern
from salus.scheduling.queries.touched import touched, touched_count
from salus.scheduling.services import booking, schedules
from salus.scheduling.services.booking import CannotBook
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, a_thing, an_appointment, when
from salus.staff.models import StaffMember


@pytest.fixture
def elsewhere(cast):
    """Ben has nine o'clock at a clinic of the laboratory, of which the doctor knows nothing."""
    act = cast.act("administrator")
    clinic = schedules.add_schedule(act, kind="service", department_id=cast.departments["lab"].id, name="Bloods")
    schedules.add_sessions(act, schedule_id=clinic.id, sessions=[a_session()])
    ben = a_patient(cast, family="Birch", given="Ben")
    Consent.objects.filter(patient=ben).update(ends_at=timezone.now())
    return clinic, an_appointment(cast, clinic, ben.id)


def test_whoever_may_book_does_not_learn_of_other_clinics_patients(cast, elsewhere):
    """That a time is taken, and that a patient is elsewhere: neither by whom, nor where; reception is told both."""
    clinic, made = elsewhere
    own, ann = a_schedule(cast), a_patient(cast)
    for patient, schedule, kind, name in (
        (ann.id, clinic, "taken", "BIRCH"),
        (made.patient_id, own, "patient", "Bloods"),
    ):
        for role, is_told in (("doctor", False), ("receptionist", True)):
            values = {"patient_id": patient, "schedule_id": schedule.id, "starts_at": when(9)}
            with pytest.raises(CannotBook) as refused:
                booking.book_appointment(cast.act(role), **values)
            [one] = refused.value.obstacles
            assert one.kind == kind
            assert (name in one.words + one.who) is is_told
    schedules.retire_schedule(cast.act("administrator"), schedule_id=clinic.id, version=1, accept_touched=True)
    assert [one.family for one in touched(cast.act("doctor"))] == [""]
    assert [one.family for one in touched(cast.act("receptionist"))] == ["Birch"]


@pytest.mark.parametrize("what", ["room", "doctor", "department"])
def test_whatever_is_gone_touches_who_was_booked_with_it(cast, what):
    schedule, room = a_schedule(cast), a_thing(cast, "Echo room")
    made = an_appointment(cast, schedule, also=[room.id])
    if what == "room":
        with pytest.raises(TouchesPatients) as refused:
            schedules.retire_schedule(cast.act("administrator"), schedule_id=room.id, version=1)
        assert [one.appointment_id for one in refused.value.patients] == [made.id]
        schedules.retire_schedule(cast.act("administrator"), schedule_id=room.id, version=1, accept_touched=True)
    elif what == "doctor":
        StaffMember.objects.filter(practitioner_id=schedule.practitioner_id).update(retired_at=timezone.now())
    else:
        Department.objects.filter(id=schedule.department_id).update(retired_at=timezone.now())
    assert [one.appointment_id for one in touched(cast.act("receptionist"))] == [made.id]


def test_the_day_counts_who_must_be_moved_and_logs_nobody_whom_it_does_not_show(cast, elsewhere):
    clinic, made = elsewhere
    schedules.retire_schedule(cast.act("administrator"), schedule_id=clinic.id, version=1, accept_touched=True)
    desk = cast.client("receptionist")
    reads = AccessEntry.objects.filter(patient_id=made.patient_id, action="read")
    before = reads.count()
    assert b"need another time" in desk.get(reverse("scheduling:day")).content
    assert reads.count() == before
    assert b"BIRCH" in desk.get(reverse("scheduling:to_move")).content
    assert reads.count() == before + 1


def test_the_end_of_a_session_touches_who_was_overbooked_within_it_not_beside_it(cast):
    """Overbooked into a full slot, or across two: without the session they have no time. At eight in the evening: still."""
    schedule = a_schedule(cast)
    first = an_appointment(cast, schedule)
    made = [
        booking.book_appointment(
            cast.act("doctor"),
            patient_id=a_patient(cast).id,
            schedule_id=schedule.id,
            starts_at=at,
            overbook_reason="Pain",
        )
        for at in (when(9), when(9, 10), when(20))
    ]
    assert touched(cast.act("receptionist")) == []
    pattern = Pattern.objects.get()
    end = {"pattern_id": pattern.id, "version": 1, "last_on": timezone.localdate()}
    schedules.end_session(cast.act("administrator"), **end, accept_touched=True)
    found = {one.appointment_id for one in touched(cast.act("receptionist"))}
    assert found == {first.id, made[0].id, made[1].id}


def test_hours_that_a_room_is_given_touch_who_is_booked_beside_them(cast):
    """Also where they are the first that it has; who is booked within them is not."""
    room, schedule, act = a_thing(cast, "Echo room"), a_schedule(cast), cast.act("administrator")
    early, late = [an_appointment(cast, schedule, starts_at=when(hour), also=[room.id]) for hour in (9, 11)]
    hours = [a_session(starts=540, ends=630), a_session(starts=630, ends=660)]
    with pytest.raises(TouchesPatients) as refused, transaction.atomic():
        schedules.add_sessions(act, schedule_id=room.id, sessions=hours)
    assert [one.appointment_id for one in refused.value.patients] == [late.id]
    schedules.add_sessions(act, schedule_id=room.id, sessions=hours, accept_touched=True)
    assert [one.appointment_id for one in touched(cast.act("receptionist"))] == [late.id]
    assert early.status == "booked"


def test_the_hour_that_comes_twice_has_its_break_once(cast):
    """In Berlin the clocks go back at three on the last Sunday of October: two o'clock comes again, and can be booked."""
    cast.facility.time_zone = "Europe/Berlin"
    cast.facility.save()
    night = [a_session(weekday=6, starts=0, ends=360, slot_minutes=30, breaks=((120, 150),))]
    schedule = a_schedule(cast, night)
    zone = ZoneInfo("Europe/Berlin")
    again = datetime(2027, 10, 31, 2, 0, tzinfo=zone, fold=1)
    made = an_appointment(cast, schedule, starts_at=again)
    assert not Appointment.objects.get(id=made.id).is_outside
    pattern = Pattern.objects.get()
    change = a_session(weekday=6, starts=0, ends=360, slot_minutes=30, breaks=((120, 150),), first=timezone.localdate())
    schedules.change_session(cast.act("administrator"), pattern_id=pattern.id, version=1, session=change)
    assert touched(cast.act("receptionist")) == []


@pytest.mark.slow
def test_whom_a_change_touches_is_looked_for_from_the_change_on(cast, real_db):
    """Of hundreds who are booked only those are looked at whom something that was changed may touch."""
    calm, changed = a_schedule(cast), a_schedule(cast, role="nurse")
    made = an_appointment(cast, changed)
    rows = [
        Appointment(facility=cast.facility, patient=made.patient, schedule=calm, department=calm.department,
                    period=(when(9) + timedelta(days=n), when(10) + timedelta(days=n)))
        for n in range(1, 3000)
    ]  # fmt: skip
    Appointment.objects.bulk_create(rows)
    schedules.retire_schedule(cast.act("administrator"), schedule_id=changed.id, version=1, accept_touched=True)
    with real_db.connect("owner", autocommit=True) as owner:
        owner.execute("ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        assert touched_count(cast.act("receptionist")) == 1
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + asked[-1]["sql"].replace("%", "%%"))
        [[[plan]]] = cursor.fetchall()
    assert 0 < read_of(plan["Plan"], "scheduling_appointment") < 20


def read_of(node, table):
    """How many rows of a table a plan has looked at."""
    own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    below = sum(read_of(one, table) for one in node.get("Plans", ()))
    return below + (own if node.get("Relation Name") == table else 0)
