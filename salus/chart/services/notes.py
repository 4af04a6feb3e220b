"""Notes: written as a draft by their type, signed once, then only added to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart import copying, drafts
from salus.chart.drafts import NoteDraft
from salus.chart.facts import CosignAsked, LetterSigned, NoteSigned, NoteVoided
from salus.chart.models import Document, Note
from salus.chart.note_types import KINDS, LOINC, NoteType
from salus.chart.queries.cosigning import may_cosign
from salus.chart.queries.note_types import ONE, type_beside
from salus.chart.signing import clean, diagnosed, marked_as_copied, sign, take_back
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotAllowed, Stale
from salus.encounters import services as encounters

WRITE = "chart.write_note"
_NOTHING: Mapping[str, str] = {}


class Locked(Conflict):
    """A signed note is not changed. Write an addendum."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked with a signature.

    :ivar cosigner_id: who is to sign it too
    :ivar addressee: to whom a letter is
    :ivar show: show a letter to the patient at the patients' own door
    """

    cosigner_id: UUID | None = None
    addressee: str = ""
    show: bool = False


@dataclass(frozen=True, slots=True)
class _Writing:
    """A note as it is about to be kept, when the doer may write it."""

    type: NoteType
    roles: Sequence[str] = field(default_factory=tuple)
    letters_are_shown: bool = True


def _writing(act: Act, patient_id: UUID, encounter_id: UUID | None, note_type: str) -> _Writing:
    who = standing(act, patient_id, encounter_id, more=ONE, values=[note_type, act.by])
    return _Writing(*type_beside(note_type, act, who.more))


@transaction.atomic
def write_note(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None,
    version: str,
    sections: Mapping[str, str],
    diagnoses: Sequence[str] = (),
    writer: str = "",
    note_type: str = "consultation",
    copied: Mapping[str, str] = _NOTHING,
    said: Mapping[str, str] = _NOTHING,
    leaving: bool = False,
) -> NoteDraft:
    """Keep what was typed so far, for its author alone.

    :param version: of the save that the author has before him; empty for the first
    :param diagnoses: ICD-10-CM codes, the principal one first
    :param writer: names the page that saves, so that it is never in conflict with itself
    :param copied: which sections were copied forward from which notes
    :param leaving: whether the page is left with this save: what it still sends afterwards comes too late
    :raises NotAllowed: if the doer's role does not write this type
    :raises Stale: if the same author saved it elsewhere since: nothing is overwritten
    """
    act.require(WRITE)
    by = _writing(act, patient_id, encounter_id, note_type)
    words = clean(sections, by.type.names)
    draft = NoteDraft(patient_id, encounter_id, version, writer=writer, note_type=note_type, copied=copied, said=said)
    return drafts.keep(act, replace(draft, sections=words, diagnoses=tuple(dict.fromkeys(diagnoses))), leaving=leaving)


@transaction.atomic
def discard_draft(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None,
    version: str,
    writer: str = "",
    note_type: str = "consultation",
) -> None:
    """Throw an unsigned draft away.

    :raises Stale: if it was saved elsewhere since
    """
    act.require(WRITE)
    drafts.take(act, NoteDraft(patient_id, encounter_id, version, writer=writer, note_type=note_type))


@transaction.atomic
def copy_note(act: Act, *, patient_id: UUID, encounter_id: UUID | None, note_id: UUID, note_type: str) -> NoteDraft:
    """Copy an earlier note forward into the doer's draft of this type: what is empty there is filled, and remembered as copied.

    :raises Note.DoesNotExist: if it is none of this patient's that the doer may read
    """
    act.require(WRITE)
    by = _writing(act, patient_id, encounter_id, note_type)
    note = Note.objects.of_patient(act, patient_id).valid().get(id=note_id, kind="consultation", status=Note.SIGNED)
    draft = drafts.draft_of(act, patient_id, encounter_id, note_type)
    words = {name: copying.unmarked(note.sections.get(name) or "") for name in by.type.names}
    taken = {name: text for name, text in words.items() if text and not draft.sections.get(name)}
    copied = {**draft.copied, **dict.fromkeys(taken, str(note.id))}
    # As a page of its own: a window that shows the draft without what was copied is told before it saves over it.
    return drafts.keep(act, replace(draft, sections={**draft.sections, **taken}, copied=copied), leaving=True)


@transaction.atomic
def sign_note(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None,
    version: str,
    sections: Mapping[str, str],
    diagnoses: Sequence[str] = (),
    writer: str = "",
    note_type: str = "consultation",
    copied: Mapping[str, str] = _NOTHING,
    asked: Asked = Asked(),  # noqa: B008 - frozen
    finish_visit: bool = False,
) -> Note:
    """Sign a note: it is locked, and its diagnoses stand on the patient's list.

    A diagnosis that is active already is the same problem seen again, not a second one. What was copied forward is marked.
    :param finish_visit: end the visit with the signature
    :raises NotAllowed: if the doer's role does not write this type
    :raises Invalid: for an empty note, an unknown code, a second signer who may not sign
    :raises Stale: if the draft was saved elsewhere since, or is signed already
    """
    act.require(WRITE)
    by = _writing(act, patient_id, encounter_id, note_type)
    said = clean(sections, by.type.names)
    if not any(said.values()):
        raise Invalid(**{by.type.names[0]: _("Write something before you sign.")})
    if asked.cosigner_id is not None and not may_cosign(act, asked.cosigner_id):
        raise Invalid(cosigner=_("Choose somebody who may sign notes of others, and not yourself."))
    draft = NoteDraft(patient_id, encounter_id, version, writer=writer, note_type=note_type)
    kept = drafts.take(act, draft)
    said, told, labels = marked_as_copied(act, patient_id, said, {**kept, **copied})
    found, made = diagnosed(act, patient_id, encounter_id, list(dict.fromkeys(diagnoses)))
    note = Note(
        patient_id=patient_id,
        encounter_id=encounter_id,
        status=Note.SIGNED,
        kind="consultation",
        template=note_type,
        template_kind=by.type.kind,
        template_version=by.type.version,
        form=by.type.form(),
        title="" if note_type == "consultation" else by.type.title,
        **_code(by.type.kind),
        sections=said,
        copied=told,
        labels=labels,
        diagnoses=found,
        needs_cosign=asked.cosigner_id is not None or by.type.needs_second(by.roles),
        cosigner_id=asked.cosigner_id,
        audience=by.type.audience,
        addressee=asked.addressee.strip()[:200] if by.type.audience else "",
        shown_at=act.at if _is_shown(act, by, asked) else None,
    )
    sign(act, note)
    _announce(act, note, made)
    if finish_visit and encounter_id is not None:
        encounters.finish_encounter(act, encounter_id=encounter_id)
    return note


def _code(kind: str) -> dict[str, str]:
    """The LOINC code of the kind of document, by which other programs find it."""
    return {"code_system": LOINC, "code": KINDS[kind].code, "display": KINDS[kind].display}


def _is_shown(act: Act, by: _Writing, asked: Asked) -> bool:
    """Whether the patient reads it at the patients' own door, as soon as it waits for no second signature."""
    if not asked.show or by.type.audience != "patient" or not by.letters_are_shown:
        return False
    act.require("chart.show_letter")
    return True


