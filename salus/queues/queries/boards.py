"""The board of a department: who waits, in the order in which they are called; which room has whom; who was missed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, OuterRef, Q, Subquery, Value, When
from django.db.models.fields import BooleanField

from salus.core.act import Act
from salus.patients.rules.matching import similar_names
from salus.places.models import Department, Location
from salus.queues import rules
from salus.queues.models import VIEW, Display, IdentityCheck, Queue, Station, Token
from salus.queues.rules import Waiting


@dataclass(frozen=True, slots=True)
class Row:
    """A number with who it is, where this act may know that; `patient_id` is None where not."""

    id: UUID
    version: int
    label: str
    status: str
    category: str
    queue_id: UUID
    queue: str
    department_id: UUID
    kind: str
    issued_at: datetime
    due_at: datetime | None
    called_at: datetime | None
    started_at: datetime | None
    missed_at: datetime | None
    back_at: datetime | None
    put_at: datetime | None
    put_why: str
    calls: int
    practitioner_id: UUID | None
    practitioner: str
    for_room_id: UUID | None
    for_room: str
    room_id: UUID | None
    patient_id: UUID | None
    encounter_id: UUID | None
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str
    gender: str
    is_named: bool
    #: a number without a patient: somebody who is not registered yet
    is_anonymous: bool
    #: whether somebody has recognised the patient of the visit
    is_confirmed: bool
    is_similar: bool = False

    def waits(self, now: datetime) -> timedelta:
        """How long the patient has waited since the number was given."""
        return max(now - self.issued_at, timedelta())

    @property
    def waiting(self) -> Waiting:
        """The row as the rules look at it."""
        return Waiting(
            self.id,
            self.issued_at,
            self.category,
            self.due_at,
            self.missed_at,
            self.back_at,
            self.put_at,
            self.practitioner_id,
            self.for_room_id,
        )


_FIELDS = ("id", "version", "label", "status", "category", "queue_id", "queue__name", "queue__department_id", "queue__kind",
           "issued_at", "due_at",
           "called_at", "started_at", "missed_at", "back_at", "put_at", "put_why", "calls", "practitioner_id",
           "for_room_id", "for_room__name", "room_id", "patient_id", "encounter_id", "practitioner__title",
           "practitioner__given", "practitioner__family", "patient__family", "patient__given", "patient__title",
           "patient__mrn", "patient__birth_date", "patient__gender", "named", "confirmed")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the department: who sits there, and whom it has."""

    id: UUID
    name: str
    practitioner_id: UUID | None
    practitioner: str
    is_manned: bool
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """All that is open at a department, the waiting in the order in which they are called."""

    department: Department
    queues: Sequence[Queue]
    rooms: Sequence[Room]
    rows: Sequence[Row]

    def of(self, *statuses: str, queue_id: UUID | None = None) -> list[Row]:
        """The rows in these states, of one queue or of all."""
        return [r for r in self.rows if r.status in statuses and queue_id in (None, r.queue_id)]


def departments_with_queues(act: Act) -> list[dict[str, Any]]:
    """The departments of the facility that have queues, with how many wait whom this act may know of; two statements."""
    act.require(VIEW)
    found = Queue.objects.here(act).values("department_id", "department__name").distinct().order_by("department__name")
    waits = Token.objects.visible_to(act).filter(status="waiting").values("queue__department_id")
    counts = dict(waits.annotate(n=Count("id")).values_list("queue__department_id", "n"))
    return [
        {"id": one["department_id"], "name": one["department__name"], "waiting": counts.get(one["department_id"], 0)}
        for one in found
    ]


def queues_of(act: Act, department_id: UUID | None = None) -> list[Queue]:
    """The open queues of a department, or of the house, with their departments."""
    act.require(VIEW)
    found = Queue.objects.here(act).select_related("department")
    if department_id is not None:
        found = found.filter(department_id=department_id)
    return list(found.order_by("department__name", "name"))


def board_of(act: Act, department_id: UUID) -> Board | None:
    """What is open at a department, as this act may know it; None where it has no queue. Four statements."""
    act.require(VIEW)
    queues = queues_of(act, department_id)
    if not queues:
        return None
    rows = rows_of(act, Token.objects.visible_to(act).open().filter(queue__department_id=department_id))
    there = {row.room_id: row for row in rows if row.room_id}
    rooms = [replace(one, row=there.get(one.id)) for one in rooms_of(act, department_id)]
    return Board(queues[0].department, queues, rooms, rows)


