"""Threads about a patient, with who has read what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Subquery
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.inbox.models import Communication, Receipt, Thread, inboxes
from salus.inbox.queries.people import names_of
from salus.places.models import Department


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it is shown: to whom, who has read and who has acknowledged it."""

    communication: Communication
    to: str
    is_own: bool
    read_by: Sequence[str] = field(default_factory=list)
    acknowledged_by: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ThreadShown:
    """A thread, oldest message first; `to_answer` is the last one of somebody else."""

    thread: Thread
    said: Sequence[Said]
    parties: str
    to_answer: Communication | None
    is_unread: bool


def thread_of(act: Act, thread: Thread) -> ThreadShown:
    """What was written in a thread, as far as this act may read it. Four statements."""
    rows = list(
        Communication.objects.of_patient(act, thread.patient_id).filter(thread=thread).order_by("sent_at", "id")
    )
    receipts = Receipt.objects.filter(communication_id__in=[one.id for one in rows]).order_by("id")
    seen: dict[tuple[UUID, str], list[str]] = {}
    own_read = set()
    for one in receipts:
        seen.setdefault((one.communication_id, one.kind), []).append(one.by_name)
        if one.by_id == act.by:
            own_read.add(one.communication_id)
    names = names_of(
        act, {*thread.parties, *(to for one in rows for to in (*one.to_practitioners, *one.to_departments))}
    )
    said = [
        Said(
            communication=one,
            to=_("the patient")
            if one.is_to_patient
            else ", ".join(names.get(to, "") for to in (*one.to_practitioners, *one.to_departments)),
            is_own=one.sender_id == act.practitioner_id and not one.is_from_patient,
            read_by=seen.get((one.id, Receipt.READ), []),
            acknowledged_by=seen.get((one.id, Receipt.ACKNOWLEDGED), []),
        )
        for one in rows
    ]
    others = [one.communication for one in said if not one.is_own]
    return ThreadShown(
        thread=thread,
        said=said,
        parties=", ".join(filter(None, (names.get(one, "") for one in thread.parties))),
        to_answer=others[-1] if others else (rows[-1] if rows else None),
        is_unread=any(one.id not in own_read for one in others),
    )


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread on the patient's page."""

    thread: Thread
    messages: int
    last_at: object
    is_mine: bool


def threads_of(act: Act, patient_id: UUID, *, most: int = 50) -> list[ThreadLine]:
    """The threads about a patient, the newest first; none where the record is not open. One statement."""
    rows = Communication.objects.of_patient(act, patient_id).values("thread_id")
    found = rows.annotate(messages=Count("id"), last_at=Max("sent_at")).order_by("-last_at")[:most]
    counted = {one["thread_id"]: one for one in found}
    threads = Thread.objects.in_bulk(list(counted))
    own = set(inboxes(act))
    return [
        ThreadLine(threads[one], said["messages"], said["last_at"], not own.isdisjoint(threads[one].parties))
        for one, said in counted.items()
    ]


@dataclass(frozen=True, slots=True)
class Question:
    """A thread with the patient as the patient sees it; `is_answered` if the last word is the care team's."""

    thread: Thread
    team: str
    last_at: datetime
    is_answered: bool


def questions_of(act: Act, patient_id: UUID, *, most: int = 50) -> list[Question]:
    """What the patient and the care team wrote to each other, by thread, the newest first. Two statements."""
    rows = Communication.objects.own(act, patient_id)
    act.shows(patient_id)
    last = rows.filter(thread=OuterRef("id")).order_by("-sent_at", "-id")
    threads = Thread.objects.filter(id__in=rows.values("thread_id")).annotate(
        last_at=Subquery(last.values("sent_at")[:1]), is_answered=Subquery(last.values("is_to_patient")[:1])
    )
    found = list(threads.order_by("-last_at", "-id")[:most])
    teams = Department.objects.in_bulk({one.parties[0] for one in found})
    return [Question(one, teams[one.parties[0]].name, one.last_at, one.is_answered) for one in found]


def question_of(act: Act, patient_id: UUID, thread_id: UUID) -> tuple[Question, list[Communication]] | None:
    """One of them, and what was written, oldest first; None where it is none of this patient's. Two statements."""
    rows = Communication.objects.own(act, patient_id).filter(thread_id=thread_id).select_related("thread")
    said = list(rows.order_by("sent_at", "id"))
    if not said:
        return None
    act.shows(patient_id)
    thread = said[0].thread
    team = Department.objects.get(id=thread.parties[0]).name
    return Question(thread, team, said[-1].sent_at, said[-1].is_to_patient), said
