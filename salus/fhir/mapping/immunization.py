"""Immunization <-> chart.Immunization."""

from __future__ import annotations

from typing import Any

from salus.chart.models import Immunization
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    CLINICAL,
    UCUM,
    code_of,
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
from salus.fhir.mapping.context import Context, Row, words_of
from salus.fhir.written import JSON

SITE, ROUTE = f"{CLINICAL}v3-ActSite", f"{CLINICAL}v3-RouteOfAdministration"
REASON, ORIGIN = f"{CLINICAL}v3-ActReason", f"{CLINICAL}immunization-origin"
#: the beginning of `source` of rows that came as FHIR
FILED_AS = "fhir.immunization:"


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
        "expires_on": _whole_day(resource.get("expirationDate")),
        "manufacturer": (resource.get("manufacturer") or {}).get("display", ""),
        "dose_number": _dose_number(resource.get("protocolApplied")),
        "site": code_of(resource.get("site")),
        "route": code_of(resource.get("route")),
        **_performer(resource.get("performer"), context),
        "is_primary": resource.get("primarySource", True),
        "origin": code_of(resource.get("reportOrigin")),
        "reason_code": next(iter(_codes(resource.get("statusReason"))), ""),
        "reason": words_of(resource.get("statusReason") or {}),
        "dose": number_or_none(dose.get("value")),
        "dose_unit": dose.get("code") or dose.get("unit", ""),
        "note": notes_text(resource.get("note")),
    }


def _whole_day(text: str | None) -> str | None:
    """A lot that expires in a month does so at its end; a bare year says too little."""
    if text is None or len(text) != 10:
        return None
    return text


def _dose_number(protocols: Any) -> int | None:
    numbers = {one["doseNumberPositiveInt"] for one in protocols or () if "doseNumberPositiveInt" in one}
    number = int(numbers.pop()) if len(numbers) == 1 else None
    return number if number is not None and number <= 32_767 else None


def _performer(performers: Any, context: Context) -> Row:
    """Who gave it (function AP), else the first who is named."""
    listed = sorted(performers or (), key=lambda one: code_of(one.get("function")) != "AP")
    actor = listed[0]["actor"] if listed else {}
    return {"performer_id": context.practitioner(actor), "performer_name": actor.get("display", "")}


def _codes(concept: Any) -> list[str]:
    return [one["code"] for one in (concept or {}).get("coding", ()) if one.get("code")]


def write(row: Immunization) -> JSON:
    dose = quantity_json(row.dose, row.dose_unit, "") if row.dose is not None else None
    if dose and row.dose_unit:
        dose |= {"system": UCUM, "code": row.dose_unit}
    return without_empty(
        {
            "resourceType": "Immunization",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "completed",
            "statusReason": _concept(REASON, row.reason_code, row.reason),
            "vaccineCode": concept_of(row) or {"text": "unknown"},
            "patient": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "occurrenceDateTime": text_or_none(row.occurrence),
            "occurrenceString": None if row.occurrence else row.occurrence_text or "unknown",
            "primarySource": _is_primary(row),
            "reportOrigin": _concept(ORIGIN, row.origin),
            "manufacturer": {"display": row.manufacturer} if row.manufacturer else None,
            "lotNumber": row.lot_number,
            "expirationDate": text_or_none(row.expires_on),
            "site": _concept(SITE, row.site),
            "route": _concept(ROUTE, row.route),
            "doseQuantity": dose,
            "performer": _performers(row),
            "note": notes_json(row.note),
            "protocolApplied": [{"doseNumberPositiveInt": row.dose_number}] if row.dose_number else [],
        }
    )


def _concept(system: str, code: str, words: str = "") -> JSON | None:
    coding = [{"system": system, "code": code}] if code else []
    return without_empty({"coding": coding, "text": words}) or None


def _is_primary(row: Immunization) -> bool | None:
    """Said only where it is known: who gave it here is named."""
    return False if not row.is_primary else True if row.performer_id else None


def _performers(row: Immunization) -> list[JSON]:
    actor = without_empty({**(reference_to("Practitioner", row.performer_id) or {}), "display": row.performer_name})
    function = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0443", "code": "AP"}]}
    return [{"function": function, "actor": actor}] if actor else []


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
        params.reference("performer", "performer_id", "Practitioner"),
        params.token("status-reason", "reason_code", fixed=REASON),
    ),
)
