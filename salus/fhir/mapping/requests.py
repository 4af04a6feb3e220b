"""What MedicationRequest and ServiceRequest have in common: both are rows of orders.Order."""

from __future__ import annotations

from typing import Any

from salus.fhir.mapping.concepts import first_instant, notes_text, reference_to
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON, encode_text

#: what authorises work; a proposal, a plan or an option is nobody's order
_ORDERS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})


def modifies(value: Any) -> bool:
    """Whether anything in it changes the meaning of what is said in a way that nobody here knows."""
    if isinstance(value, list):
        return any(map(modifies, value))
    if not isinstance(value, dict):
        return False
    return "modifierExtension" in value or "implicitRules" in value or any(map(modifies, value.values()))


def negates(value: Any) -> bool:
    """Whether anything in it turns what is said into its opposite: `doNotPerform`, or a modifier that nobody here knows."""
    if isinstance(value, list):
        return any(map(negates, value))
    if not isinstance(value, dict):
        return False
    return value.get("doNotPerform") is True or modifies(value) or any(map(negates, value.values()))


def is_order(resource: JSON) -> bool:
    """Whether a request asks for something to be done; any other is a paper of the patient, never a row among the orders."""
    return resource["intent"] in _ORDERS and not negates(resource)


def order_columns(resource: JSON, context: Context) -> Row:
    requester = resource.get("requester") or {}
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": resource["status"],
        "intent": resource["intent"],
        "priority": resource.get("priority", "routine"),
        "requester_id": context.practitioner(requester),
        "requester_name": requester.get("display", ""),
        "authored": resource.get("authoredOn"),
        "authored_at": first_instant(resource.get("authoredOn")),
        "reasons": encode_text(_reasons(resource, context)),
        "note": notes_text(resource.get("note")),
        "repeats": 0,
    }


def _reasons(resource: JSON, context: Context) -> list[JSON]:
    """Reasons in words and codes; one that is a reference says which, beside its words."""
    named = [
        {"text": context.display(one), "reference": one["reference"]}
        for one in resource.get("reasonReference", ())
        if one.get("reference")
    ]
    return [*resource.get("reasonCode", ()), *named]


def reasons_json(reasons: Any) -> JSON:
    """`reasonCode` and `reasonReference` of what `order_columns` kept."""
    listed = reasons or []
    named = [one for one in listed if "reference" in one]
    return {
        "reasonCode": [one for one in listed if "reference" not in one],
        "reasonReference": [
            {"reference": one["reference"], **({"display": one["text"]} if one.get("text") else {})} for one in named
        ],
    }


def requester_json(row: Any) -> JSON | None:
    reference = reference_to("Practitioner", row.requester_id) or {}
    if row.requester_name:
        reference["display"] = row.requester_name
    return reference or None