def rows_of(act: Act, tokens: Any) -> list[Row]:
    """Tokens as lists show them, in the order in which they are called; notes nothing: the screen says whom it shows."""
    named = Case(When(tokens.named_to(act), then=Value(True)), default=Value(False), output_field=BooleanField())
    # By the patient too: that is how they are indexed, and every check-in adds one for ever. No EXISTS: the database would
    # rather read them all once.
    checks = IdentityCheck.objects.filter(patient_id=OuterRef("patient_id"), encounter_id=OuterRef("encounter_id"))
    confirmed = Subquery(checks.values("encounter_id")[:1])
    found = [_row(one) for one in tokens.annotate(named=named, confirmed=confirmed).values_list(*_FIELDS)]
    order = {one.id: n for n, one in enumerate(rules.in_turn(row.waiting for row in found))}
    rows = sorted(found, key=lambda row: order[row.id])
    people = {row.patient_id: (row.family, row.given) for row in rows if row.patient_id}
    alike = similar_names(list(people.values()))
    similar = {patient for place, patient in enumerate(people) if place in alike}
    return [replace(row, is_similar=True) if row.patient_id in similar else row for row in rows]


def _row(values: Sequence[Any]) -> Row:
    known = dict(zip(_FIELDS, values, strict=True))
    name = [known.pop(f"practitioner__{part}") for part in ("title", "given", "family")]
    is_named, is_anonymous = known.pop("named"), known["patient_id"] is None
    known["is_confirmed"] = known.pop("confirmed") is not None
    said = {key.removeprefix("patient__"): value for key, value in known.items()}
    said = {
        {
            "queue__name": "queue",
            "queue__kind": "kind",
            "queue__department_id": "department_id",
            "for_room__name": "for_room",
        }.get(k, k): v
        for k, v in said.items()
    }
    if not is_named:
        said |= dict.fromkeys(("family", "given", "title", "mrn", "birth_date", "gender", "patient_id", "encounter_id"))
    texts = ("family", "given", "title", "mrn", "birth_date", "gender", "for_room")
    said |= {key: str(said[key] or "") for key in texts}
    return Row(
        **said, practitioner=" ".join(part for part in name if part), is_named=is_named, is_anonymous=is_anonymous
    )


def rooms_of(act: Act, department_id: UUID) -> list[Room]:
    """The rooms and desks of a department, with who sits there; two statements."""
    rooms = Location.objects.filter(
        department_id=department_id, department__facility_id=act.here, kind__in=("room", "desk"), retired_at=None
    )
    open_ones = Station.objects.filter(room__department_id=department_id, closed_at__isnull=True)
    manned = {one.room_id: one for one in open_ones.select_related("practitioner")}
    return [_room(one, manned.get(one.id)) for one in rooms.order_by("name", "id")]


def _room(place: Location, station: Station | None) -> Room:
    person = station.practitioner if station else None
    name = " ".join(part for part in (person.title, person.given, person.family) if part) if person else ""
    return Room(place.id, place.name, person.id if person else None, name, station is not None)


@dataclass(frozen=True, slots=True)
class Step:
    """One station of somebody's way: a queue in which the number stood, and what became of it there."""

    queue: str
    status: str
    issued_at: datetime
    ended_at: datetime | None
    by_hand: str


def trail_of(act: Act, token_id: UUID) -> list[Step]:
    """The way of a number through the queues of the house, from the first; one statement for each step back."""
    act.require(VIEW)
    steps: list[Step] = []
    found: UUID | None = token_id
    while found is not None:
        one = Token.objects.filter(facility_id=act.here).select_related("queue__department").get(id=found)
        where = f"{one.queue.department.name}: {one.queue.name}"
        steps.append(Step(where, one.status, one.issued_at, one.ended_at, one.put_why))
        found = one.came_from_id
    return steps[::-1]


def display_of(department_id: UUID) -> Display:
    """What the wall of a department shows; where nobody has said, numbers only, in English."""
    found = Display.objects.filter(department_id=department_id).first()
    return found or Display(department_id=department_id, languages=["en"])


def my_room(act: Act) -> Location | None:
    """The room in which this person sits, or None."""
    if act.practitioner_id is None:
        return None
    mine = Q(stations__practitioner_id=act.practitioner_id, stations__closed_at__isnull=True)
    return Location.objects.filter(mine, department__facility_id=act.here).first()
