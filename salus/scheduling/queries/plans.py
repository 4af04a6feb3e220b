"""Reads of schedules: their sessions as rules know them, absences, holidays, what is booked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from salus.core.act import Act
from salus.places.models import Facility
from salus.scheduling.models import BOOK, MANAGE, VIEW, Absence, Holiday, Schedule
from salus.scheduling.rules.calendar import Clock, Plan, at
from salus.scheduling.rules.free import Busy, Session


@dataclass(frozen=True, slots=True)
class Offering:
    """A session with what is said of it on a screen."""

    session: Session
    schedule: str
    kind: str
    department_id: UUID
    department: str
    location_id: UUID | None
    location: str
    practitioner_id: UUID | None
    specialty: str
    service_codes: tuple[str, ...]


_SESSIONS = """
    SELECT p.id, p.schedule_id, p.weekday, lower(p.minutes), upper(p.minutes), p.slot_minutes, p.places,
           CASE WHEN p.breaks <> '{}' THEN (SELECT array_agg(ARRAY[lower(b), upper(b)]) FROM unnest(p.breaks) b) END,
           p.service_codes, lower(p.valid), upper(p.valid),
           CASE WHEN p.also <> '{}' THEN (SELECT json_agg(json_build_array(o.id, o.places)) FROM scheduling_schedule o
                                          WHERE o.id = ANY(p.also) AND o.retired_at IS NULL) END,
           s.name, s.kind, p.department_id, d.name, p.location_id, coalesce(l.name, ''), s.practitioner_id,
           coalesce(nullif(m.specialty, ''), d.specialty)
    FROM scheduling_pattern p
    JOIN scheduling_schedule s ON s.id = p.schedule_id
    JOIN places_department d ON d.id = p.department_id
    LEFT JOIN places_location l ON l.id = p.location_id
    LEFT JOIN staff_staffmember m ON m.practitioner_id = s.practitioner_id
    WHERE s.facility_id = %(facility)s AND s.retired_at IS NULL AND p.retired_at IS NULL AND d.retired_at IS NULL
      AND m.retired_at IS NULL AND p.valid && daterange(%(first)s, %(until)s)
"""
_FILTERS = {
    "schedule_ids": "p.schedule_id = ANY(%(schedule_ids)s::uuid[])",
    "department_id": "p.department_id = %(department_id)s",
    "specialty": "coalesce(nullif(m.specialty, ''), d.specialty) = %(specialty)s",
    "language": "%(language)s = ANY(m.languages)",
    "peers_of": """(p.schedule_id = %(peers_of)s OR nullif(coalesce(nullif(m.specialty, ''), d.specialty), '') = (
        SELECT coalesce(nullif(mm.specialty, ''), dd.specialty) FROM scheduling_schedule ss
        JOIN places_department dd ON dd.id = ss.department_id
        LEFT JOIN staff_staffmember mm ON mm.practitioner_id = ss.practitioner_id WHERE ss.id = %(peers_of)s))""",
    "service_code": "(p.service_codes = '{}' OR %(service_code)s = ANY(p.service_codes))",
}


def clock_of(act: Act) -> Clock:
    """The clock of the act's facility; its zone is read once in a process."""
    return _clock(act.here)


@lru_cache(maxsize=256)
def _clock(facility_id: UUID) -> Clock:
    return Clock(Facility.objects.values_list("time_zone", flat=True).get(id=facility_id))


def offerings(act: Act, *, first: date, until: date, **filters: Any) -> list[Offering]:
    """The sessions of a facility that hold on some day of [first, until), by name; one statement.

    :param filters: `schedule_ids`, `department_id`, `specialty`, `language`, `service_code`; what is empty does not count
    """
    act.require_for_some(VIEW, BOOK, MANAGE)
    given = {name: value for name, value in filters.items() if value}
    text = " AND ".join([_SESSIONS, *(_FILTERS[name] for name in given)])
    with connection.cursor() as cursor:
        cursor.execute(text + " ORDER BY s.name, p.id", given | {"facility": act.here, "first": first, "until": until})
        return [_offering(*row) for row in cursor.fetchall()]


def _offering(
    pattern: UUID, schedule: UUID, weekday: int, starts: int, ends: int, slot: int, places: int, breaks: Any,
    codes: Sequence[str], first: date | None, until: date | None, also: Any, *said: Any,
) -> Offering:  # fmt: skip
    name, kind, department_id, department, location_id, location, practitioner_id, specialty = said
    plan = Plan(weekday, starts, ends, slot, places, tuple((a, b) for a, b in breaks or ()), first or date.min, until)
    session = Session(pattern, schedule, plan, tuple((UUID(one), most) for one, most in also or ()))
    return Offering(
        session, name, kind, department_id, department, location_id, location, practitioner_id, specialty, tuple(codes)
    )


# Whole numbers as JSON text: fifty thousand of them are read in two milliseconds, as arrays of SQL in fifty.
_TAKEN = """
    SELECT schedule_id, place, array_to_json(array_agg(begins))::text, array_to_json(array_agg(ends))::text
    FROM (SELECT h.schedule_id, h.place, (date_part('epoch', lower(h.period)) / 60)::int - %(origin)s AS begins,
                 (date_part('epoch', upper(h.period)) / 60)::int - %(origin)s AS ends
          FROM scheduling_hold h
          WHERE h.schedule_id = ANY(%(ids)s::uuid[]) AND h.released_at IS NULL
            AND h.period && tstzrange(%(since)s, %(until)s)) h
    GROUP BY 1, 2
"""
_MINUTES = msgspec.json.Decoder(list[int])


def busy_of(act: Act, schedule_ids: Iterable[UUID], *, since: int, until: int) -> Busy:
    """What these schedules have booked, and when they are absent, within minutes since 1970; two statements."""
    act.require_for_some(VIEW, BOOK, MANAGE)
    ids, busy = list(set(schedule_ids)), Busy(since, until - since)
    if not ids:
        return busy
    values: dict[str, Any] = {"ids": ids, "origin": since, "since": at(since), "until": at(until)}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, values)
        for schedule, place, begins, ends in cursor.fetchall():
            busy.take(schedule, place, _MINUTES.decode(begins), _MINUTES.decode(ends))
    for schedule, begin, end in absences(act, ids, at(since), at(until)):
        busy.close(schedule, [(_floor(begin) - since, _ceil(end) - since)])
    return busy


def absences(act: Act, ids: Sequence[UUID], since: datetime, until: datetime) -> list[tuple[UUID, datetime, datetime]]:
    """When some schedules are not kept within a time: (schedule, from, until)."""
    act.require_for_some(VIEW, BOOK, MANAGE)
    rows = Absence.objects.filter(schedule_id__in=ids, withdrawn_at__isnull=True, period__overlap=(since, until))
    return [(one.schedule_id, one.period.lower, one.period.upper) for one in rows.only("schedule_id", "period")]


def _floor(instant: datetime) -> int:
    return int(instant.timestamp() // 60)


def _ceil(instant: datetime) -> int:
    return int(-(-instant.timestamp() // 60))


def holidays(act: Act, first: date, until: date) -> frozenset[date]:
    """The days of [first, until) on which the facility keeps no schedule."""
    rows = Holiday.objects.filter(facility_id=act.here, withdrawn_at__isnull=True, on__gte=first, on__lt=until)
    return frozenset(rows.values_list("on", flat=True))


def schedule_names(act: Act) -> list[tuple[UUID, str, str]]:
    """All that can be booked now: (id, name, kind), by name."""
    rows = Schedule.objects.visible_to(act).current().order_by("name")
    return list(rows.values_list("id", "name", "kind"))
