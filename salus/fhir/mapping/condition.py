"""Condition <-> chart.Condition."""

from __future__ import annotations

from salus.chart.models import Condition
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    CLINICAL,
    code_of,
    concept_columns,
    concept_json,
    concept_of,
    first_instant,
    notes_json,
    notes_text,
    one_code,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON

STATUS = f"{CLINICAL}condition-clinical"
VERIFICATION = f"{CLINICAL}condition-ver-status"
CATEGORY = f"{CLINICAL}condition-category"


def read(resource: JSON, context: Context) -> Row:
    onset = resource.get("onsetDateTime") or (resource.get("onsetPeriod") or {}).get("start")
    abatement = resource.get("abatementDateTime") or (resource.get("abatementPeriod") or {}).get("end")
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": code_of(resource.get("clinicalStatus")),
        "verification": code_of(resource.get("verificationStatus")),
        "category": code_of(resource.get("category")),
        "severity": code_of(resource.get("severity")),
        **concept_columns(resource.get("code")),
        "onset": onset,
        "onset_at": first_instant(onset),
        "abatement": abatement,
        "recorded": resource.get("recordedDate"),
        "recorded_at": first_instant(resource.get("recordedDate")),
        "recorder_id": context.practitioner(resource.get("recorder")),
        "note": notes_text(resource.get("note")),
    }


def write(row: Condition) -> JSON:
    verification = "entered-in-error" if row.voided_at else row.verification
    return without_empty(
        {
            "resourceType": "Condition",
            "id": str(row.id),
            # con-5: what was entered in error has no clinical status
            "clinicalStatus": one_code(STATUS, row.status)
            if row.status and verification != "entered-in-error"
            else None,
            "verificationStatus": one_code(VERIFICATION, verification) if verification else None,
            "category": [one_code(CATEGORY, row.category)] if row.category else [],
            "severity": concept_json(
                "http://snomed.info/sct" if row.severity.isdigit() else "", *_severity(row.severity)
            ),
            "code": concept_of(row),
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "onsetDateTime": text_or_none(row.onset),
            "abatementDateTime": text_or_none(row.abatement),
            "recordedDate": text_or_none(row.recorded),
            "recorder": reference_to("Practitioner", row.recorder_id),
            "note": notes_json(row.note),
        }
    )


#: SNOMED CT's three degrees, as FHIR's preferred value set has them (hl7.org/fhir/R4/valueset-condition-severity.html)
_SEVERITIES = {"24484000": "Severe", "6736007": "Moderate", "255604002": "Mild"}


def _severity(severity: str) -> tuple[str, str]:
    return (severity, _SEVERITIES.get(severity, "")) if severity.isdigit() else ("", severity)


MAPPING = Mapping(
    type="Condition",
    model=Condition,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.code(),
        params.token("clinical-status", "status", fixed=STATUS),
        params.token("verification-status", "verification", fixed=VERIFICATION),
        params.token("category", "category", fixed=CATEGORY),
        params.token("severity", "severity"),
        params.date("onset-date", "onset", "onset_at"),
        params.date("recorded-date", "recorded", "recorded_at"),
    ),
)
