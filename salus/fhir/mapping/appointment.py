"""scheduling.Appointment <-> Appointment: booked and cancelled through the acts of the desk. Imports stay as they came."""

from __future__ import annotations

from typing import Any

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import CLINICAL, instant_text, reference_to, without_empty
from salus.fhir.written import JSON
from salus.scheduling.models import Appointment

CANCELLED = f"{CLINICAL}appointment-cancellation-reason"
#: our reasons that are FHIR's own (value set appointment-cancellation-reason)
_FHIRS = frozenset({"pat", "prov"})


def write(row: Appointment) -> JSON:
    length = int((row.period.upper - row.period.lower).total_seconds() // 60)
    return without_empty(
        {
            "resourceType": "Appointment",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status,
            "cancelationReason": _cancelled(row),
            "serviceType": [{"coding": [{"code": row.service_code}]}] if row.service_code else [],
            "reasonCode": [{"text": row.reason}] if row.reason else [],
            "start": instant_text(row.period.lower),
            "end": instant_text(row.period.upper),
            "minutesDuration": length,
            "created": instant_text(row.created_at),
            "participant": [_party("Patient", row.patient_id), *_seen_by(row.practitioner_id)],
        }
    )


def _cancelled(row: Appointment) -> JSON | None:
    if row.status != "cancelled":
        return None
    coding = [{"system": CANCELLED, "code": row.cancel_reason}] if row.cancel_reason in _FHIRS else []
    return without_empty({"coding": coding, "text": row.cancel_note or row.cancel_reason})


def _party(kind: str, identity: Any) -> JSON:
    return {"actor": reference_to(kind, identity), "status": "accepted"}


def _seen_by(practitioner_id: Any) -> list[JSON]:
    return [_party("Practitioner", practitioner_id)] if practitioner_id else []


MAPPING = Mapping(
    type="Appointment",
    model=Appointment,
    patient="participant",
    read=None,
    write=write,
    made_here=True,
    params=(
        params.reference("patient", "patient_id", "Patient"),
        params.reference("practitioner", "practitioner_id", "Practitioner"),
        params.token("status", "status"),
        params.token("service-type", "service_code"),
        params.special("date", "date", "begins:period"),
    ),
)
