"""inbox.Communication <-> Communication: what people and departments write to each other about a patient."""

from __future__ import annotations

from django.db.models import F

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import instant_text, reference_to, without_empty
from salus.fhir.written import JSON
from salus.inbox.models import Communication


def write(row: Communication) -> JSON:
    to = [reference_to("Practitioner", one) for one in row.to_practitioners]
    patient = reference_to("Patient", row.patient_id)
    patient_to = [patient] if row.is_to_patient else []
    return without_empty(
        {
            "resourceType": "Communication",
            "id": str(row.id),
            "identifier": [{"system": "urn:salus:thread", "value": str(row.thread_id)}],
            "inResponseTo": [reference_to("Communication", row.answers_id)] if row.answers_id else [],
            "status": "completed",
            "priority": row.priority,
            "subject": patient,
            "topic": {"text": row.topic},  # type: ignore[attr-defined]
            "sent": instant_text(row.sent_at),
            "recipient": [*to, *(reference_to("HealthcareService", one) for one in row.to_departments), *patient_to],
            "sender": patient if row.is_from_patient else reference_to("Practitioner", row.sender_id),
            "payload": [{"contentString": row.body}],
        }
    )


MAPPING = Mapping(
    type="Communication",
    model=Communication,
    read=None,
    write=write,
    made_here=True,
    joined={"topic": F("thread__subject")},
    params=(
        *params.patient(),
        params.reference("sender", "sender_id", "Practitioner"),
        params.reference("recipient", "to_practitioners", "Practitioner", array=True),
        params.instant("sent", "sent_at"),
    ),
)
