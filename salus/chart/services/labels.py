"""Marking entries of the record as sensitive."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from salus.chart.facts import EntryLabelled
from salus.chart.models import Document, Note
from salus.chart.queries.entries import entry_to_label
from salus.chart.sockets import markable
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Stale
from salus.patients.access.labels import known
from salus.patients.access.reading import require_open


@transaction.atomic
def set_labels(act: Act, *, patient_id: UUID, kind: str, entry_id: UUID, version: int, labels: Sequence[str]) -> Any:
    """Say with which labels an entry is sensitive; none makes it readable to all who may open the record.

    :raises Barred: if the record is not open to the doer
    :raises NotFound: if it is none of this patient's that the doer may read
    :raises Stale: if somebody changed it since it was read
    """
    act.require("patients.set_labels")
    require_open(act, patient_id)
    row = entry_to_label(act, patient_id, kind, entry_id)
    row = type(row).objects.select_for_update(no_key=True).get(id=row.id)
    if row.version != version:
        raise Stale
    before, row.labels = set(row.labels), known(labels)
    row.save(update_fields=["labels"])
    if kind == "note":
        _mark_along(act, row, before)
    elif kind in markable:
        markable[kind].along(act, row, before)
    announce(act, EntryLabelled(patient_id=patient_id, kind=kind, entry_id=entry_id, labels=tuple(row.labels)))
    return row


def _mark_along(act: Act, note: Note, before: set[str]) -> None:
    """What was added to a note says the same, and the paper that is kept of it: they are as sensitive as the note."""
    added, paper = Note.objects.filter(addendum_to=note), Document.objects.filter(source=f"chart.note:{note.id}")
    for one in [*added.select_for_update(no_key=True).order_by("id"), *paper.select_for_update(no_key=True)]:
        one.labels = known((set(one.labels) - before) | set(note.labels))
        one.save(update_fields=["labels"])
        kind = "note" if isinstance(one, Note) else "document"
        announce(act, EntryLabelled(patient_id=note.patient_id, kind=kind, entry_id=one.id, labels=tuple(one.labels)))
