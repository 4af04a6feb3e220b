"""Who waits in a queue, as the rules look at them."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F

from salus.queues.models import Token
from salus.queues.rules import Waiting

_FIELDS = ("id", "issued_at", "category", "due_at", "missed_at", "back_at", "put_at", "practitioner_id", "for_room_id")
#: so many of the last patients say how long one takes
_LAST = 20


def waiting_in(queue_id: UUID) -> list[Waiting]:
    """Everybody who waits in a queue, in no order; one statement."""
    rows = Token.objects.filter(queue_id=queue_id, status="waiting").values_list(*_FIELDS)
    return [Waiting(*row) for row in rows]


def as_waiting(token: Token) -> Waiting:
    """A token as the rules look at it."""
    return Waiting(*(getattr(token, name) for name in _FIELDS))


def served_in(queue_id: UUID) -> list[timedelta]:
    """How long each of the last patients was served, the latest first; one statement."""
    done = Token.objects.filter(queue_id=queue_id, status="done", started_at__isnull=False)
    times = done.order_by(F("ended_at").desc()).values_list("started_at", "ended_at")[:_LAST]
    return [ended - started for started, ended in times if ended and started]
