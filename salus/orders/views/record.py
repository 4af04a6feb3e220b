"""What was ordered for a patient: all orders, and stopping, holding, resuming or writing one anew."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.orders import composing, queries, services
from salus.orders.forms import StopForm
from salus.orders.sockets import order_acts
from salus.orders.views.pages import may_order
from salus.patients.screens import patient_page, require_patient


@door("orders.view")
def orders(request: Any, patient_id: UUID) -> HttpResponse:
    """Everything that was ordered, newest first."""
    page = patient_page(request.act, patient_id, "orders")
    found = queries.orders_of(request.act, patient_id, page=number(request.GET.get("page", "")))
    return render(
        request,
        "orders/orders.html",
        page | {"orders": found, "may_order": may_compose(request), "order_acts": order_acts},
    )


@door("orders.stop_order", methods=("GET", "POST"))
def stop(request: Any, order_id: UUID) -> HttpResponse:
    """Stop one order, with the reason."""
    return _with_reason(request, order_id, "stop", services.stop_order, _("The order is stopped."))


@door("orders.stop_order", methods=("GET", "POST"))
def hold(request: Any, order_id: UUID) -> HttpResponse:
    """Let one order wait, with the reason."""
    return _with_reason(request, order_id, "hold", services.hold_order, _("The order is on hold."))


def _with_reason(request: Any, order_id: UUID, what: str, act: Callable[..., Any], told: str) -> HttpResponse:
    line = queries.order_line(request.act, order_id)
    page = patient_page(request.act, line.patient_id, "orders")
    form = StopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        require_same_patient(request, line.patient_id)
        act(request.act, order_id=order_id, version=posted_version(request), reason=form.cleaned_data["reason"])
        messages.success(request, told)
        return HttpResponseRedirect(reverse("orders:orders", args=[line.patient_id]), status=303)
    status = 422 if form.is_bound else 200
    return render(request, "orders/stop.html", page | {"line": line, "form": form, "what": what}, status=status)


@door("orders.stop_order", methods=("POST",))
def resume(request: Any, order_id: UUID) -> HttpResponse:
    """Let an order that waited go on."""
    line = queries.order_line(request.act, order_id)
    require_same_patient(request, line.patient_id)
    reason = posted_texts(request, "reason")["reason"]
    try:
        services.resume_order(request.act, order_id=order_id, version=posted_version(request), reason=reason)
    except (services.Stopped, services.NeedsReason) as refusal:
        page = patient_page(request.act, line.patient_id, "orders") | {"line": line, "alerts": refusal.alerts}
        asks = isinstance(refusal, services.NeedsReason)
        return render(request, "orders/resume.html", page | {"asks": asks}, status=refusal.status)
    messages.success(request, _("The order goes on."))
    return HttpResponseRedirect(reverse("orders:orders", args=[line.patient_id]), status=303)


@door("orders.view", methods=("POST",))
def repeat(request: Any, order_id: UUID) -> HttpResponse:
    """Write an order anew: to change it, to renew it, or the same again. It opens in the composer."""
    may_order(request.act)
    line = queries.order_line(request.act, order_id)
    require_same_patient(request, line.patient_id)
    require_patient(request.act, line.patient_id)
    how = request.POST.get("how", "")
    patient_id, key = composing.repeat(request.act, order_id, how=how if how in ("change", "renew") else "again")
    return HttpResponseRedirect(reverse("orders:compose", args=[patient_id]) + f"?line={key}", status=303)


def may_compose(request: Any) -> bool:
    """Whether this person gets the composer."""
    return bool(request.act.may_any(*composing.RIGHTS))


def number(text: str) -> int:
    """A page's number as typed; the first page for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
