"""DiagnosticReport <-> chart.DiagnosticReport."""

from __future__ import annotations

from salus.chart.models import DiagnosticReport
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    CLINICAL,
    code_of,
    concept_columns,
    concept_of,
    first_instant,
    instant_text,
    one_code,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON

SECTION = f"{CLINICAL}v2-0074"


def read(resource: JSON, context: Context) -> Row:
    effective = resource.get("effectiveDateTime") or (resource.get("effectivePeriod") or {}).get("start")
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": resource["status"],
        **concept_columns(resource.get("code")),
        "category": code_of(resource.get("category")),
        "effective": effective,
        "at": first_instant(effective or resource.get("issued")),
        "issued_at": first_instant(resource.get("issued")),
        "results": context.rows(resource.get("result"), "Observation"),
        "conclusion": resource.get("conclusion", ""),
    }


def write(row: DiagnosticReport) -> JSON:
    return without_empty(
        {
            "resourceType": "DiagnosticReport",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "unknown",
            "category": [one_code(SECTION, row.category)] if row.category else [],
            "code": concept_of(row) or {"text": "Report"},
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "effectiveDateTime": text_or_none(row.effective),
            "issued": instant_text(row.issued_at),
            "result": [reference_to("Observation", one) for one in row.results],
            "conclusion": row.conclusion,
        }
    )


MAPPING = Mapping(
    type="DiagnosticReport",
    model=DiagnosticReport,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("result", "results", "Observation", array=True),
        params.code(),
        params.token("category", "category", fixed=SECTION),
        params.token("status", "status"),
        params.date("date", "effective", "at"),
        params.instant("issued", "issued_at"),
    ),
)
