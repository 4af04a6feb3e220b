"""Signing again: the proof that comes with a form, and the page that asks for it (plugged into `core.proof`)."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.hashers import check_password
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import proving
from salus.core import proof
from salus.core.errors import SignAgain

PASSWORD = f"{proof.PREFIX}_password"
#: what a page adds to every form, and what is new at each drawing
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
    """
    if not check_password(request.POST.get(PASSWORD, ""), request.person.password):
        raise WrongProof
    at = proving.note(request.session)
    # An act is as old as its request; the proof is a moment younger and counts all the same.
    request.act = replace(request.act, proved_at=at, trace=request.act.trace)


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
    wrong = str(wanted) if isinstance(wanted, WrongProof) else ""
    context = {
        "action": action,
        "kept": kept,
        "errors": [(PASSWORD, _("This does not fit. Check it, and the Caps Lock key."))] if wrong else [],
        "has_files": bool(request.FILES),
    }
    status = 422 if wrong else 403 if wanted else 200
    return render(request, "accounts/sign_again.html", context, status=status)
