"""Problems and diagnoses: recorded, said more exactly, put in order, brought to another state, found wrong."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart import rules
from salus.chart.facts import ConditionChanged, ConditionRecorded, ConditionsOrdered
from salus.chart.models import Condition
from salus.chart.standing import has_come, lock_patient, standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, Stale
from salus.ui import formatting


class AlreadyListed(Conflict):
    """This problem is already on the patient's list."""


COURSES = ("", "acute", "chronic")
OVER = ("resolved", "inactive", "remission")
#: FHIR condition-ver-status, without what only voiding says
VERIFICATIONS = ("", "confirmed", "provisional", "differential", "unconfirmed", "refuted")


class CannotChange(Conflict):
    """The problem cannot come to this state from where it is now."""


@transaction.atomic
def record_condition(
    act: Act,
    *,
    patient_id: UUID,
    code: str,
    display: str,
    code_system: str = "http://hl7.org/fhir/sid/icd-10-cm",
    encounter_id: UUID | None = None,
    category: str = "problem-list-item",
    verification: str = "confirmed",
    severity: str = "",
    onset: str = "",
    note: str = "",
    course: str = "",
    is_principal: bool = False,
    source: str | None = None,
    status: str = "active",
    **more: Any,
) -> Condition:
    """Put a problem on the patient's list.

    :param code: empty for a problem that is only described
    :param source: what says so, where that may be handed over twice
    :param onset: a FHIR date of any precision
    :param course: acute or chronic, where it is known
    :param is_principal: it takes the place of the principal problem before
    :param status: where it stands, for one that is told of afterwards
    :param more: `codings`, `abatement`, `recorder_id` as a program says them
    :raises AlreadyListed: if the same code is active already
    """
    act.require("chart.record_condition")
    who = standing(act, patient_id, encounter_id)
    if not display.strip():
        raise Invalid(condition=_("Say which problem it is."))
    lock_patient(patient_id)  # of two at once the second sees what the first did
    if source and (known := Condition.objects.filter(patient_id=patient_id, source=source).first()):
        return known
    _refuse_nonsense(course, severity, verification)
    # what was refuted and proves to be so after all is recorded anew
    active = Condition.objects.valid().filter(patient_id=patient_id, status="active").exclude(verification="refuted")
    if status == "active" and active.filter(code_system=code_system, code=code).exclude(code="").exists():
        raise AlreadyListed
    began = _onset(onset, act)
    if is_principal:
        _refuse_over(status)
        _step_down(act, patient_id)
    condition = Condition.objects.create(
        patient_id=who.patient_id,
        encounter_id=encounter_id,
        source=source,
        course=course,
        is_principal=is_principal,
        status=status,
        verification=verification,
        category=category,
        severity=severity,
        code_system=code_system if code else "",
        code=code,
        display=display.strip(),
        onset=began,
        onset_at=began.start if began else None,
        note=note.strip(),
        recorded_by_id=act.by,
        **_when(act) | more,
    )
    announce(act, ConditionRecorded(patient_id=patient_id, condition_ids=(condition.id,)))
    return condition


