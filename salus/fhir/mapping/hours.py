"""Weekly sessions as FHIR's availableTime, absences and holidays as notAvailable; loaded for a page of rows at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from salus.fhir.mapping.concepts import instant_text
from salus.fhir.written import JSON
from salus.scheduling.rules.calendar import DAY, Plan
from salus.scheduling.rules.typing import wall

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: so far ahead absences and holidays are told
AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Sessions:
    """What is held of one (a person, a department) now or later: plans, and kinds of visit."""

    plans: tuple[Plan, ...] = ()
    service_codes: frozenset[str] = frozenset()


_SESSIONS = """
    SELECT {whose}, p.weekday, lower(p.minutes), upper(p.minutes), p.slot_minutes,
           CASE WHEN p.breaks <> '{{}}' THEN (SELECT array_agg(ARRAY[lower(b), upper(b)]) FROM unnest(p.breaks) b) END,
           p.service_codes
    FROM scheduling_pattern p JOIN scheduling_schedule s ON s.id = p.schedule_id
    WHERE {whose} = ANY(%s::uuid[]) AND p.retired_at IS NULL AND s.retired_at IS NULL
      AND s.kind IN ('practitioner', 'service') AND NOT isempty(p.valid)
      AND (upper(p.valid) IS NULL OR upper(p.valid) > %s)
"""


def sessions_of(whose: str, ids: Iterable[UUID]) -> Mapping[UUID, Sessions]:
    """The sessions of each that are held today or later; one statement.

    :param whose: `s.practitioner_id` or `p.department_id`
    """
    plans: dict[UUID, list[Plan]] = defaultdict(list)
    codes: dict[UUID, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_SESSIONS.format(whose=whose), [list(ids), timezone.localdate()])
        for one, weekday, starts, ends, slot, breaks, services in cursor.fetchall():
            plans[one].append(Plan(weekday, starts, ends, slot, breaks=tuple((a, b) for a, b in breaks or ())))
            codes[one] |= set(services)
    return {one: Sessions(tuple(found), frozenset(codes[one])) for one, found in plans.items()}


def available(plans: Sequence[Plan]) -> list[JSON]:
    """The weekly times, days with the same span together, breaks left out."""
    days: dict[tuple[int, int], set[int]] = defaultdict(set)
    for plan in plans:
        for span in plan.spans():
            days[span].add(plan.weekday)
    return [
        {"daysOfWeek": [DAYS[day] for day in sorted(held)]} | _times(*span)
        for span, held in sorted(days.items(), key=lambda one: (sorted(one[1]), one[0]))
    ]


def _times(starts: int, ends: int) -> JSON:
    if (starts, ends) == (0, DAY):
        return {"allDay": True}
    # FHIR's times end at 23:59:59
    last = "23:59:59" if ends == DAY else f"{wall(ends)}:00"
    return {"availableStartTime": f"{wall(starts)}:00", "availableEndTime": last}


def away(description: str, starts: datetime, ends: datetime) -> JSON:
    """A time in which nobody is there."""
    return {"description": description, "during": {"start": instant_text(starts), "end": instant_text(ends)}}


def day_away(description: str, on: Any) -> JSON:
    """A whole day on which nobody is there."""
    return {"description": description, "during": {"start": on.isoformat(), "end": on.isoformat()}}
