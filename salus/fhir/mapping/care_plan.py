"""CarePlan <-> chart.CarePlan."""

from __future__ import annotations

from salus.chart.models import CarePlan
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    code_of,
    concept_columns,
    concept_of,
    exact,
    first_instant,
    json_list,
    notes_json,
    notes_text,
    period_of,
    reference_to,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON


def read(resource: JSON, context: Context) -> Row:
    period = resource.get("period") or {}
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": resource["status"],
        "intent": resource["intent"],
        **concept_columns((resource.get("category") or [None])[0]),
        "category": code_of(resource.get("category")),
        "starts": period.get("start"),
        "ends": period.get("end"),
        "at": first_instant(period.get("start") or resource.get("created")),
        "activities": json_list(resource.get("activity")),
        "conditions": context.rows(resource.get("addresses"), "Condition"),
        "goals": context.rows(resource.get("goal"), "Goal"),
        "note": notes_text(resource.get("note")),
    }


def write(row: CarePlan) -> JSON:
    return without_empty(
        {
            "resourceType": "CarePlan",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "unknown",
            "intent": row.intent or "plan",
            "category": [concept_of(row)] if row.code or row.display else [],
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "period": period_of(row.starts, row.ends),
            "addresses": [reference_to("Condition", one) for one in row.conditions],
            "goal": [reference_to("Goal", one) for one in row.goals],
            "activity": exact(row.activities),
            "note": notes_json(row.note),
        }
    )


MAPPING = Mapping(
    type="CarePlan",
    model=CarePlan,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("condition", "conditions", "Condition", array=True),
        params.reference("goal", "goals", "Goal", array=True),
        params.code("category"),
        params.token("status", "status"),
        params.token("intent", "intent"),
        params.date("date", "starts", "at", ends="ends", goes_on=True),
    ),
)
