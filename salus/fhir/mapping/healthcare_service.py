"""places.Department -> HealthcareService: what is offered where, for whom, and when. Made here alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from salus.catalog.models import Service
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import reference_to, without_empty
from salus.fhir.mapping.hours import AHEAD, Sessions, available, day_away, sessions_of
from salus.fhir.written import JSON
from salus.places.models import Department
from salus.scheduling.models import Holiday

#: kinds of departments in which patients are cared for
CARE = ("clinic", "ward", "emergency", "laboratory", "imaging", "pharmacy")


def beside(rows: Sequence[Any]) -> None:
    """What is held in each and when, which kinds of visit, and the holidays of its facility; three statements."""
    held = sessions_of("p.department_id", [row.id for row in rows])
    codes = {code for one in held.values() for code in one.service_codes}
    names = dict(Service.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    today = timezone.localdate()
    holidays: dict[UUID, list[JSON]] = defaultdict(list)
    known = Holiday.objects.filter(facility_id__in={row.facility_id for row in rows}, withdrawn_at=None, on__gte=today)
    for one in known.filter(on__lt=today + timedelta(days=AHEAD.days)).order_by("on"):
        holidays[one.facility_id].append(day_away(one.name, one.on))
    for row in rows:
        its = held.get(row.id, Sessions())
        row.fhir_hours = available(its.plans)
        row.fhir_types = [(code, names.get(code, code)) for code in sorted(its.service_codes)]
        row.fhir_away = holidays[row.facility_id] if its.plans else []


def write(row: Any) -> JSON:
    return without_empty(
        {
            "resourceType": "HealthcareService",
            "id": str(row.id),
            "identifier": [{"system": f"urn:uuid:{row.facility_id}", "value": row.code}],
            "active": row.retired_at is None,
            "providedBy": reference_to("Organization", row.organization_id),
            "category": [{"text": row.get_kind_display()}],
            "type": [{"coding": [{"code": code, "display": name}], "text": name} for code, name in row.fhir_types],
            "specialty": [{"coding": [{"code": row.specialty}], "text": row.specialty}] if row.specialty else [],
            "name": row.name,
            "appointmentRequired": bool(row.fhir_hours),
            "availableTime": row.fhir_hours,
            "notAvailable": row.fhir_away,
        }
    )


MAPPING = Mapping(
    type="HealthcareService",
    model=Department,
    patient="",
    read=None,
    write=write,
    beside=beside,
    made_here=True,
    only={"kind__in": CARE},
    facility="facility_id",
    joined={"organization_id": F("facility__organization_id")},
    is_composed=True,
    params=(
        params.special("active", "token", "current"),
        params.special("identifier", "token", "own-number:code"),
        params.string("name", "name"),
        params.reference("organization", "organization_id", "Organization"),
        params.token("specialty", "specialty"),
        params.special("service-type", "token", "held"),
    ),
)
