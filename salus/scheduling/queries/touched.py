"""Which booked patients a change of plan leaves without a time: found from the rows as they stand, always; looked for where
something was changed, so that it costs little however many are booked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from salus.core.act import Act
from salus.scheduling.models import BOOK, MANAGE, VIEW, Appointment
from salus.scheduling.rules.calendar import minutes


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


# Where a booked time may have been lost: few rows, found from what was changed, however many are booked. Whether one was is
# said below. Clocks differ a little, and acts take their time: an hour more is looked at. `OFFSET 0` lets each change ask by
# an index for what it may touch; joined, all that is booked is read.
_MAYBE = """
    maybe AS MATERIALIZED (
        SELECT h.appointment_id AS id FROM scheduling_schedule s JOIN scheduling_hold h ON h.schedule_id = s.id
        WHERE s.facility_id = %(facility)s AND h.released_at IS NULL AND h.begins >= %(minute)s
          AND (s.retired_at IS NOT NULL OR EXISTS (SELECT FROM staff_staffmember w
               WHERE w.practitioner_id = s.practitioner_id AND w.retired_at IS NOT NULL))
        UNION
        SELECT a.id FROM places_department d CROSS JOIN LATERAL (
            SELECT a.id FROM scheduling_appointment a WHERE a.department_id = d.id AND a.status = 'booked' OFFSET 0) a
        WHERE d.facility_id = %(facility)s AND d.retired_at IS NOT NULL
        UNION
        SELECT a.id FROM scheduling_holiday y JOIN places_facility f ON f.id = y.facility_id
        JOIN scheduling_appointment a ON a.facility_id = y.facility_id
         AND lower(a.period) >= y.on::timestamp AT TIME ZONE f.time_zone
         AND lower(a.period) < (y.on + 1)::timestamp AT TIME ZONE f.time_zone
        WHERE y.facility_id = %(facility)s AND y.withdrawn_at IS NULL
          AND y.on >= (%(now)s::timestamptz AT TIME ZONE f.time_zone)::date
        UNION
        SELECT h.appointment_id FROM scheduling_absence x JOIN scheduling_schedule s ON s.id = x.schedule_id
        JOIN scheduling_hold h ON h.schedule_id = x.schedule_id AND h.period && x.period
        WHERE s.facility_id = %(facility)s AND x.withdrawn_at IS NULL AND upper(x.period) > %(now)s
          AND h.released_at IS NULL
        UNION
        SELECT a.id FROM scheduling_schedule s JOIN scheduling_pattern t ON t.schedule_id = s.id CROSS JOIN LATERAL (
            SELECT a.id FROM scheduling_appointment a WHERE a.schedule_id = s.id AND a.status = 'booked'
               AND a.planned_at < t.updated_at + interval '1 hour' OFFSET 0) a
        WHERE s.facility_id = %(facility)s AND (t.retired_at IS NOT NULL OR upper(t.valid) IS NOT NULL)
        UNION
        SELECT a.id FROM scheduling_schedule s JOIN scheduling_pattern t ON t.schedule_id = s.id
        JOIN scheduling_hold h ON h.schedule_id = s.id JOIN scheduling_appointment a ON a.id = h.appointment_id
        WHERE s.facility_id = %(facility)s AND s.kind IN ('room', 'device') AND h.released_at IS NULL
          AND h.begins >= %(minute)s AND a.planned_at < t.updated_at + interval '1 hour')
"""
# What was booked against the plan, with a reason, is only touched by what was said after it. An hour that comes twice has
# its breaks when it comes first.
_WHICH = """
    FROM maybe CROSS JOIN LATERAL (SELECT a.* FROM scheduling_appointment a WHERE a.id = maybe.id OFFSET 0) a
    JOIN places_facility f ON f.id = a.facility_id
    JOIN scheduling_schedule s ON s.id = a.schedule_id
    JOIN patients_patient p ON p.id = a.patient_id
    CROSS JOIN LATERAL (SELECT lower(a.period) AT TIME ZONE f.time_zone AS at,
                               (lower(a.period) - interval '1 hour') AT TIME ZONE f.time_zone AS before,
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
           OR EXISTS (SELECT FROM scheduling_hold h WHERE h.appointment_id = a.id AND h.released_at IS NULL
                      AND h.schedule_id <> a.schedule_id
                      AND EXISTS (SELECT FROM scheduling_pattern t WHERE t.schedule_id = h.schedule_id
                                  AND t.retired_at IS NULL AND t.valid @> l.at::date
                                  AND (a.overbooked_reason = '' OR t.updated_at > a.updated_at))
                      AND NOT EXISTS (SELECT FROM scheduling_pattern t WHERE t.schedule_id = h.schedule_id
                                      AND t.retired_at IS NULL AND t.weekday = extract(isodow FROM l.at) - 1
                                      AND t.valid @> l.at::date AND t.minutes @> int4range(m.minute, m.minute + l.length)
                                      AND (l.before = l.at OR NOT EXISTS (
                                          SELECT FROM unnest(t.breaks) b WHERE b && int4range(m.minute, m.minute + l.length)))))
           OR NOT a.is_outside AND NOT EXISTS (
               SELECT FROM scheduling_pattern t WHERE t.schedule_id = a.schedule_id AND t.retired_at IS NULL
                 AND t.weekday = extract(isodow FROM l.at) - 1 AND t.valid @> l.at::date
                 AND t.minutes @> int4range(m.minute, m.minute + least(l.length, t.slot_minutes))
                 AND (l.before = l.at OR NOT EXISTS (
                     SELECT FROM unnest(t.breaks) b WHERE b && int4range(m.minute, m.minute + l.length)))
                 AND NOT EXISTS (SELECT FROM scheduling_hold h WHERE h.appointment_id = a.id AND h.released_at IS NULL
                                 AND h.schedule_id = t.schedule_id AND h.place >= t.places AND NOT h.is_overbooked)))
"""
_TOUCHED = f"""
    WITH {_MAYBE}
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
    return {row[0] for row in _asked(act, f"WITH {_MAYBE} SELECT a.id {_WHICH}", schedule_id)}  # noqa: S608 - constants


def touched_count(act: Act, *, most: int = 100) -> int:
    """How many there are, at most so many; nobody is named."""
    return len(_asked(act, f"WITH {_MAYBE} SELECT a.id {_WHICH} LIMIT %(most)s", most=most))  # noqa: S608 - constants


def _asked(act: Act, statement: str, schedule_id: UUID | None = None, **values: Any) -> list[tuple[Any, ...]]:
    act.require_any(VIEW, BOOK, MANAGE)
    with connection.cursor() as cursor:
        values |= {"facility": act.here, "now": act.at, "minute": minutes(act.at), "schedule": schedule_id}
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
