"""Medicines from outside, and the medicines gone through at each transition."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.standing import has_come, lock_patient
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.encounters.models import Encounter
from salus.orders import queries
from salus.orders.facts import MedicationStatementRecorded, MedicinesReconciled
from salus.orders.models import MedicationStatement, ReconciledMedicine, Reconciliation
from salus.orders.services.checks import check
from salus.orders.services.life import hold_order, resume_order, stop_order
from salus.patients.models import Patient
from salus.terminology.models import Medicine
from salus.ui import formatting


class ListChanged(Conflict):
    """The patient's medicines are not those that the page showed: one was added, stopped or changed. Look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with one medicine: `order_id` of this house, or `statement_id` of one from outside."""

    decision: str
    order_id: UUID | None = None
    statement_id: UUID | None = None
    reason: str = ""


@transaction.atomic
def record_statement(
    act: Act,
    *,
    patient_id: UUID,
    display: str,
    informant: str,
    status: str = "active",
    medicine_id: UUID | None = None,
    encounter_id: UUID | None = None,
    dosage_text: str = "",
    dose: Decimal | None = None,
    dose_unit: str = "",
    route: str = "",
    frequency: int | None = None,
    period: Decimal | None = None,
    period_unit: str = "",
    as_needed: bool = False,
    started: PartialDate | None = None,
    ended: PartialDate | None = None,
    reason: str = "",
    note: str = "",
    code_system: str = "",
    code: str = "",
    source: str | None = None,
) -> MedicationStatement:
    """Write down a medicine that the patient takes or took without an order of this house.

    :raises NotFound: for a visit of another patient, or a medicine that is not here
    :raises Invalid: without a name, or for a time that has not come
    """
    act.require("orders.record_statement")
    patient = (
        Patient.objects.open_to(act).select_for_update(no_key=True).only("merged_into").filter(id=patient_id).first()
    )
    if patient is None:
        raise NotFound
    if patient.merged_into_id:
        raise Conflict(_("This record is closed: nothing can be written in it."))
    if encounter_id and not Encounter.objects.of_patient(act, patient_id).filter(id=encounter_id).exists():
        raise NotFound
    if medicine_id and not Medicine.objects.filter(id=medicine_id).exists():
        raise NotFound
    _guard(act, display, informant, status, started, ended)
    row = MedicationStatement(
        patient_id=patient_id,
        encounter_id=encounter_id,
        status=status,
        code_system=code_system,
        code=code,
        display=display.strip(),
        medicine_id=medicine_id,
        informant=informant,
        dosage_text=dosage_text.strip(),
        dose=dose,
        dose_unit=dose_unit,
        route=route,
        frequency=frequency,
        period=period,
        period_unit=period_unit,
        as_needed=as_needed,
        started=started,
        started_at=started.start if started else None,
        ended=ended,
        reason=reason.strip(),
        note=note.strip(),
        source=source,
        asserted=PartialDate.of(act.at.replace(microsecond=0)),
        asserted_at=act.at,
        recorder_id=act.practitioner_id,
        recorder_name=act.by_name,
        recorded_by_id=act.by,
    )
    row.save(force_insert=True)
    announce(act, MedicationStatementRecorded(patient_id=patient_id, statement_id=row.id))
    return row


def _guard(
    act: Act, display: str, informant: str, status: str, started: PartialDate | None, ended: PartialDate | None
) -> None:
    if not display.strip():
        raise Invalid(display=_("Say which medicine it is."))
    if informant not in dict(MedicationStatement.INFORMANTS):
        raise Invalid(informant=_("Say who told it."))
    if status not in dict(MedicationStatement.STATUSES):
        raise Invalid(status=_("Say whether it is taken."))
    if started and not has_come(started, act.at):
        raise Invalid(started=_("This date has not come yet."))
    if ended and started and ended.start < started.start:
        raise Invalid(ended=_("It ended before it began."))


@transaction.atomic
def change_statement(
    act: Act, *, statement_id: UUID, status: str, reason: str, version: int | None = None
) -> MedicationStatement:
    """Say that a medicine from outside is taken no more, is paused, was never taken, or was written down in error.

    What is said to be taken again is looked at (`MedicationStatementRecorded`): who says so is told what speaks against it.

    :raises Stale: if somebody changed it since it was read
    :raises Invalid: without the reason
    """
    act.require("orders.record_statement")
    rows: Any = MedicationStatement.objects.visible_to(act).valid()
    patient_id = rows.values_list("patient_id", flat=True).get(id=statement_id)
    lock_patient(patient_id)
    rows = rows.select_related("medicine")
    row: MedicationStatement = rows.select_for_update(no_key=True, of=("self",)).get(id=statement_id)
    if version is not None and row.version != version:
        raise Stale
    if status not in dict(MedicationStatement.STATUSES):
        raise Invalid(status=_("Say whether it is taken."))
    if status != "active" and not reason.strip():
        raise Invalid(reason=_("Say why."))
    if row.status == status:
        return row
    row.status, row.status_reason = status, reason.strip()
    if status in ("stopped", "completed", "not-taken") and row.ended is None:
        row.ended = PartialDate.of(formatting.local(act.at).date())
    changed = ["status", "status_reason", "ended"]
    if status == "entered-in-error":
        row.void(act, reason, *changed)
    else:
        row.save(update_fields=changed)
    announce(act, MedicationStatementRecorded(patient_id=row.patient_id, statement_id=row.id))
    return row


