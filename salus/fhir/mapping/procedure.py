"""Procedure <-> chart.Procedure."""

from __future__ import annotations

from typing import Any

from salus.chart.models import Procedure
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    concept_columns,
    concept_of,
    first_instant,
    notes_json,
    notes_text,
    period_of,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON


def read(resource: JSON, context: Context) -> Row:
    period = resource.get("performedPeriod") or {}
    performed = resource.get("performedDateTime") or period.get("start")
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": resource["status"],
        **concept_columns(resource.get("code")),
        "performed": performed,
        "performed_until": period.get("end"),
        "at": first_instant(performed or period.get("end")),
        "performer_id": next(filter(None, map(context.practitioner, _actors(resource))), None),
        "performer_name": _performer(resource),
        "outcome": text_of(resource.get("outcome")),
        "note": notes_text(resource.get("note")),
    }


def write(row: Procedure) -> JSON:
    is_period = row.performed_until is not None
    return without_empty(
        {
            "resourceType": "Procedure",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "unknown",
            "code": concept_of(row),
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "performedDateTime": None if is_period else text_or_none(row.performed),
            "performedPeriod": period_of(row.performed, row.performed_until) if is_period else None,
            "performer": [{"actor": _actor(row)}] if row.performer_id or row.performer_name else [],
            "outcome": {"text": row.outcome} if row.outcome else None,
            "note": notes_json(row.note),
        }
    )


def _actors(resource: JSON) -> list[JSON]:
    return [one.get("actor", {}) for one in resource.get("performer", ())]


def _performer(resource: JSON) -> str:
    """Who did it, as it was named."""
    names = (one.get("display", "") for one in _actors(resource))
    return next(filter(None, names), "")


def text_of(concept: Any) -> str:
    """A concept in words."""
    first: JSON = next(iter((concept or {}).get("coding") or ()), {})
    words: str = (concept or {}).get("text") or first.get("display") or ""
    return words


def _actor(row: Procedure) -> JSON:
    actor = reference_to("Practitioner", row.performer_id) or {}
    return actor | ({"display": row.performer_name} if row.performer_name else {})


MAPPING = Mapping(
    type="Procedure",
    model=Procedure,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("performer", "performer_id", "Practitioner"),
        params.code(),
        params.token("status", "status"),
        params.date("date", "performed", "at", ends="performed_until"),
    ),
)
