"""Notes as they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from salus.chart.models import Condition, Note
from salus.core.act import Act


@dataclass(frozen=True, slots=True)
class NoteView:
    """A signed note with the words of its diagnoses and what was added to it."""

    note: Note
    diagnoses: Sequence[Mapping[str, Any]] = ()
    addenda: Sequence[Note] = ()


def notes_of(act: Act, patient_id: UUID, limit: int = 30) -> list[NoteView]:
    """The patient's notes with their addenda, newest first; three statements."""
    notes = Note.objects.visible_to(act).filter(patient_id=patient_id, kind="consultation", status=Note.SIGNED)
    return _views(act, list(notes.order_by("-written_at")[:limit]))


def note_of(act: Act, patient_id: UUID, note_id: UUID) -> NoteView:
    """One note; an addendum leads to the note that it was added to.

    :raises Note.DoesNotExist: if it is none of this patient's
    """
    notes = Note.objects.visible_to(act).filter(patient_id=patient_id, kind="consultation", status=Note.SIGNED)
    note = notes.get(Q(id=note_id) | Q(addenda=note_id))
    return _views(act, [note])[0]


def told_history(act: Act, patient_id: UUID) -> Note | None:
    """The newest history that the patient told, for whoever may open the record or asks for it."""
    if not act.may_any("patients.open", "chart.record_told_history"):
        return None
    tellings = (
        Note.objects.valid()
        .filter(patient_id=patient_id, kind="history")
        .filter(Q(patient__facility_id=act.facility_id))
    )
    return tellings.order_by("-written_at", "-id").first()


def _views(act: Act, notes: list[Note]) -> list[NoteView]:
    if not notes:
        return []
    wanted = {condition for note in notes for condition in note.diagnoses}
    conditions = Condition.objects.filter(id__in=wanted).values("id", "code", "display", "voided_at") if wanted else ()
    named = {row["id"]: row for row in conditions}
    added: dict[UUID, list[Note]] = {}
    for one in Note.objects.valid().filter(addendum_to__in=notes).order_by("written_at"):
        assert one.addendum_to_id is not None
        added.setdefault(one.addendum_to_id, []).append(one)
    return [
        NoteView(note, [named[one] for one in note.diagnoses if one in named], added.get(note.id, ())) for note in notes
    ]
