"""Letters and visit summaries after the signature: kept on paper, shown to the patient."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart import letters
from salus.chart.facts import LetterShown
from salus.chart.models import Document, DocumentPage, Note, NoteSetting
from salus.chart.note_types import KINDS, LOINC
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Stale
from salus.core.files import keep_file
from salus.patients.access.reading import require_open


class NotShown(Conflict):
    """This letter cannot be shown: the hospital shows none, or it waits for a second signature."""


@transaction.atomic
def show_letter(act: Act, *, patient_id: UUID, note_id: UUID, version: int, show: bool) -> Note:
    """Show a signed letter or summary to the patient at the patients' own door, or no longer.

    :raises NotShown: if the hospital shows no letters, or it waits for a second signature
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.show_letter")
    require_open(act, patient_id)
    rows = Note.objects.of_patient(act, patient_id).valid().filter(audience="patient")
    note = rows.select_for_update(no_key=True, of=("self",)).get(id=note_id)
    if note.version != version:
        raise Stale
    if show and (note.waits_for_cosign or NoteSetting.objects.filter(facility=act.here, letters_are_shown=False)):
        raise NotShown
    note.shown_at = act.at if show else None
    note.save(update_fields=["shown_at"])
    announce(act, LetterShown(patient_id=patient_id, note_id=note.id, is_shown=show))
    return note


@transaction.atomic
def file_letter(act: Act, *, patient_id: UUID, note_id: UUID) -> Document:
    """Keep a signed letter as a document of the patient, as it is printed; once, however often it is asked for."""
    act.require("chart.file_letter")
    note = Note.objects.select_for_update(no_key=True).get(id=note_id, patient_id=patient_id)
    source = f"chart.note:{note.id}"
    kept = Document.objects.filter(source=source).first()
    if kept is not None:
        return kept
    kind = KINDS[note.template_kind]
    document = Document(
        patient_id=patient_id,
        encounter_id=note.encounter_id,
        kind=Document.KEPT,
        status="current",
        code_system=LOINC,
        code=kind.code,
        display=kind.display,
        title=_(note.title),
        at=note.signed_at,
        author_name=note.author_name,
        origin="letter",
        labels=note.labels,
        source=source,
        voided_at=note.voided_at,
        voided_by_id=note.voided_by_id,
        void_reason=note.void_reason,
        recorded_by_id=note.recorded_by_id,
    )
    document.save(force_insert=True)
    file = keep_file(act, letters.paper(act, note), media_type="application/pdf", patient_id=patient_id)
    DocumentPage.objects.create(document=document, number=1, file=file, recorded_by_id=note.recorded_by_id)
    return document
