"""Calling: whose turn it is, one room each, one patient a room; and fifty rooms at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from salus.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from salus.core.models import Fact
from salus.encounters.models import Encounter
from salus.queues import services as queues
from salus.queues.holding import CannotMove, RoomBusy
from salus.queues.models import Station, Token
from salus.queues.tests.builders import a_patient, a_queue, a_room, a_token, state_of
from tests.cast import Cast


def call(cast, role="doctor", room=1, **changes):
    queue = a_queue(cast)
    return queues.call_next(cast.act(role), queue_id=queue.id, room_id=a_room(cast, room).id, **changes)


def test_a_visit_gives_a_number_and_the_room_calls_it(cast):
    token = a_token(cast)
    assert (token.label, token.status, token.number) == ("A1", "waiting", 1)
    assert call(cast).id == token.id
    assert state_of(token) == "called"
    assert Fact.objects.filter(name="queues.TokenCalled").count() == 1


def test_it_needs_the_right_and_the_department(cast):
    a_token(cast)
    with pytest.raises(NotAllowed):
        call(cast, "administrator")
    with pytest.raises(NotFound):
        call(cast, "cashier")


def test_nobody_waits_and_a_busy_room(cast):
    with pytest.raises(queues.NobodyWaits):
        call(cast)
    a_token(cast), a_token(cast)
    first = call(cast)
    with pytest.raises(RoomBusy):
        call(cast)
    begun = queues.start_token(cast.act("doctor"), token_id=first.id, version=first.version)
    with pytest.raises(RoomBusy):
        call(cast)
    second = call(cast, finishes=True)
    assert (state_of(begun), second.status) == ("done", "called")


def test_the_doctors_own_and_those_for_nobody_by_name_never_anothers(cast):
    nurse = cast.user("nurse").staff_member.practitioner_id
    doctor = cast.user("doctor").staff_member.practitioner_id
    others, free, own = a_token(cast, practitioner_id=nurse), a_token(cast), a_token(cast, practitioner_id=doctor)
    assert call(cast).id == own.id
    assert call(cast, room=2).id == free.id
    with pytest.raises(queues.NobodyWaits):
        call(cast, room=3)
    assert state_of(others) == "waiting"


def test_a_room_calls_for_whoever_sits_in_it_also_when_somebody_else_presses(cast):
    own = a_token(cast, practitioner_id=cast.user("doctor").staff_member.practitioner_id)
    queues.open_station(cast.act("doctor"), room_id=a_room(cast).id)
    assert call(cast, "nurse").id == own.id


def test_starting_begins_the_visit_and_finishing_frees_the_room(cast):
    token = a_token(cast)
    token = call(cast)
    token = queues.start_token(cast.act("doctor"), token_id=token.id, version=token.version)
    assert Encounter.objects.get(id=token.encounter_id).status == "in-progress"
    done = queues.finish_token(cast.act("doctor"), token_id=token.id, version=token.version)
    assert (done.status, Encounter.objects.get(id=token.encounter_id).status) == ("done", "in-progress")
    with pytest.raises(CannotMove):
        queues.start_token(cast.act("doctor"), token_id=token.id, version=done.version)


def test_missed_called_again_and_back(cast):
    a_token(cast)
    token = call(cast)
    again = queues.recall_token(cast.act("doctor"), token_id=token.id, version=token.version)
    assert again.calls == 2
    missed = queues.miss_token(cast.act("doctor"), token_id=token.id, version=again.version)
    assert (missed.status, missed.room_id) == ("missed", None)
    with pytest.raises(Stale):
        queues.return_token(cast.act("doctor"), token_id=token.id, version=missed.version - 1)
    back = queues.return_token(cast.act("doctor"), token_id=token.id, version=missed.version)
    assert (back.status, call(cast).id) == ("waiting", token.id)


def test_a_missed_one_is_called_straight_into_a_room(cast):
    a_token(cast)
    token = call(cast)
    missed = queues.miss_token(cast.act("doctor"), token_id=token.id, version=token.version)
    room = a_room(cast, 2)
    called = queues.call_token(cast.act("nurse"), token_id=token.id, version=missed.version, room_id=room.id)
    assert (called.status, called.room_id) == ("called", room.id)
    with pytest.raises(Invalid):
        queues.call_token(cast.act("cashier"), token_id=token.id, version=called.version, room_id=room.id)


def test_the_database_itself_holds_one_patient_a_room_and_one_room_a_patient(cast):
    first, second, room = a_token(cast), a_token(cast), a_room(cast)
    Token.objects.filter(id=first.id).update(status="called", room=room)
    for wrong in ({"status": "serving", "room": room}, {"status": "called", "room": None}, {"room": room}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Token.objects.filter(id=second.id).update(**wrong)
    for wrong in ({"number": first.number}, {"status": "done"}, {"encounter_id": first.encounter_id}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Token.objects.filter(id=second.id).update(**wrong)


def test_what_is_urgent_comes_first_and_a_nurse_says_so(cast):
    a_token(cast)
    second = a_token(cast)
    with pytest.raises(NotAllowed):
        queues.categorize_token(cast.act("doctor"), token_id=second.id, version=1, category="urgent")
    queues.categorize_token(cast.act("nurse"), token_id=second.id, version=1, category="urgent")
    assert call(cast).id == second.id


def test_a_nurse_puts_somebody_before_another_with_a_reason(cast):
    first, second = a_token(cast), a_token(cast)
    values = {"token_id": second.id, "version": 1, "before_id": first.id}
    with pytest.raises(Invalid):
        queues.put_before(cast.act("nurse"), reason=" ", **values)
    queues.put_before(cast.act("nurse"), reason="In pain.", **values)
    assert call(cast).id == second.id


@pytest.mark.race
@pytest.mark.guarantee("B8")
def test_fifty_rooms_press_at_once(real_db):
    """Each gets another patient, none twice, none lost; the ten rooms too many are told that nobody waits."""
    cast = Cast()
    queue = a_queue(cast)
    rooms = [a_room(cast, n) for n in range(50)]
    waiting = {a_token(cast, patient_id=a_patient(cast).id).id for _ in range(40)}
    act = cast.act("nurse")

    def press(room):
        try:
            return queues.call_next(act, queue_id=queue.id, room_id=room.id).id
        except queues.NobodyWaits:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as crowd:
        called = [one for one in crowd.map(press, rooms) if one]
    assert len(called) == len(set(called)) == 40
    assert set(called) == waiting == set(Token.objects.filter(status="called").values_list("id", flat=True))


@pytest.mark.race
def test_one_room_pressed_many_times_at_once_has_one_patient(real_db):
    cast = Cast()
    queue, room = a_queue(cast), a_room(cast)
    for _ in range(10):
        a_token(cast, patient_id=a_patient(cast).id)
    act = cast.act("nurse")

    def press(_n):
        try:
            return queues.call_next(act, queue_id=queue.id, room_id=room.id).id
        except RoomBusy:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as crowd:
        called = [one for one in crowd.map(press, range(10)) if one]
    assert len(called) == Token.objects.filter(room=room, status="called").count() == 1
    assert Token.objects.filter(status="waiting").count() == 9


@pytest.mark.race
def test_one_person_sits_down_in_many_windows_at_once(real_db):
    """One room is taken; the others are told so, and nothing breaks."""
    cast = Cast()
    rooms = [a_room(cast, n).id for n in range(10)]
    act = cast.act("nurse")

    def sit(room_id):
        try:
            return queues.open_station(act, room_id=room_id)
        except Conflict:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as crowd:
        assert any(crowd.map(sit, rooms))
    assert Station.objects.filter(closed_at__isnull=True).count() == 1


def test_a_queue_that_is_opened_again_goes_on_where_its_letters_were(cast):
    """The number that was sent on is still open elsewhere: the first one of the new queue must not be the same."""
    cash = a_queue(cast, "cash", "K", "cash")
    token = a_token(cast)
    queues.transfer_token(cast.act("receptionist"), token_id=token.id, version=1, queue_id=cash.id)
    old = a_queue(cast)
    queues.retire_queue(cast.act("administrator"), queue_id=old.id, version=old.version)
    assert a_token(cast).label == "A2"


@pytest.mark.race
def test_a_queue_that_is_being_closed_gives_no_number(real_db):
    """Who comes at that moment is told; a number in a closed queue could be called by nobody."""
    cast = Cast()
    queue = a_queue(cast)
    act, desk, held = cast.act("administrator"), cast.act("receptionist"), threading.Event()

    def come():
        held.wait(10)
        try:
            return queues.issue_token(desk, queue_id=queue.id)
        except Conflict:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as crowd:
        comes = crowd.submit(come)
        with transaction.atomic():
            queues.retire_queue(act, queue_id=queue.id, version=queue.version)
            held.set()
            time.sleep(0.5)
        assert comes.result(10) is None
    assert not Token.objects.exists()


def test_the_number_goes_on_from_day_to_day_and_old_ones_are_closed(cast):
    token = a_token(cast)
    closed = queues.close_the_day(cast.almighty(), before=token.issued_at + timedelta(seconds=1))
    assert (closed, state_of(token)) == (1, "left")
    assert a_token(cast).label == "A2"
