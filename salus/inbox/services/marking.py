"""Messages are marked as sensitive: by hand, and as what they are about is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import NotFound, Stale
from salus.inbox.about import subject_of
from salus.inbox.facts import ThreadLabelled
from salus.inbox.models import PUT, Communication, Task, Thread
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
    thread = Thread.objects.select_for_update(no_key=True).filter(id=thread_id, facility_id=act.here).first()
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
    _mark(thread, read, known([*subject_of(act, thread.patient_id, thread.about).labels, *thread.labels]))
    announce(act, ThreadLabelled(patient_id=thread.patient_id, thread_id=thread.id, labels=tuple(thread.labels)))
    return thread


@transaction.atomic
def follow_labels(act: Act, *, about: str, labels: Sequence[str]) -> None:
    """What is written and to be done about an entry has the labels that the entry has now, beside those given by hand:
    also what is over.

    :param about: the entry as a source, under which tasks were put or about which somebody wrote
    """
    act.require(PUT)
    marks = known(labels)
    of_it = Q(about=about) | Q(source__startswith=f"{about}#")
    tasks = Task.objects.filter(of_it, facility_id=act.here)
    for own in list(tasks.order_by("own_labels").values_list("own_labels", flat=True).distinct()):
        wanted = known([*marks, *own])
        tasks.filter(own_labels=own).exclude(labels=wanted).update(labels=wanted)
    threads = Thread.objects.filter(about=about, facility_id=act.here).order_by("id")
    for thread in threads.select_for_update(no_key=True):
        _mark(thread, Communication.objects.filter(thread=thread), known([*marks, *thread.labels]))


def _mark(thread: Thread, sent: QuerySet[Communication], marks: list[str]) -> None:
    """The messages and the tasks that they are."""
    ids = list(sent.order_by("id").values_list("id", flat=True))
    Communication.objects.filter(id__in=ids).exclude(labels=marks).update(labels=marks)
    texts = [str(one) for one in ids]
    tasks = Task.objects.filter(kind="message", patient_id=thread.patient_id, route_args__communication_id__in=texts)
    tasks.exclude(labels=marks).update(labels=marks)
