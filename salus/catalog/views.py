"""The administrator's screens of the price list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.catalog import queries
from salus.catalog import services as catalog
from salus.catalog.forms import LengthForm, PriceForm, ServiceForm
from salus.catalog.models import Service
from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_version

MANAGE = "catalog.manage_prices"
#: beside the kinds of service: those that have no price now
UNPRICED = "unpriced"


@door("catalog.view")
def services(request: Any) -> HttpResponse:
    """The price list, by kind of service."""
    every = queries.services_with_prices(request.act)
    kinds = [(code, label, [one for one in every if one.kind == code]) for code, label in Service.KINDS]
    without = [one for one in every if one.amount is None]
    choices = [*kinds, (UNPRICED, _("Without a price"), without)]
    asked = request.GET.get("kind")
    kind, label, rows = next((one for one in choices if one[0] == asked), choices[0])
    context = {"choices": choices, "kind": kind, "label": label, "rows": rows, "unpriced": UNPRICED}
    return render(request, "catalog/services.html", context)


@door("catalog.view")
def service(request: Any, service_id: UUID) -> HttpResponse:
    """One service and its prices, past, present and planned."""
    return _service_page(request, service_id, PriceForm())


@door(MANAGE, methods=("POST",))
def set_price(request: Any, service_id: UUID) -> HttpResponse:
    """Set a price from a day on."""
    form = PriceForm(request.POST)
    if form.is_valid():
        version = posted_version(request)
        try:
            catalog.set_price(request.act, service_id=service_id, version=version, **form.cleaned_data)
        except Invalid as mistakes:
            for name, message in mistakes.fields.items():
                form.add_error(name, message)
        else:
            messages.success(request, _("The price is set. What was charged already keeps its price."))
            return HttpResponseRedirect(reverse("catalog:service", args=[service_id]), status=303)
    return _service_page(request, service_id, form, status=422)


@door(MANAGE, methods=("POST",))
def set_length(request: Any, service_id: UUID) -> HttpResponse:
    """Say how long a visit of this kind takes."""
    form = LengthForm(request.POST)
    if not form.is_valid():
        return _service_page(request, service_id, PriceForm(), length=form, status=422)
    get_object_or_404(Service, id=service_id)
    catalog.set_length(request.act, service_id=service_id, version=posted_version(request), **form.cleaned_data)
    messages.success(request, _("Changed, from the next booking on."))
    return HttpResponseRedirect(reverse("catalog:service", args=[service_id]), status=303)


@door(MANAGE, methods=("GET", "POST"))
def add_service(request: Any) -> HttpResponse:
    """Add a service of the hospital's own."""
    form = ServiceForm(request.POST if request.method == "POST" else None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            made = catalog.add_service(request.act, **form.cleaned_data)
        except catalog.CodeTaken as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, _("The service is added. Set its price now."))
            return HttpResponseRedirect(reverse("catalog:service", args=[made.id]), status=303)
    return render(request, "catalog/add_service.html", {"form": form}, status=422 if form.errors else 200)


def _service_page(
    request: Any, service_id: UUID, form: PriceForm, *, length: LengthForm | None = None, status: int = 200
) -> HttpResponse:
    known = get_object_or_404(Service, id=service_id)
    prices = queries.prices_of(request.act, service_id)
    now = next((one for one in prices if request.act.at in one.period), None)
    currency = queries.currency_of(request.act)
    context = {"service": known, "prices": prices, "now": now, "at": request.act.at, "currency": currency, "form": form}
    context["length"] = length or LengthForm(initial={"minutes": known.minutes or None})
    return render(request, "catalog/service.html", context, status=status)
