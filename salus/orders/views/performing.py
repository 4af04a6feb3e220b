"""What is to be done for patients, and that it was: a round of nursing, a diet, a dose at the bedside."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid, SalusError
from salus.core.posted import require_same_patient
from salus.orders import finding, queries, rules, services
from salus.orders.forms import AdministerForm, PerformForm, StopForm
from salus.orders.models import Performance
from salus.orders.views.record import number
from salus.patients.screens import patient_page


@door("orders.perform_order")
def to_do(request: Any) -> HttpResponse:
    """What is to be done for the patients of one's departments, what is due first."""
    place = finding.read_id(request.GET.get("department", ""))
    found = queries.orders_to_do(request.act, department_id=place, page=number(request.GET.get("page", "")))
    request.act.shows(*(one.line.patient_id for one in found.rows))
    return render(request, "orders/to_do.html", {"work": found})


@door("orders.view", methods=("GET", "POST"))
def perform(request: Any, order_id: UUID) -> HttpResponse:
    """Write down that one order was done once, or one dose given; or that it was not, and why."""
    request.act.require_any(queries.PERFORM, queries.ADMINISTER)
    found = queries.doings_of(request.act, order_id)
    is_medicine = found.order.kind == "medicine"
    request.act.require(queries.ADMINISTER if is_medicine else queries.PERFORM)
    form = _form(request, found)
    if request.method == "GET" or not form.is_valid():
        return _page(request, found, form, status=422 if form.is_bound else 200)
    require_same_patient(request, found.order.patient_id)
    act = services.administer_medication if is_medicine else services.perform_order
    try:
        act(request.act, order_id=order_id, **form.said(request.act.at))
    except (Invalid, services.Stopped, services.AnothersWristband, services.WrittenDown) as refusal:
        return _refused(request, found, form, refusal)
    messages.success(request, _("Written down."))
    return HttpResponseRedirect(reverse("orders:perform", args=[order_id]), status=303)


def _form(request: Any, found: queries.Doings) -> PerformForm:
    order, data = found.order, request.POST if request.method == "POST" else None
    first = {"number": found.number}
    if order.kind != "medicine":
        return PerformForm(data, initial=first)
    pack = order.presentation
    units = rules.dose_units(pack.unit, pack.strength, pack.routes) if pack else (order.dose_unit,)
    return AdministerForm(data, units=units, initial=first | {"dose": order.dose, "dose_unit": order.dose_unit})


def _refused(request: Any, found: queries.Doings, form: PerformForm, refusal: SalusError) -> HttpResponse:
    """The same page with what has to be mended, or what a check says; nothing was written down."""
    alerts = getattr(refusal, "alerts", ())
    if isinstance(refusal, services.AnothersWristband):
        form.mend({"wristband": str(refusal)})
    elif not alerts:
        form.mend(dict(getattr(refusal, "fields", {})) or {"": str(refusal)})
    return _page(
        request, found, form, alerts=alerts, asks=isinstance(refusal, services.NeedsReason), status=refusal.status
    )


def _page(
    request: Any, found: queries.Doings, form: PerformForm, *, alerts: Any = (), asks: bool = False, status: int = 200
) -> HttpResponse:
    page = patient_page(request.act, found.order.patient_id, "orders")
    context = {"found": found, "line": found.line, "form": form, "alerts": alerts, "asks": asks}
    return render(request, "orders/perform.html", page | context | {"why_not": queries.why_not}, status=status)


@door("orders.view", methods=("GET", "POST"))
def void(request: Any, performance_id: UUID) -> HttpResponse:
    """Say that what was written down was not so."""
    request.act.require_any(queries.PERFORM, queries.ADMINISTER)
    rows: Any = Performance.objects
    row = rows.visible_to(request.act).filter(number__isnull=False).get(id=performance_id)
    request.act.require(queries.ADMINISTER if row.kind == "medicine" else queries.PERFORM)
    form = StopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        require_same_patient(request, row.patient_id)
        services.void_performance(request.act, performance_id=performance_id, reason=form.cleaned_data["reason"])
        messages.success(request, _("Voided."))
        return HttpResponseRedirect(reverse("orders:perform", args=[row.order_id]), status=303)
    page = patient_page(request.act, row.patient_id, "orders") | {
        "row": row,
        "form": form,
        "words": queries.done_words(row),
    }
    return render(request, "orders/void_performance.html", page, status=422 if form.is_bound else 200)
