"""care.TeamMember <-> CareTeam: who is named as caring for a patient; one team for each, which has the patient's own id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Max, OuterRef, Subquery

from salus.care.models import TeamMember
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import instant_text, period_of, reference_to, without_empty
from salus.fhir.written import JSON
from salus.patients.models import Patient

#: the system of the roles that somebody has in a team
ROLE = "urn:salus:care-team-role"


def _members() -> Any:
    """Whoever reads the record reads these: none is marked as sensitive."""
    return TeamMember.objects.valid().filter(labels=[])


def beside(rows: Sequence[Any]) -> None:
    """The members of the teams of several patients, who came first first; one statement."""
    members: dict[UUID, list[TeamMember]] = defaultdict(list)
    for one in _members().filter(patient_id__in=[row.id for row in rows], ended_at=None).order_by("started_at", "id"):
        members[one.patient_id].append(one)
    for row in rows:
        row.fhir_members = members[row.id]


def write(row: Any) -> JSON:
    return without_empty(
        {
            "resourceType": "CareTeam",
            "id": str(row.id),
            "status": "active" if row.fhir_members else "inactive",
            "subject": reference_to("Patient", row.id),
            "participant": [_participant(one) for one in row.fhir_members],
        }
    )


def _participant(one: TeamMember) -> JSON:
    label = str(one.get_role_display())
    return {
        "role": [{"coding": [{"system": ROLE, "code": one.role, "display": label}], "text": label}],
        "member": (reference_to("Practitioner", one.practitioner_id) or {}) | {"display": one.display},
        "period": period_of(instant_text(one.started_at), None),
    }


_OF_ONE = _members().filter(patient_id=OuterRef("id")).order_by()
_CHANGED = _OF_ONE.values("patient_id").annotate(at=Max("updated_at"))
_NOW = _OF_ONE.filter(ended_at=None, practitioner__isnull=False)

MAPPING = Mapping(
    type="CareTeam",
    model=Patient,
    patient="id",
    read=None,
    write=write,
    beside=beside,
    made_here=True,
    is_composed=True,
    parts=_members,
    only={"id__in": _members().values("patient_id")},
    updated="team_updated_at",
    joined={
        "team_updated_at": Subquery(_CHANGED.values("at")),
        "member_ids": ArraySubquery(_NOW.values("practitioner_id")),
    },
    params=(
        *params.patient("id"),
        params.reference("participant", "member_ids", "Practitioner", array=True),
    ),
)
