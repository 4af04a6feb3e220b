"""Making and changing schedules; a change ahead tells whom it touches before it is made, and after."""

from datetime import timedelta

import pytest
from django.utils import timezone

from salus.core.errors import Invalid, NotAllowed
from salus.places.models import Location
from salus.scheduling.changing import TouchesPatients
from salus.scheduling.models import Pattern
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.queries.touched import touched
from salus.scheduling.services import absences, schedules
from salus.scheduling.services.schedules import HasSchedule, Overlaps
from salus.scheduling.tests.builders import a_schedule, a_session, a_thing, an_appointment, next_weekday, when


def test_needs_the_right(cast):
    act, schedule = cast.act("receptionist"), a_schedule(cast)
    for wrong in (
        lambda: schedules.add_sessions(act, schedule_id=schedule.id, sessions=[a_session(weekday=3)]),
        lambda: absences.declare_holiday(act, on=next_weekday(), name="Feast"),
        lambda: schedules.retire_schedule(act, schedule_id=schedule.id, version=1),
    ):
        with pytest.raises(NotAllowed):
            wrong()


def test_one_schedule_a_person_and_one_session_at_a_time(cast):
    schedule = a_schedule(cast)
    with pytest.raises(HasSchedule):
        a_schedule(cast)
    with pytest.raises(Overlaps):
        schedules.add_sessions(
            cast.act("administrator"), schedule_id=schedule.id, sessions=[a_session(starts=700, ends=800)]
        )
    afternoon = a_session(starts=720, ends=800)
    schedules.add_sessions(cast.act("administrator"), schedule_id=schedule.id, sessions=[afternoon])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends": 540}, "ends"),
        ({"ends": 1500}, "ends"),
        ({"slot_minutes": 0}, "slot_minutes"),
        ({"slot_minutes": 400}, "slot_minutes"),
        ({"places": 0}, "places"),
        ({"breaks": ((500, 560),)}, "breaks"),
        ({"until": timezone.localdate() - timedelta(days=60)}, "last_on"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(cast, changes, field):
    with pytest.raises(Invalid) as refused:
        a_schedule(cast, **changes)
    assert list(refused.value.fields) == [field]


def test_breaks_leave_and_holidays_have_no_slots(cast):
    schedule = a_schedule(cast, breaks=((600, 630),))
    act, admin = cast.act("receptionist"), cast.act("administrator")
    wish = Wish(next_weekday(), 15, (schedule.id,))

    def count():
        return [n for n in availability(act, wish).counts.values() if n]

    assert count() == [7, 7, 7]  # three before the break, four after it
    absence = absences.record_absence(
        admin, schedule_id=schedule.id, starts_at=when(11), ends_at=when(10) + timedelta(days=7), reason="leave"
    )
    assert count() == [4, 4, 7]  # a slot that the leave reaches into is none
    absences.declare_holiday(admin, on=next_weekday(weeks=3), name="Feast")
    assert count() == [4, 4]
    absences.withdraw_absence(admin, absence_id=absence.id, version=absence.version)
    assert count() == [7, 7]


def test_a_change_ahead_shows_whom_it_touches_and_then_keeps_them_in_sight(cast):
    schedule = a_schedule(cast)
    early, late = an_appointment(cast, schedule), an_appointment(cast, schedule, starts_at=when(11, 40))
    admin, pattern = cast.act("administrator"), Pattern.objects.get()
    change = {"pattern_id": pattern.id, "version": 1, "session": a_session(ends=700, first=timezone.localdate())}
    with pytest.raises(TouchesPatients) as refused:
        schedules.change_session(admin, **change)
    assert [one.appointment_id for one in refused.value.patients] == [late.id]
    assert refused.value.patients[0].family == ""  # the administrator may not know who it is
    schedules.change_session(admin, **change, accept_touched=True)
    assert [one.appointment_id for one in touched(cast.act("receptionist"))] == [late.id]
    assert touched(cast.act("receptionist"))[0].family == "Ashdown"
    with pytest.raises(TouchesPatients) as refused:
        absences.record_absence(admin, schedule_id=schedule.id, starts_at=when(0), ends_at=when(12), reason="illness")
    assert [one.appointment_id for one in refused.value.patients] == [early.id]  # of whom nobody knew yet


def test_a_changed_session_stays_as_it_was_until_the_day_before(cast):
    schedule = a_schedule(cast)
    pattern = Pattern.objects.get()
    later = next_weekday(weeks=2)
    schedules.change_session(
        cast.act("administrator"), pattern_id=pattern.id, version=1, session=a_session(slot_minutes=60, first=later)
    )
    counts = availability(cast.act("receptionist"), Wish(next_weekday(), 8, (schedule.id,))).counts
    assert (counts[next_weekday()], counts[later]) == (9, 3)


def test_a_changed_session_stays_in_its_department_and_room(cast):
    lab = cast.departments["lab"]
    room = Location.objects.create(department=lab, kind="room", name="Room 4")
    schedule = a_schedule(cast, department_id=lab.id, location_id=room.id)
    made = schedules.change_session(
        cast.act("administrator"), pattern_id=Pattern.objects.get().id, version=1, session=a_session(slot_minutes=30)
    )
    assert (made.schedule_id, made.department_id, made.location_id) == (schedule.id, lab.id, room.id)


def test_a_room_without_sessions_that_is_away_touches_who_has_it(cast):
    schedule, room = a_schedule(cast), a_thing(cast, "Echo room")
    made = an_appointment(cast, schedule, also=[room.id])
    with pytest.raises(TouchesPatients) as refused:
        absences.record_absence(
            cast.act("administrator"), schedule_id=room.id, starts_at=when(8), ends_at=when(10), reason="maintenance"
        )
    assert [one.appointment_id for one in refused.value.patients] == [made.id]
