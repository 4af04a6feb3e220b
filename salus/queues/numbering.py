"""A number is given and kept: one after another in each queue and day, once for each patient."""

from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import UUIDField
from django.db.models.expressions import RawSQL

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict
from salus.core.numbers import next_without_gap
from salus.queues import live
from salus.queues.facts import TokenIssued
from salus.queues.holding import day_of
from salus.queues.models import Queue, Token

_ONCE = ("queues_token_once_of_a_visit", "queues_token_once_of_a_patient")
# Until the act commits nobody closes the queue; a closing that came first is waited for, and seen then.
_HOLD = "SELECT 1 FROM queues_queue WHERE id = %s AND retired_at IS NULL FOR SHARE"


class QueueClosed(Conflict):
    """This queue has just been closed. Choose another one."""


class AlreadyWaits(Conflict):
    """This patient has a number in this queue already."""


def issued(act: Act, queue: Queue, **values: object) -> Token:
    """A new number of a queue; the index of the database decides between two clicks.

    The counter stays locked until the act commits: numbers are given one after another, and none is left out. It is that of the
    letters, not of the queue: one that is closed and opened again goes on where it was, as its old numbers may wait elsewhere.
    """
    day = day_of(queue, act.at)
    number = next_without_gap(f"token:{queue.prefix}:{day}", act.here)
    token = Token(
        facility_id=act.here,
        queue=queue,
        numbered_by=queue,
        day=day,
        number=number,
        label=f"{queue.prefix}{number}",
        issued_at=act.at,
        recorded_by_id=act.by,
        **values,
    )
    insert(token)
    announce(
        act,
        TokenIssued(
            patient_id=token.patient_id,
            token_id=token.id,
            queue_id=queue.id,
            category=token.category,
            encounter_id=token.encounter_id,
        ),
    )
    live.tell(queue.department_id)
    return token


_DOCTORS = """
    (WITH held AS (SELECT c.id FROM queues_queue c JOIN queues_queue own ON own.department_id = c.department_id
                   WHERE own.id = queues_token.queue_id AND c.kind = 'consultation' AND c.retired_at IS NULL FOR SHARE OF c)
     SELECT id FROM held LIMIT 1)
"""


def doctors_queue() -> RawSQL:
    """A column of a token: the queue for the doctor at the same department, which nobody closes until the act commits."""
    return RawSQL(_DOCTORS, [], UUIDField(null=True))  # noqa: S611 - constant


def insert(token: Token, *, is_held: bool = False) -> None:
    """Keep a new token.

    :param is_held: whether nobody can close its queue any more
    :raises AlreadyWaits: if its patient has one in that queue
    :raises QueueClosed: if the queue was closed at this moment
    """
    if not is_held:
        _hold(token.queue_id)
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError as error:
        if any(name in str(error) for name in _ONCE):
            raise AlreadyWaits from error
        raise


def _hold(queue_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [queue_id])
        if cursor.fetchone() is None:
            raise QueueClosed
