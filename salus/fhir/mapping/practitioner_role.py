"""staff.StaffMember -> PractitionerRole: who works here as what, in which departments, and when. Made here alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import CLINICAL, instant_text, period_of, reference_to, without_empty
from salus.fhir.mapping.hours import AHEAD, available, away, sessions_of
from salus.fhir.written import JSON
from salus.scheduling.models import Absence
from salus.staff.models import StaffMember

ROLE = f"{CLINICAL}practitioner-role"
#: our professions that are codes of FHIR's own
_FHIRS = frozenset({"doctor", "nurse", "pharmacist"})


def beside(rows: Sequence[Any]) -> None:
    """When each is there and when not; two statements."""
    ids = [row.practitioner_id for row in rows]
    sessions, now = sessions_of("s.practitioner_id", ids), timezone.now()
    gone: dict[UUID, list[JSON]] = defaultdict(list)
    absences = Absence.objects.filter(
        schedule__practitioner_id__in=ids,
        schedule__retired_at=None,
        withdrawn_at=None,
        period__overlap=(now, now + AHEAD),
    )
    for one in absences.select_related("schedule").order_by("period", "id"):
        # Why somebody is away is his own affair.
        gone[one.schedule.practitioner_id].append(away("Away", one.period.lower, one.period.upper))  # type: ignore[index]
    for row in rows:
        held = sessions.get(row.practitioner_id)
        row.fhir_hours = available(held.plans) if held else []
        row.fhir_away = gone[row.practitioner_id]


def write(row: Any) -> JSON:
    return without_empty(
        {
            "resourceType": "PractitionerRole",
            "id": str(row.id),
            "identifier": [{"system": f"urn:uuid:{row.facility_id}", "value": row.staff_number}],
            "active": row.retired_at is None,
            "period": period_of(row.started_on, instant_text(row.retired_at)),
            "practitioner": reference_to("Practitioner", row.practitioner_id),
            "organization": reference_to("Organization", row.organization_id),
            "code": [_role(row)],
            "specialty": [{"coding": [{"code": row.specialty}], "text": row.specialty}] if row.specialty else [],
            "healthcareService": [reference_to("HealthcareService", one) for one in row.department_ids],
            "availableTime": row.fhir_hours,
            "notAvailable": row.fhir_away,
        }
    )


def _role(row: StaffMember) -> JSON:
    words = row.get_profession_display()
    if row.profession in _FHIRS:
        return {"coding": [{"system": ROLE, "code": row.profession}], "text": words}
    return {"text": words}


MAPPING = Mapping(
    type="PractitionerRole",
    model=StaffMember,
    patient="",
    read=None,
    write=write,
    beside=beside,
    made_here=True,
    facility="facility_id",
    joined={"organization_id": F("facility__organization_id")},
    is_composed=True,
    params=(
        params.special("active", "token", "current"),
        params.special("identifier", "token", "own-number:staff_number"),
        params.reference("practitioner", "practitioner_id", "Practitioner"),
        params.reference("organization", "organization_id", "Organization"),
        params.token("role", "profession", fixed=ROLE),
        params.token("specialty", "specialty"),
        params.reference("service", "department_ids", "HealthcareService", array=True),
    ),
)
