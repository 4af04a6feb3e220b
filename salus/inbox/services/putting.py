"""Tasks begin: put by what follows from a fact, or given by a colleague; and what a fact ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid
from salus.core.ids import uuid7
from salus.inbox import keeping, rules
from salus.inbox.about import labels_in, marks_of, subject_of
from salus.inbox.facts import TaskCancelled, TaskCompleted
from salus.inbox.keeping import doer_of, put, tell
from salus.inbox.models import GIVE, PUT, Task
from salus.inbox.queries import people
from salus.patients.access import FIND
from salus.patients.access.labels import known
from salus.patients.access.reading import patient_known


@transaction.atomic
def put_task(
    act: Act,
    *,
    source: str,
    kind: str,
    patient_id: UUID | None,
    owner_id: UUID | None,
    department_id: UUID | None,
    subject: str,
    route: str,
    route_args: Mapping[str, str],
    priority: str = "routine",
    due_at: datetime | None = None,
    mark: str = "",
    note: str = "",
    about: Sequence[str] = (),
    is_corrected: bool = False,
) -> Task:
    """Have something wait for a practitioner, or for the people of a department where `owner_id` is None; once a `source`.

    Without either it goes to the first department in which somebody looks. `mark` is what a result is: abnormal, critical;
    `is_corrected` is that it was otherwise before.

    :param about: every entry that its words tell of, as a source: it is as sensitive as they are, now and later
    """
    act.require(PUT)
    known = Task.objects.filter(source=source).first()
    if known is not None:
        return known
    marks = marks_of(about) if about else {}
    task = Task(
        source=source,
        kind=kind,
        mark=mark,
        patient_id=patient_id,
        owner_id=owner_id,
        department_id=department_id,
        subject=subject,
        note=note,
        marks=marks,
        labels=labels_in(marks),
        is_corrected=is_corrected,
        route=route,
        route_args=dict(route_args),
        priority=rules.urgency(priority, mark),
    )
    return put(act, task, due_at)


@transaction.atomic
def complete_task(act: Act, *, source: str) -> None:
    """What a task was about is done by the act itself: it ends, with those put under it (`<source>@...`).

    Without such a task, or where it is over, nothing happens.
    """
    act.require(PUT)
    for task in _open_of(act, source):
        _end(act, task, "completed")
        announce(act, TaskCompleted(task_id=task.id, patient_id=task.patient_id, kind=task.kind))


@transaction.atomic
def replace_task(act: Act, *, source: str, reason: str, but: UUID | None = None) -> None:
    """What a task was about no longer stands: it is cancelled with that reason, with those put under it but for one."""
    act.require(PUT)
    for task in (one for one in _open_of(act, source) if one.id != but):
        _end(act, task, "cancelled", reason)
        announce(act, TaskCancelled(task_id=task.id, patient_id=task.patient_id, kind=task.kind))


def _open_of(act: Act, source: str) -> list[Task]:
    rows = Task.objects.filter(Q(source=source) | Q(source__startswith=f"{source}@"), facility_id=act.here)
    return list(rows.filter(status__in=rules.OPEN).select_for_update(no_key=True, of=("self",)).order_by("id"))


def _end(act: Act, task: Task, status: str, reason: str = "") -> None:
    task.status, task.ended_at = status, act.at
    task.ended_by_id, task.ended_by_name, task.end_reason = act.on_behalf_of or act.by, doer_of(act), reason
    task.escalates_at = None
    task.save(update_fields=["status", "ended_at", "ended_by_id", "ended_by_name", "end_reason", "escalates_at"])
    keeping.note(act, task, status, words=reason)
    tell([*task.holders, *task.watchers])


@transaction.atomic
def give_task(
    act: Act,
    *,
    subject: str,
    owner_id: UUID | None = None,
    department_id: UUID | None = None,
    patient_id: UUID | None = None,
    kind: str = "task",
    priority: str = "routine",
    due_at: datetime | None = None,
    note: str = "",
    source: str = "",
    about: str = "",
    labels: Sequence[str] = (),
) -> Task:
    """Ask a colleague or the people of a department to do something; the giver sees it until it is done.

    :param about: the entry that it is about, as a source (`chart.note:<id>`), whose labels it has
    :param labels: further ones, given by hand: they stay whatever becomes of those of the entry
    :raises Invalid: for what cannot be, with the field to mend
    :raises NotFound: for a patient whom the act may not find, or what it may not read
    """
    act.require(GIVE)
    wrong = _wrong_in(act, subject, owner_id, department_id, kind, priority, due_at)
    if wrong:
        raise Invalid(**wrong)
    if patient_id is not None:
        patient_known(act, patient_id, to=FIND)
    own_marks = known(labels)
    marks = {about: list(subject_of(act, patient_id, about).labels)} if about else {}
    identity = uuid7()
    task = Task(
        id=identity,
        source=source or f"inbox.task:{identity}",
        kind=kind,
        patient_id=patient_id,
        owner_id=owner_id,
        department_id=department_id,
        subject=subject.strip(),
        note=note.strip(),
        about=about,
        marks=marks,
        labels=labels_in(marks, own_marks),
        own_labels=own_marks,
        priority=priority,
        requester_id=act.practitioner_id,
        requester_name=act.by_name,
        watchers=[act.practitioner_id] if act.practitioner_id and act.practitioner_id != owner_id else [],
    )
    return put(act, task, due_at)


def _wrong_in(
    act: Act,
    subject: str,
    owner_id: UUID | None,
    department_id: UUID | None,
    kind: str,
    priority: str,
    due_at: datetime | None,
) -> dict[str, str]:
    wrong = people.whom_not(act, owner_id, department_id)
    if not subject.strip() or len(subject) > 300:
        wrong["subject"] = _("Say in one line what is to be done.")
    if kind not in rules.BY_HAND:
        wrong["kind"] = _("Choose what kind of task it is.")
    if priority not in rules.PRIORITIES:
        wrong["priority"] = _("Choose how soon.")
    if due_at is not None and due_at <= act.at:
        wrong["due"] = _("This time is over.")
    return wrong