@transaction.atomic
def amend_condition(
    act: Act, *, patient_id: UUID, condition_id: UUID, version: int, onset: str | None = None, **changes: Any
) -> Condition:
    """Say a problem more exactly: the keywords are those of `record_condition`; its history keeps what it said before.

    Which problem it is does not change: one that proves to be another is found wrong, or refuted, and recorded anew.
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_condition")
    row = _locked(act, patient_id, condition_id, version)
    _refuse_nonsense(
        changes.get("course", row.course),
        changes.get("severity", row.severity),
        changes.get("verification", row.verification),
    )
    if onset is not None:
        row.onset = _onset(onset, act)
        row.onset_at = row.onset.start if row.onset else None
    if changes.get("is_principal"):
        _refuse_over(row.status)
        if not row.is_principal:
            _step_down(act, patient_id)
    for name, value in changes.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.recorded_by_id = act.by
    row.save(update_fields=["onset", "onset_at", "recorded_by_id", *changes])
    announce(act, ConditionChanged(patient_id=patient_id, condition_id=row.id, status=row.status))
    return row


@transaction.atomic
def order_conditions(act: Act, *, patient_id: UUID, condition_ids: Sequence[UUID]) -> None:
    """Put the patient's problems into this order; what is not named keeps its place after them.

    :raises Invalid: if one is named twice
    :raises Stale: if one of them is none of this patient's valid problems any more
    """
    act.require("chart.record_condition")
    standing(act, patient_id)
    lock_patient(patient_id)
    if len(set(condition_ids)) != len(condition_ids):
        raise Invalid
    rows = Condition.objects.of_patient(act, patient_id).valid().in_bulk(condition_ids)
    if len(rows) != len(condition_ids):
        raise Stale
    for place, condition_id in enumerate(condition_ids, 1):
        row = rows[condition_id]
        if row.place != place:
            row.place, row.recorded_by_id = place, act.by
            row.save(update_fields=["place", "recorded_by_id"])
    announce(act, ConditionsOrdered(patient_id=patient_id))


def _step_down(act: Act, patient_id: UUID) -> None:
    """The principal problem before makes room, one at a time for one patient."""
    lock_patient(patient_id)
    for row in Condition.objects.valid().filter(patient_id=patient_id, is_principal=True):
        row.is_principal, row.recorded_by_id = False, act.by
        row.save(update_fields=["is_principal", "recorded_by_id"])


def _refuse_over(status: str) -> None:
    """What is over cannot be what the patient is mainly treated for."""
    if status in OVER:
        raise Invalid(is_principal=_("This problem is over: it cannot be the principal one."))


def _refuse_nonsense(course: str, severity: str, verification: str) -> None:
    wrong = {}
    for name, value, known in (("course", course, COURSES), ("verification", verification, VERIFICATIONS)):
        if value not in known:
            wrong[name] = _("Choose one of the list.")
    if len(severity) > 200:
        wrong["severity"] = _("Choose one of the list.")
    if wrong:
        raise Invalid(**wrong)


def _when(act: Act) -> dict[str, Any]:
    """When a problem is written down, and by whom; a program may say that it was elsewhere."""
    return {
        "recorded": PartialDate.of(act.at.replace(microsecond=0)),
        "recorded_at": act.at,
        "recorder_id": act.practitioner_id,
    }


def _onset(text: str, act: Act) -> PartialDate | None:
    if not text:
        return None
    try:
        began = PartialDate.parse(text)
    except ValueError as error:
        raise Invalid(onset=_("Write the date like 14-Mar-1964, Mar-1964 or 1964.")) from error
    if not has_come(began, act.at):
        raise Invalid(onset=_("This date has not come yet."))
    return began


@transaction.atomic
def change_condition(
    act: Act, *, patient_id: UUID, condition_id: UUID, version: int, status: str, abatement: str = ""
) -> Condition:
    """Resolve a problem, set it aside or take it up again; one that is over is the principal one no more.

    :raises CannotChange: if that state cannot follow
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_condition")
    condition = _locked(act, patient_id, condition_id, version)
    if status not in rules.CONDITION_MOVES.get(condition.status, ()):
        raise CannotChange
    condition.status = status
    is_over = status in OVER
    condition.abatement = (
        (_onset(abatement, act) or PartialDate.of(formatting.local(act.at).date())) if is_over else None
    )
    condition.is_principal = condition.is_principal and not is_over
    condition.recorded_by_id = act.by
    condition.save(update_fields=["status", "abatement", "is_principal", "recorded_by_id"])
    announce(act, ConditionChanged(patient_id=patient_id, condition_id=condition.id, status=status))
    return condition


@transaction.atomic
def void_condition(act: Act, *, patient_id: UUID, condition_id: UUID, version: int, reason: str) -> Condition:
    """Mark a problem as entered in error; the row stays, with the reason.

    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_condition")
    condition = _locked(act, patient_id, condition_id, version)
    condition.verification, condition.recorded_by_id, condition.is_principal = "entered-in-error", act.by, False
    condition.void(act, reason, "verification", "recorded_by_id", "is_principal")
    announce(act, ConditionChanged(patient_id=patient_id, condition_id=condition.id, status="entered-in-error"))
    return condition


def _locked(act: Act, patient_id: UUID, condition_id: UUID, version: int) -> Condition:
    rows = Condition.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    condition = rows.get(id=condition_id, patient_id=patient_id)
    if condition.version != version:
        raise Stale
    return condition
