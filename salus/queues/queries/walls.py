"""What the wall of a waiting room shows: numbers and rooms; names only where the facility wants them, and of nobody sought."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db.models import F

from salus.core.act import Act
from salus.queues import rules
from salus.queues.live import topic
from salus.queues.models import SHOW, Display, Queue, Token
from salus.queues.queries.boards import display_of
from salus.queues.queries.waiting import as_waiting, rooms_open, served_in
from salus.queues.words import LANGUAGES, Wall

#: so many calls, and so many of those who are next, fit on a wall
CALLED, NEXT = 8, 12


@dataclass(frozen=True, slots=True)
class Call:
    """A number that is called into a room; the name is empty where it is not to be shown."""

    token_id: UUID
    label: str
    room: str
    name: str
    called_at: datetime
    calls: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Next:
    """A number that waits, and about how many minutes still; None where nothing was measured."""

    label: str
    about: int | None


@dataclass(frozen=True, slots=True)
class WallPage:
    """A wall: whom the rooms call, the last first, and the numbers that are next."""

    department_id: UUID
    department: str
    topic: str
    display: Display
    words: Sequence[tuple[str, Wall]]
    calls: Sequence[Call]
    waiting: Sequence[Next]
    total: int


def wall_of(act: Act, department_id: UUID) -> WallPage | None:
    """The wall of a department, or None where it has no queue; six statements at most."""
    act.require(SHOW)
    queue = Queue.objects.here(act).filter(department_id=department_id).select_related("department").first()
    if queue is None:
        return None
    display = display_of(department_id)
    tokens = Token.objects.filter(facility_id=act.here, queue__department_id=department_id)
    in_rooms = tokens.filter(status__in=("called", "serving"), room__isnull=False)
    in_rooms = in_rooms.select_related("room", "patient", "encounter")
    calls = [_call(act, one, display) for one in in_rooms.order_by(F("called_at").desc(nulls_last=True))[:CALLED]]
    waiting = list(tokens.filter(status="waiting"))
    words = [(code, LANGUAGES[code]) for code in display.languages if code in LANGUAGES]
    return WallPage(
        department_id=department_id,
        department=queue.department.name,
        topic=topic(department_id),
        display=display,
        words=words or [("en", LANGUAGES["en"])],
        calls=calls,
        waiting=_next(waiting, department_id) if waiting else (),
        total=len(waiting),
    )


def _next(tokens: Sequence[Token], department_id: UUID) -> list[Next]:
    """The first of all who wait, with the wait that each sees on his own telephone."""
    known = {one.id: one for one in tokens}
    queues: dict[UUID, list[rules.Waiting]] = defaultdict(list)
    for token in tokens:
        queues[token.queue_id].append(as_waiting(token))
    served, rooms = served_in(queues), rooms_open(department_id)
    found = []
    for one in rules.in_turn(chain.from_iterable(queues.values()))[:NEXT]:
        token = known[one.id]
        ahead, calling = rules.ahead_of(one, queues[token.queue_id], rooms)
        about = rules.expected_wait(ahead + 1, served.get(token.queue_id, ()), calling)
        found.append(Next(token.label, None if about is None else rules.about_minutes(about)))
    return found


def _call(act: Act, token: Token, display: Display) -> Call:
    name = ""
    if display.shows_names and token.patient is not None and _is_nothing_to_hide(token):
        # A family's first letter: a neighbour learns no more than he would hear from a nurse at the door.
        name = f"{token.patient.given} {token.patient.family[:1]}."
        act.shows(token.patient_id)
    return Call(
        token_id=token.id,
        label=token.label,
        room=token.room.name if token.room else "",
        name=name,
        called_at=token.called_at or token.issued_at,
        calls=token.calls,
        is_new=token.status == "called",
    )


def _is_nothing_to_hide(token: Token) -> bool:
    """Whether everybody in the room may read who it is: nobody who is sought, and no visit that a label protects."""
    patient, visit = token.patient, token.encounter
    if patient is None or patient.is_vip or patient.staff_member_id is not None:
        return False
    return visit is None or not visit.labels
