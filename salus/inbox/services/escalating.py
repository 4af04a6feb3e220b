"""By the clock: what nobody saw to in time goes to more people, and what stands in no inbox that anybody looks into."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from salus.core.act import Act
from salus.inbox.keeping import climb, ladder_of, tell, tell_of_the_call
from salus.inbox.models import ESCALATE, Task
from salus.inbox.queries import people
from salus.inbox.rules import OPEN

#: in one transaction
_AT_ONCE = 100


@transaction.atomic
def escalate_tasks(act: Act) -> int:
    """Call who is to be told by now of what stands open too long; returns how many tasks. Run again until it returns 0.

    Late, twice or beside another it does no harm: each task is held by one, and a rung is climbed once.
    """
    act.require(ESCALATE)
    due = Q(escalates_at__lte=act.at)
    unseen = _unseen(act)
    rows = Task.objects.filter(due | unseen, facility_id=act.here, status__in=OPEN)
    tasks = list(
        rows.select_for_update(of=("self",), skip_locked=True, no_key=True).order_by("escalates_at", "id")[:_AT_ONCE]
    )
    return _climb_all(act, tasks)


@transaction.atomic
def hand_on_tasks_of(act: Act, *, user_id: UUID) -> int:
    """What stands in the inbox of somebody whose account was closed is handed on now; returns how many tasks."""
    act.require(ESCALATE)
    owner = people.practitioner_of(act, user_id)
    if owner is None:
        return 0
    rows = Task.objects.filter(facility_id=act.here, status__in=OPEN, holders__overlap=[owner])
    return _climb_all(act, list(rows.select_for_update(of=("self",), no_key=True).order_by("id")))


def _unseen(act: Act) -> Q:
    """What stands only in inboxes of people who are away or gone, and of departments without any: until the ladder ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT unnest(holders) FROM inbox_task WHERE facility_id = %s AND status = ANY(%s)",
            [act.here, list(OPEN)],
        )
        holders = {row[0] for row in cursor.fetchall()}
    seen = people.reachable(act, holders) | people.peopled(act, holders)
    return ~Q(holders__overlap=sorted(seen)) if holders - seen else Q(pk__in=[])


def _climb_all(act: Act, tasks: list[Task]) -> int:
    """Climb and tell; what found nobody new is not counted, so that a clock does not go round for ever."""
    handed_on = 0
    for task in tasks:
        before = (task.climbed, task.escalates_at)
        called = climb(act, task, ladder_of(act, task.kind, task.mark))
        if called or (task.climbed, task.escalates_at) != before:
            task.save(update_fields=["holders", "climbed", "escalates_at"])
        if called:
            handed_on += 1
            tell_of_the_call(act, task, called)
            tell([*task.holders, *task.watchers])
    return handed_on
