"""MedicationStatement <-> orders.MedicationStatement: what the patient takes without an order of this house."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    concept_columns,
    concept_of,
    first_instant,
    instant_text,
    notes_json,
    notes_text,
    period_of,
    plain_or_none,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row, words_of
from salus.fhir.mapping.medication_request import concept_in, dosage_columns, ours
from salus.fhir.written import JSON
from salus.orders.models import MedicationStatement

#: who said it, as this house has it, by the type of FHIR's source
_TOLD_BY = {"Patient": "patient", "RelatedPerson": "relative", "Organization": "paper"}


def read(resource: JSON, context: Context) -> Row:
    medicine = concept_in(resource, context)
    columns = concept_columns(medicine)
    effective = resource.get("effectivePeriod") or {}
    dosage = dosage_columns(resource.get("dosage") or [])
    told_by = str((resource.get("informationSource") or {}).get("reference", "")).partition("/")[0]
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("context"), "Encounter"),
        "status": resource["status"],
        **columns,
        "display": columns["display"] or columns["code"] or "unknown",
        "medicine_id": ours(medicine, context),
        **{name: value for name, value in dosage.items() if name != "as_needed_for"},
        "reason": ", ".join(words for one in resource.get("reasonCode", ()) if (words := words_of(one))),
        "status_reason": ", ".join(words for one in resource.get("statusReason", ()) if (words := words_of(one))),
        "informant": _TOLD_BY.get(told_by, "record"),
        "started": resource.get("effectiveDateTime") or effective.get("start"),
        "started_at": first_instant(resource.get("effectiveDateTime") or effective.get("start")),
        "ended": effective.get("end"),
        "asserted": resource.get("dateAsserted"),
        "asserted_at": first_instant(resource.get("dateAsserted")),
        "note": notes_text(resource.get("note")),
    }


def write(row: MedicationStatement) -> JSON:
    repeat = without_empty(
        {"frequency": row.frequency, "period": plain_or_none(row.period), "periodUnit": row.period_unit}
    )
    dose = without_empty({"value": plain_or_none(row.dose), "unit": row.dose_unit})
    dosage = without_empty(
        {
            "text": row.dosage_text,
            "timing": {"repeat": repeat} if repeat else None,
            "asNeededBoolean": True if row.as_needed else None,
            "route": {"text": row.route} if row.route else None,
            "doseAndRate": [{"doseQuantity": dose}] if row.dose is not None else [],
        }
    )
    return without_empty(
        {
            "resourceType": "MedicationStatement",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status,
            "statusReason": [{"text": row.status_reason}] if row.status_reason else [],
            "medicationCodeableConcept": concept_of(row) or {"text": row.display},
            "subject": reference_to("Patient", row.patient_id),
            "context": reference_to("Encounter", row.encounter_id),
            "effectivePeriod": period_of(row.started, row.ended),
            "dateAsserted": text_or_none(row.asserted) or instant_text(row.asserted_at),
            "informationSource": reference_to("Patient", row.patient_id) if row.informant == "patient" else None,
            "reasonCode": [{"text": row.reason}] if row.reason else [],
            "note": notes_json(row.note),
            "dosage": [dosage] if dosage else [],
        }
    )


MAPPING = Mapping(
    type="MedicationStatement",
    model=MedicationStatement,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("context", "encounter_id", "Encounter"),
        params.code(),
        params.token("status", "status"),
        params.date("effective", "started", "started_at", ends="ended", goes_on=True),
    ),
)
