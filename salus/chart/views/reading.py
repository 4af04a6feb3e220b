"""The pages on which the record is read."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from salus.catalog.models import VitalSign
from salus.chart import screens
from salus.chart.queries import lists, timeline
from salus.chart.queries.flowsheet import flowsheet_of
from salus.chart.queries.results import results_of
from salus.chart.queries.vitals import vital_series
from salus.core.door import door
from salus.core.errors import Invalid
from salus.patients.screens import patient_page
from salus.terminology.rules import without_tag
from salus.ui import formatting

#: tests on the page of results, and values of each: the latest, three before, and a line of eight
_TESTS, _VALUES = 200, 8
#: everything that is neither a vital sign nor a laboratory value
_OTHER = ("survey", "social-history", "exam", "procedure", "imaging", "activity", "therapy", "vital-sign", "")


@door("patients.open")
def summary(request: Any, patient_id: UUID) -> HttpResponse:
    """The first page of the record."""
    page = patient_page(request.act, patient_id, "summary")
    return render(
        request,
        "chart/summary.html",
        page | {"columns": screens.summary_columns(request.act, patient_id), "plain": without_tag},
    )


@door("patients.open", methods=("GET", "POST"), effect=False)
def show_timeline(request: Any, patient_id: UUID) -> HttpResponse:
    """What happened, newest first; older pages are asked for by POST, so that no date stands in an address."""
    before = before_of(request) or request.act.at + timedelta(days=1)
    page = patient_page(request.act, patient_id, "timeline")
    events, older = timeline.page_of(request.act, patient_id, before)
    context = {"events": screens.by_day(events), "older": older, "is_first": request.method == "GET"}
    context["today"] = formatting.day(request.act.at)
    return render(request, "chart/timeline.html", page | context)


@door("patients.open")
def results(request: Any, patient_id: UUID) -> HttpResponse:
    """All laboratory values, by test."""
    page = patient_page(request.act, patient_id, "results")
    found = results_of(request.act, patient_id, tests=_TESTS, values=_VALUES)
    tests = [{"series": one, "trend": screens.trend_of(one)} for one in found]
    context = {"tests": tests, "reports": lists.reports_of(request.act, patient_id)}
    return render(request, "chart/results.html", page | context)


@door("patients.open", methods=("GET", "POST"), effect=False)
def observations(request: Any, patient_id: UUID) -> HttpResponse:
    """Vital signs as lines and as a table, and what else was observed."""
    before = before_of(request) or request.act.at + timedelta(days=1)
    page = patient_page(request.act, patient_id, "observations")
    signs = list(VitalSign.objects.order_by("place", "name"))
    context = {
        "panel": screens.signs_panel(vital_series(request.act, patient_id, 20)),
        "sheet": flowsheet_of(request.act, patient_id, before, signs=signs),
        "others": results_of(request.act, patient_id, tests=40, values=2, categories=_OTHER),
        "is_first": request.method == "GET",
    }
    return render(request, "chart/observations.html", page | context)


def before_of(request: Any) -> datetime | None:
    """The instant before which a page goes on, from its own form."""
    text = request.POST.get("before", "")
    if request.method == "GET" or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
