"""MedicationRequest <-> orders.Order."""

from __future__ import annotations

from typing import Any

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    UCUM,
    concept_columns,
    concept_of,
    exact,
    instant_text,
    notes_json,
    number_or_none,
    plain_or_none,
    positive,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import RXNORM, Context, Row, target_of, words_of
from salus.fhir.mapping.requests import order_columns, reasons_json, requester_json
from salus.fhir.written import JSON
from salus.orders.models import Order

_SMALLEST, _LARGEST = 1, 32767


def read(resource: JSON, context: Context) -> Row:
    medicine = _concept(resource, context)
    columns = concept_columns(medicine)
    supply = (resource.get("dispenseRequest") or {}).get("quantity") or {}
    return {
        **order_columns(resource, context),
        "kind": "medicine",
        **columns,
        "display": columns["display"] or columns["code"] or "unknown",
        "medicine_id": _ours(medicine, context),
        **_dosage(resource.get("dosageInstruction") or []),
        "quantity": positive(supply.get("value")),
        "quantity_unit": supply.get("unit") or supply.get("code", ""),
    }


def _concept(resource: JSON, context: Context) -> JSON:
    """What is ordered: coded here, in a contained Medication, or in one that came with the same bundle."""
    if "medicationCodeableConcept" in resource:
        concept: JSON = resource["medicationCodeableConcept"]
        return concept
    reference = resource.get("medicationReference") or {}
    text = reference.get("reference", "")
    contained = next((one for one in resource.get("contained", ()) if f"#{one.get('id')}" == text), None)
    target = target_of(reference)
    found = contained or (context.siblings.get(target) if target else None) or {}
    return found.get("code") or ({"text": reference["display"]} if reference.get("display") else {})


def _ours(medicine: JSON, context: Context) -> Any:
    codes = [one.get("code") for one in medicine.get("coding", ()) if one.get("system") == RXNORM]
    return next((context.known.medicines[code] for code in codes if code in context.known.medicines), None)


def _dosage(instructions: list[JSON]) -> Row:
    first = instructions[0] if instructions else {}
    rate = (first.get("doseAndRate") or [{}])[0]
    dose = rate.get("doseQuantity") or {}
    repeat = (first.get("timing") or {}).get("repeat") or {}
    frequency = repeat.get("frequency")
    as_needed = first.get("asNeededCodeableConcept")
    return {
        "dose": positive(dose.get("value")),
        "dose_unit": dose.get("code") or dose.get("unit", ""),
        "route": words_of(first.get("route") or {}),
        "frequency": frequency if frequency is not None and _SMALLEST <= frequency <= _LARGEST else None,
        "period": number_or_none(repeat.get("period")),
        "period_unit": repeat.get("periodUnit", ""),
        "as_needed": bool(first.get("asNeededBoolean") or as_needed),
        "as_needed_for": words_of(as_needed or {}),
        "dosage_text": "\n".join(one["text"] for one in instructions if one.get("text")),
    }


def write(row: Order) -> JSON:
    return without_empty(
        {
            "resourceType": "MedicationRequest",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status,
            "intent": row.intent,
            "priority": row.priority,
            "medicationCodeableConcept": concept_of(row) or {"text": row.display},
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "authoredOn": text_or_none(row.authored) or instant_text(row.authored_at),
            "requester": requester_json(row),
            **reasons_json(exact(row.reasons)),
            "note": notes_json(row.note),
            "dosageInstruction": [dosage] if (dosage := _dosage_json(row)) else [],
            "dispenseRequest": _supply(row),
        }
    )


def _dosage_json(row: Order) -> JSON:
    repeat = without_empty(
        {"frequency": row.frequency, "period": plain_or_none(row.period), "periodUnit": row.period_unit}
    )
    if row.duration_days:
        repeat["boundsDuration"] = {"value": row.duration_days, "unit": "d", "system": UCUM, "code": "d"}
    dose = without_empty({"value": plain_or_none(row.dose), "unit": row.dose_unit})
    needed = {"asNeededBoolean": row.as_needed} if row.as_needed or repeat else {}
    return without_empty(
        {
            "text": row.dosage_text,
            "timing": {"repeat": repeat} if repeat else None,
            **({"asNeededCodeableConcept": {"text": row.as_needed_for}} if row.as_needed_for else needed),
            "route": {"text": row.route} if row.route else None,
            "doseAndRate": [{"doseQuantity": dose}] if row.dose is not None else [],
        }
    )


def _supply(row: Order) -> JSON | None:
    if row.quantity is None:
        return None
    return {"quantity": without_empty({"value": plain_or_none(row.quantity), "unit": row.quantity_unit})}


MAPPING = Mapping(
    type="MedicationRequest",
    model=Order,
    only={"kind": "medicine"},
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("requester", "requester_id", "Practitioner"),
        params.code(),
        params.token("status", "status"),
        params.token("intent", "intent"),
        params.token("priority", "priority"),
        params.date("authoredon", "authored", "authored_at"),
    ),
)
