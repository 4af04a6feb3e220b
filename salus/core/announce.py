"""Announcing: write the fact, run what must hold at once, defer what may follow. All in the caller's transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.types import JSONDict

from salus.core import access, consequences
from salus.core.act import Act
from salus.core.consequences import Handler
from salus.core.engine import prepared
from salus.core.facts import Fact, fact_from
from salus.core.ids import SYSTEM

#: After this many failures a job waits for the administrator.
ATTEMPTS = 8
_QUEUE = "consequences"

_INSERT = """
    INSERT INTO core_fact (name, patient_id, act_id, by_id, on_behalf_of, facility_id, happened_at, door, data)
    SELECT told.name, told.patient_id, %s::uuid, %s::uuid, %s::uuid, %s::uuid, %s, %s, told.data::jsonb
    FROM unnest(%s::text[], %s::uuid[], %s::text[]) WITH ORDINALITY AS told (name, patient_id, data, place)
    ORDER BY told.place RETURNING id
"""


def announce(act: Act, fact: Fact) -> int:
    """Write down what happened and let the consequences follow; returns the fact's number.

    A refusal of a `now` handler rolls the whole act back. Each `later` handler becomes one job.

    :raises RuntimeError: outside a transaction
    """
    return announce_all(act, [fact])[0]


def announce_all(act: Act, facts: Sequence[Fact]) -> list[int]:
    """The same for several facts of one act: one statement for all facts, and one for all jobs."""
    if not facts:
        return []
    if not connection.in_atomic_block:
        raise RuntimeError(f"{facts[0].name} was announced outside a transaction")
    whose: list[Any] = [act.id, act.by, act.on_behalf_of, act.facility_id, act.at, act.door]
    told: list[Any] = [[one.name for one in facts], [one.patient_id for one in facts], [one.as_json() for one in facts]]
    with prepared() as cursor:
        cursor.execute(_INSERT, [*whose, *told])
        numbers: list[int] = [row[0] for row in cursor.fetchall()]
    act.shows(*(one.patient_id for one in facts if one.patient_id), action="write")
    jobs: list[tuple[int, Handler]] = []
    for number, fact in zip(numbers, facts, strict=True):
        then = consequences.what_follows(type(fact))
        for handler in then.now:
            handler(act.caused_by(rights=handler.rights), fact)
        jobs += [(number, handler) for handler in then.later]
    _defer(jobs)
    return numbers


def _defer(jobs: Sequence[tuple[int, Handler]]) -> None:
    """One statement for all jobs; they become visible to the worker when the act commits."""
    if not jobs:
        return
    named: list[JSONDict] = [{"fact_id": number, "handler": consequences.name_of(h)} for number, h in jobs]
    with _errors_made_whole():
        run_consequence.batch_defer(*named)


def defer(task: str, *, queue: str, **ids: str) -> None:
    """Have a room's own task run after this transaction; ids only, as jobs are read by anybody who looks after them."""
    with _errors_made_whole():
        app.configure_task(task, queue=queue).defer(**ids)


def defer_once(task: str, *, key: str, wait: int = 0, **ids: str) -> None:
    """The same for a task that looks at everything anew: while one waits under this key, nothing more is deferred.

    :param wait: seconds until it may begin
    """
    begins = {"seconds": wait} if wait else None
    try:
        with transaction.atomic(), _errors_made_whole():
            job = app.configure_task(task, queue=_QUEUE, queueing_lock=f"{task}:{key}", schedule_in=begins)
            job.defer(**ids)
    except AlreadyEnqueued:
        return


@contextmanager
def _errors_made_whole() -> Iterator[None]:
    try:
        yield
    except ConnectorException as taken_apart:
        # procrastinate hides whose error it is: made whole again, a lost connection is known as one, and the act is run again
        with connection.wrap_database_errors:
            raise taken_apart.__cause__ or taken_apart from None


@app.task(
    name="core.run_consequence",
    queue=_QUEUE,
    retry=RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=2),
)
def run_consequence(fact_id: int, handler: str) -> None:
    """Run one later consequence in a transaction of its own. Handlers are idempotent by their `source`."""
    _follow(fact_id, handler, datetime.now(UTC))


def run_waiting(at: datetime | None = None) -> int:
    """Run all consequences that wait, in this process; returns how many (the demonstration's maker has no worker).

    :param at: the time of what follows; now unless said
    """
    done = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_NEXT)
            row = cursor.fetchone()
            if row is None:
                return done
            job, task, arguments = row
            follow = _follow if task == run_consequence.name else app.tasks[task].func
            follow(**msgspec.json.decode(arguments), at=at or datetime.now(UTC))
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job])
        done += 1


_NEXT = """
    SELECT id, task_name, args::text FROM procrastinate_jobs
    WHERE status = 'todo' AND queue_name = 'consequences' AND coalesce(scheduled_at, now()) <= now()
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""


def _follow(fact_id: int, handler: str, at: datetime) -> None:
    run = consequences.handler_named(handler)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, data::text, by_id, on_behalf_of, facility_id FROM core_fact WHERE id = %s", [fact_id]
            )
            name, data, by, on_behalf_of, facility = cursor.fetchone()
        # What follows, follows now: the act has the time of the job, not of the fact.
        doer = Act(by=on_behalf_of or by if by == SYSTEM else by, facility_id=facility, rights=frozenset(), at=at)
        act = doer.caused_by(rights=run.rights, door=f"job:{handler}")
        run(act, fact_from(name, msgspec.json.decode(data)))
        access.write_log(act, act.trace.touched)
