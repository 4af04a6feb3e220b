"""Make the act: from the session of a person at a screen, or from the bearer token of a program."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from salus.accounts import proving
from salus.accounts.models import User
from salus.accounts.queries import Person, person_by_id, person_by_token


class ActMiddleware:
    """`request.person` and `request.act`, both None where nobody is signed in.

    A view of an API never sees a session, so that no other site can use somebody's cookie there; and a screen never
    sees a token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.person = request.act = None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        route = request.resolver_match.view_name or ""
        person = _of_token(request, route) if getattr(view, "api", False) else _of_session(request, route)
        if person is not None:
            request.person, request.act = person, person.act


def _of_session(request: Any, route: str) -> Person | None:
    user_id = request.session.get(SESSION_KEY)
    if not user_id:
        return None
    person = person_by_id(user_id, door=route, device=request.session.get("device", ""))
    if person is None:
        return None
    # A changed password ends every session that was opened with the old one.
    expected = User(id=person.id, password=person.password).get_session_auth_hash()
    if not constant_time_compare(request.session.get(HASH_SESSION_KEY, ""), expected):
        return None
    return replace(person, act=replace(person.act, proved_at=proving.proved_at(request.session)))


def _of_token(request: Any, route: str) -> Person | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        return None
    return person_by_token(token.strip(), door=route, device=request.headers.get("User-Agent", "")[:100])
