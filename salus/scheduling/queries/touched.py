"""Which booked patients a change of plan leaves without a time: they are found from the rows as they stand, always."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from salus.core.act import Act
from salus.scheduling.models import BOOK, MANAGE, VIEW, Appointment


@dataclass(frozen=True, slots=True)
class Touched:
    """An appointment that no plan keeps any more; the patient only where the viewer may know."""

    appointment_id: UUID
    version: int
    schedule_id: UUID
    schedule: str
    starts_at: datetime
    service_code: str
    patient_id: UUID | None = None
    family: str = ""
    given: str = ""
    title: str = ""
    mrn: str = ""
    birth_date: str = ""
    gender: str = ""


# What was booked against the plan, with a reason, is only touched by what was said after it.
_WHICH = """
    FROM scheduling_appointment a
    JOIN places_facility f ON f.id = a.facility_id
    JOIN scheduling_schedule s ON s.id = a.schedule_id
    JOIN patients_patient p ON p.id = a.patient_id
    CROSS JOIN LATERAL (SELECT lower(a.period) AT TIME ZONE f.time_zone AS at,
                               (extract(epoch FROM upper(a.period) - lower(a.period)) / 60)::int AS length) l
    CROSS JOIN LATERAL (SELECT (extract(hour FROM l.at) * 60 + extract(minute FROM l.at))::int AS minute) m
    WHERE a.facility_id = %(facility)s AND a.status = 'booked' AND a.voided_at IS NULL AND lower(a.period) > %(now)s
      AND (%(schedule)s::uuid IS NULL
           OR EXISTS (SELECT FROM scheduling_hold h WHERE h.appointment_id = a.id AND h.schedule_id = %(schedule)s
                      AND h.released_at IS NULL))
      AND (s.retired_at IS NOT NULL
           OR EXISTS (SELECT FROM scheduling_hold h JOIN scheduling_schedule o ON o.id = h.schedule_id
                      WHERE h.appointment_id = a.id AND h.released_at IS NULL AND o.retired_at IS NOT NULL)
           OR EXISTS (SELECT FROM staff_staffmember w
                      WHERE w.practitioner_id = s.practitioner_id AND w.retired_at IS NOT NULL)
           OR EXISTS (SELECT FROM places_department d WHERE d.id = a.department_id AND d.retired_at IS NOT NULL)
           OR EXISTS (SELECT FROM scheduling_holiday y WHERE y.facility_id = a.facility_id AND y.on = l.at::date
                      AND y.withdrawn_at IS NULL AND (a.overbooked_reason = '' OR y.created_at > a.updated_at))
           OR EXISTS (SELECT FROM scheduling_hold h JOIN scheduling_absence x ON x.schedule_id = h.schedule_id
                      WHERE h.appointment_id = a.id AND h.released_at IS NULL AND x.period && a.period
                      AND x.withdrawn_at IS NULL AND (a.overbooked_reason = '' OR x.created_at > a.updated_at))
           OR NOT a.is_outside AND NOT EXISTS (
               SELECT FROM scheduling_pattern t WHERE t.schedule_id = a.schedule_id AND t.retired_at IS NULL
                 AND t.weekday = extract(isodow FROM l.at) - 1 AND t.valid @> l.at::date
                 AND t.minutes @> int4range(m.minute, m.minute + least(l.length, t.slot_minutes))
                 AND NOT EXISTS (SELECT FROM unnest(t.breaks) b WHERE b && int4range(m.minute, m.minute + l.length))
                 AND NOT EXISTS (SELECT FROM scheduling_hold h WHERE h.appointment_id = a.id AND h.released_at IS NULL
                                 AND h.schedule_id = t.schedule_id AND h.place >= t.places AND NOT h.is_overbooked)))
"""
_TOUCHED = f"""
    SELECT a.id, a.version, a.schedule_id, s.name, lower(a.period), a.service_code,
           p.id, p.family, p.given, p.title, p.mrn, coalesce(p.birth_date, ''), p.gender
    {_WHICH} AND (%(only)s::uuid[] IS NULL OR a.id = ANY(%(only)s::uuid[]))
    ORDER BY lower(a.period) LIMIT %(most)s
"""  # noqa: S608 - constants


def touched(
    act: Act, schedule_id: UUID | None = None, *, only: Collection[UUID] | None = None, most: int = 200
) -> list[Touched]:
    """Booked patients whose time is no longer in any plan, the soonest first, to be drawn: notes whom it names.

    :param schedule_id: only those who have a place with this one
    :param only: only of these appointments
    """
    rows = _asked(act, _TOUCHED, schedule_id, only=None if only is None else list(only), most=most)
    seen: set[UUID] = set()
    if rows and act.may("patients.find") and act.may(BOOK):
        seen = set(
            Appointment.objects.visible_to(act).filter(id__in=[row[0] for row in rows]).values_list("id", flat=True)
        )
    act.shows(*(row[6] for row in rows if row[0] in seen))
    return [Touched(*row) if row[0] in seen else Touched(*row[:6]) for row in rows]


def touched_ids(act: Act, schedule_id: UUID | None = None) -> set[UUID]:
    """All whose time is no longer in any plan, however many; nobody is named."""
    return {row[0] for row in _asked(act, f"SELECT a.id {_WHICH}", schedule_id)}  # noqa: S608 - constants


def touched_count(act: Act, *, most: int = 100) -> int:
    """How many there are, at most so many; nobody is named."""
    return len(_asked(act, f"SELECT a.id {_WHICH} LIMIT %(most)s", most=most))  # noqa: S608 - constants


def _asked(act: Act, statement: str, schedule_id: UUID | None = None, **values: Any) -> list[tuple[Any, ...]]:
    act.require_any(VIEW, BOOK, MANAGE)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"facility": act.here, "now": act.at, "schedule": schedule_id, **values})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
