"""Paying a bill online: away to the gateway's page, and back to what has become of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language

from salus.core.door import door
from salus.core.errors import NotFound
from salus.payments import jobs, services
from salus.payments import queries as payments
from salus.payments.gateways import GatewayAway, NotPayableOnline
from salus.payments.models import PAY, Checkout
from salus.portal.doors import Own, of_patient, page

USE = "portal.use"


@door(USE, methods=("POST",))
@of_patient(PAY)
def pay(request: Any, own: Own, invoice_id: UUID) -> HttpResponse:
    """Go to pay what is owed of a bill."""
    found = services.open_checkout(own.act, invoice_id=invoice_id)
    if found.patient_id != own.patient_id:
        raise NotFound
    return HttpResponseRedirect(reverse("portal:go_to_pay", args=[found.id]), status=303)


@door(USE)
@of_patient(PAY)
def go_to_pay(request: Any, own: Own, checkout_id: UUID) -> HttpResponse:
    """On to the gateway's page: asked in no transaction, as often as the page is loaded."""
    found = _one(own, checkout_id)
    back = reverse("portal:checkout", args=[found.id])
    if not found.is_under_way:
        return HttpResponseRedirect(back)
    try:
        address = services.lead_to_gateway(
            own.act, checkout_id=found.id, back=request.build_absolute_uri(back), language=get_language() or "en"
        )
    except (GatewayAway, NotPayableOnline) as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("portal:bill", args=[found.invoice_id]))
    return HttpResponseRedirect(address, status=303)


@door(USE)
@of_patient(PAY)
def checkout(request: Any, own: Own, checkout_id: UUID) -> HttpResponse:
    """What has become of a payment; renewed by itself when the gateway has said it."""
    template = "_checkout.html" if request.headers.get("HX-Request") else "checkout.html"
    return page(request, template, own, one=_one(own, checkout_id))


@door(USE, methods=("POST",), effect=False)
@of_patient(PAY)
def look_at_payment(request: Any, own: Own, checkout_id: UUID) -> HttpResponse:
    """Have the gateway asked now: its call may never come."""
    found = _one(own, checkout_id)
    jobs.look_soon(found.id)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("portal:checkout", args=[found.id]), status=303)


def _one(own: Own, checkout_id: UUID) -> Checkout:
    found = payments.checkout(own.act, checkout_id)
    if found.patient_id != own.patient_id:
        raise NotFound
    return found
