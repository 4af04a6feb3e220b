"""What was ordered for a patient: current medicines, all orders, and stopping one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_version
from salus.orders import composing, queries, services
from salus.orders.forms import StopForm
from salus.patients.screens import patient_page


@door("orders.view")
def medicines(request: Any, patient_id: UUID) -> HttpResponse:
    """What the patient takes now, with what conflicts with an allergy, and what was taken before."""
    page = patient_page(request.act, patient_id, "medicines")
    found = queries.medicine_list(request.act, patient_id)
    return render(request, "orders/medicines.html", page | {"medicines": found, "may_order": _may_order(request)})


@door("orders.view")
def orders(request: Any, patient_id: UUID) -> HttpResponse:
    """Everything that was ordered, newest first."""
    page = patient_page(request.act, patient_id, "orders")
    found = queries.orders_of(request.act, patient_id, page=_number(request.GET.get("page", "")))
    return render(request, "orders/orders.html", page | {"orders": found, "may_order": _may_order(request)})


@door("orders.stop_order", methods=("GET", "POST"))
def stop(request: Any, order_id: UUID) -> HttpResponse:
    """Stop one order, with the reason."""
    line = queries.order_line(request.act, order_id)
    page = patient_page(request.act, line.patient_id, "orders")
    form = StopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("patient_id") != str(line.patient_id):
            raise Invalid(_("This form belongs to another patient. Nothing was saved. Open the patient again."))
        services.stop_order(
            request.act, order_id=order_id, version=posted_version(request), reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("The order is stopped."))
        return HttpResponseRedirect(reverse("orders:orders", args=[line.patient_id]), status=303)
    status = 422 if form.is_bound else 200
    return render(request, "orders/stop.html", page | {"line": line, "form": form}, status=status)


def _may_order(request: Any) -> bool:
    return bool(request.act.may_any(*composing.RIGHTS))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
