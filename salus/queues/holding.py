"""Finding and locking what acts on tokens begin with. The order of locks: the visit, then its tokens, then the counter."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.places.models import Location
from salus.queues import rules
from salus.queues.models import Queue, Token, is_desk


class CannotMove(Conflict):
    """This number is not in a state for that any more. Look at the queue as it is now."""


class RoomBusy(Conflict):
    """This room has somebody already. Finish, send on or mark as missed whom it has called first."""


def queue_worked(act: Act, queue_id: UUID) -> Queue:
    """An open queue from which this act may call.

    :raises NotFound: if there is none
    """
    found = Queue.objects.worked_by(act).filter(id=queue_id).select_related("facility", "department").first()
    if found is None:
        raise NotFound
    return found


def room_of(act: Act, room_id: UUID) -> Location:
    """An open room of a department in which this act works; at the desk any of the facility.

    :raises Invalid: if there is none
    """
    rooms = Location.objects.filter(
        department__facility_id=act.here, retired_at__isnull=True, kind__in=("room", "desk")
    )
    if not is_desk(act):
        rooms = rooms.filter(department_id__in=act.places)
    found = rooms.filter(id=room_id).first()
    if found is None:
        raise Invalid(room=_("Choose a room of this department."))
    return found


def locked(act: Act, token_id: UUID, version: int | None, to: str) -> Token:
    """A token from a queue that this act may call from, locked until the act ends, which may come to this state.

    :param version: None where nobody has read it: what follows of itself
    :raises NotFound: if there is none
    :raises Stale: if somebody changed it since it was read
    :raises CannotMove: if that state cannot follow
    """
    rows = Token.objects.select_for_update(no_key=True, of=("self",)).select_related("queue__facility")
    token = rows.filter(id=token_id, queue__in=Queue.objects.worked_by(act)).first()
    if token is None:
        raise NotFound
    if version is not None and token.version != version:
        raise Stale
    if not rules.may_move(token.status, to):
        raise CannotMove
    return token


def day_of(queue: Queue, at: datetime) -> date:
    """The day by which the numbers of a queue are counted: that of the wall where the facility is."""
    return at.astimezone(ZoneInfo(queue.facility.time_zone)).date()
