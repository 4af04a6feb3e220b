"""How an allergy ends: disproved, over, or found to have been entered in error. It stops nothing any more, and stays."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import AllergyChanged
from salus.chart.models import AllergyIntolerance
from salus.chart.queries.allergies import allergy_to_change
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid


@transaction.atomic
def refute_allergy(act: Act, *, patient_id: UUID, allergy_id: UUID, version: int, reason: str) -> AllergyIntolerance:
    """Note that the allergy was disproved (a test, a dose that did no harm): it stops nothing any more, and stays.

    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_allergy")
    row = allergy_to_change(act, patient_id, allergy_id, version)
    if not reason.strip():
        raise Invalid(reason=_("Say how it was disproved."))
    row.verification, row.status = "refuted", "inactive"
    row.note = f"{row.note}\n{reason.strip()}".strip()
    row.recorded_by_id = act.by
    row.save(update_fields=["verification", "status", "note", "recorded_by_id"])
    announce(act, AllergyChanged(patient_id=patient_id, allergy_id=row.id, status="refuted"))
    return row


@transaction.atomic
def resolve_allergy(act: Act, *, patient_id: UUID, allergy_id: UUID, version: int, reason: str) -> AllergyIntolerance:
    """Note that an allergy that was real is no more (outgrown, desensitised): it stops nothing any more, and stays.

    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_allergy")
    row = allergy_to_change(act, patient_id, allergy_id, version)
    if not reason.strip():
        raise Invalid(reason=_("Say how it is known to be over."))
    row.status, row.note = "resolved", f"{row.note}\n{reason.strip()}".strip()
    row.recorded_by_id = act.by
    row.save(update_fields=["status", "note", "recorded_by_id"])
    announce(act, AllergyChanged(patient_id=patient_id, allergy_id=row.id, status="resolved"))
    return row


@transaction.atomic
def void_allergy(act: Act, *, patient_id: UUID, allergy_id: UUID, version: int, reason: str) -> AllergyIntolerance:
    """Mark an allergy as entered in error (the wrong patient, the wrong substance).

    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_allergy")
    row = allergy_to_change(act, patient_id, allergy_id, version)
    row.verification, row.recorded_by_id = "entered-in-error", act.by
    row.void(act, reason, "verification", "recorded_by_id")
    announce(act, AllergyChanged(patient_id=patient_id, allergy_id=row.id, status="entered-in-error"))
    return row
