"""Messages are marked as sensitive by hand; as what they are about is, they are by the database (migration 0009)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import NotFound, Stale
from salus.inbox.about import hold, subject_of
from salus.inbox.facts import ThreadLabelled
from salus.inbox.models import Communication, Thread
from salus.patients.access.labels import known
from salus.patients.access.reading import require_open


@transaction.atomic
def mark_thread(act: Act, *, thread_id: UUID, labels: Sequence[str], seen: Sequence[str] | None = None) -> Thread:
    """Say with which labels the messages of a thread are sensitive, beside those of the entry that they are about.

    What one may not read of it keeps its own.

    :param seen: the labels that it had when these were chosen
    :raises NotFound: if there is nothing of it that the act may read
    :raises Stale: if somebody marked it otherwise since
    """
    act.require("patients.set_labels")
    asked = Thread.objects.filter(id=thread_id, facility_id=act.here)
    about = asked.values_list("about", flat=True).first()
    if about:
        hold([about])
    thread = asked.select_for_update(no_key=True).first()
    if thread is None:
        raise NotFound
    require_open(act, thread.patient_id)
    read = Communication.objects.of_patient(act, thread.patient_id).filter(thread=thread)
    if not read.exists():
        raise NotFound
    if seen is not None and known(seen) != known(thread.labels):
        raise Stale
    thread.labels = known(labels)
    thread.save(update_fields=["labels"])
    marks = known([*subject_of(act, thread.patient_id, thread.about).labels, *thread.labels])
    read.exclude(labels=marks).update(labels=marks)  # their tasks follow
    announce(act, ThreadLabelled(patient_id=thread.patient_id, thread_id=thread.id, labels=tuple(thread.labels)))
    return thread
