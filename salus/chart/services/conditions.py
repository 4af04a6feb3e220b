"""Problems and diagnoses: recorded, brought to another state, found wrong."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart import rules
from salus.chart.facts import ConditionChanged, ConditionRecorded
from salus.chart.models import Condition
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, Stale


class AlreadyListed(Conflict):
    """This problem is already on the patient's list."""


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
    source: str | None = None,
) -> Condition:
    """Put a problem on the patient's list.

    :param code: empty for a problem that is only described
    :param source: what says so, where that may be handed over twice
    :param onset: a FHIR date of any precision
    :raises AlreadyListed: if the same code is active already
    """
    act.require("chart.record_condition")
    who = standing(act, patient_id, encounter_id)
    if not display.strip():
        raise Invalid(condition=_("Say which problem it is."))
    if source and (known := Condition.objects.filter(patient_id=patient_id, source=source).first()):
        return known
    active = Condition.objects.valid().filter(patient_id=patient_id, status="active")
    if active.filter(code_system=code_system, code=code).exclude(code="").exists():
        raise AlreadyListed
    began = _onset(onset, act)
    condition = Condition.objects.create(
        patient_id=who.patient_id,
        encounter_id=encounter_id,
        status="active",
        verification=verification,
        category=category,
        severity=severity,
        code_system=code_system if code else "",
        code=code,
        display=display.strip(),
        onset=began,
        onset_at=began.start if began else None,
        recorded=PartialDate.of(act.at.replace(microsecond=0)),
        recorded_at=act.at,
        recorder_id=act.practitioner_id,
        note=note.strip(),
        source=source,
        recorded_by_id=act.by,
    )
    announce(act, ConditionRecorded(patient_id=patient_id, condition_ids=(condition.id,)))
    return condition


def _onset(text: str, act: Act) -> PartialDate | None:
    if not text:
        return None
    try:
        began = PartialDate.parse(text)
    except ValueError as error:
        raise Invalid(onset=_("Write the date like 14-Mar-1964, Mar-1964 or 1964.")) from error
    if began.start > act.at:
        raise Invalid(onset=_("This date has not come yet."))
    return began


@transaction.atomic
def change_condition(
    act: Act, *, patient_id: UUID, condition_id: UUID, version: int, status: str, abatement: str = ""
) -> Condition:
    """Resolve a problem, set it aside or take it up again.

    :raises CannotChange: if that state cannot follow
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_condition")
    condition = _locked(act, patient_id, condition_id, version)
    if status not in rules.CONDITION_MOVES.get(condition.status, ()):
        raise CannotChange
    condition.status = status
    is_over = status in ("resolved", "inactive", "remission")
    condition.abatement = (_onset(abatement, act) or PartialDate.of(act.at.date())) if is_over else None
    condition.save(update_fields=["status", "abatement"])
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
    if not reason.strip():
        raise Invalid(reason=_("Say why it was wrong."))
    condition.verification = "entered-in-error"
    condition.voided_at, condition.voided_by_id, condition.void_reason = act.at, act.by, reason.strip()
    condition.save(update_fields=["verification", "voided_at", "voided_by_id", "void_reason"])
    announce(act, ConditionChanged(patient_id=patient_id, condition_id=condition.id, status="entered-in-error"))
    return condition


def _locked(act: Act, patient_id: UUID, condition_id: UUID, version: int) -> Condition:
    rows = Condition.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    condition = rows.get(id=condition_id, patient_id=patient_id)
    if condition.version != version:
        raise Stale
    return condition
