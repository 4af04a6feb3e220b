"""Filling forms in: typed as a draft, signed once, then mended by another or marked as written in error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotAllowed, Stale
from salus.core.ids import uuid7
from salus.patients.access.labels import known as known_labels
from salus.questionnaires import drafts, handover
from salus.questionnaires.drafts import FormDraft
from salus.questionnaires.facts import ResponseSigned, ResponseVoided
from salus.questionnaires.models import Questionnaire, QuestionnaireResponse
from salus.questionnaires.queries.forms import form_to_fill
from salus.questionnaires.queries.signs import filled_in
from salus.questionnaires.rules.filling import Filled
from salus.questionnaires.rules.items import Form
from salus.questionnaires.rules.repeating import expanded
from salus.questionnaires.rules.responses import NotThisForm, items_of, sums_in, typed_of
from salus.questionnaires.rules.written import JSON, encode
from salus.questionnaires.words import mistakes_of

#: more than a person types into one form; a page that sends more is not ours
LONGEST = 200_000
#: a clock may be a little ahead of ours
_AHEAD = timedelta(minutes=5)


class AlreadyAmended(Conflict):
    """This form was mended meanwhile. Open the newer one and begin there."""


@transaction.atomic
def write_response(act: Act, *, draft: FormDraft, leaving: bool = False) -> FormDraft:
    """Keep what was typed so far, for its author alone.

    :param leaving: whether the page is left with this save: what it still sends afterwards comes too late
    :raises Stale: if the same author saved it elsewhere since: nothing is overwritten
    :raises Questionnaire.DoesNotExist: if the form is none that can be filled in here
    """
    act.require("questionnaires.fill_form")
    standing(act, draft.patient_id, draft.encounter_id)
    row = form_to_fill(act, draft.questionnaire_id, begun=draft.is_begun)
    return drafts.keep(act, replace(draft, typed=_clean(draft.typed, row.form)), leaving=leaving)


@transaction.atomic
def discard_response(act: Act, *, draft: FormDraft) -> None:
    """Throw an unsigned form away.

    :raises Stale: if it was saved elsewhere since
    """
    act.require("questionnaires.fill_form")
    drafts.take(act, draft)


@transaction.atomic
def sign_response(act: Act, *, draft: FormDraft, reason: str = "") -> QuestionnaireResponse:
    """Sign a form: it is locked, and what it says goes on into the record.

    :param reason: why a signed form is mended, where `draft.amends` is one
    :raises Invalid: while an answer is missing or wrong; the fields are the links of the questions
    :raises AlreadyAmended: if somebody else has mended the same form
    :raises Stale: if the draft was saved elsewhere since, or is signed already
    """
    act.require("questionnaires.fill_form")
    standing(act, draft.patient_id, draft.encounter_id)
    row = form_to_fill(act, draft.questionnaire_id, begun=draft.is_begun)
    filled = _complete(row.form, _clean(draft.typed, row.form))
    before = _to_amend(act, draft, reason) if draft.amends else None
    drafts.take(act, draft)
    return _signed(act, row, filled, _New(draft.patient_id, draft.encounter_id, before, reason.strip()))


@transaction.atomic
def void_response(act: Act, *, patient_id: UUID, response_id: UUID, version: int, reason: str) -> QuestionnaireResponse:
    """Mark a form as filled in by error (the wrong patient): only its author may; what it handed over is taken back.

    :raises NotAllowed: to anyone but the author
    :raises Invalid: without a reason
    :raises AlreadyAmended: if it was mended: the newer one is what stands
    :raises Stale: if somebody changed it since it was read
    """
    act.require("questionnaires.fill_form")
    standing(act, patient_id)
    row = _locked(act, patient_id, response_id)
    if row.version != version:
        raise Stale
    if row.recorded_by_id != act.by:
        raise NotAllowed("questionnaires.fill_form", _("Only the author can mark a form as filled in by error."))
    if row.amendments.filter(voided_at=None).exists():
        raise AlreadyAmended
    row.void(act, reason)
    handover.take_back(act, row)
    announce(act, ResponseVoided(patient_id=patient_id, response_id=row.id))
    return row


@transaction.atomic
def file_response(
    act: Act,
    *,
    patient_id: UUID,
    questionnaire_id: UUID,
    items: Sequence[JSON],
    encounter_id: UUID | None = None,
    authored_at: datetime | None = None,
    labels: Sequence[str] = (),
) -> QuestionnaireResponse:
    """File the answers that a program hands over, held against the form like those of a person.

    :param items: FHIR's `item`
    :param labels: how sensitive they are, and what is handed over of them
    :raises Invalid: where they do not fit the form, or one is missing or wrong
    """
    act.require("questionnaires.fill_form")
    standing(act, patient_id, encounter_id)
    row = Questionnaire.objects.here(act).exclude(status=Questionnaire.DRAFT).get(id=questionnaire_id)
    try:
        typed, sums = typed_of(row.form, items), sums_in(row.form, items)
    except NotThisForm as error:
        raise Invalid(item=str(error)) from error
    if authored_at is not None and authored_at > act.at + _AHEAD:
        raise Invalid(authored=_("This time has not come yet."))
    filled = _complete(row.form, typed)
    if aside := typed.keys() - filled.shown - {one.name for one in filled.form.groups_again}:
        raise Invalid(**dict.fromkeys(aside, _("This question is not asked, as the other answers stand.")))
    if wrong := {link for link, value in sums.items() if tuple(filled.values.get(link, ())) != (value,)}:
        raise Invalid(**dict.fromkeys(wrong, _("This is not what the answers add up to.")))
    return _signed(act, row, filled, _New(patient_id, encounter_id, authored_at=authored_at, labels=labels))


@dataclass(frozen=True, slots=True)
class _New:
    patient_id: UUID
    encounter_id: UUID | None
    before: QuestionnaireResponse | None = None
    reason: str = ""
    authored_at: datetime | None = None
    labels: Sequence[str] = ()


def _signed(act: Act, row: Questionnaire, filled: Filled, new: _New) -> QuestionnaireResponse:
    made = QuestionnaireResponse(
        id=uuid7(),
        patient_id=new.patient_id,
        encounter_id=new.encounter_id,
        status=QuestionnaireResponse.AMENDED if new.before else QuestionnaireResponse.COMPLETED,
        questionnaire=row,
        code_system=row.code_system,
        code=row.code,
        display=row.title,
        answers=encode(items_of(filled)),
        author_id=act.practitioner_id,
        author_name=act.by_name,
        authored_at=new.authored_at or act.at,
        amends=new.before,
        reason=new.reason,
        labels=list(new.before.labels) if new.before else known_labels(new.labels),
        recorded_by_id=act.by,
    )
    made.root_id = new.before.root_id if new.before else made.id
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyAmended from error
    handover.carry_over(act, made, filled)
    told: dict[str, Any] = {"questionnaire_id": row.id, "encounter_id": new.encounter_id, "amends": made.amends_id}
    announce(act, ResponseSigned(patient_id=made.patient_id, response_id=made.id, **told))
    return made


def _to_amend(act: Act, draft: FormDraft, reason: str) -> QuestionnaireResponse:
    if not reason.strip():
        raise Invalid(reason=_("Say why it is mended."))
    assert draft.amends is not None
    row = _locked(act, draft.patient_id, draft.amends)
    if row.questionnaire_id != draft.questionnaire_id or row.encounter_id != draft.encounter_id:
        raise Invalid(_("This page is out of date. Reload it and try again."))
    if row.amendments.filter(voided_at=None).exists():
        raise AlreadyAmended
    return row


def _locked(act: Act, patient_id: UUID, response_id: UUID) -> QuestionnaireResponse:
    rows = QuestionnaireResponse.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    return rows.get(id=response_id, patient_id=patient_id)


def _complete(form: Form, typed: Mapping[str, Sequence[str]]) -> Filled:
    filled = filled_in(form, typed)
    if mistakes := mistakes_of(filled):
        raise Invalid(**mistakes)
    if not filled.values:
        raise Invalid(_("Answer something before you sign."))
    return filled


def _clean(typed: Mapping[str, Sequence[str]], form: Form) -> dict[str, list[str]]:
    shape = expanded(form, typed)
    links = {one.link for one in shape.questions} | {one.name for one in shape.groups_again}
    kept = {link: [str(one) for one in said if one.strip()] for link, said in typed.items() if link in links}
    if sum(len(one) for said in kept.values() for one in said) > LONGEST:
        raise Invalid(_("This is too long."))
    return {link: said for link, said in kept.items() if said}
