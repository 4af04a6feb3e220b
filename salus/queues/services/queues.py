"""Which queues a department has, what its wall shows, and who sits in which room."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.places.models import Department
from salus.queues import live
from salus.queues.facts import QueueChanged, StationChanged
from salus.queues.holding import room_of
from salus.queues.models import CALL, MANAGE, Display, Queue, Station, Token
from salus.queues.words import LANGUAGES


class Taken(Conflict):
    """The department has a queue of this kind already, or another queue has these letters."""


class StillWaiting(Conflict):
    """People still wait in this queue. Call them or send them on first."""


class JustTaken(Conflict):
    """Somebody has sat down in a room at this very moment. Look at the board as it is now."""


@transaction.atomic
def open_queue(act: Act, *, department_id: UUID, kind: str, name: str, prefix: str) -> Queue:
    """Open a queue at a department; its numbers begin with the letters.

    :raises Taken: if there is one of this kind there, or another has these letters
    :raises Invalid: for a department that is not open, a kind that does not exist, or no letters
    """
    act.require(MANAGE)
    wrong = {}
    if not Department.objects.filter(id=department_id, facility_id=act.here, retired_at=None).exists():
        wrong["department"] = _("Choose a department that is open.")
    if kind not in dict(Queue.KINDS):
        wrong["kind"] = _("Choose one of these.")
    letters = prefix.strip().upper()
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        wrong["prefix"] = _("One to three letters, A to Z.")
    if not name.strip():
        wrong["name"] = _("Give it a name.")
    if wrong:
        raise Invalid(**wrong)
    queue = Queue(
        facility_id=act.here,
        department_id=department_id,
        kind=kind,
        name=name.strip(),
        prefix=letters,
        recorded_by_id=act.by,
    )
    try:
        with transaction.atomic():
            queue.save(force_insert=True)
    except IntegrityError as error:
        raise Taken(prefix=Taken.__doc__ or "") from error
    announce(act, QueueChanged(queue_id=queue.id, change="opened"))
    return queue


@transaction.atomic
def retire_queue(act: Act, *, queue_id: UUID, version: int) -> Queue:
    """Close a queue for good; what was called in it stays.

    :raises StillWaiting: while anybody waits in it
    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    queue = Queue.objects.here(act).select_for_update().filter(id=queue_id).first()
    if queue is None:
        raise NotFound
    if queue.version != version:
        raise Stale
    if Token.objects.open().filter(queue_id=queue.id).exists():
        raise StillWaiting
    queue.retired_at = act.at
    queue.save(update_fields=["retired_at"])
    announce(act, QueueChanged(queue_id=queue.id, change="retired"))
    return queue


@transaction.atomic
def set_display(
    act: Act, *, department_id: UUID, shows_names: bool, has_chime: bool, languages: Sequence[str]
) -> Display:
    """Say what the wall of a department shows, and in which languages, one after another.

    :raises Invalid: for a language that the wall does not speak
    """
    act.require(MANAGE)
    queue = Queue.objects.here(act).filter(department_id=department_id).first()
    if queue is None:
        raise NotFound
    if not languages or set(languages) - LANGUAGES.keys():
        raise Invalid(languages=_("Choose one or more of these."))
    values = {"shows_names": shows_names, "has_chime": has_chime, "languages": list(languages)}
    display, _made = Display.objects.update_or_create(department_id=department_id, defaults=values)
    announce(act, QueueChanged(queue_id=queue.id, change="wall"))
    live.tell(department_id)
    return display


@transaction.atomic
def open_station(act: Act, *, room_id: UUID) -> Station:
    """Sit down in a room: from now on it calls for this person. Whoever sat there has left it.

    :raises JustTaken: if another, or the same person in another window, does so at the same moment
    """
    act.require(CALL)
    room = room_of(act, room_id)
    there = Station.objects.select_for_update().filter(facility_id=act.here, closed_at__isnull=True)
    mine = there.filter(room_id=room.id)
    if act.practitioner_id:
        mine = mine | there.filter(practitioner_id=act.practitioner_id)
    for one in mine.order_by("id"):
        if one.room_id == room.id and one.practitioner_id == act.practitioner_id:
            return one
        _close(act, one)
    station = Station(
        facility_id=act.here,
        room_id=room.id,
        practitioner_id=act.practitioner_id,
        opened_at=act.at,
        recorded_by_id=act.by,
    )
    try:
        with transaction.atomic():
            station.save(force_insert=True)
    except IntegrityError as error:
        raise JustTaken from error
    fact = StationChanged(room_id=room.id, change="opened", practitioner_id=act.practitioner_id)
    announce(act, fact)
    live.tell(room.department_id)
    return station


@transaction.atomic
def close_station(act: Act, *, room_id: UUID) -> None:
    """Leave a room: it calls for nobody by name any more."""
    act.require(CALL)
    room = room_of(act, room_id)
    for one in Station.objects.select_for_update().filter(room_id=room.id, closed_at__isnull=True):
        _close(act, one)
    live.tell(room.department_id)


def _close(act: Act, station: Station) -> None:
    station.closed_at = act.at
    station.save(update_fields=["closed_at"])
    fact = StationChanged(room_id=station.room_id, change="closed", practitioner_id=station.practitioner_id)
    announce(act, fact)
