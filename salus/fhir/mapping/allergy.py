"""AllergyIntolerance <-> chart.AllergyIntolerance."""

from __future__ import annotations

from salus.chart.models import AllergyIntolerance
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    CLINICAL,
    UNKNOWN,
    code_of,
    concept_columns,
    concept_of,
    exact,
    first_instant,
    json_list,
    notes_json,
    notes_text,
    one_code,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import RXNORM, Context, Row
from salus.fhir.written import JSON

STATUS = f"{CLINICAL}allergyintolerance-clinical"
VERIFICATION = f"{CLINICAL}allergyintolerance-verification"

#: the statement that no allergy is known (hl7.org/fhir/R4/allergyintolerance.html, "no known allergies")
NONE_KNOWN = ("http://snomed.info/sct", "716186003")
_WORST = ("severe", "moderate", "mild")


def read(resource: JSON, context: Context) -> Row:
    onset = resource.get("onsetDateTime") or (resource.get("onsetPeriod") or {}).get("start")
    reactions = resource.get("reaction", [])
    severities = {one.get("severity") for one in reactions}
    status = code_of(resource.get("clinicalStatus"))
    return {
        "patient_id": context.patient(resource, "patient"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": status,
        "verification": code_of(resource.get("verificationStatus")),
        "kind": resource.get("type", ""),
        "categories": resource.get("category", []),
        "criticality": resource.get("criticality", ""),
        "severity": next((one for one in _WORST if one in severities), ""),
        "reactions": json_list(reactions),
        **concept_columns(resource.get("code") or _substance(reactions)),
        **_what_it_stops(resource, context),
        "is_none_known": status == "active" and NONE_KNOWN in _codings(resource.get("code")),
        "onset": onset,
        "recorded": resource.get("recordedDate"),
        "recorded_at": first_instant(resource.get("recordedDate")),
        "recorder_id": context.practitioner(resource.get("recorder")),
        "note": notes_text(resource.get("note")),
    }


def _substance(reactions: list[JSON]) -> JSON | None:
    return next((one["substance"] for one in reactions if "substance" in one), None)


def _codings(concept: JSON | None) -> list[tuple[str, str]]:
    return [(one.get("system", ""), one.get("code", "")) for one in (concept or {}).get("coding", ())]


def _what_it_stops(resource: JSON, context: Context) -> Row:
    """The substance of our list that has one of these codes, so that the check at prescribing knows it."""
    codings = _codings(resource.get("code")) + [
        c for r in resource.get("reaction", ()) for c in _codings(r.get("substance"))
    ]
    for coding in codings:
        if coding in context.known.allergens:
            code, ingredients, groups = context.known.allergens[coding]
            return {"allergen_code": code, "ingredients": ingredients, "allergy_groups": groups}
    for system, code in codings:
        if system == RXNORM and code in context.known.ingredients:
            ingredients, groups = context.known.ingredients[code]
            return {"ingredients": ingredients, "allergy_groups": groups}
    return {}


def write(row: AllergyIntolerance) -> JSON:
    verification = "entered-in-error" if row.voided_at else row.verification
    return without_empty(
        {
            "resourceType": "AllergyIntolerance",
            "id": str(row.id),
            "clinicalStatus": _clinical_status(row.status, verification),
            "verificationStatus": one_code(VERIFICATION, verification) if verification else None,
            "type": row.kind,
            "category": list(row.categories),
            "criticality": row.criticality,
            "code": concept_of(row),
            "patient": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "onsetDateTime": text_or_none(row.onset),
            "recordedDate": text_or_none(row.recorded),
            "recorder": reference_to("Practitioner", row.recorder_id),
            "note": notes_json(row.note),
            "reaction": exact(row.reactions),
        }
    )


def _clinical_status(status: str, verification: str) -> JSON | None:
    """ait-2: what was entered in error has none; ait-1: any other has one, if only one that nobody knows."""
    if verification == "entered-in-error":
        return None
    return one_code(STATUS, status) if status else UNKNOWN


MAPPING = Mapping(
    type="AllergyIntolerance",
    model=AllergyIntolerance,
    patient="patient",
    read=read,
    write=write,
    params=(
        params.reference("patient", "patient_id", "Patient"),
        params.code(),
        params.token("clinical-status", "status", fixed=STATUS),
        params.token("verification-status", "verification", fixed=VERIFICATION),
        params.token("category", "categories", array=True),
        params.token("criticality", "criticality"),
        params.token("type", "kind"),
        params.reference("recorder", "recorder_id", "Practitioner"),
        params.date("date", "recorded", "recorded_at"),
    ),
)
