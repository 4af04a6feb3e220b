"""A room calls: the next one or a certain one, again, and what becomes of whom it called."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict
from salus.encounters import rules as visits
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.queues import live, rules
from salus.queues.facts import TokenCalled, TokenMoved
from salus.queues.holding import CannotMove, RoomBusy, locked, queue_worked, room_of
from salus.queues.models import CALL, Queue, Station, Token
from salus.queues.onward import give_next
from salus.queues.queries.waiting import waiting_in

_ONE_IN_A_ROOM = "queues_token_one_in_a_room"
# Rooms that press at one moment each lock another row: what one of them holds, the others step over.
_TAKE = """
    SELECT id FROM queues_token WHERE id = ANY(%s) AND status = 'waiting'
    ORDER BY array_position(%s, id) LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""


class NobodyWaits(Conflict):
    """Nobody waits here for this room."""


@transaction.atomic
def call_next(act: Act, *, queue_id: UUID, room_id: UUID, finishes: bool = False) -> Token:
    """Call whoever's turn it is into a room: the doctor's own patients, and those who wait for whoever is free.

    :param finishes: whether the patient who is being served there is done with that
    :raises NobodyWaits: if there is nobody whom this room may call
    :raises RoomBusy: if the room has somebody
    """
    act.require(CALL)
    queue, room = queue_worked(act, queue_id), room_of(act, room_id)
    if finishes:
        _finish_in(act, room.id)
    practitioner_id = _who_sits_in(act, room.id)
    line = [
        one.id
        for one in rules.in_turn(waiting_in(queue.id), practitioner_id=practitioner_id, room_id=room.id)
        if rules.may_serve(one, practitioner_id=practitioner_id, room_id=room.id)
    ]
    token = _taken(line)
    if token is None:
        raise NobodyWaits
    return _call(act, token, queue, room.id)


@transaction.atomic
def call_token(act: Act, *, token_id: UUID, version: int, room_id: UUID) -> Token:
    """Call one whose turn it need not be, or who was missed, into a room.

    :raises RoomBusy: if the room has somebody
    :raises CannotMove: if the patient is elsewhere already
    """
    act.require(CALL)
    room = room_of(act, room_id)
    token = locked(act, token_id, version, "called")
    if token.status == "called":
        raise CannotMove
    return _call(act, token, token.queue, room.id)


@transaction.atomic
def recall_token(act: Act, *, token_id: UUID, version: int) -> Token:
    """Call the same number again into the same room."""
    act.require(CALL)
    token = locked(act, token_id, version, "called")
    if token.status != "called" or token.room_id is None:
        raise CannotMove
    return _call(act, token, token.queue, token.room_id)


@transaction.atomic
def start_token(act: Act, *, token_id: UUID, version: int) -> Token:
    """The patient is in the room. Where it is for a consultation, the visit is in progress."""
    act.require(CALL)
    visit = _visit_of(token_id)
    token = locked(act, token_id, version, "serving")
    token.started_at = act.at
    _move(act, token, "serving", "started_at")
    may_begin = act.may("encounters.move_encounter") and token.queue.kind == "consultation"
    if visit is not None and may_begin and visits.may_move(visit.status, "in-progress"):
        encounters.move_encounter(act, encounter_id=visit.id, status="in-progress", version=visit.version)
    return token


@transaction.atomic
def finish_token(act: Act, *, token_id: UUID, version: int) -> Token:
    """What the patient waited for is done."""
    act.require(CALL)
    token = locked(act, token_id, version, "done")
    return _finish(act, token)


@transaction.atomic
def miss_token(act: Act, *, token_id: UUID, version: int) -> Token:
    """The patient was called and did not come: the room is free, and the number may be called again."""
    act.require(CALL)
    token = locked(act, token_id, version, "missed")
    token.room_id, token.missed_at, token.back_at = None, act.at, None
    return _move(act, token, "missed", "room", "missed_at", "back_at")


@transaction.atomic
def return_token(act: Act, *, token_id: UUID, version: int) -> Token:
    """Whoever was missed is back, or was called too early: the patient waits again."""
    act.require(CALL)
    token = locked(act, token_id, version, "waiting")
    if token.status == "missed":
        token.back_at = act.at
    token.room_id, token.started_at = None, None
    return _move(act, token, "waiting", "room", "back_at", "started_at")


def _visit_of(token_id: UUID) -> Encounter | None:
    """The visit of a token, locked before the token is."""
    visits_of = Encounter.objects.filter(id__in=Token.objects.filter(id=token_id).values("encounter_id"))
    return visits_of.select_for_update(no_key=True).first()


def _who_sits_in(act: Act, room_id: UUID) -> UUID | None:
    """For whom a room calls: whoever has taken it, else whoever presses."""
    station = Station.objects.filter(room_id=room_id, closed_at__isnull=True).first()
    return station.practitioner_id if station else act.practitioner_id


def _taken(line: Sequence[UUID]) -> Token | None:
    """The first in the line whom nobody else is calling at this moment, locked."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [list(line), list(line)])
        found = cursor.fetchone()
    return Token.objects.get(id=found[0]) if found else None


def _call(act: Act, token: Token, queue: Queue, room_id: UUID) -> Token:
    token.room_id, token.called_at, token.calls = room_id, act.at, token.calls + 1
    token.status = "called"
    try:
        with transaction.atomic():
            token.save(update_fields=["status", "room", "called_at", "calls"])
    except IntegrityError as error:
        if _ONE_IN_A_ROOM not in str(error):
            raise
        raise RoomBusy from error
    token.version += 1
    called = TokenCalled(
        patient_id=token.patient_id, token_id=token.id, queue_id=queue.id, room_id=room_id, calls=token.calls
    )
    announce(act, called)
    live.tell(queue.department_id)
    return token


def _finish_in(act: Act, room_id: UUID) -> None:
    there = Token.objects.select_for_update(no_key=True, of=("self",)).select_related("queue")
    for one in there.filter(room_id=room_id, status="serving"):
        _finish(act, one)


def _finish(act: Act, token: Token) -> Token:
    token.ended_at = act.at
    done = _move(act, token, "done", "ended_at")
    if done.encounter_id is not None:
        give_next(act, done.encounter_id)
    return done


def _move(act: Act, token: Token, status: str, *changed: str) -> Token:
    token.status = status
    token.save(update_fields=["status", *changed])
    # the trigger counted
    token.version += 1
    moved = TokenMoved(patient_id=token.patient_id, token_id=token.id, queue_id=token.queue_id, status=status)
    announce(act, moved)
    live.tell(token.queue.department_id)
    return token
