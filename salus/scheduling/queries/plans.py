"""Reads of schedules: their sessions as rules know them, absences, holidays, what is booked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from salus.core.act import Act
from salus.places.models import Facility
from salus.scheduling.models import BOOK, MANAGE, VIEW, Schedule
from salus.scheduling.rules.calendar import Clock, Plan, at
from salus.scheduling.rules.free import Busy, Session, minutes_of, whole_slots


class Offering(msgspec.Struct, frozen=True, gc=False):
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
    more_specialties: tuple[str, ...] = ()
    #: minutes that the kind of visit which was asked for takes; 0 is one slot
    visit: int = 0

    @property
    def length(self) -> int:
        """How long a visit of the kind that was asked for lasts here: as many neighbouring slots as it takes."""
        return whole_slots(self.visit, self.session.plan.slot)

    @property
    def specialties(self) -> frozenset[str]:
        """All that the session can be looked for by."""
        return frozenset(one for one in (self.specialty, *self.more_specialties) if one)


_SESSIONS = """
    SELECT p.id, p.schedule_id, p.weekday, lower(p.minutes), upper(p.minutes), p.slot_minutes, p.places,
           CASE WHEN p.breaks <> '{}' THEN (SELECT array_agg(ARRAY[lower(b), upper(b)]) FROM unnest(p.breaks) b) END,
           p.service_codes, lower(p.valid), upper(p.valid),
           CASE WHEN p.also <> '{}' THEN (SELECT json_agg(json_build_array(o.id, o.places)) FROM scheduling_schedule o
                                          WHERE o.id = ANY(p.also) AND o.retired_at IS NULL) END,
           s.name, s.kind, p.department_id, d.name, p.location_id, coalesce(l.name, ''), s.practitioner_id,
           coalesce(nullif(m.specialty, ''), d.specialty), coalesce(m.more_specialties, '{}'),
           coalesce((SELECT v.minutes FROM catalog_service v WHERE v.code = %(visit)s), 0)
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
    "needed_by": """(p.schedule_id = ANY(%(needed_by)s::uuid[]) OR p.schedule_id IN (
        SELECT unnest(q.also) FROM scheduling_pattern q WHERE q.schedule_id = ANY(%(needed_by)s::uuid[])))""",
    "department_id": "p.department_id = %(department_id)s",
    "specialty": "(coalesce(nullif(m.specialty, ''), d.specialty) = %(specialty)s OR %(specialty)s = ANY(m.more_specialties))",
    "language": "%(language)s = ANY(m.languages)",
    "peers_of": """(p.schedule_id = %(peers_of)s OR nullif(coalesce(nullif(m.specialty, ''), d.specialty), '') = (
        SELECT coalesce(nullif(mm.specialty, ''), dd.specialty) FROM scheduling_schedule ss
        JOIN places_department dd ON dd.id = ss.department_id
        LEFT JOIN staff_staffmember mm ON mm.practitioner_id = ss.practitioner_id WHERE ss.id = %(peers_of)s))""",
    "service_code": "(p.service_codes = '{}' OR %(service_code)s = ANY(p.service_codes))",
}


def clock_of(act: Act) -> Clock:
    """The clock of the act's facility: as the door read it, so that a zone which was changed holds at the next act."""
    return _clock(act.zone or Facility.objects.values_list("time_zone", flat=True).get(id=act.here))


@lru_cache(maxsize=64)
def _clock(zone: str) -> Clock:
    return Clock(zone)


def offerings(act: Act, *, first: date, until: date, visit: str = "", **filters: Any) -> list[Offering]:
    """The sessions of a facility that hold on some day of [first, until), by name; one statement.

    :param visit: code of the kind of visit that is asked for, which says how long it takes
    :param filters: `schedule_ids`, `needed_by` (these, and the rooms and devices that come with them), `department_id`,
        `specialty`, `language`, `service_code`, `peers_of`; what is empty does not count
    """
    act.require_for_some(VIEW, BOOK, MANAGE)
    given = {name: value for name, value in filters.items() if value}
    text = " AND ".join([_SESSIONS, *(_FILTERS[name] for name in given)])
    with connection.cursor() as cursor:
        values = given | {"facility": act.here, "first": first, "until": until, "visit": visit}
        cursor.execute(text + " ORDER BY s.name, p.id", values)
        return [_offering(*row) for row in cursor.fetchall()]


def _offering(
    pattern: UUID, schedule: UUID, weekday: int, starts: int, ends: int, slot: int, places: int, breaks: Any,
    codes: Sequence[str], first: date | None, until: date | None, also: Any, *said: Any,
) -> Offering:  # fmt: skip
    name, kind, department_id, department, location_id, location, practitioner_id, specialty, more, visit = said
    plan = Plan(weekday, starts, ends, slot, places, tuple((a, b) for a, b in breaks or ()), first or date.min, until)
    session = Session(pattern, schedule, plan, tuple((UUID(one), most) for one, most in also or ()))
    where = (department_id, department, location_id, location)
    return Offering(session, name, kind, *where, practitioner_id, specialty, tuple(codes), tuple(more), visit)


