"""What a patient may ask for: a copy of the record, and that it be amended."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from salus.audit.facts import AmendmentAnswered, AmendmentAsked, CopyGiven
from salus.audit.models import Amendment
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound
from salus.patients import sockets
from salus.patients.models import Patient

#: days within which the hospital answers (HIPAA 164.526(b)(2): sixty)
ANSWERED_WITHIN = 60


class AlreadyAnswered(Conflict):
    """This request was answered already."""


@transaction.atomic
def give_copy(act: Act, *, patient_id: UUID, form: str) -> list[bytes]:
    """Everything that the record holds of a patient, as FHIR resources in JSON, given to the patient (HIPAA 164.524).

    :param form: in what it is given: `fhir` or `page`
    :raises NotFound: if there is no such patient here
    """
    act.require("audit.give_copy")
    act.require_fresh()
    _lock(act, patient_id)
    resources = [one for source in sockets.record_copies for one in source(act, patient_id)]
    announce(act, CopyGiven(patient_id=patient_id, form=form))
    act.shows(patient_id, action="export")
    return resources


@transaction.atomic
def ask_amendment(act: Act, *, patient_id: UUID, asked_on: date, wish: str) -> Amendment:
    """Keep that a patient says the record is wrong.

    :raises NotFound: if there is no such patient here
    :raises Invalid: if the day is to come, or nothing is said
    """
    act.require("audit.take_amendment")
    _lock(act, patient_id)
    if asked_on > act.at.date() + timedelta(days=1):
        raise Invalid(asked_on="This day is still to come.")
    if not wish.strip():
        raise Invalid(wish="Say what is wrong.")
    made = Amendment(
        patient_id=patient_id,
        facility_id=act.here,
        asked_on=asked_on,
        wish=wish.strip(),
        due_on=asked_on + timedelta(days=ANSWERED_WITHIN),
        recorded_by_id=act.by,
    )
    made.save()
    announce(act, AmendmentAsked(patient_id=patient_id, amendment_id=made.id))
    return made


@transaction.atomic
def answer_amendment(act: Act, *, patient_id: UUID, amendment_id: UUID, answer: str, answer_text: str) -> Amendment:
    """Tell a patient whether the record is mended, and why not where it is not.

    :raises NotFound: if there is no such request of this patient here
    :raises AlreadyAnswered: if there is an answer
    """
    act.require("audit.answer_amendment")
    mine = Amendment.objects.filter(patient_id=patient_id, facility_id=act.here)
    row = mine.select_for_update().filter(id=amendment_id).first()
    if row is None:
        raise NotFound
    if row.answer:
        raise AlreadyAnswered
    if not answer_text.strip():
        raise Invalid(answer_text="Say why, in words for the patient.")
    row.answer, row.answer_text = answer, answer_text.strip()
    row.answered_by_id, row.answered_by_name, row.answered_at = act.by, act.by_name, act.at
    row.save(update_fields=["answer", "answer_text", "answered_by_id", "answered_by_name", "answered_at"])
    announce(act, AmendmentAnswered(patient_id=row.patient_id, amendment_id=row.id, answer=answer))
    return row


def _lock(act: Act, patient_id: UUID) -> None:
    """These acts are the patient's own: they need no care relation, only that the patient is of this hospital."""
    if not Patient.objects.select_for_update(no_key=True).filter(id=patient_id, facility_id=act.here).exists():
        raise NotFound
