"""Notes and papers that another program hands over: kept as they came, signed by nobody here, amended where they were written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import PaperReceived
from salus.chart.models import Document, Note
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.ids import uuid7
from salus.staff.models import StaffMember

RIGHT = "chart.keep_document"
#: what came from elsewhere; the lock of what was signed here leaves it alone
NOTE, PAPER = "fhir.composition:", "fhir.source:"


class NotFromElsewhere(Conflict):
    """This was written here: it is signed, added to and taken back here, by its author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedNote:
    """A note as it was written elsewhere: `form` and `sections` as in `Note`; `authors` are the practitioners it names."""

    title: str
    form: Sequence[Mapping[str, str]]
    sections: Mapping[str, str]
    written_at: datetime
    template_kind: str = "consultation"
    code_system: str = ""
    code: str = ""
    display: str = ""
    codings: Any = None
    author_id: UUID | None = None
    author_name: str = ""
    authors: Sequence[UUID] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPaper:
    """What is said of a resource that is kept whole."""

    title: str
    status: str = ""
    at: datetime | None = None
    author_name: str = ""


@transaction.atomic
def receive_note(act: Act, *, patient_id: UUID, encounter_id: UUID | None, told: ReceivedNote) -> Note:
    """Keep a note that was written elsewhere, to be read.

    :raises Invalid: if it names somebody of this house as its author: nobody signs for another
    """
    act.require(RIGHT)
    standing(act, patient_id, encounter_id)
    _written_elsewhere(told)
    note = Note(
        id=uuid7(),
        patient_id=patient_id,
        encounter_id=encounter_id,
        status=Note.SIGNED,
        signed_at=told.written_at,
        recorded_by_id=act.by,
        **_columns(told),
    )
    note.source = f"{NOTE}{note.id}"
    note.save(force_insert=True)
    announce(act, PaperReceived(patient_id=patient_id, paper_id=note.id, kind="Composition", status="final"))
    return note


@transaction.atomic
def amend_received_note(act: Act, *, patient_id: UUID, note_id: UUID, version: int, told: ReceivedNote) -> Note:
    """Take over what its author changed in a note from elsewhere.

    :raises NotFromElsewhere: if it was written here
    """
    act.require(RIGHT)
    note = _note(act, patient_id, note_id, version)
    _written_elsewhere(told)
    changes = _columns(told) | {"signed_at": told.written_at}
    for name, value in changes.items():
        setattr(note, name, value)
    note.save(update_fields=list(changes))
    announce(act, PaperReceived(patient_id=patient_id, paper_id=note.id, kind="Composition", status="amended"))
    return note


@transaction.atomic
def void_received_note(act: Act, *, patient_id: UUID, note_id: UUID, version: int, reason: str) -> Note:
    """A note from elsewhere was entered in error; it stays, struck out.

    :raises NotFromElsewhere: if it was written here
    """
    act.require(RIGHT)
    note = _note(act, patient_id, note_id, version)
    note.void(act, reason)
    announce(act, PaperReceived(patient_id=patient_id, paper_id=note.id, kind="Composition", status="entered-in-error"))
    return note


@transaction.atomic
def receive_paper(act: Act, *, patient_id: UUID, encounter_id: UUID | None, kind: str, told: ReceivedPaper) -> Document:
    """Keep a resource of this FHIR type whole, as a paper of the patient; who calls keeps its text."""
    act.require(RIGHT)
    standing(act, patient_id, encounter_id)
    paper = Document(id=uuid7(), patient_id=patient_id, encounter_id=encounter_id, kind=f"fhir:{kind}", **asdict(told))
    paper.source, paper.origin, paper.recorded_by_id = f"{PAPER}{paper.id}", "fhir", act.by
    paper.save(force_insert=True)
    announce(act, PaperReceived(patient_id=patient_id, paper_id=paper.id, kind=kind, status=told.status))
    return paper


@transaction.atomic
def amend_received_paper(act: Act, *, patient_id: UUID, paper_id: UUID, told: ReceivedPaper) -> Document:
    """Take over what was changed in a paper that is kept whole; entered in error, it is struck out."""
    act.require(RIGHT)
    rows = Document.objects.visible_to(act).select_for_update(no_key=True, of=("self",))
    paper = rows.get(id=paper_id, patient_id=patient_id, kind__startswith="fhir:")
    for name, value in asdict(told).items():
        setattr(paper, name, value)
    if told.status == "entered-in-error" and paper.voided_at is None:
        paper.void(act, _("Told by another program"), *asdict(told))
    else:
        paper.save(update_fields=list(asdict(told)))
    kind = paper.kind.removeprefix("fhir:")
    announce(act, PaperReceived(patient_id=patient_id, paper_id=paper.id, kind=kind, status=told.status))
    return paper


def _note(act: Act, patient_id: UUID, note_id: UUID, version: int) -> Note:
    rows = Note.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    note = rows.get(id=note_id, patient_id=patient_id)
    if note.version != version:
        raise Stale
    if not (note.source or "").startswith(NOTE):
        raise NotFromElsewhere
    return note


def _written_elsewhere(told: ReceivedNote) -> None:
    if StaffMember.objects.filter(practitioner_id__in=told.authors).exists():
        raise Invalid(author=_("What somebody of this house writes is signed here, by who wrote it."))


def _columns(told: ReceivedNote) -> dict[str, Any]:
    names = ("title", "form", "sections", "written_at", "template_kind", "code_system", "code", "display", "codings")
    return {name: getattr(told, name) for name in (*names, "author_id", "author_name")}
