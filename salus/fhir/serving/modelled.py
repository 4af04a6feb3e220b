"""What of a request becomes an order here, element by element: whatever else is said would be lost, and is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from salus.fhir.mapping.requests import negates
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON

#: elements below an element; None where it is read whole
Shape = Mapping[str, Any]

_ANYWHERE = frozenset({"id", "extension"})
_QUANTITY: Shape = {"value": None, "unit": None, "system": None, "code": None}
_RESOURCE: Shape = dict.fromkeys(("resourceType", "meta", "language", "text", "identifier"))

_REPEAT: Shape = {"frequency": None, "period": None, "periodUnit": None, "boundsDuration": _QUANTITY}
_DOSED: Shape = {**_REPEAT, "boundsPeriod": {"start": None, "end": None}}
_DOSAGE: Shape = {
    **dict.fromkeys(("sequence", "text", "additionalInstruction", "patientInstruction", "route", "method")),
    **dict.fromkeys(("asNeededBoolean", "asNeededCodeableConcept")),
    "timing": {"code": None, "repeat": _DOSED},
    "doseAndRate": {"type": None, "doseQuantity": _QUANTITY},
    "maxDosePerPeriod": {"numerator": _QUANTITY, "denominator": _QUANTITY},
}

#: common to both; who asks and when is told by us, whatever the client says. What is said of how it is to be done stands in the
#: note as well (`wishes`); the rest is kept as it came
_REQUEST: Shape = {
    **_RESOURCE,
    **dict.fromkeys(("status", "intent", "priority", "doNotPerform", "subject", "encounter", "note")),
    **dict.fromkeys(("requester", "recorder", "authoredOn", "reasonCode", "category", "basedOn", "supportingInfo")),
    **dict.fromkeys(("groupIdentifier", "requisition", "insurance", "instantiatesCanonical", "instantiatesUri")),
    **dict.fromkeys(("reasonReference", "performer", "performerType", "contained")),
}

MEDICATION_REQUEST: Shape = {
    **_REQUEST,
    **dict.fromkeys(("medicationCodeableConcept", "priorPrescription", "supportingInformation")),
    **dict.fromkeys(("substitution", "courseOfTherapyType", "detectedIssue", "eventHistory", "reportedBoolean")),
    "dosageInstruction": _DOSAGE,
    "dispenseRequest": {
        "quantity": _QUANTITY,
        **dict.fromkeys(("numberOfRepeatsAllowed", "validityPeriod")),
        **dict.fromkeys(("expectedSupplyDuration", "dispenseInterval", "performer")),
    },
}

SERVICE_REQUEST: Shape = {
    **_REQUEST,
    **dict.fromkeys(("code", "replaces", "occurrenceDateTime", "occurrencePeriod", "patientInstruction")),
    **dict.fromkeys(("orderDetail", "bodySite", "locationCode", "locationReference", "specimen", "relevantHistory")),
    "occurrenceTiming": {"repeat": _REPEAT},
}

#: a medicine from outside stands in words: its dosage may say anything that its text says too
STATEMENT: Shape = {
    **_RESOURCE,
    **dict.fromkeys(("status", "statusReason", "medicationCodeableConcept", "subject", "context", "note", "dosage")),
    **dict.fromkeys(("effectiveDateTime", "effectivePeriod", "dateAsserted", "informationSource", "reasonCode")),
    **dict.fromkeys(("category", "basedOn", "partOf", "derivedFrom", "reasonReference")),
}
DOSAGE_IN_NUMBERS: Shape = {
    **dict.fromkeys(("sequence", "text", "route", "asNeededBoolean")),
    "timing": {"repeat": {"frequency": None, "period": None, "periodUnit": None}},
    "doseAndRate": {"type": None, "doseQuantity": _QUANTITY},
}


def refuse_unmodelled(resource: JSON, shape: Shape, kind: str) -> None:
    """See that nothing is said which Salus would not keep.

    :raises FhirError: 422 naming every element that is not modelled here, or that turns the request into its opposite
    """
    if negates(resource):
        raise FhirError(
            422,
            "An order says what is to be done: doNotPerform and modifier extensions are not signed here.",
            code="not-supported",
            expression=f"{kind}.{'doNotPerform' if resource.get('doNotPerform') else 'modifierExtension'}",
        )
    if (resource.get("text") or {}).get("status") == "additional":
        raise FhirError(422, "The text says more than the elements.", code="not-supported", expression=f"{kind}.text")
    found = unmodelled(resource, shape, kind)
    if found:
        refused = FhirError(422, "This is not modelled here, and would be lost.")
        refused.issues = [("is not modelled here, and would be lost", place) for place in found]
        raise refused


def unmodelled(value: Any, shape: Shape, place: str) -> list[str]:
    """The places of everything that the shape does not know."""
    if isinstance(value, list):
        return [one for item in value for one in unmodelled(item, shape, place)]
    found = []
    for name, item in value.items() if isinstance(value, dict) else ():
        if name in _ANYWHERE:
            continue
        if name not in shape:
            found.append(f"{place}.{name}")
        elif shape[name] is not None:
            found += unmodelled(item, shape[name], f"{place}.{name}")
    return found
