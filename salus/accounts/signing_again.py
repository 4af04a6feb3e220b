"""Signing again: the proof that comes with a form, and the page that asks for it (plugged into `core.proof`).

The same proof opens a session that was locked. Wrong ones are measured; a PIN opens only the locked session of its owner
at a shared workstation, or proves again there.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import limits, passkeys, proofs
from salus.accounts.facts import SessionUnlocked, SignedAgain
from salus.accounts.limits import Measure
from salus.accounts.models import Device, Session
from salus.accounts.queries import Person, factors_of
from salus.accounts.rules import limits as rules
from salus.accounts.sessions import SessionStore
from salus.core import proof
from salus.core.announce import announce
from salus.core.errors import SignAgain, TooMany
from salus.core.middleware import error_page

PASSWORD, PIN, CODE, PASSKEY = (f"{proof.PREFIX}_{name}" for name in ("password", "pin", "code", "passkey"))
#: what is new at each drawing of a page
_ENVELOPE = frozenset({"csrfmiddlewaretoken"})


class WrongProof(SignAgain):
    """This does not fit. Check it, and the Caps Lock key."""


def plug_in() -> None:
    """Called once, when the room is ready."""
    proof.proving.prove = prove
    proof.proving.ask = ask


def prove(request: Any) -> None:
    """Take the proof that came with the request: from now on its act is fresh.

    :raises WrongProof: if it proves nothing
    :raises TooMany: if too many before it proved nothing
    """
    if request.act.proved_at == request.act.at:
        return  # it has just unlocked the session
    how = _check(request, request.person, request.session.row)
    with transaction.atomic():
        announce(request.act, SignedAgain(user_id=request.act.by, how=how, fits=True))
    request.session.turn_key(proved_at=request.act.at)
    request.act = replace(request.act, proved_at=request.act.at, trace=request.act.trace)


def return_to(request: Any) -> HttpResponse | None:
    """Unlock a locked session where a proof came with the form; the form then goes on as if nothing had been.

    Somebody else than the owner of the session in the cookie may be meant: `accounts:unlock` sees to that.
    """
    if not proof.is_given(request) or request.resolver_match.view_name == "accounts:unlock":
        return None
    try:
        unlock(request, request.locked, request.session.row)
    except WrongProof as wrong:
        return ask(request, wrong)
    except TooMany as wait:
        return error_page(request, wait)
    request.person, request.act, request.locked = request.locked, request.locked.act, None
    request.act = replace(request.act, proved_at=request.act.at)
    return None


def unlock(request: Any, person: Person, row: Session) -> None:
    """Open this locked session again with the proof that came, under a new key.

    :raises WrongProof: if it proves nothing
    :raises TooMany: if too many before it proved nothing
    """
    if request.POST.get(CODE):
        raise WrongProof  # the device that shows the codes may lie beside the keyboard
    how = _check(request, person, row)
    with transaction.atomic():
        if request.session.row is None or request.session.row.id != row.id:
            request.session = SessionStore.resume(row)
        request.session.turn_key(proved_at=person.act.at, locked_at=None, last_seen_at=datetime.now(UTC))
        announce(person.act, SessionUnlocked(user_id=person.id, session_id=row.id, how=how))


def _check(request: Any, person: Person, row: Session) -> str:
    """How the person proved it.

    :raises WrongProof: if nothing that came proves it
    """
    how = next((name for name in (PASSKEY, PASSWORD, PIN, CODE) if request.POST.get(name)), "")
    if how == PASSKEY:
        # The private key cannot be guessed: nothing is measured, so that this way is never shut.
        if passkeys.owner_of_proof(request, request.POST[PASSKEY]) == person.id:
            return "passkey"
        raise WrongProof
    measures = [_measure(how, person, row)]
    limits.take(measures)
    if not _fits(how, request.POST.get(how, ""), person, row):
        with transaction.atomic():
            announce(person.act, SignedAgain(user_id=person.id, how=how.removeprefix("_again_"), fits=False))
        raise WrongProof
    limits.give_back(measures)
    return how.removeprefix(f"{proof.PREFIX}_")


def measure_of(row: Session) -> Measure:
    """Guesses of a password in one session, wherever it asks for one."""
    return Measure("again", str(row.id), rules.SIGN_AGAIN)


def _measure(how: str, person: Person, row: Session) -> Measure:
    if how == PIN:
        return Measure("pin", str(row.id), rules.PIN)
    if how == CODE:
        return Measure("second", f"{person.id} {row.device_id}", rules.SECOND_FACTOR)
    return measure_of(row)


def _fits(how: str, typed: str, person: Person, row: Session) -> bool:
    if how == PASSWORD:
        return proofs.password_fits(person.password, typed)
    if how == CODE:
        return proofs.totp_fits(person.id, typed)
    return how == PIN and row.kind == Device.SHARED and proofs.pin_fits(person.id, typed)


def ask(request: Any, wanted: SignAgain) -> HttpResponse:
    """Ask who is at the screen; what was sent goes along and is sent again with the proof, so that nothing is lost."""
    if request.method != "POST":
        onward = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('accounts:sign_again')}?{onward}")
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in _ENVELOPE and not name.startswith(proof.PREFIX)
        for value in values
    ]
    return page(request, action=request.get_full_path(), kept=kept, wanted=wanted)


def page(request: Any, *, action: str, kept: list[tuple[str, str]], wanted: SignAgain | None = None) -> HttpResponse:
    """The page that asks for a proof and sends `kept` to `action` with it."""
    is_wrong = isinstance(wanted, WrongProof)
    person = request.person or request.locked
    context = {
        "action": action,
        "kept": kept,
        "who": person.display_name,
        "ways": ways(person, request.session.row, locked=request.locked is not None),
        "wrong": _("This does not fit. Check it, and the Caps Lock key.") if is_wrong else "",
        "has_files": bool(request.FILES),
    }
    status = 422 if is_wrong else 403 if wanted else 200
    template = "accounts/_sign_again.html" if request.headers.get("HX-Request") else "accounts/sign_again.html"
    response = render(request, template, context, status=status)
    if request.locked is not None:
        response["Salus-Locked"] = "1"  # what is still shown in the browser is covered (ui/lock.js)
    return response


def ways(person: Person, row: Session, *, locked: bool) -> list[str]:
    """The ways in which this person can prove it here: `passkey`, `pin`, `password`, `code`."""
    found = factors_of(person.id)
    offered = {
        "passkey": found.passkeys > 0,
        "pin": found.pin and row.kind == Device.SHARED,
        "password": True,
        "code": found.totp and not locked,
    }
    return [way for way, there in offered.items() if there]
