"""What people do with the tasks in their inbox: accept, acknowledge, finish, hand on, cancel, comment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce, announce_all
from salus.core.errors import Conflict, Invalid
from salus.inbox import rules
from salus.inbox.facts import TaskAccepted, TaskCancelled, TaskCompleted, TaskDelegated
from salus.inbox.keeping import (
    LONGEST,
    Ended,
    NotYours,
    climb,
    entrust,
    ladder_of,
    locked,
    locked_all,
    note,
    put,
    relates,
    require_held,
    require_open_task,
    tell,
    tell_of_the_call,
)
from salus.inbox.models import GIVE, WORK, Communication, Receipt, Step, Task, inboxes
from salus.inbox.queries.people import whom_not


class EndsElsewhere(Conflict):
    """This ends with the act itself. Open what it is about, and sign or answer there."""


class WantsAnswer(Conflict):
    """An answer was asked for. Write one; then this is done."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is to be done next, when somebody acknowledges: by whom (oneself where nobody is named), and by when."""

    subject: str
    owner_id: UUID | None = None
    department_id: UUID | None = None
    due_at: datetime | None = None


@transaction.atomic
def accept_task(act: Act, *, task_id: UUID, version: int | None = None) -> Task:
    """Say that one will do it: its owner is whoever accepts, and the others of a department need not look any more."""
    act.require(WORK)
    task = _held(act, task_id, version)
    if task.status != "requested":
        raise Conflict(_("Somebody has accepted this already."))
    before = task.holders
    if act.practitioner_id and task.owner_id != act.practitioner_id:
        # Whoever was asked before sees it until it is done.
        task.watchers = _with(task.watchers, [one for one in before if one != act.practitioner_id])
        task.owner_id, task.holders = act.practitioner_id, [act.practitioner_id]
    task.status = "accepted"
    called = _count_anew(act, task)
    task.save(update_fields=["status", "owner_id", "holders", "watchers", *_CLOCK])
    note(act, task, "accepted")
    tell_of_the_call(act, task, called)
    announce(act, TaskAccepted(task_id=task.id, patient_id=task.patient_id, kind=task.kind))
    tell([*before, *task.watchers])
    return task


@transaction.atomic
def start_task(act: Act, *, task_id: UUID, version: int | None = None) -> Task:
    """Say that it is under way."""
    act.require(WORK)
    task = _held(act, task_id, version)
    if task.status == "in-progress":
        raise Conflict(_("This is under way already."))
    task.status = "in-progress"
    task.save(update_fields=["status"])
    note(act, task, "started")
    act.shows(*([task.patient_id] if task.patient_id else []), action="write")
    tell([*task.holders, *task.watchers])
    return task


@transaction.atomic
def finish_task(act: Act, *, task_id: UUID, comment: str = "", follow_up: FollowUp | None = None) -> Task:
    """Say that it is done, or for a result or message that one has taken notice of it.

    :raises Ended: if it is over already
    :raises EndsElsewhere: for what ends with a signature
    """
    act.require(WORK)
    task = _held(act, task_id)
    _finish(act, [task], comment, follow_up)
    return task


@transaction.atomic
def acknowledge_tasks(
    act: Act, *, task_ids: Sequence[UUID], comment: str = "", follow_up: FollowUp | None = None
) -> list[Task]:
    """Acknowledge many results and messages at once; returns those that this act ended. What is over already stays so.

    :raises Ended: if all of them are over
    """
    act.require(WORK)
    asked = locked_all(act, task_ids)
    waiting = [one for one in asked if one.is_open]
    if not waiting:
        if asked:
            require_open_task(asked[0])
        raise Invalid(_("Choose what you acknowledge."))
    for task in waiting:
        require_held(act, task)
    _finish(act, waiting, comment, follow_up)
    return waiting


def _finish(act: Act, tasks: Sequence[Task], comment: str, follow_up: FollowUp | None) -> None:
    _short(comment)
    if any(rules.ends_elsewhere(task.kind, task.route) for task in tasks):
        raise EndsElsewhere
    _receive(act, [task for task in tasks if task.kind == "message"])
    for task in tasks:
        task.status, task.ended_at, task.escalates_at = "completed", act.at, None
        task.ended_by_id, task.ended_by_name = act.by, act.by_name
    Task.objects.bulk_update(tasks, ["status", "ended_at", "escalates_at", "ended_by_id", "ended_by_name"])
    Step.objects.bulk_create(
        [
            Step(
                task=task,
                kind="completed",
                happened_at=act.at,
                by_id=act.by,
                by_name=act.by_name,
                words=comment.strip(),
            )
            for task in tasks
        ]
    )
    if follow_up is not None:
        for task in tasks:
            _follow(act, task, follow_up)
    announce_all(act, [TaskCompleted(task_id=one.id, patient_id=one.patient_id, kind=one.kind) for one in tasks])
    tell({one for task in tasks for one in (*task.holders, *task.watchers)})


def _receive(act: Act, tasks: Sequence[Task]) -> None:
    """A message is acknowledged with its task; one that asks for an answer is not over before there is one."""
    ids = [UUID(str(task.route_args["communication_id"])) for task in tasks if "communication_id" in task.route_args]
    if Communication.objects.filter(id__in=ids, answer_by__isnull=False, answered_at=None).exists():
        raise WantsAnswer
    receipts = [
        Receipt(communication_id=one, kind=kind, by_id=act.by, by_name=act.by_name, happened_at=act.at)
        for one in ids
        for kind in (Receipt.READ, Receipt.ACKNOWLEDGED)
    ]
    Receipt.objects.bulk_create(receipts, ignore_conflicts=True)


