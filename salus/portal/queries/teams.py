"""Whom a patient may write to: the departments in which he was seen in the last year, or is awaited."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.inbox.models import ASK
from salus.places.models import Department
from salus.scheduling.models import Appointment

_LATELY = timedelta(days=365)


def teams_of(act: Act, patient_id: UUID) -> list[tuple[str, str]]:
    """Departments as (id, name), by name; one statement. Who may ask for the patient learns of none whose visits are marked."""
    act.require_for(patient_id, ASK)
    whose = act.subject(patient_id)
    bare: dict[str, Any] = {} if whose is not None and whose.is_self else {"labels": []}
    of = {"patient_id": patient_id, "facility_id": act.here, "voided_at__isnull": True}
    seen = Encounter.objects.filter(**of, **bare, started_at__gt=act.at - _LATELY).exclude(status="cancelled")
    awaited = Appointment.objects.filter(**of, status="booked", period__endswith__gt=act.at)
    is_theirs = Q(id__in=seen.values("department_id")) | Q(id__in=awaited.values("department_id"))
    rows = Department.objects.filter(is_theirs, facility_id=act.here, retired_at=None)
    return [(str(one), name) for one, name in rows.order_by("name").values_list("id", "name")]
