"""Places are taken and given back. An insert that finds the place taken does nothing: no error, no deadlock, no retry."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import IntegerField
from django.db.models.expressions import RawSQL

from salus.core.act import Act
from salus.core.errors import Conflict, NotFound, Stale
from salus.core.ids import uuid7
from salus.scheduling.models import Appointment
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


def locked(
    act: Act, appointment_id: UUID, version: int, *, states: tuple[str, ...] = ("booked",), **beside: Any
) -> Appointment:
    """An appointment that this act may see and that is in one of these states, locked until the act ends.

    :param beside: what else is read, or held, by the same statement
    :raises NotFound: if there is none
    :raises IsOver: if it is in another state
    :raises Stale: if somebody changed it since it was read
    """
    found = Appointment.objects.visible_to(act).select_for_update(no_key=True, of=("self",)).filter(id=appointment_id)
    appointment = found.annotate(**beside).first()
    if appointment is None:
        raise NotFound
    if appointment.version != version:
        raise Stale
    if appointment.status not in states:
        raise IsOver
    return appointment


# Each gets its first free place, by schedule: in the order in which everyone takes them. Who overbooked sits in the slot too:
# without a reason nobody joins as many as there are places, whatever their numbers, and a place beyond them is never looked at.
_TAKE = """
    WITH wanted AS (
        SELECT w.schedule_id, w.places, w.id,
               CASE WHEN %(may_overbook)s OR w.places > count(DISTINCT h.place) THEN
                   (SELECT min(n) FROM generate_series(0, greatest(w.places, max(h.place) + 2)) n
                    WHERE (%(may_overbook)s OR n < w.places) AND n <> ALL (array_agg(coalesce(h.place, -1)))) END AS place
        FROM unnest(%(schedules)s::uuid[], %(places)s::int[], %(ids)s::uuid[]) AS w (schedule_id, places, id)
        LEFT JOIN scheduling_hold h ON h.schedule_id = w.schedule_id AND h.period && tstzrange(%(since)s, %(until)s)
                                    AND h.released_at IS NULL
        GROUP BY 1, 2, 3),
    taken AS (
        INSERT INTO scheduling_hold
            (id, version, recorded_by_id, appointment_id, source, schedule_id, period, place, places, is_overbooked)
        SELECT id, 1, %(by)s::uuid, %(appointment)s::uuid, %(source)s, schedule_id, tstzrange(%(since)s, %(until)s), place,
               places, place >= places
        FROM wanted WHERE place IS NOT NULL ORDER BY schedule_id
        ON CONFLICT DO NOTHING RETURNING schedule_id)
    SELECT w.schedule_id, w.place IS NULL, t.schedule_id IS NOT NULL
    FROM wanted w LEFT JOIN taken t ON t.schedule_id = w.schedule_id
"""
#: so often somebody else may be quicker
_TRIES = 600


class _Beaten(Exception):
    """Somebody else was quicker with one of several."""


def take(whose: Appointment | Keeper, asked: Asked, but: Collection[UUID] = ()) -> list[UUID]:
    """Take a place of everything that a time needs; beyond the last one only for who overbooks. Returns what is full.

    All of it is one statement. Where somebody else was quicker it is undone and taken one after another, so that nobody
    waits for what another has while that one waits for him.

    :param but: schedules of which it has a place already
    """
    needs = [one for one in asked.needs if one[0] not in but]
    if not needs:
        return []
    try:
        with transaction.atomic():
            full, beaten = _try(whose, asked, needs)
            if beaten:
                raise _Beaten
    except _Beaten:
        full = [one for need in needs for one in _take_one(whose, asked, need)]
    return full


def _take_one(whose: Appointment | Keeper, asked: Asked, need: tuple[UUID, int]) -> list[UUID]:
    """Whoever comes second waits here, and looks for the next place."""
    for _n in range(_TRIES):
        full, beaten = _try(whose, asked, [need])
        if not beaten:
            return full
    return [need[0]]


def _try(whose: Appointment | Keeper, asked: Asked, needs: Sequence[tuple[UUID, int]]) -> tuple[list[UUID], list[UUID]]:
    """Which have no place left, and of which somebody else just took it."""
    known = {
        "by": whose.recorded_by_id,
        "appointment": whose.id,
        "source": whose.source if isinstance(whose, Keeper) else "",
        "schedules": [one for one, _places in needs],
        "places": [places for _one, places in needs],
        "ids": [uuid7() for _one in needs],
        "since": asked.starts_at,
        "until": asked.ends_at,
        "may_overbook": bool(whose.overbooked_reason),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, known)
        rows = cursor.fetchall()
    full = [one for one, is_full, _is_taken in rows if is_full]
    return full, [one for one, is_full, is_taken in rows if not (is_full or is_taken)]


_TAKE_OVER = """
    UPDATE scheduling_hold SET appointment_id = %s, source = ''
    WHERE source = %s AND released_at IS NULL AND period = tstzrange(%s, %s) RETURNING schedule_id
