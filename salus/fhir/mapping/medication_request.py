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
from salus.orders.rules import steps_of

_SMALLEST, _LARGEST = 1, 32767


def read(resource: JSON, context: Context) -> Row:
    medicine = concept_in(resource, context)
    columns = concept_columns(medicine)
    supply = (resource.get("dispenseRequest") or {}).get("quantity") or {}
    return {
        **order_columns(resource, context),
        "kind": "medicine",
        **columns,
        "display": columns["display"] or columns["code"] or "unknown",
        "medicine_id": ours(medicine, context),
        **dosage_columns(resource.get("dosageInstruction") or []),
        "quantity": positive(supply.get("value")),
        "quantity_unit": supply.get("unit") or supply.get("code", ""),
        "repeats": min(max((resource.get("dispenseRequest") or {}).get("numberOfRepeatsAllowed", 0), 0), 99),
        "expires_on": _last_day(resource.get("dispenseRequest")),
        "replaces_id": context.row(resource.get("priorPrescription"), "MedicationRequest"),
    }


def _last_day(dispense: Any) -> str | None:
    """The whole day until which it may be given out; a month or a year alone says too little."""
    text = ((dispense or {}).get("validityPeriod") or {}).get("end", "")
    return text[:10] if len(text) >= 10 else None


def concept_in(resource: JSON, context: Context) -> JSON:
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


def ours(medicine: JSON, context: Context) -> Any:
    codes = [one.get("code") for one in medicine.get("coding", ()) if one.get("system") == RXNORM]
    return next((context.known.medicines[code] for code in codes if code in context.known.medicines), None)


def dosage_columns(instructions: list[JSON]) -> Row:
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
            "statusReason": {"text": why} if (why := row.stop_reason or row.hold_reason) else None,
            "intent": row.intent,
            "priority": row.priority,
            "medicationCodeableConcept": concept_of(row) or {"text": row.display},
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "authoredOn": text_or_none(row.authored) or instant_text(row.authored_at),
            "requester": requester_json(row),
            **reasons_json(exact(row.reasons)),
            "note": notes_json(row.note),
            "dosageInstruction": _instructions(row),
            "dispenseRequest": _supply(row),
            "priorPrescription": reference_to("MedicationRequest", row.replaces_id),
        }
    )


def _instructions(row: Order) -> list[JSON]:
    """How it is taken: one dosage, or one for each step, in sequence; doses in turn share their place."""
    steps = steps_of(exact(row.steps) or ())
    if not steps:
        return [dosage] if (dosage := _dosage_json(row, row, row.duration_days)) else []
    found = []
    for place, one in enumerate(steps, start=1):
        dosage = _dosage_json(row, one, one.days or row.duration_days)
        in_turn = row.pattern == "alternate"
        words = {"text": f"every other day, in turn: {place} of {len(steps)}"} if in_turn else {}
        found.append({"sequence": 1 if in_turn else place} | dosage | words)
    return found


def _dosage_json(row: Order, step: Any, days: int | None) -> JSON:
    repeat = without_empty(
        {"frequency": step.frequency, "period": plain_or_none(step.period), "periodUnit": step.period_unit}
    )
    if days:
        repeat["boundsDuration"] = {"value": days, "unit": "d", "system": UCUM, "code": "d"}
    dose = without_empty({"value": plain_or_none(step.dose), "unit": row.dose_unit})
    needed = {"asNeededBoolean": row.as_needed} if row.as_needed or repeat else {}
    return without_empty(
        {
            "text": row.dosage_text,
            "timing": {"repeat": repeat} if repeat else None,
            **({"asNeededCodeableConcept": {"text": row.as_needed_for}} if row.as_needed_for else needed),
            "route": {"text": row.route} if row.route else None,
            "doseAndRate": [{"doseQuantity": dose}] if step.dose is not None else [],
            "maxDosePerPeriod": _most(row, step),
        }
    )


def _most(row: Order, step: Any) -> JSON | None:
    if not row.most_per_day or step.dose is None:
        return None
    return {
        "numerator": {"value": plain_or_none(step.dose * row.most_per_day), "unit": row.dose_unit},
        "denominator": {"value": 1, "unit": "d", "system": UCUM, "code": "d"},
    }


def _supply(row: Order) -> JSON | None:
    quantity = without_empty({"value": plain_or_none(row.quantity), "unit": row.quantity_unit})
    return (
        without_empty(
            {
                "validityPeriod": {"end": row.expires_on.isoformat()} if row.expires_on else None,
                "numberOfRepeatsAllowed": row.repeats or None,
                "quantity": quantity if row.quantity is not None else None,
            }
        )
        or None
    )


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
