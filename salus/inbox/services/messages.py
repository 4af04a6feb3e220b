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
from salus.core.ids import uuid7
from salus.inbox import rules
from salus.inbox.about import subject_of
from salus.inbox.facts import CommunicationSent, TaskCompleted
from salus.inbox.keeping import LONGEST, REFERS, note, put, tell
from salus.inbox.models import VIEW, WRITE, Communication, Receipt, Task, Thread, inboxes
from salus.inbox.queries import people
from salus.inbox.rules import OPEN
from salus.patients.access.labels import known
from salus.patients.access.reading import require_open
from salus.places.models import Department

#: one message goes to so many at most
_MOST = 20


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
    # The thread first: whoever marks it at this moment marks the answer too, or is followed by it.
    of_it = seen.filter(id=communication_id).values("thread_id")
    thread = Thread.objects.select_for_update(no_key=True).filter(id__in=of_it).first()
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


def send(
    act: Act,
    thread: Thread,
    body: str,
    practitioner_ids: Sequence[UUID],
    department_ids: Sequence[UUID],
    priority: str,
    answer_by: datetime | None,
    *,
    labels: Sequence[str],
    answers: Communication | None = None,
    identity: UUID | None = None,
    is_from_patient: bool = False,
) -> Communication:
    """Write one message into a thread, and have it stand in the inbox of each who is written to."""
    sent = Communication.objects.create(
        id=identity or uuid7(),
        facility_id=act.here,
        thread=thread,
        patient_id=thread.patient_id,
        sender_id=None if is_from_patient else act.practitioner_id,
        sender_name=act.by_name,
        to_practitioners=list(dict.fromkeys(practitioner_ids)),
        to_departments=list(dict.fromkeys(department_ids)),
        is_from_patient=is_from_patient,
        is_to_patient=thread.is_with_patient and not is_from_patient,
        body=body.strip(),
        labels=list(labels),
        priority=priority,
        sent_at=act.at,
        answers=answers,
        answer_by=answer_by,
        recorded_by_id=act.by,
    )
    for owner, place in [(one, None) for one in sent.to_practitioners] + [(None, one) for one in sent.to_departments]:
        put(act, _task_of(act, thread, sent, owner, place), sent.answer_by)
    announce(
        act,
        CommunicationSent(
            communication_id=sent.id,
            thread_id=thread.id,
            patient_id=sent.patient_id,
            practitioner_ids=tuple(sent.to_practitioners),
            department_ids=tuple(sent.to_departments),
            relates=is_from_patient or act.may(REFERS),
            is_to_patient=sent.is_to_patient,
        ),
    )
    return sent


def _task_of(act: Act, thread: Thread, sent: Communication, owner: UUID | None, place: UUID | None) -> Task:
    return Task(
        source=f"inbox.communication:{sent.id}#{owner or place}",
        kind="message",
        patient_id=sent.patient_id,
        owner_id=owner,
        department_id=place,
        subject=thread.subject,
        about=thread.about,
        labels=sent.labels,
        route="inbox:thread",
        route_args={"thread_id": str(thread.id), "communication_id": str(sent.id)},
        priority=sent.priority,
        requester_id=act.practitioner_id,
        requester_name=act.by_name,
    )


def wrong_in(
    act: Act,
    body: str,
    practitioner_ids: Sequence[UUID],
    department_ids: Sequence[UUID],
    priority: str,
    answer_by: datetime | None,
    *,
    is_answer: bool = False,
) -> dict[str, str]:
    """What cannot be of a message, by the field to mend."""
    wrong: dict[str, str] = {}
    if not body.strip() or len(body) > LONGEST:
        wrong["body"] = _("Write something, of at most %(n)s characters.") % {"n": LONGEST}
    if priority not in rules.PRIORITIES:
        wrong["priority"] = _("Choose how soon.")
    if answer_by is not None and answer_by <= act.at:
        wrong["answer_by"] = _("This time is over.")
    if is_answer:
        return wrong
    if not practitioner_ids and not department_ids:
        wrong["to"] = _("Choose a colleague or a department.")
    elif len(set(practitioner_ids)) + len(set(department_ids)) > _MOST:
        wrong["to"] = _("Write to at most %(n)s at once.") % {"n": _MOST}
    elif people.with_an_inbox(act).filter(practitioner_id__in=practitioner_ids).count() < len(set(practitioner_ids)):
        wrong["to"] = _("Somebody of them does not look into an inbox here. Choose somebody else, or a department.")
    else:
        here = Department.objects.filter(facility_id=act.here, retired_at=None, id__in=department_ids)
        if here.count() < len(set(department_ids)):
            wrong["to"] = _("There is no such department.")
    return wrong


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
