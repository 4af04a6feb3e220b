"""MedicationAdministration <-> orders.Performance of medicines: one dose that was given, or was not and why."""

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
    plain_or_none,
    positive,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row, words_of
from salus.fhir.mapping.medication_request import concept_in
from salus.fhir.written import JSON
from salus.orders.models import Performance
from salus.orders.queries import why_not


def read(resource: JSON, context: Context) -> Row:
    columns = concept_columns(concept_in(resource, context))
    effective = resource.get("effectiveDateTime") or (resource.get("effectivePeriod") or {}).get("start")
    dosage = resource.get("dosage") or {}
    dose = dosage.get("dose") or {}
    actor: JSON = next((one["actor"] for one in resource.get("performer", ()) if one.get("actor")), {})
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("context"), "Encounter"),
        "order_id": context.row(resource.get("request"), "MedicationRequest"),
        "kind": "medicine",
        "status": resource["status"],
        **columns,
        "display": columns["display"] or columns["code"] or "unknown",
        "reason": ", ".join(words for one in resource.get("statusReason", ()) if (words := words_of(one))),
        "performed": effective,
        "at": first_instant(effective),
        "performer_id": context.practitioner(actor),
        "performer_name": actor.get("display", ""),
        "dose": positive(dose.get("value")),
        "dose_unit": dose.get("code") or dose.get("unit", ""),
        "route": words_of(dosage.get("route") or {}),
        "note": notes_text(resource.get("note")),
    }


def write(row: Performance) -> JSON:
    actor = without_empty({**(reference_to("Practitioner", row.performer_id) or {}), "display": row.performer_name})
    dose = without_empty({"value": plain_or_none(row.dose), "unit": row.dose_unit}) if row.dose is not None else None
    return without_empty(
        {
            "resourceType": "MedicationAdministration",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status,
            "statusReason": [{"text": why}] if (why := why_not(row)) else [],
            "medicationCodeableConcept": concept_of(row) or {"text": row.display},
            "subject": reference_to("Patient", row.patient_id),
            "context": reference_to("Encounter", row.encounter_id),
            "effectiveDateTime": text_or_none(row.performed) or instant_text(row.at),
            "performer": [{"actor": actor}] if actor else [],
            "request": reference_to("MedicationRequest", row.order_id),
            "note": notes_json(row.note),
            "dosage": _dosage(row, dose),
        }
    )


def _dosage(row: Performance, dose: JSON | None) -> JSON | None:
    """What was given: FHIR wants a dose or a rate where it says anything."""
    return without_empty({"route": {"text": row.route} if row.route else None, "dose": dose}) if dose else None


MAPPING = Mapping(
    type="MedicationAdministration",
    model=Performance,
    only={"kind": "medicine"},
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("context", "encounter_id", "Encounter"),
        params.reference("request", "order_id", "MedicationRequest"),
        params.reference("performer", "performer_id", "Practitioner"),
        params.code(),
        params.token("status", "status"),
        params.date("effective-time", "performed", "at"),
    ),
)
