"""Threads about a patient, with who has read what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Max

from salus.core.act import Act
from salus.inbox.models import Communication, Receipt, Thread, inboxes
from salus.inbox.queries.people import names_of


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
            to=", ".join(names.get(to, "") for to in (*one.to_practitioners, *one.to_departments)),
            is_own=one.sender_id == act.practitioner_id,
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
