"""Doors: every URL says who may use it. A view without a declared policy stays shut.

`@door("lab.verify_result")` needs that right, `@door(SIGNED_IN)` any signed-in member of the staff, `@door(PUBLIC)` nobody.
An unsafe door owns one transaction: the idempotency key, the act, the stored answer and the access log, all or nothing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from psycopg import errors as pg

from salus.core import idempotency, keeping, lost, proof, throttle
from salus.core.act import OWN_DOOR, Act
from salus.core.announce import announce_all, gathered
from salus.core.clients import QUIET
from salus.core.errors import (
    Barred,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    SalusError,
    SignAgain,
    Unavailable,
    Unreadable,
)

PUBLIC = "public"
SIGNED_IN = "signed in"

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_RETRIES = 4

View = Callable[..., HttpResponse]


class DoorRequest(HttpRequest):
    """A request that came through a door: it carries the act."""

    act: Act


def door(
    policy: str,
    *,
    methods: tuple[str, ...] = ("GET",),
    effect: bool | None = None,
    api: bool = False,
    fresh: bool = False,
) -> Callable[[View], View]:
    """Declare who may use a view and how.

    :param policy: a right, `SIGNED_IN` or `PUBLIC`
    :param methods: what it answers to; anything else gets 405
    :param effect: whether unsafe methods change something (a POST that only searches says False)
    :param api: whether errors are the view's own to word (FHIR), and a missing idempotency key is no mistake
    :param fresh: whether it asks for a recent proof of who is at the screen (`Act.require_fresh`, which a
        service may also call by itself); the page of a form is drawn without, its sending is not
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
                return HttpResponseNotAllowed(methods)
            changes = request.method not in SAFE and effect is not False
            try:
                throttle.admit(request, api=api)
                _admit(request, policy)
                _read(request, api)
                _prove(request, fresh and (request.method not in SAFE or SAFE.issuperset(methods)), api)
                if changes:
                    response = _act_once(request, view, args, kwargs, needs_key=not api and policy != PUBLIC)
                else:
                    response = view(request, *args, **kwargs)
                if not changes or response.status_code >= 400:
                    # What changed something logged in its own transaction; what failed there was rolled back.
                    keeping.log_answer(request, kwargs, response)
                return response
            except NotSignedIn:
                return _to_sign_in(request, api)
            except SignAgain as wanted:
                keeping.log_failure(request, kwargs, wanted)
                return _ask_again(request, wanted, api)
            except Exception as error:
                _log_failure(request, kwargs, error)
                if isinstance(error, Barred) and error.leads_to and not api:
                    return _to_the_offer(request, error.leads_to)
                raise
            finally:
                _announce_insisted(request)

        guarded.policy = policy  # type: ignore[attr-defined]
        guarded.api = api  # type: ignore[attr-defined]
        guarded.changes = effect is not False and not SAFE.issuperset(methods)  # type: ignore[attr-defined]
        guarded.fresh = fresh  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        return guarded

    return declare


def _log_failure(request: Any, asked: Any, error: Exception) -> None:
    """A lost database cannot be told anything; the request is run again, or has shown nothing."""
    if not lost.note_loss(request, error):
        keeping.log_failure(request, asked, as_salus_error(error))


def _admit(request: Any, policy: str) -> None:
    if policy == PUBLIC:
        return
    if request.act is None:
        raise NotSignedIn
    if policy != SIGNED_IN:
        request.act.require(policy)
    elif request.act.may(OWN_DOOR):
        raise NotAllowed("staff")


def _read(request: Any, api: bool) -> None:
    """No text of the database holds a NUL, and no page asks for one; programs are told so in the words of their interface."""
    if "%00" in request.META.get("QUERY_STRING", "") and not api:
        raise Unreadable


def _prove(request: Any, fresh: bool, api: bool) -> None:
    """Take a proof that came along, in no transaction: a wrong guess is counted whatever follows."""
    if request.act is None:
        return
    if not api and proof.is_given(request):
        proof.proving.prove(request)
    if fresh:
        request.act.require_fresh()


def _ask_again(request: Any, wanted: SignAgain, api: bool) -> HttpResponse:
    if api:
        raise wanted  # a program cannot prove who is at a screen
    return proof.proving.ask(request, wanted)


def _act_once(request: Any, view: View, args: Any, kwargs: Any, *, needs_key: bool) -> HttpResponse:
    """Run an unsafe view in one transaction, again from the start when the database asks for it."""
    for attempt in range(_RETRIES):
        try:
            with transaction.atomic():
                return _effect(request, view, args, kwargs, needs_key)
        except (OperationalError, InterfaceError) as error:
            if (
                not isinstance(error.__cause__, (pg.SerializationFailure, pg.DeadlockDetected, pg.LockNotAvailable))
                or attempt == _RETRIES - 1
            ):
                raise
            if request.act:
                request.act.trace.forget()
            time.sleep(random.uniform(0.005, 0.05) * 2**attempt)  # noqa: S311 - jitter
    raise Unavailable


def _effect(request: Any, view: View, args: Any, kwargs: Any, needs_key: bool) -> HttpResponse:
    reserved: idempotency.Reserved | None = None
    key = idempotency.key_of(request)
    if request.act is not None and key:
        found = idempotency.reserve(request, request.act.by, key)
        if isinstance(found, HttpResponse):
            keeping.log_answer(request, kwargs, found)
            return found
        reserved = found
    elif needs_key:
        raise Invalid("This page is out of date. Reload it and try again.")
    with gathered():
        response = view(request, *args, **kwargs)
        if response.status_code >= 400:
            # A form that comes back with mistakes has had no effect, and its key stays free.
            transaction.set_rollback(True)
    if response.status_code >= 400:
        return response
    if reserved:
        idempotency.keep(reserved, response, request.act.trace.touched)
    keeping.log_answer(request, kwargs, response)
    return response


def _announce_insisted(request: Any) -> None:
    """After the act has ended, committed or not: what stays true either way."""
    act = getattr(request, "act", None)
    if act is not None and act.trace.insisted:
        facts, act.trace.insisted = act.trace.insisted, []
        with transaction.atomic():
            announce_all(act, facts)


def _to_sign_in(request: Any, api: bool) -> HttpResponse:
    """To where somebody gets in: `request.way_in`, which the middleware sets where signing in is not all that is missing."""
    if getattr(request, "locked", None) and not api and request.method not in SAFE:
        return proof.proving.ask(request, SignAgain())  # what was typed when the session locked is not lost
    if api or request.method not in SAFE:
        raise NotSignedIn
    if request.headers.get(QUIET):
        return HttpResponse(status=204)
    way_in = reverse(getattr(request, "way_in", settings.LOGIN_URL))
    if request.headers.get("HX-Request"):
        # the page covers itself (ui/lock.js): it is no reason to leave what was typed
        if getattr(request, "locked", None):
            return HttpResponse(status=204, headers={"Salus-Locked": "1"})
        return HttpResponse(status=204, headers={"HX-Redirect": way_in})
    return HttpResponseRedirect(f"{way_in}?next={quote(request.get_full_path())}")


def _to_the_offer(request: Any, address: str) -> HttpResponse:
    """Where somebody may say why he or she needs this patient; what was not a plain page is begun anew behind it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def as_salus_error(error: BaseException) -> SalusError | None:
    """What an exception means for the person at the screen, or None when it is a defect of ours."""
    if isinstance(error, SalusError):
        return error
    if isinstance(error, Http404) or type(error).__name__ == "DoesNotExist":
        return NotFound()
    if isinstance(error, (OperationalError, InterfaceError)):
        return Unavailable()
    return None
