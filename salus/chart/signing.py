"""What signing any note is made of: clean words, a signature, the codes of its diagnoses, what of it was copied."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.chart import copying
from salus.chart.facts import ConditionChanged, NoteVoided
from salus.chart.models import Condition, Note
from salus.chart.queries.diagnoses import ICD, diagnoses_of
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Invalid, NotFound
from salus.ui import formatting

#: Longer than any note that a person types; a page that sends more is not ours.
LONGEST = 50_000


def sign(act: Act, note: Note) -> None:
    """Put the doer's signature to a note and keep it: from now on the database locks it."""
    note.author_id, note.author_name = act.practitioner_id, act.by_name
    note.written_at = note.signed_at = act.at
    note.recorded_by_id = act.by
    note.save(force_insert=True)


def clean(sections: Mapping[str, str], known: Sequence[str]) -> dict[str, str]:
    """The words of the known sections.

    :raises Invalid: beside a section that is too long
    """
    said = {name: sections.get(name, "").replace("\r\n", "\n").strip() for name in known}
    wrong = {name: _("This is too long.") for name, text in said.items() if len(text) > LONGEST}
    if wrong:
        raise Invalid(**wrong)
    return said


def diagnosed(act: Act, patient_id: UUID, encounter_id: UUID | None, codes: list[str]) -> tuple[list[UUID], list[UUID]]:
    """The conditions of a note's codes, in their order, and those of them that were not active yet and are made here.

    The patient's row is held since the draft was taken (`drafts.take`): two who sign at once make one.
    :raises Invalid: for an unknown code
    """
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


def marked_as_copied(
    act: Act, patient_id: UUID, said: dict[str, str], copied: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, Any], list[str]]:
    """The sections with the mark of what was copied forward; of each such section which note, and what was changed since; and
    the sensitivity labels of those notes: their words, and what was cut of them, can be read in the new one.

    A section of which nothing copied is left bears no mark.
    :raises NotFound: if it was copied from no note of this patient that the doer may read
    """
    wanted = {name: _uuid(note) for name, note in copied.items() if said.get(name)}
    if not wanted:
        return said, {}, []
    sources = Note.objects.of_patient(act, patient_id).filter(kind="consultation").in_bulk(list(set(wanted.values())))
    told: dict[str, Any] = {}
    labels: set[str] = set()
    for name, note_id in wanted.items():
        source = sources.get(note_id)
        if source is None:
            raise NotFound
        pieces = copying.told_apart(copying.unmarked(source.sections.get(name, "")), said[name])
        if copying.is_copied(pieces):
            at = formatting.instant(source.written_at)
            said = said | {name: copying.marked(said[name], at, source.author_name)}
            told[name] = {"note": str(source.id), "at": at, "by": source.author_name, "pieces": pieces}
            labels |= set(source.labels)
    return said, told, sorted(labels)


def take_back(act: Act, note: Note) -> None:
    """Mark along with a note that was written in error what was added to it, and the diagnoses that it put on the list itself:
    not those that somebody has changed since, or that another note names."""
    wrong = {"voided_at": act.at, "voided_by_id": act.by, "void_reason": note.void_reason}
    for added in Note.objects.valid().filter(addendum_to=note).order_by("id"):
        Note.objects.filter(id=added.id).update(**wrong)
        announce(act, NoteVoided(patient_id=note.patient_id, note_id=added.id))
    others = Note.objects.valid().filter(patient_id=note.patient_id).exclude(id=note.id)
    named = {one for ids in others.exclude(diagnoses=[]).values_list("diagnoses", flat=True) for one in ids}
    made = Condition.objects.valid().filter(
        id__in=set(note.diagnoses) - named, recorded_at=note.signed_at, recorded_by_id=note.recorded_by_id
    )
    for row in made.order_by("id").select_for_update(no_key=True):
        said = {"verification": "entered-in-error", "is_principal": False, "recorded_by_id": act.by}
        Condition.objects.filter(id=row.id).update(**said | wrong)
        announce(act, ConditionChanged(patient_id=note.patient_id, condition_id=row.id, status="entered-in-error"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error
