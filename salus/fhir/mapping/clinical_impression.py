"""chart.Note -> ClinicalImpression: the assessment of a signed note that was written here. Imports stay as they came."""

from __future__ import annotations

from salus.chart.models import Note
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import exact, instant_text, reference_to, without_empty
from salus.fhir.written import JSON


def write(row: Note) -> JSON:
    said = exact(row.sections)
    return without_empty(
        {
            "resourceType": "ClinicalImpression",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else "completed",
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "effectiveDateTime": instant_text(row.written_at),
            "date": instant_text(row.signed_at),
            "assessor": reference_to("Practitioner", row.author_id),
            "problem": [reference_to("Condition", one) for one in row.diagnoses],
            "summary": said.get("assessment", ""),
            "supportingInfo": [reference_to("Composition", row.id)],
        }
    )


MAPPING = Mapping(
    type="ClinicalImpression",
    model=Note,
    read=None,
    write=write,
    made_here=True,
    only={"kind": "consultation", "status": "signed", "source__isnull": True, "sections__assessment__gt": ""},
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("assessor", "author_id", "Practitioner"),
        params.reference("problem", "diagnoses", "Condition", array=True),
        params.instant("date", "signed_at"),
    ),
)
