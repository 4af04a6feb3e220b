"""Acts on sessions and on the browsers in which they are open."""

from uuid import UUID

from django.db import transaction

from salus.accounts import tokens
from salus.accounts.facts import DeviceMarked, SessionEnded, SessionLocked
from salus.accounts.models import Device, Session
from salus.accounts.queries import users_here
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, Stale


@transaction.atomic
def lock_session(act: Act, *, session_id: UUID) -> None:
    """Cover one's own session: the server refuses everything in it until its owner proves who is there."""
    act.require_self()
    if Session.objects.filter(id=session_id, user_id=act.by, locked_at=None, ended_at=None).update(locked_at=act.at):
        announce(act, SessionLocked(user_id=act.by, session_id=session_id))


@transaction.atomic
def end_session(act: Act, *, session_id: UUID) -> None:
    """End one of one's own sessions, in this browser or another; one that has ended stays so."""
    act.require_self()
    _end(act, Session.objects.select_for_update().get(id=session_id, user_id=act.by))


@transaction.atomic
def end_other_sessions(act: Act, *, but: UUID) -> int:
    """End all of one's own sessions but this one."""
    act.require_self()
    others = Session.objects.select_for_update().filter(user_id=act.by, ended_at=None).exclude(id=but).order_by("id")
    return sum(_end(act, one) for one in others)


@transaction.atomic
def end_sessions_of(act: Act, *, user_id: UUID) -> int:
    """Put somebody out everywhere at once (a lost telephone, a departure), programs that act for him too."""
    act.require("accounts.manage_users")
    user = users_here(act).get(id=user_id)
    tokens.end_all_of(act, user.id)
    open_ones = Session.objects.select_for_update().filter(user_id=user.id, ended_at=None).order_by("id")
    return sum(_end(act, one) for one in open_ones)


@transaction.atomic
def mark_device(act: Act, *, device_id: UUID, version: int, kind: str, name: str) -> Device:
    """Say what a browser is: a shared workstation locks soon and takes PINs, a kiosk and a wall end soon.

    The sessions that are open in it follow when their people sign in next. A kiosk and a wall have the few rights of their
    kind without anybody signed in (`sockets.device_rights`).
    :raises Stale: if somebody changed it since it was read
    :raises Invalid: for a kind that does not exist, or a shared one without a name
    """
    act.require("accounts.manage_devices")
    act.require_fresh()
    device = Device.objects.select_for_update().get(id=device_id)
    if device.version != version:
        raise Stale
    if kind not in dict(Device.KINDS):
        raise Invalid(kind="Choose one of these.")
    if kind != Device.PRIVATE and not name.strip():
        raise Invalid(name="People must know which one it is: give it a name.")
    device.kind, device.name, device.facility_id = kind, name.strip(), act.facility_id
    device.save(update_fields=["kind", "name", "facility_id"])
    announce(act, DeviceMarked(device_id=device.id, kind=kind))
    return device


def _end(act: Act, row: Session) -> bool:
    if row.ended_at is not None or row.user_id is None:
        return False
    row.ended_at = act.at
    row.save(update_fields=["ended_at"])
    announce(act, SessionEnded(user_id=row.user_id, session_id=row.id))
    return True
