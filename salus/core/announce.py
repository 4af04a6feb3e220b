"""Announcing: write the fact, run what must hold at once, defer what may follow. All in the caller's transaction.

What one act tells is written together: all its facts in one statement, all their jobs in another, however many rooms
took part. A door gathers until its act is over; where there is none, what `now` handlers tell goes with what they follow.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, TypeVar

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
    SELECT name, patient_id, act_id, by_id, on_behalf_of, facility_id, happened_at, door, data::jsonb
    FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::text[],
                %s::text[]) WITH ORDINALITY
         AS told (name, patient_id, act_id, by_id, on_behalf_of, facility_id, happened_at, door, data, place)
    ORDER BY place RETURNING id
"""

# A part of a statement that nobody reads is not run: the facts wait for it.
_RING = "WITH rung AS MATERIALIZED (SELECT pg_notify(%s, topic) FROM unnest(%s::text[]) topic) "
_RING_ALONE = _RING + "SELECT count(*) FROM rung"  # noqa: S608 - constants
_INSERT_AND_RING = _RING + _INSERT.replace("ORDER BY", "WHERE (SELECT count(*) FROM rung) >= 0 ORDER BY")

_gathering: ContextVar[bool] = ContextVar("gathering", default=False)


def announce(act: Act, fact: Fact) -> None:
    """Write down what happened and let the consequences follow.

    A refusal of a `now` handler rolls the whole act back. Each `later` handler becomes one job.

    :raises RuntimeError: outside a transaction
    """
    announce_all(act, [fact])


def announce_all(act: Act, facts: Sequence[Fact]) -> None:
    """The same for several facts of one act."""
    if not facts:
        return
    if not connection.in_atomic_block:
        raise RuntimeError(f"{facts[0].name} was announced outside a transaction")
    with gathered():
        act.shows(*(one.patient_id for one in facts if one.patient_id), action="write")
        for fact in facts:
            # Django forgets what was to follow a commit when its savepoint is rolled back, and with it the fact.
            transaction.on_commit(_Told(act, fact))
        for fact in facts:
            for handler in consequences.what_follows(type(fact)).now:
                handler(act.caused_by(rights=handler.rights), fact)


@contextmanager
def gathered() -> Iterator[None]:
    """Write what is told inside together at the end, in the transaction that is open; inside another one, with it."""
    if _gathering.get():
        yield
        return
    token = _gathering.set(True)
    try:
        yield
    finally:
        _gathering.reset(token)
    _write()


@dataclass(slots=True)
class _Told:
    """A fact that waits to be written; it hangs on its savepoint as something to do after the commit."""

    act: Act
    fact: Fact
    is_written: bool = False

    def __call__(self) -> None:
        assert self.is_written, f"{self.fact.name} was told and not written"


@dataclass(slots=True)
class _Rung:
    """Topics that are told at the end, by the same statement as the facts; they hang on their savepoint like these."""

    channel: str
    topics: Sequence[str]
    is_written: bool = False

    def __call__(self) -> None:
        assert self.is_written, f"{self.topics} were changed and not told"


_Waits = TypeVar("_Waits", _Told, _Rung)


def ring(channel: str, topics: Sequence[str]) -> None:
    """Tell a channel these topics once the transaction commits: with the facts of the act, or at once where nobody gathers."""
    if _gathering.get() and connection.in_atomic_block:
        transaction.on_commit(_Rung(channel, topics))
    else:
        _ring([_Rung(channel, topics)])


def _ring(rung: Sequence[_Rung]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RING_ALONE, _rung_as_values(rung))


def _rung_as_values(rung: Sequence[_Rung]) -> list[Any]:
    for one in rung:
        one.is_written = True
    return [rung[0].channel, sorted({topic for one in rung for topic in one.topics})]


def _write() -> None:
    told, rung = _not_written(_Told), _not_written(_Rung)
    if connection.needs_rollback:
        return
    if not told:
        if rung:
            _ring(rung)
        return
    rows = [
        (t.fact.name, t.fact.patient_id, t.act.id, t.act.by, t.act.on_behalf_of, t.act.facility_id)
        + (t.act.at, t.act.door, t.fact.as_json())
        for t in told
    ]
    with prepared() as cursor:
        columns: list[Any] = [list(column) for column in zip(*rows, strict=True)]
        if rung:
            cursor.execute(_INSERT_AND_RING, [*_rung_as_values(rung), *columns])
        else:
            cursor.execute(_INSERT, columns)
        numbers: list[int] = [row[0] for row in cursor.fetchall()]
    for one in told:
        one.is_written = True
    then = [consequences.what_follows(type(one.fact)).later for one in told]
    _defer([(number, handler) for number, handlers in zip(numbers, then, strict=True) for handler in handlers])


def _not_written(kind: type[_Waits]) -> list[_Waits]:
    latest_first = (entry[1] for entry in reversed(connection.run_on_commit) if isinstance(entry[1], kind))
    return list(takewhile(lambda one: not one.is_written, latest_first))[::-1]


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
        with gathered():
            run(act, fact_from(name, msgspec.json.decode(data)))
        access.write_log(act, act.trace.touched)
