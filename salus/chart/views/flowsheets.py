"""The sheet of observations: read, written in, one quantity over time, one value mended."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.catalog.models import VitalSign
from salus.chart import rules, services, sheets
from salus.chart.flowsheet_forms import FlowsheetForm
from salus.chart.forms import EndForm, why_not_a_number
from salus.chart.models import Observation
from salus.chart.queries.flowsheet import EVERYTHING, SIGNS, flowsheet_of, trend_of
from salus.chart.queries.versions import versions_of
from salus.chart.versions import changes_of
from salus.chart.views.posted import same_patient
from salus.chart.views.reading import before_of
from salus.core.door import door
from salus.core.errors import Conflict, Invalid, NotFound
from salus.core.posted import posted_texts, posted_version
from salus.encounters.queries import open_encounter
from salus.patients.screens import patient_page
from salus.terminology.queries import has_loinc, search_loinc
from salus.ui import formatting
from salus.ui.combobox import MOST, Option, offer, typed


def _signs() -> list[VitalSign]:
    return list(VitalSign.objects.order_by("place", "name"))


@door("patients.open", methods=("GET", "POST"), effect=False)
def flowsheet(request: Any, patient_id: UUID) -> HttpResponse:
    """The sheet: signs, or everything that was measured; which and from when is asked for by POST."""
    page = patient_page(request.act, patient_id, "observations")
    before = before_of(request) or request.act.at + timedelta(days=1)
    rows = "all" if request.POST.get("rows") == "all" else "signs"
    sheet = flowsheet_of(
        request.act, patient_id, before, signs=_signs(), categories=EVERYTHING if rows == "all" else SIGNS
    )
    context = {"sheet": sheet, "rows": rows, "is_first": not request.POST.get("before")}
    return render(request, "chart/flowsheet.html", page | context)


@door("chart.record_vitals", methods=("POST",), effect=False)
def find_loinc(request: Any) -> HttpResponse:
    """What the box of codes offers, where the hospital has loaded LOINC."""
    found = search_loinc(typed(request), MOST)
    options = [
        Option(one.code, one.display, sub=" · ".join(filter(None, (one.code, one.synonym))), text=one.code)
        for one in found
    ]
    return offer(request, options, nothing=_("Nothing in LOINC is called this."))


@door("chart.record_vitals", methods=("GET", "POST"))
def record_flowsheet(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down several observations of several moments at once."""
    signs = _signs()
    form = FlowsheetForm(signs, request.act.at, request.POST if request.method == "POST" else None)
    visit = open_encounter(request.act, patient_id)
    if request.method == "POST":
        same_patient(request, patient_id)
        if form.is_valid() and not form.startling and _filed(request, patient_id, form, visit, signs):
            messages.success(request, _("The observations are in the record."))
            seen = "flowsheet" if request.act.may("patients.open") else "record_flowsheet"
            return HttpResponseRedirect(reverse(f"chart:{seen}", args=[patient_id]), status=303)
    page = patient_page(request.act, patient_id, "observations")
    context: dict[str, Any] = {"form": form, "visit": visit, "sheet": None, "has_loinc": has_loinc()}
    if request.act.may("patients.open"):
        context["sheet"] = flowsheet_of(
            request.act, patient_id, request.act.at + timedelta(days=1), signs=signs, columns=4
        )
    return render(
        request, "chart/record_flowsheet.html", page | context, status=422 if request.method == "POST" else 200
    )


def _filed(request: Any, patient_id: UUID, form: FlowsheetForm, visit: Any, signs: list[VitalSign]) -> bool:
    try:
        services.record_flowsheet(
            request.act,
            patient_id=patient_id,
            encounter_id=visit.id if visit else None,
            columns=form.cleaned_data["columns"],
            signs=signs,
        )
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(form.field_of(name), words)
        return False
    return True


@door("patients.open", methods=("POST",), effect=False)
def show_trend(request: Any, patient_id: UUID) -> HttpResponse:
    """One quantity over time; which one is asked for by POST, so that no address says what was tested."""
    page = patient_page(request.act, patient_id, "observations")
    asked = posted_texts(request, "code", "unit")
    code = asked["code"][:40]
    trend = trend_of(request.act, patient_id, code, unit=asked["unit"][:40]) if code else None
    if trend is None:
        raise NotFound
    context = {"trend": trend, "code": code, "drawn": sheets.drawn(trend), "unit_words": rules.shown_unit}
    return render(request, "chart/trend.html", page | context)


@door("patients.open")
def observation(request: Any, patient_id: UUID, observation_id: UUID) -> HttpResponse:
    """One observation with what it said before, and the forms that mend it."""
    return _observation(request, patient_id, observation_id)


def _observation(
    request: Any, patient_id: UUID, observation_id: UUID, *, status: int = 200, **context: Any
) -> HttpResponse:
    page = patient_page(request.act, patient_id, "observations")
    row, found = versions_of(request.act, patient_id, "observation", observation_id)
    shown = {
        "row": row,
        "changes": changes_of("observation", found),
        "is_ours": row.is_ours and row.voided_at is None,
        "at": formatting.instant(row.at) if row.at else "",
        "error": {},
        "typed": {},
    }
    return render(request, "chart/observation.html", page | shown | context, status=status)


@door("chart.record_vitals", methods=("POST",))
def correct_observation(request: Any, patient_id: UUID, observation_id: UUID) -> HttpResponse:
    """Another number in the place of one that was wrong."""
    same_patient(request, patient_id)
    get_object_or_404(Observation.objects.visible_to(request.act), id=observation_id, patient_id=patient_id)
    typed = {name: text[:500] for name, text in posted_texts(request, "number", "reason").items()}
    try:
        number = rules.read_number(typed["number"])
        services.correct_observation(
            request.act,
            patient_id=patient_id,
            observation_id=observation_id,
            version=posted_version(request),
            number=number,
            reason=typed["reason"],
        )
    except rules.NotANumber as error:
        return _observation(
            request, patient_id, observation_id, status=422, typed=typed, error={"number": why_not_a_number(error, 6)}
        )
    except Invalid as mistakes:
        return _observation(request, patient_id, observation_id, status=422, typed=typed, error=mistakes.fields)
    except Conflict as refusal:
        return _observation(request, patient_id, observation_id, status=409, typed=typed, mistake=str(refusal))
    messages.success(request, _("The value is corrected."))
    return HttpResponseRedirect(reverse("chart:observation", args=[patient_id, observation_id]), status=303)


@door("chart.record_vitals", methods=("POST",))
def void_observation(request: Any, patient_id: UUID, observation_id: UUID) -> HttpResponse:
    """The observation was entered in error."""
    same_patient(request, patient_id)
    get_object_or_404(Observation.objects.visible_to(request.act), id=observation_id, patient_id=patient_id)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _observation(request, patient_id, observation_id, status=422, error={"void": _("Say why it was wrong.")})
    try:
        services.void_observation(
            request.act,
            patient_id=patient_id,
            observation_id=observation_id,
            version=posted_version(request),
            reason=form.cleaned_data["reason"],
        )
    except Conflict as refusal:
        typed = {"void": form.cleaned_data["reason"]}
        return _observation(request, patient_id, observation_id, status=409, typed=typed, mistake=str(refusal))
    messages.success(request, _("The observation is marked as entered in error."))
    return HttpResponseRedirect(reverse("chart:flowsheet", args=[patient_id]), status=303)
