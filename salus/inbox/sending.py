"""One message: what may be wrong with it, and how it comes into a thread and into inboxes, whoever writes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.ids import uuid7
from salus.inbox import rules
from salus.inbox.facts import CommunicationSent
from salus.inbox.keeping import LONGEST, REFERS, put
from salus.inbox.models import Communication, Task, Thread
from salus.inbox.queries import people
from salus.places.models import Department

#: one message goes to so many at most
_MOST = 20


def locked_thread(seen: QuerySet[Communication]) -> Thread | None:
    """The thread of messages that the doer may read, held until the act commits; None where there is none of them.

    Whoever marks it at that moment marks what is written now too, or is followed by it.
    """
    return Thread.objects.select_for_update(no_key=True).filter(id__in=seen.values("thread_id")).first()


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
        marks={f"inbox.communication:{sent.id}": sent.labels},
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
