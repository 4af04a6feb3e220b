"""questionnaires.QuestionnaireResponse -> QuestionnaireResponse: a filled form, pointing to the very version. Made here."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import instant_text, reference_to, without_empty
from salus.fhir.written import JSON, decode
from salus.questionnaires.models import QuestionnaireResponse


def write(row: Any) -> JSON:
    author = reference_to("Practitioner", row.author_id) or ({"display": row.author_name} if row.author_name else None)
    return without_empty(
        {
            "resourceType": "QuestionnaireResponse",
            "id": str(row.id),
            "questionnaire": f"{row.form_url}|{row.form_edition}",
            "status": "entered-in-error" if row.voided_at else row.status,
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "authored": instant_text(row.authored_at),
            "author": author,
            "item": decode(row.answers),
        }
    )


MAPPING = Mapping(
    type="QuestionnaireResponse",
    model=QuestionnaireResponse,
    read=None,
    write=write,
    made_here=True,
    joined={"form_url": F("questionnaire__url"), "form_edition": F("questionnaire__edition")},
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("author", "author_id", "Practitioner"),
        params.canonical("questionnaire", "questionnaire_id", "Questionnaire"),
        params.token("status", "status"),
        params.instant("authored", "authored_at"),
    ),
)