@transaction.atomic
def reconcile_medicines(
    act: Act, *, patient_id: UUID, encounter_id: UUID, moment: str, decisions: Sequence[Decision], note: str = ""
) -> Reconciliation:
    """Go through every medicine that the patient takes, at the start of a visit, at a transfer or at discharge.

    What is stopped or held is stopped or held in the same act. What is to be changed stays until the new order is signed.

    :raises ListChanged: if the decisions are not about exactly what the patient takes now
    :raises Invalid: without the reason for a stop or a hold
    """
    act.require("orders.reconcile_medicines")
    _hold(act, patient_id, encounter_id)
    if moment not in dict(Reconciliation.MOMENTS):
        raise Invalid(moment=_("Choose which transition it is."))
    taken = queries.taken(act, patient_id)
    wanted = [(one.order_id, one.statement_id) for one in decisions]
    if len(set(wanted)) != len(wanted) or set(wanted) != {(one.order_id, one.statement_id) for one in taken}:
        raise ListChanged
    kinds = dict(ReconciledMedicine.DECISIONS)
    wrong = {
        f"reason_{place}": _("Say why.")
        for place, one in enumerate(decisions)
        if one.decision in ("stop", "hold") and not one.reason.strip()
    } | {f"decision_{place}": _("Decide.") for place, one in enumerate(decisions) if one.decision not in kinds}
    state = {(one.order_id, one.statement_id): one.status for one in taken}
    wrong |= {
        f"decision_{place}": _("All of it was given out: nothing is left to hold. Continue or stop it.")
        for place, one in enumerate(decisions)
        if one.decision == "hold" and one.order_id and state[one.order_id, None] == "completed"
    }
    if wrong:
        raise Invalid(**wrong)
    row = Reconciliation.objects.create(
        patient_id=patient_id,
        encounter_id=encounter_id,
        moment=moment,
        done_at=act.at,
        by_id=act.practitioner_id,
        by_name=act.by_name,
        note=note.strip(),
        recorded_by_id=act.by,
    )
    for one in decisions:
        _carry_out(act, one, state[one.order_id, one.statement_id])
    ReconciledMedicine.objects.bulk_create(
        [
            ReconciledMedicine(
                reconciliation=row,
                order_id=one.order_id,
                statement_id=one.statement_id,
                decision=one.decision,
                reason=one.reason.strip(),
                recorded_by_id=act.by,
            )
            for one in decisions
        ]
    )
    announce(
        act,
        MedicinesReconciled(patient_id=patient_id, reconciliation_id=row.id, encounter_id=encounter_id, moment=moment),
    )
    return row


def _hold(act: Act, patient_id: UUID, encounter_id: UUID) -> None:
    """Lock the patient's row: an order signed at this moment is either in the list or waits."""
    patient = Patient.objects.open_to(act).select_for_update(no_key=True).only("id").filter(id=patient_id).first()
    if patient is None or not Encounter.objects.of_patient(act, patient_id).filter(id=encounter_id).exists():
        raise NotFound


def _carry_out(act: Act, one: Decision, status: str) -> None:
    if one.order_id:
        if one.decision == "stop":
            stop_order(act, order_id=one.order_id, reason=one.reason)
        elif one.decision == "hold" and status == "active":
            hold_order(act, order_id=one.order_id, reason=one.reason)
        elif one.decision == "continue" and status == "on-hold":
            resume_order(act, order_id=one.order_id, reason=one.reason)
        return
    assert one.statement_id is not None
    becomes = {"stop": "stopped", "hold": "on-hold", "continue": "active"}.get(one.decision)
    if becomes and becomes != status:
        if becomes == "active":
            _check_again(act, one)
        change_statement(act, statement_id=one.statement_id, status=becomes, reason=one.reason)


def _check_again(act: Act, one: Decision) -> None:
    """Whoever decides that a paused medicine from outside goes on orders it, so to speak: it is checked as it stands now."""
    rows: Any = MedicationStatement.objects.visible_to(act).valid()
    row = rows.filter(id=one.statement_id, medicine__isnull=False).select_related("medicine").first()
    if row is not None:
        check(act, [queries.proposed_of_statement(row)], "order", reasons={0: one.reason})
