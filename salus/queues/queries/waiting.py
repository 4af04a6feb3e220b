"""Who waits in a queue, as the rules look at them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import connection

from salus.queues.models import Station, Token
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


_SERVED = """
    SELECT q.id, t.ended_at - t.started_at FROM unnest(%s::uuid[]) q (id)
    CROSS JOIN LATERAL (
        SELECT started_at, ended_at FROM queues_token
        WHERE queue_id = q.id AND status = 'done' AND started_at IS NOT NULL ORDER BY ended_at DESC LIMIT %s) t
"""


def served_in(queue_ids: Iterable[UUID]) -> dict[UUID, list[timedelta]]:
    """How long each of the last patients of these queues was served; one statement."""
    found: dict[UUID, list[timedelta]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SERVED, [list(queue_ids), _LAST])
        for queue_id, took in cursor.fetchall():
            found[queue_id].append(took)
    return found


def rooms_open(department_id: UUID) -> int:
    """How many rooms of a department call now; one statement."""
    return Station.objects.filter(room__department_id=department_id, closed_at__isnull=True).count()