def _announce(act: Act, note: Note, made: Sequence[UUID]) -> None:
    visit = note.encounter_id
    announce(
        act, NoteSigned(patient_id=note.patient_id, note_id=note.id, encounter_id=visit, condition_ids=tuple(made))
    )
    if note.needs_cosign:
        who = note.cosigner_id
        announce(act, CosignAsked(patient_id=note.patient_id, note_id=note.id, encounter_id=visit, practitioner_id=who))
    elif note.audience:
        announce(act, LetterSigned(patient_id=note.patient_id, note_id=note.id))


@transaction.atomic
def add_addendum(act: Act, *, patient_id: UUID, note_id: UUID, text: str) -> Note:
    """Add to a signed note what was forgotten or has become known.

    :raises NotAllowed: if the doer's role does not write notes of this kind
    :raises Invalid: without words
    """
    act.require(WRITE)
    standing(act, patient_id)
    notes = Note.objects.visible_to(act).valid()
    note = notes.get(id=note_id, patient_id=patient_id, kind="consultation", status=Note.SIGNED)
    act.require(KINDS[note.template_kind].right)
    if not text.strip():
        raise Invalid(text=_("Write what is to be added."))
    said = clean({"text": text}, ("text",))
    added = Note(
        patient_id=patient_id,
        encounter_id=note.encounter_id,
        status=Note.SIGNED,
        kind="addendum",
        template=note.template,
        template_kind=note.template_kind,
        **_code(note.template_kind),
        sections=said,
        addendum_to=note,
        labels=note.labels,  # what is added to a sensitive note is as sensitive
    )
    sign(act, added)
    announce(act, NoteSigned(patient_id=patient_id, note_id=added.id, encounter_id=note.encounter_id))
    return added


@transaction.atomic
def void_note(act: Act, *, patient_id: UUID, note_id: UUID, version: int, reason: str) -> Note:
    """Mark a note as written in error (the wrong patient): only its author may; it stays to be read, struck out.

    What was added to it is as wrong, and so are the diagnoses that it put on the list and nothing else names.

    :raises NotAllowed: to anyone but the author
    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require(WRITE)
    rows = Note.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    note = rows.get(id=note_id, patient_id=patient_id)
    if note.version != version:
        raise Stale
    if note.recorded_by_id != act.by:
        raise NotAllowed(WRITE, _("Only the author can mark a note as written in error."))
    note.shown_at = None
    note.void(act, reason, "shown_at")
    if note.audience:  # the paper that is kept of it is as wrong
        kept = Document.objects.filter(source=f"chart.note:{note.id}", voided_at=None)
        kept.update(voided_at=act.at, voided_by_id=act.by, void_reason=note.void_reason)
    take_back(act, note)
    announce(act, NoteVoided(patient_id=patient_id, note_id=note.id))
    return note
