"""What is kept and served of a request that was signed here: no word of it that its row does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from salus.fhir.mapping.concepts import notes_text
from salus.fhir.mapping.context import RXNORM
from salus.fhir.serving.dosing import said
from salus.fhir.serving.everything import references_in
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON

#: what an update may say otherwise than what is served
_MOVES = frozenset({"status", "statusReason", "note", "meta", "text"})
_BESIDE = frozenset(
    {
        *("resourceType", "id", "meta", "language", "identifier", "extension", "category", "reasonCode"),
        *("reasonReference", "basedOn", "supportingInformation", "supportingInfo", "groupIdentifier", "requisition"),
        *("insurance", "instantiatesCanonical", "instantiatesUri", "performer", "performerType"),
        *("substitution", "courseOfTherapyType", "detectedIssue", "eventHistory", "dispenseRequest"),
        "reportedBoolean",
        *("occurrenceDateTime", "occurrencePeriod", "patientInstruction", "orderDetail", "bodySite"),
        *("locationCode", "locationReference", "specimen", "relevantHistory"),
    }
)
#: of what is given out, what its row does not hold
_GIVEN_OUT = ("expectedSupplyDuration", "dispenseInterval", "performer")


@dataclass(frozen=True, slots=True)
class Signed:
    """How much of a client's words is kept beside the row: nothing that the row says itself, but for `as_told`."""

    beside: frozenset[str]
    as_told: frozenset[str] = frozenset()
    #: what of the row changes with its status
    moved: frozenset[str] = frozenset({"status", "statusReason"})


REQUEST = Signed(_BESIDE)
STATEMENT = Signed(
    _BESIDE | {"informationSource", "partOf", "derivedFrom"},
    as_told=frozenset({"medicationCodeableConcept", "reasonCode", "statusReason"}),
    moved=frozenset({"status", "statusReason", "effectivePeriod"}),
)

SIGNED: Mapping[str, Signed] = {
    "MedicationRequest": REQUEST,
    "ServiceRequest": REQUEST,
    "MedicationStatement": STATEMENT,
}


def kept_of_new(kind: str, resource: JSON, row: JSON) -> JSON:
    """What is kept of a resource that was signed just now.

    :param row: what its row says, as a resource
    """
    signed = SIGNED[kind]
    sent = {name: resource[name] for name in signed.beside if name in resource}
    told = {name: resource[name] for name in signed.as_told if name in resource}
    kept = sent | {name: value for name, value in row.items() if name != "meta"} | told
    if "dispenseRequest" in sent and (
        row.get("dispenseRequest") or any(one in sent["dispenseRequest"] for one in _GIVEN_OUT)
    ):
        kept["dispenseRequest"] = _given_out(sent["dispenseRequest"], row.get("dispenseRequest") or {})
    if contained := _contained(resource, kept):
        kept["contained"] = contained
    if kind == "MedicationRequest":
        ours = row["medicationCodeableConcept"]
        theirs = [
            {"system": RXNORM, "code": one["code"]}
            for one in resource["medicationCodeableConcept"].get("coding", ())
            if one.get("system") == RXNORM and one.get("code")
        ]
        kept["medicationCodeableConcept"] = ours | {"coding": [*theirs, *ours.get("coding", ())]}
    return kept


def _given_out(sent: JSON, row: JSON) -> JSON:
    """What is given out as the row has it, with what it does not hold."""
    more = {name: sent[name] for name in _GIVEN_OUT if name in sent}
    start = {"start": sent["validityPeriod"]["start"]} if "start" in sent.get("validityPeriod", {}) else {}
    valid = start | row.get("validityPeriod", {})
    return row | more | ({"validityPeriod": valid} if valid else {})


def _contained(resource: JSON, kept: JSON) -> list[JSON]:
    """What is contained in a request and what is kept of it refers to."""
    named = {text for text in references_in(kept) if text.startswith("#")}
    return [one for one in resource.get("contained", ()) if f"#{one.get('id')}" in named]


def kept_of_moved(kind: str, resource: JSON, served: JSON, row: JSON) -> JSON:
    """What is kept of a resource whose status was moved: what was served, with what the row says now."""
    moved = SIGNED[kind].moved
    kept = {name: value for name, value in served.items() if name not in (*moved, "meta", "note")}
    kept |= {name: resource[name] for name in ("meta", "note") if name in resource}
    kept |= {name: row[name] for name in moved if name in row}
    if "effectivePeriod" in row and "effectivePeriod" in moved:
        kept.pop("effectiveDateTime", None)
    return kept


def only_moved(kind: str, resource: JSON, served: JSON) -> None:
    """See that an update says nothing else than what is served, but for its status and why.

    :raises FhirError: 422 naming every element that differs
    """
    names = sorted((resource.keys() | served.keys()) - _MOVES)
    found = [name for name in names if resource.get(name) != served.get(name)]
    if (resource.get("text") or {}).get("status") == "additional" and resource["text"] != served.get("text"):
        found.append("text")
    if found:
        refused = FhirError(422, "What was signed is not changed.")
        words = "What was signed is not changed: write another that names it as the prior one"
        refused.issues = [(words, f"{kind}.{name}") for name in found]
        raise refused


def why_moved(kind: str, resource: JSON, served: JSON) -> str:
    """Why the status was moved: what `statusReason` and a new note say; nothing if they say nothing new.

    :raises FhirError: 422 if a note that stands in the order is left out or changed
    """
    there, sent = served.get("note") or [], resource.get("note") or []
    if any(one not in sent for one in there):
        raise FhirError(422, "What was signed is not changed, nor its notes.", expression=f"{kind}.note")
    why = resource.get("statusReason")
    reasons = [said(one) for one in (why if isinstance(why, list) else [why]) if one]
    is_new = why != served.get("statusReason") or resource["status"] != served["status"]
    added = notes_text([one for one in sent if one not in there])
    return "; ".join(part for part in (*(reasons if is_new else ()), added) if part)
