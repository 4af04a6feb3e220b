"""Notes as they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from salus.chart.models import Condition, Note
from salus.chart.note_types import BUILT_IN, KINDS
from salus.core.act import Act
from salus.patients import access
from salus.patients.access.reading import decision_on


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a signed note: `copied` is from which note it was copied, with what was changed since (`Note.copied`)."""

    label: str
    text: str
    copied: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NoteView:
    """A signed note with the words of its diagnoses and what was added to it."""

    note: Note
    diagnoses: Sequence[Mapping[str, Any]] = ()
    addenda: Sequence[Note] = ()

    @property
    def title(self) -> str:
        """Its type in words."""
        return _(self.note.title) if self.note.title else ""

    @property
    def right(self) -> str:
        """What is needed to write, and to add to, notes of this kind."""
        return KINDS[self.note.template_kind].right

    @property
    def parts(self) -> list[Part]:
        """Its sections in the order of the template that it was written by, without empty ones."""
        return parts_of(self.note)


def parts_of(note: Note) -> list[Part]:
    """The sections of a note as its template had them."""
    form = note.form or BUILT_IN["consultation"].form()
    return [
        Part(_(one["label"]), note.sections[one["name"]], note.copied.get(one["name"]))
        for one in form
        if note.sections.get(one["name"])
    ]


def notes_of(act: Act, patient_id: UUID, limit: int = 30) -> list[NoteView]:
    """The patient's notes with their addenda, newest first; three statements."""
    notes = Note.objects.of_patient(act, patient_id).filter(kind="consultation", status=Note.SIGNED)
    return _views(act, list(notes.select_related("cosigner").order_by("-written_at")[:limit]))


def note_of(act: Act, patient_id: UUID, note_id: UUID) -> NoteView:
    """One note; an addendum leads to the note that it was added to.

    :raises Note.DoesNotExist: if it is none of this patient's
    """
    notes = Note.objects.of_patient(act, patient_id).filter(kind="consultation", status=Note.SIGNED)
    added_to = Note.objects.filter(id=note_id).values("addendum_to_id")
    note = notes.select_related("cosigner").get(Q(id=note_id) | Q(id__in=added_to))
    return _views(act, [note])[0]


def told_history(act: Act, patient_id: UUID) -> Note | None:
    """The newest history that the patient told, for whoever may open the record; the front desk sees what it wrote itself."""
    act.require_any("patients.open", "chart.record_told_history")
    tellings = Note.objects.valid().filter(patient_id=patient_id, kind="history")
    decided = decision_on(act, patient_id)
    mine = Q(recorded_by_id=act.by, patient__facility_id=act.facility_id)
    tellings = tellings.filter(access.shown(act, decided) if decided.allows else mine)
    return tellings.order_by("-written_at", "-id").first()


def _views(act: Act, notes: list[Note]) -> list[NoteView]:
    if not notes:
        return []
    wanted = {condition for note in notes for condition in note.diagnoses}
    of = notes[0].patient_id
    found = Condition.objects.of_patient(act, of).filter(id__in=wanted)
    conditions = found.values("id", "code", "display", "voided_at") if wanted else ()
    named = {row["id"]: row for row in conditions}
    added: dict[UUID, list[Note]] = {}
    for one in Note.objects.of_patient(act, of).valid().filter(addendum_to__in=notes).order_by("written_at"):
        assert one.addendum_to_id is not None
        added.setdefault(one.addendum_to_id, []).append(one)
    return [
        NoteView(note, [named[one] for one in note.diagnoses if one in named], added.get(note.id, ())) for note in notes
    ]
