"""FamilyMemberHistory <-> chart.FamilyMember."""

from __future__ import annotations

from typing import Any

from salus.chart.models import FamilyMember
from salus.chart.vocabulary import ROLE
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    code_of,
    concept_columns,
    concept_json,
    concept_of,
    exact,
    first_instant,
    json_list,
    notes_json,
    notes_text,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON

GENDER = "http://hl7.org/fhir/administrative-gender"


def read(resource: JSON, context: Context) -> Row:
    date = resource.get("date")
    return {
        "patient_id": context.patient(resource, "patient"),
        "status": resource["status"],
        **concept_columns(resource["relationship"]),
        "name": resource.get("name", ""),
        "gender": code_of(resource.get("sex")),
        "born": resource.get("bornDate"),
        "is_deceased": _is_deceased(resource),
        "death_age": _age(resource, "deceased"),
        "conditions": json_list(map(_illness, resource.get("condition", ()))),
        "recorded": date,
        "recorded_at": first_instant(date),
        "note": notes_text(resource.get("note")),
    }


def _is_deceased(resource: JSON) -> bool | None:
    said: bool | None = resource.get("deceasedBoolean")
    return True if said is None and any(key.startswith("deceased") for key in resource) else said


def _age(resource: JSON, element: str) -> str:
    """An age, a date or words, as it was said; of a range its beginning."""
    age = resource.get(f"{element}Age") or (resource.get(f"{element}Range") or {}).get("low")
    if age:
        unit = "" if age.get("code", "a") in ("a", "yr") else f" {age.get('unit') or age.get('code')}"
        return f"{age.get('value', '')}{unit}".strip()
    text = resource.get(f"{element}Date") or resource.get(f"{element}String")
    return str(text or "")


def _illness(one: JSON) -> JSON:
    coded = concept_columns(one["code"])
    return {
        "code_system": coded["code_system"],
        "code": coded["code"],
        "display": coded["display"] or coded["code"],
        "onset": _age(one, "onset"),
        "caused_death": one.get("contributedToDeath"),
        "note": notes_text(one.get("note")),
    }


def write(row: FamilyMember) -> JSON:
    return without_empty(
        {
            "resourceType": "FamilyMemberHistory",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "completed",
            "patient": reference_to("Patient", row.patient_id),
            "date": text_or_none(row.recorded),
            "name": row.name,
            "relationship": concept_of(row) or concept_json(ROLE, "FAMMEMB", ""),
            "sex": concept_json(GENDER, row.gender, "") if row.gender else None,
            "bornDate": text_or_none(row.born),
            "deceasedBoolean": row.is_deceased if not row.death_age else None,
            **_said_age("deceased", row.death_age),
            "note": notes_json(row.note),
            "condition": [_condition(one) for one in exact(row.conditions) or ()],
        }
    )


def _said_age(element: str, text: str) -> JSON:
    if text.isascii() and text.isdigit():
        return {f"{element}Age": {"value": int(text), "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}}
    return {f"{element}String": text} if text else {}


def _condition(one: Any) -> JSON:
    return without_empty(
        {
            "code": concept_json(one.get("code_system", ""), one.get("code", ""), one.get("display", "")),
            "contributedToDeath": one.get("caused_death"),
            **_said_age("onset", one.get("onset", "")),
            "note": notes_json(one.get("note", "")),
        }
    )


MAPPING = Mapping(
    type="FamilyMemberHistory",
    model=FamilyMember,
    patient="patient",
    read=read,
    write=write,
    params=(
        params.reference("patient", "patient_id", "Patient"),
        params.code("relationship"),
        params.token("status", "status"),
        params.token("sex", "gender", fixed=GENDER),
        params.date("date", "recorded", "recorded_at"),
    ),
)
