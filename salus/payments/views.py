"""Doors of online payments: the gateway's call, the list of the cash desk, and the demonstration's payment page.

Where a patient pays from is the matter of his own door (`portal`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from salus.core.door import PUBLIC, door
from salus.core.errors import Unavailable
from salus.payments import jobs, queries
from salus.payments.gateways import GatewayAway, NotFromGateway
from salus.payments.gateways.chosen import gateway_of
from salus.payments.gateways.pretended import PretendedGateway
from salus.payments.models import Checkout, Pretended

#: more is no word of a gateway
_MOST = 256 * 1024


@csrf_exempt
@door(PUBLIC, methods=("POST",), effect=False, api=True)
def hear(request: HttpRequest, gateway: str) -> HttpResponse:
    """A gateway says that something happened: signed by it, and then asked what it was."""
    try:
        known = gateway_of(gateway)
        if len(request.body) > _MOST:
            return HttpResponse(status=413)
        reference = known.heard(request.body, request.headers)
    except NotFromGateway:
        return HttpResponse(status=400)
    except GatewayAway:
        return HttpResponse(status=404)
    except Unavailable:
        return HttpResponse(status=503)
    found = queries.named_by_gateway(gateway, reference) if reference else None
    if found is not None:
        jobs.look_soon(found)
    return HttpResponse(status=204)


@door("billing.view")
def worklist(request: Any) -> HttpResponse:
    """Online payments of the facility, the newest first."""
    status = request.GET.get("status", "")
    status = status if status in dict(Checkout.STATUSES) else ""
    rows = queries.latest(request.act, status=status)
    context = {
        "rows": rows,
        "status": status,
        "statuses": Checkout.STATUSES,
        "surplus": queries.count_surplus(request.act),
    }
    return render(request, "payments/worklist.html", context)


@door(PUBLIC)
def pretended(request: Any, reference: UUID) -> HttpResponse:
    """The payment page of the demonstration; its address is as hard to guess as a gateway's."""
    return render(request, "payments/pretended.html", {"one": _pretended(reference)})


@door(PUBLIC, methods=("POST",))
def pretend(request: Any, reference: UUID) -> HttpResponse:
    """Pay there, or give up."""
    one = _pretended(reference)
    standing = Pretended.PAID if request.POST.get("pays") == "yes" else Pretended.CLOSED
    Pretended.objects.filter(id=one.id, standing=Pretended.OPEN).update(standing=standing)
    found = queries.named_by_gateway(PretendedGateway.code, str(one.id))
    if found is not None:
        jobs.look_soon(found)
    return HttpResponseRedirect(one.back, status=303)


def _pretended(reference: UUID) -> Pretended:
    try:
        gateway_of(PretendedGateway.code)
    except GatewayAway as error:
        raise Http404 from error
    return Pretended.objects.get(id=reference)
