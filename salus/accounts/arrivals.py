"""Coming in: from the first proof, over the second where one is asked for, to an open session.

Nobody is signed in yet, so that there is no act to take: the act of the session that opens is the first one.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.messages import get_messages
from django.db import transaction
from django.middleware.csrf import rotate_token

from salus.accounts import devices, limits, proofs
from salus.accounts.facts import SessionEnded, SessionLocked, SignedIn, SignInRefused
from salus.accounts.limits import Measure
from salus.accounts.models import Device, Session, User
from salus.accounts.queries import factors_of, person_by_id
from salus.accounts.rules import limits as rules
from salus.accounts.rules.sessions import PORTAL
from salus.accounts.sessions import SessionStore, idle_of
from salus.core.act import Act, system_act
from salus.core.announce import announce
from salus.core.clients import address_of, source_of

_PENDING = "pending"
#: how long the second proof may take
_PATIENCE = timedelta(minutes=5)


def user_with_password(request: Any, *, username: str, password: str) -> User | None:
    """Who this is, or None; unknown name, wrong password and retired user take as long and look alike.

    :raises TooMany: if too many guesses before this one did not fit
    """
    user = User.objects.filter(username__iexact=username.strip(), is_active=True, kind=User.PERSON).first()
    device = devices.device_of(request)
    name = username.strip().lower()
    if devices.knows(device, user.id if user else None):
        measures = [Measure("known", f"{name} {device.id if device else ''}", rules.KNOWN_DEVICE)]
    else:
        address = source_of(request)
        measures = [
            Measure("account+address", f"{name} {address}", rules.ACCOUNT_AND_ADDRESS),
            Measure("account", name, rules.ACCOUNT),
            Measure("address", address, rules.ADDRESS),
        ]
    limits.take(measures)
    if not (user.check_password(password) if user else proofs.password_fits(None, password)):
        refuse(request, user.id if user else None, "password")
        return None
    limits.give_back(measures)
    return user


def second_proof_fits(request: Any, user: User, *, code: str) -> str:
    """How the code was one of the person's: `totp`, `recovery`, or empty where it is none.

    :raises TooMany: if too many before this one did not fit
    """
    device = devices.device_of(request)
    where = device.id if devices.knows(device, user.id) and device else ""
    measures = [Measure("second", f"{user.id} {where}", rules.SECOND_FACTOR)]
    limits.take(measures)
    if proofs.totp_fits(user.id, code):
        how = "totp"
    elif proofs.recovery_code_fits(user.id, code):
        how = "recovery"
    else:
        refuse(request, user.id, "second")
        return ""
    limits.give_back(measures)
    return how


def arrive(request: Any, user: User, how: str) -> bool:
    """The first proof fits: open a session, or, where a second one is due, remember the first (and say False)."""
    # A passkey with user verification is two factors in one; the hospital's directory asks for its own.
    if how == "password" and factors_of(user.id).second:
        request.session.turn_key()  # whoever knew the key of before has not given this proof
        request.session[_PENDING] = {"user": str(user.id), "how": how, "at": datetime.now(UTC).isoformat()}
        return False
    open_session(request, user, how)
    return True


def pending_user(request: Any) -> User | None:
    """Who has given the first proof in this session less than five minutes ago."""
    told = None if request.session.is_former else request.session.get(_PENDING)
    if not told or datetime.now(UTC) - datetime.fromisoformat(told["at"]) > _PATIENCE:
        return None
    return User.objects.filter(id=told["user"], is_active=True).first()


@transaction.atomic
def open_session(request: Any, user: User, how: str) -> None:
    """A new session with a new key, whatever the browser had before; everything that was asked for is proved."""
    device = devices.acquaint(request, user.id)
    kind = PORTAL if user.kind == User.PATIENT else device.kind
    _leave(request, device if kind != PORTAL else None)
    forget_messages(request)
    store = SessionStore()
    store.opening = {
        "device_id": device.id,
        "kind": kind,
        "idle": idle_of(kind),
        "agent": request.headers.get("User-Agent", "")[:200],
        "address": address_of(request),
        "factors": how.split("+"),
        "proved_at": datetime.now(UTC),
    }
    store[SESSION_KEY] = str(user.id)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    if how.startswith("password") and user.password_is_given:
        store["choose"] = True
    if how != "directory" and kind != PORTAL and is_second_factor_due(user.id):
        store["enrol"] = True
    mine = Session.objects.filter(user_id=user.id, device_id=device.id, ended_at=None)
    mine.update(ended_at=datetime.now(UTC))  # it was left locked here
    store.create()
    request.session = store
    rotate_token(request)
    assert store.row is not None
    announce(act_of(request, user.id), SignedIn(user_id=user.id, session_id=store.row.id, how=how))


def forget_messages(request: Any) -> None:
    """What was still to be said to whoever sat here before is said to nobody else; it may name a record's number."""
    waiting: Any = get_messages(request)
    if list(waiting):
        waiting._loaded_messages.clear()


def refuse(request: Any, user_id: UUID | None, how: str) -> None:
    """Write down that a guess did not fit."""
    with transaction.atomic():
        announce(act_of(request, user_id), SignInRefused(user_id=user_id, how=how))


def is_second_factor_due(user_id: UUID) -> bool:
    """Whether the hospital asks this person for a second factor that was not enrolled yet (`SALUS_SECOND_FACTOR`)."""
    asked = settings.SALUS_SECOND_FACTOR
    if asked == "none":
        return False
    found = factors_of(user_id)
    return not found.second and (asked == "all" or not found.role_codes.isdisjoint(asked.split(",")))


def act_of(request: Any, user_id: UUID | None) -> Act:
    """The act of somebody who is on the way in."""
    route = request.resolver_match.view_name or ""
    person = person_by_id(str(user_id), door=route) if user_id else None
    return person.act if person else system_act(rights=(), door=route)


def _leave(request: Any, device: Device | None) -> None:
    """What was open in this browser ends; at a shared workstation somebody else's session waits, locked."""
    session, now = request.session, datetime.now(UTC)
    user_id = session.get(SESSION_KEY)
    if session.row is None:
        return
    if user_id and device and device.kind == Device.SHARED:
        if session.row.locked_at is None:
            Session.objects.filter(id=session.row.id).update(locked_at=now)
            announce(act_of(request, UUID(user_id)), SessionLocked(user_id=UUID(user_id), session_id=session.row.id))
        return
    Session.objects.filter(id=session.row.id, ended_at=None).update(ended_at=now)
    if user_id:
        announce(act_of(request, UUID(user_id)), SessionEnded(user_id=UUID(user_id), session_id=session.row.id))
