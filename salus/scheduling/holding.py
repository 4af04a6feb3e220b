"""Places are taken and given back. An insert that finds the place taken does nothing: no error, no deadlock, no retry."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q

from salus.core.act import Act
from salus.core.errors import Conflict, NotFound, Stale
from salus.core.ids import uuid7
from salus.scheduling.models import Appointment, Hold
from salus.scheduling.queries.conflicts import Asked


@dataclass(frozen=True, slots=True)
class Keeper:
    """What a place is kept for that nobody is booked at yet: a `source` of an upper room."""

    source: str
    recorded_by_id: UUID
    id: None = None
    overbooked_reason: str = ""


class IsOver(Conflict):
    """This appointment is over or cancelled. Book a new one."""


def locked(act: Act, appointment_id: UUID, version: int, *, states: tuple[str, ...] = ("booked",)) -> Appointment:
    """An appointment that this act may see and that is in one of these states, locked until the act ends.

    :raises NotFound: if there is none
    :raises IsOver: if it is in another state
    :raises Stale: if somebody changed it since it was read
    """
    found = Appointment.objects.visible_to(act).select_for_update(no_key=True, of=("self",)).filter(id=appointment_id)
    appointment = found.first()
    if appointment is None:
        raise NotFound
    if appointment.version != version:
        raise Stale
    if appointment.status not in states:
        raise IsOver
    return appointment


_TAKEN = """
    SELECT place FROM scheduling_hold WHERE schedule_id = %s AND period && tstzrange(%s, %s) AND released_at IS NULL
"""
# Who overbooked sits in the slot too: without a reason nobody joins as many as there are places, whatever their numbers.
_TAKE = """
    INSERT INTO scheduling_hold
        (id, version, recorded_by_id, appointment_id, source, schedule_id, period, place, places, is_overbooked)
    SELECT %(id)s, 1, %(by)s, %(appointment)s, %(source)s, %(schedule)s, tstzrange(%(since)s, %(until)s), %(place)s,
           %(places)s, %(place)s::int >= %(places)s::int
    WHERE %(may_overbook)s OR %(places)s > (
        SELECT count(DISTINCT h.place) FROM scheduling_hold h
        WHERE h.schedule_id = %(schedule)s AND h.period && tstzrange(%(since)s, %(until)s) AND h.released_at IS NULL)
    ON CONFLICT DO NOTHING RETURNING place
"""


def take(whose: Appointment | Keeper, asked: Asked, schedule_id: UUID, places: int) -> bool:
    """Take the first place that is free; beyond the last one only for who overbooks. Whoever comes second waits here."""
    span = (asked.starts_at, asked.ends_at)
    known = {
        "by": whose.recorded_by_id,
        "appointment": whose.id,
        "source": whose.source if isinstance(whose, Keeper) else "",
        "schedule": schedule_id,
        "since": asked.starts_at,
        "until": asked.ends_at,
        "places": places,
        "may_overbook": bool(whose.overbooked_reason),
    }
    with connection.cursor() as cursor:
        taken = set()
        if places > 1 or whose.overbooked_reason:
            cursor.execute(_TAKEN, [schedule_id, *span])
            taken = {place for (place,) in cursor.fetchall()}
        most = places if not whose.overbooked_reason else max([places, *taken]) + 50
        for place in range(most):
            if place not in taken:
                cursor.execute(_TAKE, known | {"id": uuid7(), "place": place})
                if cursor.fetchone():
                    return True
    return False


_TAKE_OVER = """
    UPDATE scheduling_hold SET appointment_id = %s, source = ''
    WHERE source = %s AND released_at IS NULL AND period = tstzrange(%s, %s) RETURNING schedule_id
"""


def take_over(appointment: Appointment, asked: Asked, source: str) -> set[UUID]:
    """The places that were kept for this appointment are its own: they are free at no moment. Returns whose they are."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_OVER, [appointment.id, source, asked.starts_at, asked.ends_at])
        return {schedule for (schedule,) in cursor.fetchall()}


_KEEP_STILL = """
    SELECT FROM scheduling_schedule s JOIN places_facility f ON f.id = s.facility_id
    WHERE s.facility_id = %(facility)s AND (s.id = ANY(%(ids)s::uuid[])
       OR s.id IN (SELECT unnest(p.also) FROM scheduling_pattern p WHERE p.schedule_id = ANY(%(ids)s::uuid[])))
    ORDER BY s.id FOR SHARE OF s, f
"""


def keep_plans_still(act: Act, schedule_ids: Sequence[UUID]) -> None:
    """Until the act ends no absence, session or holiday is changed for these and what comes with them: a booking either
    sees the change, or the change sees the booking. Many may book beside each other."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_STILL, {"facility": act.here, "ids": list(schedule_ids)})


def release(act: Act, appointment: Appointment) -> list[Hold]:
    """Give the places of an appointment back; returns what it had."""
    return _release(act, Q(appointment=appointment))


def release_kept(act: Act, source: str) -> list[Hold]:
    """Give the places back that were kept for this; returns what it had."""
    return _release(act, Q(source=source))


def _release(act: Act, whose: Q) -> list[Hold]:
    held = list(Hold.objects.filter(whose, released_at__isnull=True).order_by("schedule_id"))
    Hold.objects.filter(id__in=[one.id for one in held]).update(released_at=act.at)
    return held


# Whom another cancellation is moving up at this moment is passed over: each freed place is for one more of those who wait.
_MOVE_UP = """
    UPDATE scheduling_hold SET place = %s, is_overbooked = false WHERE id = (
        SELECT h.id FROM scheduling_hold h
        WHERE h.schedule_id = %s AND h.released_at IS NULL AND h.is_overbooked AND h.places > %s
          AND h.period <@ %s::tstzrange
          AND NOT EXISTS (SELECT FROM scheduling_hold x WHERE x.schedule_id = h.schedule_id AND x.place = %s
                          AND x.period && h.period AND x.released_at IS NULL)
        ORDER BY h.created_at, h.id LIMIT 1 FOR UPDATE SKIP LOCKED)
"""


def move_up(freed: Sequence[Hold]) -> None:
    """Whoever was booked beyond the places has the freed one now, so that it is not given away once more."""
    with connection.cursor() as cursor:
        for one in freed:
            if one.place < one.places:
                cursor.execute(_MOVE_UP, [one.place, one.schedule_id, one.place, one.period, one.place])
