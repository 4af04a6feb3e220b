"""Make the act: from the session of a person at a screen, or from the bearer token of a program."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from salus.accounts import devices, signing_again
from salus.accounts.models import User
from salus.accounts.queries import Person, person_by_id, person_by_token
from salus.accounts.rules.sessions import PORTAL, Standing
from salus.accounts.sessions import SessionStore
from salus.core.act import OWN_DOOR
from salus.core.clients import UNATTENDED

#: where the patients' own door is
OWN_DOOR_PATH = "/portal/"
#: what a session may say is still to do -> where it is done, and all that is open until then
_TO_DO = {
    # somebody else gave the password: one of one's own
    "choose": ("accounts:password", frozenset({"password", "sign_out"})),
    # the second factor that is asked for
    "enrol": (
        "accounts:security",
        frozenset(
            {
                "security",
                "begin_totp",
                "confirm_totp",
                "new_passkey_options",
                "add_passkey",
                "recovery_codes",
                "sign_again",
                "sign_out",
            }
        ),
    ),
}


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, with our store; what came with a key that was just turned takes no cookie home.

    The patients' own door has a cookie of its own: nobody is at once staff and patient in one session, and neither door
    ever looks at the other's.
    """

    def process_request(self, request: Any) -> None:
        request.at_own_door = request.path_info.startswith(OWN_DOOR_PATH)
        if request.at_own_door:
            _exchange(request.COOKIES)
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = SessionStore(key, attended=UNATTENDED not in request.headers)

    def process_response(self, request: Any, response: Any) -> Any:
        session = getattr(request, "session", None)
        devices.give_cookie(request, response)
        if isinstance(session, SessionStore) and session.is_former:
            return response
        response = super().process_response(request, response)
        if getattr(request, "at_own_door", False):
            _exchange(response.cookies)
            for name, morsel in response.cookies.items():
                morsel.set(name, morsel.value, morsel.coded_value)
        return response


def _exchange(cookies: Any) -> None:
    """The cookie of the own door in the place of the staff's, or the other way round; the other one is out of sight."""
    staff = settings.SESSION_COOKIE_NAME
    own = f"{staff}-portal"
    mine, theirs = cookies.pop(own, None), cookies.pop(staff, None)
    if mine is not None:
        cookies[staff] = mine
    elif theirs is not None:
        cookies[own] = theirs


class ActMiddleware:
    """`request.person` and `request.act`, both None where nobody is signed in or the session is locked.

    Where nobody is signed in, a device that an administrator has marked (a wall, a kiosk) has an act of its own at the doors
    that its kind opens. A view of an API never sees a session, so that no other site can use somebody's cookie there; and a
    screen never sees a token. `request.locked` is who has to unlock the session first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.person = request.act = request.locked = None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        route = request.resolver_match.view_name or ""
        if request.at_own_door:
            request.way_in = "portal:sign_in"
        if getattr(view, "api", False):
            _let_in(request, _of_token(request, route))
            return None
        person = _of_session(request, route)
        if person is None and not request.at_own_door:
            request.act = devices.act_of(request, right=getattr(view, "policy", ""), door=route)
        if person is None:
            return None
        to_do = _to_do_before(request.session, route)
        if request.session.standing is Standing.LOCKED:
            request.locked, request.way_in = person, "accounts:locked"
            answer = signing_again.return_to(request)
            if request.person is None or not to_do:
                return answer
            request.person = request.act = None  # it is unlocked, and this has still to be done
        elif not to_do:
            _let_in(request, person)
            return None
        request.way_in = to_do
        return None


def _to_do_before(session: Any, route: str) -> str:
    """Where the first thing is done that comes before this; empty where nothing does."""
    for name, (where, meanwhile) in _TO_DO.items():
        if session.get(name):
            return "" if route.removeprefix("accounts:") in meanwhile else where
    return ""


def _let_in(request: Any, person: Person | None) -> None:
    if person is not None:
        request.person, request.act = person, person.act


def _of_session(request: Any, route: str) -> Person | None:
    """Whose session this is, locked or not."""
    user_id = request.session.get(SESSION_KEY)
    if not user_id or request.session.standing is Standing.ENDED:
        return None
    row = request.session.row
    if (row.kind == PORTAL) != request.at_own_door:
        return None
    person = person_by_id(user_id, door=route, device=str(row.device_id or ""))
    if person is None or person.act.may(OWN_DOOR) != request.at_own_door:
        return None
    # A changed password ends every session that was opened with the old one.
    expected = User(id=person.id, password=person.password).get_session_auth_hash()
    if not constant_time_compare(request.session.get(HASH_SESSION_KEY, ""), expected):
        return None
    proved_at = None if request.session.is_former else row.proved_at
    return replace(person, act=replace(person.act, proved_at=proved_at))


def _of_token(request: Any, route: str) -> Person | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        return None
    return person_by_token(token.strip(), door=route, device=request.headers.get("User-Agent", "")[:100])
