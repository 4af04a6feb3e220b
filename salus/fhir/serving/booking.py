"""Appointments written through FHIR: booked into a slot, moved by another start, cancelled by their status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from salus.core.act import Act
from salus.fhir.mapping.context import target_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.slots import named
from salus.fhir.written import JSON
from salus.scheduling.models import Schedule
from salus.scheduling.services import booking
from salus.scheduling.services.booking import CannotBook

#: what `fhir.write` stands for here
RIGHTS = frozenset({"scheduling.view", "scheduling.book"})


def create(act: Act, resource: JSON) -> UUID:
    """Book what a program asks for: a slot, or the start of one with a practitioner.

    :raises FhirError: 422 if it names no patient, no time or nobody who can be booked; 409 if it cannot be had
    """
    if resource["status"] not in ("booked", "proposed", "pending"):
        raise FhirError(422, "A new appointment is booked.", expression="Appointment.status")
    patient = _actors(resource, "Patient")
    if len(patient) != 1:
        raise FhirError(422, "An appointment here is of one patient.", expression="Appointment.participant")
    schedule, starts_at = _time(act, resource)
    reasons = [one.get("text") or _code([one]) for one in resource.get("reasonCode", ())]
    try:
        made = booking.book_appointment(
            act,
            patient_id=patient[0],
            schedule_id=schedule,
            starts_at=starts_at,
            service_code=_code(resource.get("serviceType", ())),
            reason="; ".join(reasons) or resource.get("description", ""),
            channel="api",
        )
    except CannotBook as refused:
        raise _refusal(refused) from None
    # What was proposed is booked by this, and is served so.
    resource["status"] = made.status
    return made.id


def update(act: Act, resource: JSON, row: Any) -> None:
    """Cancel an appointment, or give it another start.

    :raises FhirError: 422 for any other change; 409 if the new time cannot be had
    """
    if resource["status"] == "cancelled":
        reason = _code([resource.get("cancelationReason") or {}])
        known = reason if reason in ("pat", "prov") else "pat"
        note = (resource.get("cancelationReason") or {}).get("text", "")
        booking.cancel_appointment(act, appointment_id=row.id, version=row.version, reason=known, note=note)
        return
    if resource["status"] != row.status:
        raise FhirError(
            422, "A program cancels or moves; what else happens is seen here.", expression="Appointment.status"
        )
    schedule, starts_at = _time(act, resource)
    if (schedule, starts_at) != (row.schedule_id, row.period.lower):
        try:
            booking.move_appointment(
                act, appointment_id=row.id, version=row.version, schedule_id=schedule, starts_at=starts_at
            )
        except CannotBook as refused:
            raise _refusal(refused) from None


def _time(act: Act, resource: JSON) -> tuple[UUID, datetime]:
    slots = [target for target in map(target_of, resource.get("slot", ())) if target and target[0] == "Slot"]
    if len(slots) == 1:
        slot = named(slots[0][1])
        return slot.schedule_id, slot.starts_at
    seen_by = _actors(resource, "Practitioner")
    rows = Schedule.objects.visible_to(act).current().filter(practitioner_id__in=seen_by)
    found = rows.values_list("id", flat=True).first()
    if found is None or "start" not in resource:
        words = "Name a free Slot, or a Practitioner with a schedule here and the start."
        raise FhirError(422, words, expression="Appointment.slot")
    return found, datetime.fromisoformat(resource["start"])


def _actors(resource: JSON, kind: str) -> list[UUID]:
    named_there = [target_of(one.get("actor")) for one in resource.get("participant", ())]
    found = [target[1] for target in named_there if target and target[0] == kind]
    try:
        return [UUID(one) for one in found]
    except ValueError:
        raise FhirError(422, f"There is no such {kind} here.", code="not-found") from None


def _code(concepts: Sequence[JSON]) -> str:
    codings = [coding for one in concepts for coding in one.get("coding", ())]
    return next((str(one["code"]) for one in codings if "code" in one), "")


def _refusal(refused: CannotBook) -> FhirError:
    """Everything that stands in the way, as issues; never who has the time."""
    error = FhirError(409, str(refused), code="conflict")
    error.issues = [(one.words, "Appointment.slot") for one in refused.obstacles]
    return error
