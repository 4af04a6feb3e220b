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
from salus.fhir.mapping.context import Context, Row, words_of
from salus.fhir.written import JSON, encode_text


def read(resource: JSON, context: Context) -> Row:
    period = resource.get("period") or {}
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": resource["status"],
        "intent": resource["intent"],
        **_words(resource),
        "category": code_of(resource.get("category")),
        "starts": period.get("start"),
        "ends": period.get("end"),
        "at": first_instant(period.get("start") or resource.get("created")),
        "activities": json_list(resource.get("activity")),
        "conditions": context.rows(resource.get("addresses"), "Condition"),
        "goals": context.rows(resource.get("goal"), "Goal"),
        "note": notes_text(resource.get("note")),
    }


def _words(resource: JSON) -> Row:
    """The first category, and its words where the plan has no title: a category is kept whole beside a title."""
    category, title = (resource.get("category") or [None])[0], resource.get("title", "")
    columns = concept_columns(category)
    if category and columns["codings"] is None and (title or not columns["code"]):
        columns["codings"] = encode_text(category)
    return columns | {"display": title or columns["display"]}


def write(row: CarePlan) -> JSON:
    category = concept_of(row) if row.code or row.codings else {}
    return without_empty(
        {
            "resourceType": "CarePlan",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "unknown",
            "intent": row.intent or "plan",
            "category": [category] if category else [],
            "title": row.display if row.display != words_of(category) else "",
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