"""


def take_over(appointment: Appointment, asked: Asked, source: str) -> set[UUID]:
    """The places that were kept for this appointment are its own: they are free at no moment. Returns whose they are."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_OVER, [appointment.id, source, asked.starts_at, asked.ends_at])
        return {schedule for (schedule,) in cursor.fetchall()}


_STILL = """
    (WITH still AS (
        SELECT FROM scheduling_schedule s JOIN places_facility f ON f.id = s.facility_id
        WHERE s.facility_id = %s AND (s.id = ANY(%s::uuid[])
           OR s.id IN (SELECT unnest(p.also) FROM scheduling_pattern p WHERE p.schedule_id = ANY(%s::uuid[]))
           OR s.id IN (SELECT h.schedule_id FROM scheduling_hold h WHERE h.appointment_id = %s AND h.released_at IS NULL))
        ORDER BY s.id FOR SHARE OF s, f)
     SELECT count(*) FROM still)
"""


def still(act: Act, schedule_ids: Sequence[UUID], appointment_id: UUID | None = None) -> RawSQL:
    """Until the act ends no absence, session or holiday is changed for these and what comes with them, nor for what an
    appointment has: a booking either sees the change, or the change sees the booking. Many may book beside each other.

    A column of the statement that reads whom it is for; what the plan says is read after it.
    """
    ids = list(schedule_ids)
    return RawSQL(_STILL, [act.here, ids, ids, appointment_id], IntegerField())  # noqa: S611 - constant


def keep_plans_still(act: Act, schedule_ids: Sequence[UUID]) -> None:
    """The same, by itself."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_STILL}", [act.here, list(schedule_ids), list(schedule_ids), None])  # noqa: S608 - constant


_RELEASE = """
    UPDATE scheduling_hold h SET released_at = %(at)s
    WHERE (appointment_id = %(appointment)s OR source = %(source)s AND source <> '') AND released_at IS NULL
    RETURNING schedule_id, place, places, lower(period), upper(period), EXISTS (
        SELECT FROM scheduling_hold x WHERE x.schedule_id = h.schedule_id AND x.period && h.period AND x.is_overbooked
                                        AND x.released_at IS NULL AND x.id <> h.id)
"""


_EXCHANGE = f"""
    WITH had AS (UPDATE scheduling_hold SET appointment_id = %(appointment)s, source = ''
                 WHERE source = %(kept)s AND released_at IS NULL AND period = tstzrange(%(since)s, %(until)s)
                 RETURNING schedule_id),
         given AS ({_RELEASE})
    SELECT given.*, false FROM given UNION ALL SELECT schedule_id, 0, 0, NULL, NULL, false, true FROM had
"""  # noqa: S608 - constants


class Freed(NamedTuple):
    """A place that was given back."""

    schedule_id: UUID
    place: int
    places: int
    starts_at: datetime
    ends_at: datetime
    #: whether somebody was booked beyond the places then
    has_waiting: bool


def release(act: Act, appointment: Appointment) -> list[Freed]:
    """Give the places of an appointment back; returns what it had, by schedule."""
    return _release(act, appointment=appointment.id)


def exchange(act: Act, appointment: Appointment, asked: Asked, kept: str) -> tuple[list[Freed], set[UUID]]:
    """Give the places of an appointment back for those that were kept for it; returns what it had, and whose it has now."""
    values: dict[str, Any] = {"at": act.at, "appointment": appointment.id, "source": "", "kept": kept}
    with connection.cursor() as cursor:
        cursor.execute(_EXCHANGE, values | {"since": asked.starts_at, "until": asked.ends_at})
        rows = cursor.fetchall()
    return sorted(Freed(*row[:-1]) for row in rows if not row[-1]), {row[0] for row in rows if row[-1]}


def release_kept(act: Act, source: str) -> list[Freed]:
    """Give the places back that were kept for this; returns what it had."""
    return _release(act, source=source)


def _release(act: Act, *, appointment: UUID | None = None, source: str = "") -> list[Freed]:
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"at": act.at, "appointment": appointment, "source": source})
        return sorted(Freed(*row) for row in cursor.fetchall())


# Whom another cancellation is moving up at this moment is passed over: each freed place is for one more of those who wait.
_MOVE_UP = """
    UPDATE scheduling_hold SET place = %(place)s, is_overbooked = false WHERE id = (
        SELECT h.id FROM scheduling_hold h
        WHERE h.schedule_id = %(schedule_id)s AND h.released_at IS NULL AND h.is_overbooked AND h.places > %(place)s
          AND h.period <@ tstzrange(%(starts_at)s, %(ends_at)s)
          AND NOT EXISTS (SELECT FROM scheduling_hold x WHERE x.schedule_id = h.schedule_id AND x.place = %(place)s
                          AND x.period && h.period AND x.released_at IS NULL)
        ORDER BY h.created_at, h.id LIMIT 1 FOR UPDATE SKIP LOCKED)
"""


def move_up(freed: Sequence[Freed]) -> None:
    """Whoever was booked beyond the places has the freed one now, so that it is not given away once more."""
    with connection.cursor() as cursor:
        for one in freed:
            if one.has_waiting and one.place < one.places:
                cursor.execute(_MOVE_UP, one._asdict())
