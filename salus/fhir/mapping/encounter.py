"""Encounter <-> encounters.Encounter."""

from __future__ import annotations

from typing import Any

from salus.encounters.models import Encounter
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    CLINICAL,
    code_of,
    exact,
    first_instant,
    instant_text,
    json_list,
    period_of,
    reference_to,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row, words_of
from salus.fhir.written import JSON

CLASS = f"{CLINICAL}v3-ActCode"


def read(resource: JSON, context: Context) -> Row:
    period = resource.get("period") or {}
    start, end = period.get("start"), period.get("end")
    people = [one.get("individual") for one in resource.get("participant", ())]
    reasons = resource.get("reasonCode", [])
    return {
        "facility_id": context.facility_id,
        "patient_id": context.patient(resource, "subject"),
        "status": resource["status"],
        "class_code": (resource.get("class") or {}).get("code", ""),
        "type": json_list(resource.get("type")),
        "practitioner_id": next(iter(context.rows(people, "Practitioner")), None),
        "provider_id": context.row(resource.get("serviceProvider"), "Organization"),
        "reason": "; ".join(filter(None, map(words_of, reasons))),
        "reasons": json_list(reasons),
        "priority": code_of(resource.get("priority")),
        "starts": start,
        "ends": end,
        "started_at": first_instant(start),
        "ended_at": first_instant(end),
    }


def write(row: Encounter) -> JSON:
    started = str(row.starts) if row.starts else instant_text(row.started_at)
    ended = str(row.ends) if row.ends else instant_text(row.ended_at)
    return without_empty(
        {
            "resourceType": "Encounter",
            "id": str(row.id),
            "identifier": [{"type": {"text": "Visit number"}, "value": row.number}] if row.number else [],
            "status": "entered-in-error" if row.voided_at else row.status,
            "class": {"system": CLASS, "code": row.class_code} if row.class_code else {"display": "unknown"},
            "type": exact(row.type),
            "priority": _concept(f"{CLINICAL}v3-ActPriority", row.priority),
            "subject": reference_to("Patient", row.patient_id),
            "participant": _participants(row.practitioner_id),
            "period": period_of(started, ended),
            "reasonCode": exact(row.reasons) or ([{"text": row.reason}] if row.reason else []),
            "serviceProvider": reference_to("Organization", row.provider_id),
        }
    )


def _participants(practitioner_id: Any) -> list[JSON]:
    return [{"individual": reference_to("Practitioner", practitioner_id)}] if practitioner_id else []


def _concept(system: str, code: str) -> JSON | None:
    return {"coding": [{"system": system, "code": code}]} if code else None


MAPPING = Mapping(
    type="Encounter",
    model=Encounter,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("participant", "practitioner_id", "Practitioner"),
        params.reference("practitioner", "practitioner_id", "Practitioner"),
        params.reference("service-provider", "provider_id", "Organization"),
        params.token("status", "status"),
        params.token("class", "class_code", fixed=CLASS),
        params.special("type", "token", "concepts:type"),
        params.special("reason-code", "token", "concepts:reasons"),
        params.date("date", "starts", "started_at", ends="ends", goes_on=True),
    ),
)
