"""What tests of queues are made of."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from salus.encounters.tests.builders import a_patient, a_visit
from salus.places.models import Location
from salus.queues import services as queues
from salus.queues.models import Queue, Token
from salus.scheduling.models import Appointment
from salus.scheduling.tests.builders import a_schedule, a_session, an_appointment
from tests.cast import Cast

__all__ = ["a_patient", "a_queue", "a_room", "a_token", "a_visit", "an_appointment_today", "state_of"]


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


def an_appointment_today(cast: Cast) -> Appointment:
    """Ann has a time with the doctor of the outpatients in a moment."""
    a_queue(cast)
    schedule = a_schedule(cast, [a_session(weekday=n, starts=0, ends=1440) for n in range(7)])
    now = timezone.now()
    starts = now.replace(minute=now.minute // 20 * 20, second=0, microsecond=0)
    is_late = starts.hour == 23 and starts.minute == 40
    return an_appointment(cast, schedule, starts_at=starts if is_late else starts + timedelta(minutes=20))
