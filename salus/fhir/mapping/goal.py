"""Goal <-> chart.Goal."""

from __future__ import annotations

from salus.chart.models import Goal
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    CLINICAL,
    code_of,
    concept_columns,
    concept_of,
    first_instant,
    notes_json,
    notes_text,
    number_or_none,
    one_code,
    quantity_json,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON

ACHIEVEMENT = f"{CLINICAL}goal-achievement"


def read(resource: JSON, context: Context) -> Row:
    target = (resource.get("target") or [{}])[0]
    aim = target.get("detailQuantity") or {}
    aim = {} if "comparator" in aim else aim  # less than a value is not the value
    return {
        "patient_id": context.patient(resource, "subject"),
        "status": resource["lifecycleStatus"],
        "achievement": code_of(resource.get("achievementStatus")),
        **concept_columns(resource.get("description")),
        "starts": resource.get("startDate"),
        "due": target.get("dueDate"),
        "target_value": number_or_none(aim.get("value")),
        "target_unit": aim.get("unit", ""),
        "at": first_instant(resource.get("startDate") or resource.get("statusDate")),
        "addresses": context.rows(resource.get("addresses"), "Condition"),
        "note": notes_text(resource.get("note")),
    }


def write(row: Goal) -> JSON:
    return without_empty(
        {
            "resourceType": "Goal",
            "id": str(row.id),
            "lifecycleStatus": "entered-in-error" if row.voided_at else row.status or "active",
            "achievementStatus": one_code(ACHIEVEMENT, row.achievement) if row.achievement else None,
            "description": concept_of(row) or {"text": "unknown"},
            "subject": reference_to("Patient", row.patient_id),
            "startDate": text_or_none(row.starts),
            "target": [_target(row)] if row.due or row.target_value is not None else [],
            "addresses": [reference_to("Condition", one) for one in row.addresses],
            "note": notes_json(row.note),
        }
    )


def _target(row: Goal) -> JSON:
    if row.target_value is None:
        return {"dueDate": str(row.due)}
    # A detail belongs to a measure (gol-1 of FHIR R4): the goal itself, in words.
    measure = concept_of(row) or {"text": "unknown"}
    value = quantity_json(row.target_value, row.target_unit, "")
    return without_empty({"measure": measure, "detailQuantity": value, "dueDate": text_or_none(row.due)})


MAPPING = Mapping(
    type="Goal",
    model=Goal,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.token("lifecycle-status", "status"),
        params.token("achievement-status", "achievement", fixed=ACHIEVEMENT),
        params.date("start-date", "starts", "at"),
    ),
)
