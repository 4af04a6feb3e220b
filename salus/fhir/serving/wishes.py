"""What a request says beside what is ordered (where, when, by whom), for the note: whoever carries it out reads it there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from salus.fhir.serving.dosing import said
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


def wishes(resource: JSON, today: date) -> list[str]:
    """Lines for the note.

    :param today: from when on a date need not be said any more
    """
    return [line for line in _lines(resource, today) if line]


def _lines(resource: JSON, today: date) -> Iterator[str]:
    yield _when(resource)
    for name, before in _IN_WORDS:
        value = resource.get(name) or []
        for one in value if isinstance(value, list) else [value]:
            yield f"{before}{words}" if (words := said(one)) else ""
    performers = resource.get("performer") or []
    for one in performers if isinstance(performers, list) else [performers]:
        yield f"By: {one['display']}" if one.get("display") else ""
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
