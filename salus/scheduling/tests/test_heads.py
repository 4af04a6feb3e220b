"""Places are counted by heads; what two do at one moment: cancel, book, change the plan."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from salus.scheduling.models import Hold, Pattern
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.queries.touched import touched
from salus.scheduling.services import absences, booking, schedules
from salus.scheduling.services.booking import CannotBook
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, an_appointment, next_weekday, when


def free_at(cast, schedule):
    slots = availability(cast.act("receptionist"), Wish(next_weekday(), 1, (schedule.id,))).slots
    return {one.starts_at: one.left for one in slots}


def overbook(cast, schedule, at):
    values = {"schedule_id": schedule.id, "starts_at": at, "overbook_reason": "She is in pain."}
    return booking.book_appointment(cast.act("doctor"), patient_id=a_patient(cast, given="Olive").id, **values)


def cancel(cast, made):
    booking.cancel_appointment(cast.act("receptionist"), appointment_id=made.id, version=made.version, reason="pat")


def beside(run):
    """What another does meanwhile, on a connection of its own; tells what came of it."""
    told = []

    def go():
        try:
            told.append(run())
        except Exception as error:
            told.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=go)
    thread.start()
    thread.join(1)
    return thread, told


@pytest.mark.guarantee("H11")
def test_a_slot_into_which_somebody_was_overbooked_is_not_given_away_again(cast):
    """The doctor squeezes somebody in from 9:10 to 9:30: 9:20 is taken, though the first place has nobody then."""
    schedule = a_schedule(cast)
    first = an_appointment(cast, schedule)
    overbook(cast, schedule, when(9, 10))
    assert when(9, 20) not in free_at(cast, schedule)
    with pytest.raises(CannotBook) as refused:
        an_appointment(cast, schedule, starts_at=when(9, 20))
    assert [one.kind for one in refused.value.obstacles] == ["taken"]
    cancel(cast, first)
    assert not free_at(cast, schedule).keys() & {when(9), when(9, 20)}
    overbook(cast, schedule, when(9, 20))  # with the right and a reason


def test_a_session_cut_to_fewer_places_touches_who_is_beyond_them_and_offers_none(cast):
    schedule = a_schedule(cast, places=3)
    first, second, third = [an_appointment(cast, schedule) for _n in range(3)]
    schedules.change_session(
        cast.act("administrator"),
        pattern_id=Pattern.objects.get().id,
        version=1,
        session=a_session(first=timezone.localdate()),
        accept_touched=True,
    )
    assert {one.appointment_id for one in touched(cast.act("receptionist"))} == {second.id, third.id}
    cancel(cast, first)
    assert when(9) not in free_at(cast, schedule)
    with pytest.raises(CannotBook):
        an_appointment(cast, schedule)


@pytest.mark.race
def test_two_who_cancel_at_once_let_two_others_move_up(cast, real_db):
    schedule = a_schedule(cast, places=2)
    first, second = an_appointment(cast, schedule), an_appointment(cast, schedule)
    for _n in range(2):
        overbook(cast, schedule, when(9))
    with transaction.atomic():
        cancel(cast, first)
        thread, told = beside(lambda: cancel(cast, second))
    thread.join()
    assert told == [None]
    held = Hold.objects.filter(released_at=None).order_by("place").values_list("place", "is_overbooked")
    assert list(held) == [(0, False), (1, False)]


@pytest.mark.race
@pytest.mark.parametrize("change", ["absent", "holiday", "outside"])
def test_whoever_books_while_the_plan_is_being_changed_is_told_of_the_change(cast, real_db, change):
    schedule, admin = a_schedule(cast), cast.act("administrator")
    with transaction.atomic():
        if change == "absent":
            span = {"starts_at": when(8), "ends_at": when(12)}
            absences.record_absence(admin, schedule_id=schedule.id, reason="illness", **span)
        elif change == "holiday":
            absences.declare_holiday(admin, on=next_weekday(), name="Feast")
        else:
            pattern = Pattern.objects.get()
            schedules.end_session(admin, pattern_id=pattern.id, version=1, last_on=timezone.localdate())
        thread, told = beside(lambda: an_appointment(cast, schedule))
        assert told == []  # it waits
    thread.join()
    assert [one.kind for one in told[0].obstacles] == [change]
