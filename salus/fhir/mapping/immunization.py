"""Immunization <-> chart.Immunization."""

from __future__ import annotations

from salus.chart.models import Immunization
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    UCUM,
    concept_columns,
    concept_of,
    first_instant,
    notes_json,
    notes_text,
    number_or_none,
    quantity_json,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON


def read(resource: JSON, context: Context) -> Row:
    dose = resource.get("doseQuantity") or {}
    return {
        "patient_id": context.patient(resource, "patient"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": resource["status"],
        **concept_columns(resource["vaccineCode"]),
        "occurrence": resource.get("occurrenceDateTime"),
        "occurrence_text": resource.get("occurrenceString", ""),
        "at": first_instant(resource.get("occurrenceDateTime")),
        "lot_number": resource.get("lotNumber", ""),
        "dose": number_or_none(dose.get("value")),
        "dose_unit": dose.get("code") or dose.get("unit", ""),
        "note": notes_text(resource.get("note")),
    }


def write(row: Immunization) -> JSON:
    dose = quantity_json(row.dose, row.dose_unit, "") if row.dose is not None else None
    if dose and row.dose_unit:
        dose |= {"system": UCUM, "code": row.dose_unit}
    return without_empty(
        {
            "resourceType": "Immunization",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "completed",
            "vaccineCode": concept_of(row) or {"text": "unknown"},
            "patient": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "occurrenceDateTime": text_or_none(row.occurrence),
            "occurrenceString": None if row.occurrence else row.occurrence_text or "unknown",
            "lotNumber": row.lot_number,
            "doseQuantity": dose,
            "note": notes_json(row.note),
        }
    )


MAPPING = Mapping(
    type="Immunization",
    model=Immunization,
    patient="patient",
    read=read,
    write=write,
    params=(
        params.reference("patient", "patient_id", "Patient"),
        params.code("vaccine-code"),
        params.token("status", "status"),
        params.string("lot-number", "lot_number"),
        params.date("date", "occurrence", "at"),
    ),
)
