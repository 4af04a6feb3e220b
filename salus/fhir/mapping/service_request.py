"""ServiceRequest <-> orders.Order: tests, images and procedures."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    concept_columns,
    concept_of,
    exact,
    instant_text,
    notes_json,
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
}
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
    return "test" if columns["code_system"] == _LOINC else "procedure"


def write(row: Order) -> JSON:
    category = _KINDS.get(row.kind)
    return without_empty(
        {
            "resourceType": "ServiceRequest",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else _STATUSES.get(row.status, row.status),
            "intent": row.intent,
            "category": [{"coding": [{"system": SNOMED, "code": category[0], "display": category[1]}]}]
            if category
            else [],
            "priority": row.priority,
            "code": concept_of(row) or {"text": row.display},
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "asNeededBoolean": True if row.as_needed else None,
            "authoredOn": text_or_none(row.authored) or instant_text(row.authored_at),
            "requester": requester_json(row),
            **reasons_json(exact(row.reasons)),
            "note": notes_json(row.note),
        }
    )


#: an order here is stopped or cancelled; FHIR's ServiceRequest says revoked
_STATUSES = {"stopped": "revoked", "cancelled": "revoked"}


MAPPING = Mapping(
    type="ServiceRequest",
    model=Order,
    only={"kind__in": ("test", "image", "procedure")},
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
