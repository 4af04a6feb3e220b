"""What a form about appointments offers: people, specialties, languages, departments, kinds of visit, rooms and devices."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from salus.catalog.models import Service
from salus.core.act import Act
from salus.scheduling.models import BOOK, MANAGE, VIEW

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """Options as (value, words), by their words."""

    schedules: Sequence[Choice]
    things: Sequence[Choice]
    departments: Sequence[Choice]
    specialties: Sequence[Choice]
    languages: Sequence[Choice]
    services: Sequence[Choice]


_OFFERED = """
    SELECT s.id, s.name, s.kind, d.id, d.name, coalesce(nullif(m.specialty, ''), d.specialty), coalesce(m.languages, '{}'),
           coalesce(m.more_specialties, '{}')
    FROM scheduling_schedule s JOIN places_department d ON d.id = s.department_id
    LEFT JOIN staff_staffmember m ON m.practitioner_id = s.practitioner_id
    WHERE s.facility_id = %s AND s.retired_at IS NULL
    UNION ALL
    SELECT NULL, v.name, v.code, NULL, '', '', '{}', '{}' FROM catalog_service v WHERE v.kind = 'consultation' AND v.is_active
    ORDER BY 2
"""


def choices(act: Act) -> Choices:
    """All that can be chosen now in the act's facility; one statement."""
    act.require_for_some(VIEW, BOOK, MANAGE)
    with connection.cursor() as cursor:
        cursor.execute(_OFFERED, [act.here])
        found: list[tuple[UUID | None, str, str, UUID, str, str, list[str], list[str]]] = cursor.fetchall()
    rows = [row for row in found if row[0] is not None]
    seen = [row for row in rows if row[2] in ("practitioner", "service")]
    return Choices(
        schedules=[(str(row[0]), row[1]) for row in seen],
        things=[(str(row[0]), row[1]) for row in rows if row[2] in ("room", "device")],
        departments=sorted({(str(row[3]), row[4]) for row in seen}, key=lambda one: one[1]),
        specialties=[(one, plain(one)) for one in sorted({one for row in seen for one in (row[5], *row[7]) if one})],
        languages=[(one, one) for one in sorted({one for row in seen for one in row[6]})],
        services=[(row[2], row[1]) for row in found if row[0] is None],
    )


def consultations() -> list[Choice]:
    """What a visit can be charged as."""
    rows = Service.objects.filter(kind="consultation", is_active=True).order_by("name")
    return list(rows.values_list("code", "name"))


def plain(code: str) -> str:
    """A specialty's code in words: `internal-medicine` is Internal medicine."""
    return code.replace("-", " ").capitalize()
