"""Notes: written as a draft, signed once, then only added to. And the history that the patient tells."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart import drafts
from salus.chart.drafts import NoteDraft
from salus.chart.facts import HistoryTold, NoteSigned, NoteVoided
from salus.chart.models import Condition, Note
from salus.chart.queries.diagnoses import ICD, diagnoses_of
from salus.chart.standing import lock_patient, standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotAllowed, Stale
from salus.encounters import services as encounters
from salus.patients.access import FIND, OPEN

#: The sections of a consultation note, in their order.
SECTIONS = ("history", "examination", "assessment", "plan")
#: What a patient is asked when registering. The told allergies stay words until a clinician records them.
TOLD = (
    *("past_illnesses", "operations", "medicines", "allergies", "family"),
    *("smoking", "smoking_detail", "alcohol", "alcohol_detail", "occupation", "told_by"),
)
#: Longer than any note that a person types; a page that sends more is not ours.
LONGEST = 50_000


class Locked(Conflict):
    """A signed note is not changed. Write an addendum."""


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
) -> NoteDraft:
    """Keep what was typed so far, for its author alone.

    :param version: of the save that the author has before him; empty for the first
    :param diagnoses: ICD-10-CM codes, the principal one first
    :param writer: names the page that saves, so that it is never in conflict with itself
    :raises Stale: if the same author saved it elsewhere since: nothing is overwritten
    """
    act.require("chart.write_note")
    standing(act, patient_id, encounter_id)
    draft = NoteDraft(patient_id, encounter_id, version, writer=writer)
    kept = replace(draft, sections=_clean(sections, SECTIONS), diagnoses=tuple(dict.fromkeys(diagnoses)))
    return drafts.keep(act, kept)


@transaction.atomic
def discard_draft(act: Act, *, patient_id: UUID, encounter_id: UUID | None, version: str, writer: str = "") -> None:
    """Throw an unsigned draft away.

    :raises Stale: if it was saved elsewhere since
    """
    act.require("chart.write_note")
    drafts.take(act, NoteDraft(patient_id, encounter_id, version, writer=writer))


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
    finish_visit: bool = False,
) -> Note:
    """Sign a note: it is locked, and its diagnoses stand on the patient's list.

    A diagnosis that is active already is the same problem seen again, not a second one.
    :param finish_visit: end the visit with the signature
    :raises Invalid: for an empty note or an unknown code
    :raises Stale: if the draft was saved elsewhere since, or is signed already
    """
    act.require("chart.write_note")
    standing(act, patient_id, encounter_id)
    said = _clean(sections, SECTIONS)
    if not any(said.values()):
        raise Invalid(history=_("Write something before you sign."))
    drafts.take(act, NoteDraft(patient_id, encounter_id, version, writer=writer))
    found, made = _diagnosed(act, patient_id, encounter_id, list(dict.fromkeys(diagnoses)))
    note = Note(
        patient_id=patient_id,
        encounter_id=encounter_id,
        status=Note.SIGNED,
        kind="consultation",
        sections=said,
        diagnoses=found,
    )
    _sign(act, note)
    announce(
        act, NoteSigned(patient_id=patient_id, note_id=note.id, encounter_id=encounter_id, condition_ids=tuple(made))
    )
    if finish_visit and encounter_id is not None:
        encounters.finish_encounter(act, encounter_id=encounter_id)
    return note


@transaction.atomic
def add_addendum(act: Act, *, patient_id: UUID, note_id: UUID, text: str) -> Note:
    """Add to a signed note what was forgotten or has become known.

    :raises Invalid: without words
    """
    act.require("chart.write_note")
    standing(act, patient_id)
    notes = Note.objects.visible_to(act).valid()
    note = notes.get(id=note_id, patient_id=patient_id, kind="consultation", status=Note.SIGNED)
    if not text.strip():
        raise Invalid(text=_("Write what is to be added."))
    said = _clean({"text": text}, ("text",))
    added = Note(
        patient_id=patient_id,
        encounter_id=note.encounter_id,
        status=Note.SIGNED,
        kind="addendum",
        sections=said,
        addendum_to=note,
    )
    _sign(act, added)
    announce(act, NoteSigned(patient_id=patient_id, note_id=added.id, encounter_id=note.encounter_id))
    return added


@transaction.atomic
def void_note(act: Act, *, patient_id: UUID, note_id: UUID, version: int, reason: str) -> Note:
    """Mark a note as written in error (the wrong patient): only its author may; it stays to be read, struck out.

    :raises NotAllowed: to anyone but the author
    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.write_note")
    rows = Note.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    note = rows.get(id=note_id, patient_id=patient_id)
    if note.version != version:
        raise Stale
    if note.recorded_by_id != act.by:
        raise NotAllowed("chart.write_note", _("Only the author can mark a note as written in error."))
    if not reason.strip():
        raise Invalid(reason=_("Say why it was wrong."))
    note.voided_at, note.voided_by_id, note.void_reason = act.at, act.by, reason.strip()
    note.save(update_fields=["voided_at", "voided_by_id", "void_reason"])
    announce(act, NoteVoided(patient_id=patient_id, note_id=note.id))
    return note


