"""Judgement about queues: who is next, who may follow whom, and how long it will take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

#: from each state of a token, those that may follow; what is over stays over
MOVES: dict[str, tuple[str, ...]] = {
    "waiting": ("called", "serving", "done", "transferred", "left"),
    "called": ("called", "serving", "waiting", "missed", "done", "transferred", "left"),
    "serving": ("done", "waiting", "transferred", "left"),
    "missed": ("waiting", "called", "serving", "done", "transferred", "left"),
}
#: states in which somebody still has to do something
OPEN = ("waiting", "called", "serving", "missed")
#: states in which a room has the token
IN_ROOM = ("called", "serving")

#: whom nobody is let pass, first first; the words of the house, not a triage scale: a hospital maps its own onto them
CATEGORIES = ("emergency", "urgent", "priority", "routine")
_TIER = {"emergency": 0, "urgent": 1, "priority": 2, "routine": 2}

# How much time each of these is worth. Conventions of this house, not clinical targets. Together they bound how far anybody
# is let pass: whoever came `FAIR` earlier and is no emergency is never passed by one who is none either.
#: so long after the appointment one who was booked still has its place
LATE = timedelta(minutes=15)
#: so long a walk-in lets those with appointments pass
WALK_IN = timedelta(minutes=15)
#: the head start of who needs not stand long: old, pregnant, disabled
HEAD_START = timedelta(minutes=30)
#: the head start that a doctor's own patients have over those who wait for whoever is free
OWN = timedelta(minutes=30)
#: who is back so soon after being missed has the old place again
STEPPED_OUT = timedelta(minutes=15)
FAIR = LATE + WALK_IN + HEAD_START + OWN


@dataclass(frozen=True, slots=True)
class Waiting:
    """What decides when somebody's turn is.

    :ivar due_at: the time of the appointment; None for a walk-in
    :ivar put_at: the turn that a nurse gave, in place of the reckoned one
    :ivar practitioner_id: for whom by name; None waits for whoever is free
    :ivar room_id: for which room; None for any
    """

    id: UUID
    issued_at: datetime
    category: str = "routine"
    due_at: datetime | None = None
    missed_at: datetime | None = None
    back_at: datetime | None = None
    put_at: datetime | None = None
    practitioner_id: UUID | None = None
    room_id: UUID | None = None


def turn_of(one: Waiting) -> datetime:
    """The instant at which somebody's turn is reckoned to be: the earlier, the sooner called."""
    if one.put_at is not None:
        return one.put_at
    keeps_time = one.due_at is not None and one.issued_at <= one.due_at + LATE
    turn = one.due_at if keeps_time and one.due_at else one.issued_at + WALK_IN
    if one.back_at and one.missed_at and one.back_at - one.missed_at > STEPPED_OUT:
        turn = max(turn, one.back_at)
    return turn - HEAD_START if one.category == "priority" else turn


def tier_of(category: str) -> int:
    """What comes before everything else: emergencies, then what is urgent, then all others by their turn."""
    return _TIER[category]


def in_turn(
    waiting: Iterable[Waiting], *, practitioner_id: UUID | None = None, room_id: UUID | None = None
) -> list[Waiting]:
    """All of them in the order in which they are called by this doctor, whose own come a little sooner."""

    def place(one: Waiting) -> tuple[int, datetime, datetime, UUID]:
        is_own = one.practitioner_id is not None and one.practitioner_id == practitioner_id
        is_own = is_own or (one.room_id is not None and one.room_id == room_id)
        return tier_of(one.category), turn_of(one) - (OWN if is_own else timedelta()), one.issued_at, one.id

    return sorted(waiting, key=place)


def ahead_of(one: Waiting, waiting: Iterable[Waiting], rooms: int) -> tuple[int, int]:
    """How many of a queue are called before somebody, and by how many rooms: who waits for a doctor passes those who wait for
    another.

    :param rooms: how many rooms call now
    """
    line = in_turn(waiting, practitioner_id=one.practitioner_id, room_id=one.room_id)
    if one.practitioner_id is None:
        return (line.index(one) if one in line else len(line)), rooms
    same = [other for other in line if other.practitioner_id in (None, one.practitioner_id)]
    return (same.index(one) if one in same else len(same)), 1


def may_serve(one: Waiting, *, practitioner_id: UUID | None, room_id: UUID | None) -> bool:
    """Whether this doctor in this room may call the patient: nobody is called by another than he waits for."""
    return one.practitioner_id in (None, practitioner_id) and one.room_id in (None, room_id)


def turn_before(one: Waiting) -> datetime:
    """The turn of somebody who is put just before another."""
    return turn_of(one) - timedelta(microseconds=1)


def may_move(status: str, to: str) -> bool:
    """Whether a token in one state may come to the other."""
    return to in MOVES.get(status, ())


def expected_wait(ahead: int, served: Sequence[timedelta], rooms: int) -> timedelta | None:
    """About how long somebody waits with so many ahead, from how long the last ones took; None where nothing was measured.

    :param served: how long each of the last patients was in the room
    :param rooms: how many rooms call now; with none open it is reckoned as one
    """
    if not served:
        return None
    seconds = median(one.total_seconds() for one in served)
    return timedelta(seconds=ahead * seconds / max(rooms, 1))


def about_minutes(span: timedelta) -> int:
    """A wait as people are told it: in steps of five minutes, never nothing."""
    return max(5, round(span / timedelta(minutes=5)) * 5)