# Fifty thousand bookings come as a few packed texts: as rows, or as arrays of SQL, they take several times as long.
_BUSY = """
    SELECT 'held', w.schedule_id, b.place, b.minutes, b.begins
    FROM unnest(%(ids)s::uuid[]) AS w (schedule_id)
    CROSS JOIN LATERAL (
        SELECT h.place, h.minutes, string_agg(int4send(h.begins - %(origin)s), '') AS begins
        FROM scheduling_hold h
        WHERE h.schedule_id = w.schedule_id AND h.released_at IS NULL
          AND h.begins < %(origin)s + %(length)s AND h.begins > %(origin)s - 1440
        GROUP BY 1, 2) b
    UNION ALL
    SELECT 'away', x.schedule_id, floor(date_part('epoch', lower(x.period)) / 60)::int - %(origin)s,
           ceil(date_part('epoch', upper(x.period)) / 60)::int - %(origin)s, NULL
    FROM scheduling_absence x
    WHERE x.schedule_id = ANY(%(ids)s::uuid[]) AND x.withdrawn_at IS NULL AND x.period && tstzrange(%(since)s, %(until)s)
    UNION ALL
    SELECT 'holiday', NULL, y.on - %(first)s::date, 0, NULL FROM scheduling_holiday y
    WHERE y.facility_id = %(facility)s AND y.withdrawn_at IS NULL AND y.on >= %(first)s AND y.on <= %(last)s
"""


def busy_of(
    act: Act, schedule_ids: Iterable[UUID], *, since: int, until: int, days: Sequence[date]
) -> tuple[Busy, frozenset[date]]:
    """What these schedules have booked and when they are absent, within minutes since 1970; and which of the days are
    holidays. One statement."""
    act.require_for_some(VIEW, BOOK, MANAGE)
    busy, holidays = Busy(since, until - since), set()
    values: dict[str, Any] = {"ids": list(set(schedule_ids)), "origin": since, "since": at(since), "until": at(until)}
    values |= {"length": until - since, "first": days[0], "last": days[-1], "facility": act.here}
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, values)
        for what, schedule, number, other, packed in cursor.fetchall():
            if what == "held":
                busy.take(schedule, number, other, minutes_of(packed))
            elif what == "away":
                busy.close(schedule, [(number, other)])
            else:
                holidays.add(days[0] + timedelta(days=number))
    return busy, frozenset(holidays)


class Profile(msgspec.Struct, array_like=True, frozen=True):
    """What a patient may want to know of whom he or she will see."""

    staff_id: UUID
    specialties: tuple[str, ...]
    qualifications: tuple[str, ...]
    languages: tuple[str, ...]
    fee_codes: tuple[str, ...]
    has_photo: bool


_PROFILE = msgspec.json.Decoder(Profile)


@dataclass(frozen=True, slots=True)
class Needed:
    """A schedule that a time needs, as it stands: what of, and whether it is away then."""

    id: UUID
    kind: str
    name: str
    places: int
    department_id: UUID
    location_id: UUID | None
    practitioner_id: UUID | None
    profile: Profile | None
    is_away: bool


_STANDING = """
    SELECT s.id, s.kind, s.name, s.places, s.department_id, s.location_id, s.practitioner_id,
           (SELECT json_build_array(m.id, array_remove(m.specialty || m.more_specialties, ''), m.qualifications,
                                    m.languages, m.fee_codes, m.photo_id IS NOT NULL)::text
            FROM staff_staffmember m WHERE m.practitioner_id = s.practitioner_id),
           EXISTS (SELECT FROM scheduling_absence x WHERE x.schedule_id = s.id AND x.withdrawn_at IS NULL
                   AND x.period && tstzrange(%(since)s, %(until)s)),
           ARRAY(SELECT y.name FROM scheduling_holiday y
                 WHERE y.facility_id = s.facility_id AND y.on = %(day)s AND y.withdrawn_at IS NULL)
    FROM scheduling_schedule s
    WHERE s.facility_id = %(facility)s AND s.retired_at IS NULL AND s.id = ANY(%(ids)s::uuid[])
"""


def needed_at(
    act: Act, ids: Iterable[UUID], *, day: date, since: int, until: int
) -> tuple[dict[UUID, Needed], list[str]]:
    """Schedules of this facility that are kept still, as they stand within minutes since 1970; and the day's holidays."""
    act.require_for_some(VIEW, BOOK, MANAGE)
    values: dict[str, Any] = {
        "ids": list(ids),
        "day": day,
        "since": at(since),
        "until": at(until),
        "facility": act.here,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, values)
        rows = cursor.fetchall()
    told = ((*row[:7], _PROFILE.decode(row[7]) if row[7] else None, row[8]) for row in rows)
    found = {row[0]: Needed(*row) for row in told}
    return found, list(rows[0][-1]) if rows else []


def schedule_names(act: Act) -> list[tuple[UUID, str, str]]:
    """All that can be booked now: (id, name, kind), by name."""
    rows = Schedule.objects.visible_to(act).current().order_by("name")
    return list(rows.values_list("id", "name", "kind"))
