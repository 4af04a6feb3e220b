"""Places are taken and given back. An insert that finds the place taken does nothing: no error, no deadlock, no retry."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from salus.core.act import Act
from salus.core.errors import Conflict, NotFound, Stale
from salus.core.ids import uuid7
from salus.scheduling.models import Appointment, Hold
from salus.scheduling.queries.conflicts import Asked


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
_TAKE = """
    INSERT INTO scheduling_hold
        (id, version, recorded_by_id, appointment_id, schedule_id, period, place, places, is_overbooked)
    VALUES (%s, 1, %s, %s, %s, tstzrange(%s, %s), %s, %s, %s) ON CONFLICT DO NOTHING RETURNING place
"""


def take(appointment: Appointment, asked: Asked, schedule_id: UUID, places: int) -> bool:
    """Take the first place that is free; beyond the last one only for who overbooks. Whoever comes second waits here."""
    span = (asked.starts_at, asked.ends_at)
    with connection.cursor() as cursor:
        taken = set()
        if places > 1 or appointment.overbooked_reason:
            cursor.execute(_TAKEN, [schedule_id, *span])
            taken = {place for (place,) in cursor.fetchall()}
        most = places if not appointment.overbooked_reason else max([places, *taken]) + 50
        for place in range(most):
            if place not in taken:
                row = [uuid7(), appointment.recorded_by_id, appointment.id, schedule_id, *span, place, places]
                cursor.execute(_TAKE, [*row, place >= places])
                if cursor.fetchone():
                    return True
    return False


def full_before(asked: Asked) -> list[UUID]:
    """Of what is wanted, what has no place left as far as can be seen."""
    found = []
    with connection.cursor() as cursor:
        for schedule_id, places in asked.needs:
            cursor.execute(_TAKEN, [schedule_id, asked.starts_at, asked.ends_at])
            if len({place for (place,) in cursor.fetchall() if place < places}) >= places:
                found.append(schedule_id)
    return found


def release(act: Act, appointment: Appointment) -> list[Hold]:
    """Give the places of an appointment back; returns what it had."""
    held = list(Hold.objects.filter(appointment=appointment, released_at__isnull=True).order_by("schedule_id"))
    Hold.objects.filter(id__in=[one.id for one in held]).update(released_at=act.at)
    return held


_MOVE_UP = """
    UPDATE scheduling_hold SET place = %s, is_overbooked = false WHERE id = (
        SELECT h.id FROM scheduling_hold h
        WHERE h.schedule_id = %s AND h.released_at IS NULL AND h.is_overbooked AND h.period <@ %s::tstzrange
          AND NOT EXISTS (SELECT FROM scheduling_hold x WHERE x.schedule_id = h.schedule_id AND x.place = %s
                          AND x.period && h.period AND x.released_at IS NULL)
        ORDER BY h.created_at, h.id LIMIT 1)
"""


def move_up(freed: Sequence[Hold]) -> None:
    """Whoever was booked beyond the places has the freed one now, so that it is not given away once more."""
    with connection.cursor() as cursor:
        for one in freed:
            if one.place < one.places:
                cursor.execute(_MOVE_UP, [one.place, one.schedule_id, one.period, one.place])
