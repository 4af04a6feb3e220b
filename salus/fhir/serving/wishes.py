"""What a request says beside what is ordered (where, when, by whom), for the note: whoever carries it out reads it there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from salus.core.act import Act
from salus.fhir.mapping.context import target_of
from salus.fhir.serving.dosing import said
from salus.fhir.serving.loading import read_one
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON

#: HL7's ActSubstanceAdminSubstitutionCode: none
_NO_SUBSTITUTION = "N"
#: concepts and texts: the element, and what is written before it
_IN_WORDS = (
    ("bodySite", "Site: "),
    ("orderDetail", ""),
    ("performerType", "By: "),
    ("locationCode", "Where: "),
    ("courseOfTherapyType", ""),
)


#: what may be asked to do something and has a name
_NAMED = frozenset({"Practitioner", "HealthcareService", "Organization", "CareTeam"})


def wishes(act: Act, resource: JSON, today: date) -> list[str]:
    """Lines for the note.

    :param today: from when on a date need not be said any more
    :raises FhirError: 422 for a performer whose name nobody knows
    """
    performers = resource.get("performer") or []
    named = [_who(act, resource, one) for one in (performers if isinstance(performers, list) else [performers])]
    return [line for line in (*_lines(resource, today), *(f"By: {name}" for name in named)) if line]


def _who(act: Act, resource: JSON, reference: JSON) -> str:
    """In words who is to do it: whoever carries it out reads no ids."""
    if reference.get("display"):
        return str(reference["display"])
    text, target = str(reference.get("reference", "")), target_of(reference)
    found = next((one for one in resource.get("contained", ()) if f"#{one.get('id')}" == text), None)
    if found is None and target and target[0] in _NAMED:
        try:
            found = read_one(act, *target).resource
        except FhirError:
            found = None
    name = (found or {}).get("name") or ""
    if isinstance(name, list):
        name = name[0].get("text") or " ".join([*name[0].get("given", ()), name[0].get("family", "")]).strip()
    if not name:
        place = f"{resource['resourceType']}.performer"
        raise FhirError(422, "Say in words who is to do it (display).", code="required", expression=place)
    return str(name)


def _lines(resource: JSON, today: date) -> Iterator[str]:
    yield _when(resource)
    for name, before in _IN_WORDS:
        value = resource.get(name) or []
        for one in value if isinstance(value, list) else [value]:
            yield f"{before}{words}" if (words := said(one)) else ""
    yield resource.get("patientInstruction", "")
    yield _substitution(resource.get("substitution") or {})
    yield from _giving_out(resource.get("dispenseRequest") or {}, today)


def _when(resource: JSON) -> str:
    period = resource.get("occurrencePeriod") or {}
    span = " to ".join(part for part in (period.get("start", ""), period.get("end", "")) if part)
    until = "until " if period.get("end") and not period.get("start") else ""
    at = resource.get("occurrenceDateTime") or f"{until}{span}"
    return f"When: {at}" if at else ""


def _substitution(wish: JSON) -> str:
    concept = wish.get("allowedCodeableConcept") or {}
    codes = {one.get("code") for one in concept.get("coding", ())}
    if wish.get("allowedBoolean") is False or _NO_SUBSTITUTION in codes:
        return ", ".join(part for part in ("No substitution", said(wish.get("reason"))) if part)
    return f"Substitution: {said(concept)}" if concept else ""


def _giving_out(dispense: JSON, today: date) -> Iterator[str]:
    start = str((dispense.get("validityPeriod") or {}).get("start", ""))
    yield f"Not given out before {start[:10]}" if start[:10] > today.isoformat() else ""
    every = dispense.get("dispenseInterval") or {}
    yield f"Given out every {every['value']} {every.get('unit') or every.get('code', '')}" if every.get("value") else ""
    by = dispense.get("performer") or {}
    yield f"Given out by: {by['display']}" if by.get("display") else ""
