"""Who answers for what is still open: the list, the second signature, the hand-over."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salus.core.door import door
from salus.core.errors import Invalid
from salus.orders import finding, queries, services
from salus.orders.views.record import number

#: how many can be chosen on one page
MOST = 50


@door("orders.view")
def open_orders(request: Any) -> HttpResponse:
    """What is still open, the oldest first: one's own, the departments', what waits for a second signature, all."""
    return _page(request, request.GET.get("show", "mine"), request.GET.get("page", ""))


def _page(request: Any, show: str, page: str = "") -> HttpResponse:
    found = queries.open_orders(request.act, show=show, page=number(page))
    request.act.shows(*(one.line.patient_id for one in found.lines))
    to_whom = queries.who_may_answer(request.act) if request.act.may("orders.hand_over_orders") else []
    return render(request, "orders/open.html", {"open": found, "to_whom": to_whom})


@door("orders.countersign_order", methods=("POST",))
def countersign(request: Any) -> HttpResponse:
    """Give the second signature to the chosen orders."""
    signed = services.countersign_orders(request.act, order_ids=_chosen(request))
    n = len(signed)
    messages.success(request, ngettext("%(n)s order countersigned.", "%(n)s orders countersigned.", n) % {"n": n})
    return HttpResponseRedirect(reverse("orders:open") + "?show=countersign", status=303)


@door("orders.hand_over_orders", methods=("POST",))
def hand_over(request: Any) -> HttpResponse:
    """Have somebody else answer for the chosen orders."""
    to_whom = finding.read_id(request.POST.get("practitioner", ""))
    if to_whom is None:
        raise Invalid(_("Choose who answers for them from now on."))
    moved = services.hand_over_orders(request.act, order_ids=_chosen(request), practitioner_id=to_whom)
    n = len(moved)
    messages.success(request, ngettext("%(n)s order handed over.", "%(n)s orders handed over.", n) % {"n": n})
    return HttpResponseRedirect(reverse("orders:open"), status=303)


def _chosen(request: Any) -> list[Any]:
    found = [finding.read_id(text) for text in request.POST.getlist("order")[:MOST]]
    return [one for one in found if one is not None]