@transaction.atomic
def record_told_history(act: Act, *, patient_id: UUID, base: str, sections: Mapping[str, str]) -> Note:
    """Keep the history that the patient tells; the newest telling is the one that is shown, the older ones stay.

    :param base: id of the telling that the asker had before him; empty where there was none
    :raises Stale: if somebody wrote down a newer one since
    :raises Invalid: if nothing was told
    """
    act.require("chart.record_told_history")
    if patient_id not in act.trace.made:  # a patient whom this act has registered has no other telling
        standing(act, patient_id, to=OPEN if act.may("patients.open") else FIND)
        lock_patient(patient_id)
        tellings = Note.objects.valid().filter(patient_id=patient_id, kind="history").order_by("-written_at", "-id")
        newest = tellings.values_list("id", flat=True).first()
        if str(newest or "") != base:
            raise Stale
    said = {name: text for name, text in _clean(sections, TOLD).items() if text}
    if not set(said) - {"told_by"}:
        raise Invalid(past_illnesses=_("Write down what the patient tells."))
    note = Note(patient_id=patient_id, status=Note.SIGNED, kind="history", sections=said)
    _sign(act, note)
    announce(act, HistoryTold(patient_id=patient_id, note_id=note.id))
    return note


def _sign(act: Act, note: Note) -> None:
    note.author_id, note.author_name = act.practitioner_id, act.by_name
    note.written_at = note.signed_at = act.at
    note.recorded_by_id = act.by
    note.save(force_insert=True)


def _clean(sections: Mapping[str, str], known: Sequence[str]) -> dict[str, str]:
    said = {name: sections.get(name, "").replace("\r\n", "\n").strip() for name in known}
    wrong = {name: _("This is too long.") for name, text in said.items() if len(text) > LONGEST}
    if wrong:
        raise Invalid(**wrong)
    return said


def _diagnosed(
    act: Act, patient_id: UUID, encounter_id: UUID | None, codes: list[str]
) -> tuple[list[UUID], list[UUID]]:
    """The conditions of a note's codes, in their order, and those of them that were not active yet and are made here."""
    if not codes:
        return [], []
    act.require("chart.record_condition")
    known = diagnoses_of(patient_id, codes)
    if unknown := [code for code in codes if code not in known]:
        raise Invalid(diagnosis=_("%(code)s is no code of ICD-10-CM.") % {"code": unknown[0]})
    made = {
        code: Condition(
            patient_id=patient_id,
            encounter_id=encounter_id,
            status="active",
            verification="confirmed",
            category="encounter-diagnosis",
            code_system=ICD,
            code=code,
            display=known[code].display,
            recorded=PartialDate.of(act.at.replace(microsecond=0)),
            recorded_at=act.at,
            recorder_id=act.practitioner_id,
            recorded_by_id=act.by,
        )
        for code in codes
        if known[code].condition_id is None
    }
    if made:
        Condition.objects.bulk_create(made.values())
    new = [row.id for row in made.values()]
    return [known[code].condition_id or made[code].id for code in codes], new
