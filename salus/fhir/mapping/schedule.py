"""scheduling.Schedule -> Schedule: whose time can be booked. Made here alone: what is imported stays as it came."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import reference_to, without_empty
from salus.fhir.written import JSON
from salus.scheduling.models import Schedule


def write(row: Schedule) -> JSON:
    actor = reference_to("Practitioner", row.practitioner_id) or {}
    return without_empty(
        {
            "resourceType": "Schedule",
            "id": str(row.id),
            "active": row.retired_at is None,
            "actor": [actor | {"display": row.name}],
        }
    )


MAPPING = Mapping(
    type="Schedule",
    model=Schedule,
    patient="",
    read=None,
    write=write,
    made_here=True,
    params=(params.reference("actor", "practitioner_id", "Practitioner"),),
)
