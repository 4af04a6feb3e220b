"""Screens of the reports."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from salus.billing.models import Payment
from salus.core.door import door
from salus.reports import queries
from salus.reports.forms import DayForm, PeriodForm
from salus.ui import charts, formatting


@door("reports.view_revenue")
def revenue(request: Any) -> HttpResponse:
    """What each department earned in a period; the period stands in the address, no patient does."""
    first, last, facility = queries.usual_period(request.act)
    asked = {"first", "last"} & request.GET.keys()
    form = PeriodForm({"first": first.isoformat(), "last": last.isoformat()} | request.GET.dict())
    if form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    found = () if form.errors else queries.revenue_by_department(request.act, first=first, last=last)
    context = {
        "form": form,
        "typed": {name: form.data[name] for name in ("first", "last")} if asked else {"first": first, "last": last},
        "found": [(one, _chart(one)) for one in found],
        "first": first,
        "last": last,
        "facility": facility,
    }
    return render(request, "reports/revenue.html", context, status=422 if form.errors else 200)


@door("reports.view_revenue")
def day_close(request: Any) -> HttpResponse:
    """What came in on a day, by method of payment and by cashier: the cash desk's close."""
    day, facility, zone = queries.today_of(request.act)
    form = DayForm({"day": day.isoformat()} | request.GET.dict())
    if form.is_valid():
        day = form.cleaned_data["day"]
    found = () if form.errors else queries.day_close(request.act, day=day, zone=zone)
    context = {
        "form": form,
        "typed": form.data["day"] if form.errors else day,
        "found": found,
        "day": day,
        "facility": facility,
        "methods": dict(Payment.METHODS),
    }
    return render(request, "reports/day_close.html", context, status=422 if form.errors else 200)


def _chart(one: queries.Revenue) -> Any:
    bars = [charts.Bar(formatting.day(day), amount, formatting.money(amount, one.currency)) for day, amount in one.days]
    return charts.bars(bars, name=one.currency)