def _follow(act: Act, task: Task, follow_up: FollowUp) -> None:
    owner_id = follow_up.owner_id
    if owner_id is None and follow_up.department_id is None:
        owner_id = act.practitioner_id
    wrong = whom_not(act, owner_id, follow_up.department_id)
    if not follow_up.subject.strip() or len(follow_up.subject) > 300:
        wrong["follow_up"] = _("Say in one line what is to be done.")
    if wrong:
        raise Invalid(**wrong)
    if owner_id != act.practitioner_id:
        act.require(GIVE)
    put(
        act,
        Task(
            source=f"inbox.task:{task.id}#follow-up",
            kind="follow-up",
            patient_id=task.patient_id,
            owner_id=owner_id,
            department_id=follow_up.department_id,
            subject=follow_up.subject.strip(),
            marks={f"inbox.task:{task.id}": task.labels},
            labels=task.labels,
            route=task.route,
            route_args=task.route_args,
            requester_id=act.practitioner_id,
            requester_name=act.by_name,
            watchers=[act.practitioner_id] if act.practitioner_id and owner_id != act.practitioner_id else [],
            follows_id=task.id,
        ),
        follow_up.due_at,
    )


@transaction.atomic
def delegate_task(
    act: Act,
    *,
    task_id: UUID,
    owner_id: UUID | None = None,
    department_id: UUID | None = None,
    words: str = "",
    version: int | None = None,
) -> Task:
    """Give it on to a colleague or a department; the giver sees it until it is done, and the clock goes on for them.

    :raises Invalid: if nobody there looks into an inbox
    """
    act.require(WORK)
    task = locked(act, task_id, version, to_read=False)
    require_open_task(task)
    if set(inboxes(act)).isdisjoint([*task.holders, *task.watchers]):
        raise NotYours
    _short(words)
    if wrong := whom_not(act, owner_id, department_id):
        raise Invalid(**wrong)
    before = [*task.holders, *task.watchers]
    giver = [act.practitioner_id] if act.practitioner_id else []
    entrust(act, task, owner_id, department_id)
    task.watchers = [one for one in _with(before, giver) if one not in task.holders]
    task.status = "requested"
    called = _count_anew(act, task)
    task.save(update_fields=["owner_id", "department_id", "status", "holders", "watchers", *_CLOCK])
    note(act, task, "delegated", to=[owner_id or department_id], words=words)
    tell_of_the_call(act, task, called)
    announce(
        act,
        TaskDelegated(
            task_id=task.id,
            patient_id=task.patient_id,
            kind=task.kind,
            owner_id=owner_id,
            department_id=department_id,
            relates=relates(act, task),
        ),
    )
    tell([*before, *task.holders])
    return task


@transaction.atomic
def cancel_task(act: Act, *, task_id: UUID, reason: str, version: int | None = None) -> Task:
    """Say why it is no longer wanted: whoever has it, or gave it.

    :raises Invalid: without a reason
    :raises EndsElsewhere: for what only its room may take back
    """
    act.require(WORK)
    _short(reason)
    if not reason.strip():
        raise Invalid(reason=_("Say why this is no longer wanted."))
    task = locked(act, task_id, version)
    require_open_task(task)
    if task.kind not in rules.BY_HAND or rules.ends_elsewhere(task.kind, task.route):
        raise EndsElsewhere(
            _("This follows from a record and cannot be cancelled here. Acknowledge it, or give it on.")
        )
    if set(inboxes(act)).isdisjoint([*task.holders, *task.watchers]):
        raise NotYours
    task.status, task.ended_at, task.escalates_at = "cancelled", act.at, None
    task.ended_by_id, task.ended_by_name, task.end_reason = act.by, act.by_name, reason.strip()
    task.save(update_fields=["status", "ended_at", "escalates_at", "ended_by_id", "ended_by_name", "end_reason"])
    note(act, task, "cancelled", words=reason)
    announce(act, TaskCancelled(task_id=task.id, patient_id=task.patient_id, kind=task.kind))
    tell([*task.holders, *task.watchers])
    return task


@transaction.atomic
def comment_on_task(act: Act, *, task_id: UUID, words: str) -> Task:
    """Say something beside a task; whoever may read it may."""
    act.require(WORK)
    _short(words)
    if not words.strip():
        raise Invalid(words=_("Write something."))
    task = locked(act, task_id)
    note(act, task, "commented", words=words)
    act.shows(*([task.patient_id] if task.patient_id else []), action="write")
    tell([*task.holders, *task.watchers])
    return task


#: what is changed when the rungs count anew
_CLOCK = ("counted_from", "climbed", "escalates_at")


def _count_anew(act: Act, task: Task) -> list[tuple[str, list[UUID]]]:
    """Whoever has it now has a while, then those who stand in for him are told; returns who was called at once."""
    ladder = ladder_of(act, task.kind, task.mark)
    task.counted_from, task.climbed = rules.counted_anew(ladder, task.due_at, act.at), 0
    return climb(act, task, ladder)


def _held(act: Act, task_id: UUID, version: int | None = None) -> Task:
    """The task, open and in the doer's own inbox, locked."""
    task = locked(act, task_id)
    require_open_task(task)
    require_held(act, task)
    if version is not None and task.version != version:
        raise Ended(_("Somebody changed this meanwhile. Look at what it says now."))
    return task


def _with(known: Sequence[UUID], more: Sequence[UUID]) -> list[UUID]:
    return [*known, *(one for one in more if one not in known)]


def _short(words: str) -> None:
    if len(words) > LONGEST:
        raise Invalid(_("This is too long: at most %(n)s characters.") % {"n": LONGEST})
