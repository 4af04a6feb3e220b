"""How the composer answers: its part of the page for htmx, the whole page or a redirect without it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from salus.core.act import Act
from salus.orders import composing, queries, sockets
from salus.orders.composing import Composer
from salus.patients.screens import patient_page


def may_order(act: Act) -> None:
    """Go on only if the doer may order something, or write down what a doctor says.

    :raises NotAllowed: if not
    """
    act.require_any(*composing.RIGHTS)


def opened(request: Any, patient_id: UUID) -> dict[str, Any]:
    """What every answer of the composer says of the patient: read first, so that the patient is decided about once."""
    may_order(request.act)
    return patient_page(request.act, patient_id, "orders")


def changed(request: Any, patient: dict[str, Any], found: Composer) -> HttpResponse:
    """The answer to a change of the draft."""
    if request.htmx:
        return answer(request, patient, found)
    return HttpResponseRedirect(reverse("orders:compose", args=[patient["patient"].id]), status=303)


def answer(request: Any, patient: dict[str, Any], found: Composer, status: int = 200) -> HttpResponse:
    """The composer, by itself or on its page."""
    if not request.htmx:
        return page(request, patient, found, status)
    return render(request, "orders/_composer.html", patient | {"composer": found}, status=status)


def page(request: Any, patient: dict[str, Any], found: Composer, status: int = 200) -> HttpResponse:
    """The composer on its page, with what is at hand before anybody types."""
    whole = patient | {"composer": found, "at_hand": queries.at_hand(request.act)}
    whole["aids"] = [one for one in sockets.composer_aids if request.act.may(one.right)]
    return render(request, "orders/compose.html", whole, status=status)
