"""Letters and summaries that a patient reads: signed, whole, shown by a clinician, where the hospital shows any."""

from uuid import UUID

from django.db.models import QuerySet

from salus.chart.models import Note, NoteSetting
from salus.chart.queries.notes import NoteView
from salus.core.act import Act
from salus.portal.queries.record import PAGE, SEE


def letters_of(act: Act, patient_id: UUID) -> list[Note]:
    """The letters of a patient that he reads, the newest first."""
    act.require_for(patient_id, SEE)
    act.shows(patient_id)
    return list(_shown(act, patient_id).order_by("-written_at", "-id")[:PAGE])


def letter_of(act: Act, patient_id: UUID, note_id: UUID) -> NoteView | None:
    """One of them, or None: what is not shown looks as if it were not there."""
    act.require_for(patient_id, SEE)
    act.shows(patient_id)
    note = _shown(act, patient_id).filter(id=note_id).first()
    return NoteView(note) if note else None


def _shown(act: Act, patient_id: UUID) -> QuerySet[Note]:
    rows = Note.objects.of_patient(act, patient_id).valid().filter(audience="patient", status=Note.SIGNED)
    rows = rows.filter(shown_at__lte=act.at).exclude(needs_cosign=True, cosigned_at=None)
    return rows.exclude(patient__facility__in=NoteSetting.objects.filter(letters_are_shown=False).values("facility"))
