"""ServiceRequest <-> orders.Order: everything that is ordered and no medicine."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    UCUM,
    concept_columns,
    concept_of,
    exact,
    instant_text,
    notes_json,
    plain_or_none,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.mapping.requests import order_columns, reasons_json, requester_json
from salus.fhir.written import JSON
from salus.orders.models import Order

SNOMED = "http://snomed.info/sct"

#: what kind of work a request is for (hl7.org/fhir/R4/valueset-servicerequest-category.html)
_CATEGORIES = {
    "108252007": ("test", "Laboratory procedure"),
    "363679005": ("image", "Imaging"),
    "387713003": ("procedure", "Surgical procedure"),
    "3457005": ("referral", "Patient referral"),
}
#: kinds for which that value set has no code: said in words
_IN_WORDS = {"diet": "Diet", "nursing": "Nursing"}
_KINDS = {kind: (code, display) for code, (kind, display) in _CATEGORIES.items() if kind != "procedure"}
_LOINC = "http://loinc.org"


def read(resource: JSON, context: Context) -> Row:
    columns = concept_columns(resource.get("code"))
    return {
        **order_columns(resource, context),
        "kind": _kind(resource, columns),
        **columns,
        "display": columns["display"] or columns["code"] or "unknown",
        "as_needed": bool(resource.get("asNeededBoolean") or resource.get("asNeededCodeableConcept")),
    }


def _kind(resource: JSON, columns: Row) -> str:
    for category in resource.get("category", ()):
        for coding in category.get("coding", ()):
            if coding.get("code") in _CATEGORIES:
                return _CATEGORIES[coding["code"]][0]
            if str(coding.get("code", "")).lower() in ("laboratory", "lab"):
                return "test"
            if str(coding.get("code", "")).lower() in ("imaging", "rad", "radiology"):
                return "image"
        for kind, words in _IN_WORDS.items():
            if category.get("text") == words:
                return kind
    return "test" if columns["code_system"] == _LOINC else "procedure"


def write(row: Order) -> JSON:
    return without_empty(
        {
            "resourceType": "ServiceRequest",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else _STATUSES.get(row.status, row.status),
            "intent": row.intent,
            "replaces": [one] if (one := reference_to("ServiceRequest", row.replaces_id)) else [],
            "category": _category(row.kind),
            "priority": row.priority,
            "code": concept_of(row) or {"text": row.display},
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "occurrenceTiming": {"repeat": repeat} if (repeat := _repeat(row)) else None,
            "asNeededBoolean": True if row.as_needed else None,
            "authoredOn": text_or_none(row.authored) or instant_text(row.authored_at),
            "requester": requester_json(row),
            "performer": [one] if (one := reference_to("HealthcareService", row.performer_id)) else [],
            **reasons_json(exact(row.reasons)),
            "note": notes_json(row.note),
        }
    )


def _category(kind: str) -> list[JSON]:
    if kind in _IN_WORDS:
        return [{"text": _IN_WORDS[kind]}]
    category = _KINDS.get(kind)
    return [{"coding": [{"system": SNOMED, "code": category[0], "display": category[1]}]}] if category else []


def _repeat(row: Order) -> JSON:
    repeat = without_empty(
        {"frequency": row.frequency, "period": plain_or_none(row.period), "periodUnit": row.period_unit}
    )
    if row.duration_days:
        repeat["boundsDuration"] = {"value": row.duration_days, "unit": "d", "system": UCUM, "code": "d"}
    return repeat


#: an order here is stopped or cancelled; FHIR's ServiceRequest says revoked
_STATUSES = {"stopped": "revoked", "cancelled": "revoked"}


MAPPING = Mapping(
    type="ServiceRequest",
    model=Order,
    only={"kind__in": ("test", "image", "procedure", "diet", "nursing", "referral")},
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("requester", "requester_id", "Practitioner"),
        params.code(),
        params.Param(
            name="status",
            kind="token",
            column="status",
            sorts=True,
            synonyms={"revoked": ("revoked", "stopped", "cancelled")},
        ),
        params.token("intent", "intent"),
        params.token("priority", "priority"),
        params.date("authored", "authored", "authored_at"),
    ),
)
