"""Writing to colleagues and departments about a patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid
from salus.inbox.about import subject_of
from salus.inbox.facts import TaskCompleted
from salus.inbox.keeping import note, tell
from salus.inbox.models import VIEW, WRITE, Communication, Receipt, Task, Thread, inboxes
from salus.inbox.rules import OPEN
from salus.inbox.sending import locked_thread, send, wrong_in
from salus.patients.access.labels import known
from salus.patients.access.reading import require_open


@transaction.atomic
def send_message(
    act: Act,
    *,
    patient_id: UUID,
    subject: str,
    body: str,
    practitioner_ids: Sequence[UUID] = (),
    department_ids: Sequence[UUID] = (),
    priority: str = "routine",
    answer_by: datetime | None = None,
    identity: UUID | None = None,
    about: str = "",
    labels: Sequence[str] = (),
) -> Communication:
    """Begin a thread about a patient; each who is written to has it in the inbox until he or she acknowledges or answers.

    :param about: the entry that it is about, as a source (`chart.note:<id>`), whose labels the messages have
    :param labels: further ones, given by hand: they stay whatever becomes of those of the entry
    :raises Invalid: for what cannot be, with the field to mend
    :raises NotFound: if it is about what the act may not read
    """
    act.require(WRITE)
    require_open(act, patient_id)
    own_marks = known(labels)
    marks = known([*subject_of(act, patient_id, about).labels, *own_marks])
    wrong = wrong_in(act, body, practitioner_ids, department_ids, priority, answer_by)
    if not subject.strip() or len(subject) > 200:
        wrong["subject"] = _("Say in one line what it is about.")
    if wrong:
        raise Invalid(**wrong)
    own = [act.practitioner_id] if act.practitioner_id else []
    thread = Thread.objects.create(
        facility_id=act.here,
        patient_id=patient_id,
        subject=subject.strip(),
        about=about,
        labels=own_marks,
        parties=list(dict.fromkeys([*own, *practitioner_ids, *department_ids])),
        begun_at=act.at,
        recorded_by_id=act.by,
    )
    sending = (body, practitioner_ids, department_ids, priority, answer_by)
    return send(act, thread, *sending, labels=marks, identity=identity)


@transaction.atomic
def answer_message(
    act: Act,
    *,
    communication_id: UUID,
    body: str,
    answer_by: datetime | None = None,
    labels: Sequence[str] = (),
    identity: UUID | None = None,
) -> Communication:
    """Answer whoever wrote, and the others who were written to; what stood in one's own inbox of this thread is done. In a
    thread with the patient it goes to the patient.

    :param labels: those that the answer has beside those of what it answers
    :raises NotFound: for what one may not read
    """
    act.require(WRITE)
    seen = Communication.objects.visible_to(act)
    thread = locked_thread(seen.filter(id=communication_id))  # before the message, as everywhere
    asked = seen.select_for_update(of=("self",), no_key=True).get(id=communication_id)
    assert thread is not None
    own = {act.practitioner_id} if act.practitioner_id else set()
    places = [one for one in asked.to_departments if one not in act.places]
    named = [one for one in ([asked.sender_id] if asked.sender_id else []) + asked.to_practitioners if one not in own]
    people_now = list(dict.fromkeys(named))
    if thread.is_with_patient:
        people_now, places = [], []
    elif not people_now and not places:  # an answer to oneself goes to the same ones again
        people_now, places = list(asked.to_practitioners), list(asked.to_departments)
    wrong = wrong_in(act, body, people_now, places, asked.priority, answer_by, is_answer=True)
    if wrong:
        raise Invalid(**wrong)
    if asked.answer_by is not None and asked.answered_at is None and asked.sender_id not in own:
        asked.answered_at = act.at
        asked.save(update_fields=["answered_at"])
    thread.parties = list(dict.fromkeys([*thread.parties, *own, *people_now, *places]))
    thread.labels = known([*thread.labels, *labels])
    thread.save(update_fields=["parties", "labels"])
    _settle(act, asked)
    sending = (body, people_now, places, asked.priority, answer_by)
    return send(act, thread, *sending, labels=known([*asked.labels, *labels]), answers=asked, identity=identity)


def _settle(act: Act, asked: Communication) -> None:
    """Who answers has seen to it: in the own inbox, and in that of the department for which he or she answers."""
    rows = Task.objects.select_for_update(no_key=True).filter(
        kind="message",
        patient_id=asked.patient_id,
        status__in=OPEN,
        holders__overlap=inboxes(act),
        route_args__communication_id=str(asked.id),
    )
    for task in rows.order_by("id"):
        task.status, task.ended_at, task.escalates_at = "completed", act.at, None
        task.ended_by_id, task.ended_by_name = act.by, act.by_name
        task.save(update_fields=["status", "ended_at", "escalates_at", "ended_by_id", "ended_by_name"])
        note(act, task, "completed", words=_("Answered"))
        announce(act, TaskCompleted(task_id=task.id, patient_id=task.patient_id, kind=task.kind))
        tell([*task.holders, *task.watchers])
    receipts = [
        Receipt(communication=asked, kind=kind, by_id=act.by, by_name=act.by_name, happened_at=act.at)
        for kind in (Receipt.READ, Receipt.ACKNOWLEDGED)
    ]
    Receipt.objects.bulk_create(receipts, ignore_conflicts=True)


@transaction.atomic
def mark_read(act: Act, *, thread_id: UUID) -> int:
    """Note that one has read what stands in a thread; returns how much of it was new."""
    act.require(VIEW)
    rows = Communication.objects.visible_to(act).filter(thread_id=thread_id).exclude(sender_id=act.practitioner_id)
    known = Receipt.objects.filter(communication__thread_id=thread_id, by_id=act.by, kind=Receipt.READ)
    fresh = list(rows.exclude(id__in=known.values("communication_id")).values_list("id", "patient_id"))
    Receipt.objects.bulk_create(
        [
            Receipt(communication_id=one, kind=Receipt.READ, by_id=act.by, by_name=act.by_name, happened_at=act.at)
            for one, _patient in fresh
        ],
        ignore_conflicts=True,
    )
    act.shows(*{patient for _one, patient in fresh})
    return len(fresh)
