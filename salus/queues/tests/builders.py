"""What tests of queues are made of."""

from typing import Any

from salus.encounters.tests.builders import a_patient, a_visit
from salus.places.models import Location
from salus.queues import services as queues
from salus.queues.models import Queue, Token
from tests.cast import Cast

__all__ = ["a_patient", "a_queue", "a_room", "a_token", "a_visit", "state_of"]


def a_queue(cast: Cast, kind: str = "consultation", prefix: str = "A", place: str = "opd") -> Queue:
    """The outpatients' line for the doctor, unless told otherwise; the same one when it is asked for again."""
    found = Queue.objects.filter(department=cast.departments[place], kind=kind, retired_at=None).first()
    return found or queues.open_queue(
        cast.act("administrator"),
        department_id=cast.departments[place].id,
        kind=kind,
        name=f"{kind} of {place}",
        prefix=prefix,
    )


def a_room(cast: Cast, number: int = 1, place: str = "opd") -> Location:
    """A room of the outpatients."""
    values = {"kind": "room", "name": f"Room {number}"}
    room, _ = Location.objects.get_or_create(department=cast.departments[place], code=f"R{number}", defaults=values)
    return room


def a_token(cast: Cast, **changes: Any) -> Token:
    """The number of a patient who has just arrived."""
    a_queue(cast)
    visit = a_visit(cast, **changes)
    return Token.objects.get(encounter_id=visit.id)


def state_of(token: Token) -> str:
    """The state of a token now."""
    return Token.objects.values_list("status", flat=True).get(id=token.id)
