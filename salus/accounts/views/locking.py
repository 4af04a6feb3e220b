"""Locking a session, coming back to it, and changing who sits at a shared workstation."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from salus.accounts import arrivals, devices, services, signing_again
from salus.accounts.models import Session
from salus.accounts.queries import person_by_id, waiting_here
from salus.accounts.rules.sessions import Standing
from salus.accounts.signing_again import WrongProof
from salus.accounts.views.signing_in import safe
from salus.core.door import PUBLIC, SIGNED_IN, door
from salus.core.errors import NotFound, NotSignedIn


@door(PUBLIC, methods=("POST",), effect=False)
def lock(request: Any) -> HttpResponse:
    """Cover the screen: from now on the server refuses everything in this session; every tab of it asks once."""
    if request.person is not None:
        services.lock_session(request.act, session_id=request.session.row.id)
        request.session.row.locked_at = request.act.at
        request.locked, request.person, request.act = request.person, None, None
    elif request.locked is None:
        raise NotSignedIn
    if request.headers.get("HX-Request"):
        return _page(request)
    return HttpResponseRedirect(reverse("accounts:locked"), status=303)


@door(PUBLIC)
def locked(request: Any) -> HttpResponse:
    """Who may come back here: the owner of this session, and at a shared workstation all who left theirs locked."""
    if request.person is not None:
        return HttpResponseRedirect(safe(request.GET.get("next", "")))
    if request.locked is None and not waiting_here(devices.device_of(request)):
        return HttpResponseRedirect(reverse("accounts:sign_in"))
    return _page(request)


@door(PUBLIC, methods=("POST",), effect=False)
def unlock(request: Any) -> HttpResponse:
    """Come back to a locked session, one's own in this browser or one that waits at this workstation."""
    row, before = _chosen(request), request.session.row
    person = person_by_id(str(row.user_id), door="accounts:unlock", device=str(row.device_id or ""))
    if person is None:
        raise NotFound
    try:
        signing_again.unlock(request, person, row)
    except WrongProof:
        return _page(request, chosen=row.id, wrong=True)
    if request.headers.get("HX-Request"):
        is_same = before is not None and before.id == row.id
        return HttpResponse(status=204 if is_same else 205)
    return HttpResponseRedirect(safe(request.POST.get("next", "")), status=303)


@door(SIGNED_IN, methods=("POST",), effect=False)
def here(request: Any) -> HttpResponse:
    """Somebody types or reads: the session stays open (a page asks at most once a minute)."""
    return HttpResponse(status=204)


def _chosen(request: Any) -> Session:
    """The locked session that somebody comes back to.

    :raises NotFound: if it is not this browser's, or not locked
    """
    asked = request.POST.get("session", "")
    own = request.session.row
    if request.locked is not None and asked in ("", str(own.id)):
        return own  # type: ignore[no-any-return]
    for row in waiting_here(devices.device_of(request)):
        if str(row.id) == asked:
            return row
    raise NotFound


def _page(request: Any, *, chosen: UUID | None = None, wrong: bool = False) -> HttpResponse:
    arrivals.forget_messages(request)
    row = request.session.row if request.session.standing is Standing.LOCKED else None
    people = [(row, request.locked)] if row is not None and request.locked is not None else []
    for one in waiting_here(devices.device_of(request)):
        if row is None or one.id != row.id:
            person = person_by_id(str(one.user_id), door="accounts:locked")
            people += [(one, person)] if person else []
    context = {
        "waiting": [
            {"id": one.id, "name": who.display_name, "role": " · ".join(who.role_names), "ways": _ways(who, one)}
            for one, who in people
        ],
        "chosen": chosen or (people[0][0].id if people else None),
        "wrong": wrong,
        "next": request.POST.get("next") or request.GET.get("next") or "",
    }
    template = "accounts/_locked.html" if request.headers.get("HX-Request") else "accounts/locked.html"
    return render(request, template, context, status=422 if wrong else 200)


def _ways(person: Any, row: Session) -> list[str]:
    return signing_again.ways(person, row, locked=True)
