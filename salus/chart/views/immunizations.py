"""Vaccinations: what was given, what is due, who is overdue."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import services
from salus.chart.forms import EndForm
from salus.chart.immunization_forms import NOT_GIVEN, ORIGINS, SITES, WHY_NOT, ImmunizationForm
from salus.chart.queries.immunizations import overdue_patients, vaccinations_of
from salus.chart.queries.schedules import find_vaccines
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.posted import posted_version
from salus.patients.screens import patient_page
from salus.ui import formatting
from salus.ui.combobox import Option, offer, typed


@door("chart.record_immunization", methods=("POST",), effect=False)
def find_vaccine(request: Any) -> HttpResponse:
    """What the box of vaccines offers for what is typed."""
    options = [Option(value=one.code, label=one.name, sub=f"CVX {one.code}") for one in find_vaccines(typed(request))]
    return offer(request, options, nothing=_("No vaccine of the list is called this."))


@door("patients.open")
def immunizations(request: Any, patient_id: UUID) -> HttpResponse:
    """What is due and overdue, and all that was given or not given."""
    return _immunizations(request, patient_id)


def _immunizations(request: Any, patient_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "immunizations")
    shown = {
        "found": vaccinations_of(request.act, page["patient"]),
        "sites": dict(SITES),
        "origins": dict(ORIGINS),
        "reasons": dict(WHY_NOT),
        "mistake": None,
        "typed": {},
        "today": formatting.local(request.act.at).date(),
    }
    return render(request, "chart/immunizations.html", page | shown | context, status=status)


@door("chart.record_immunization", methods=("GET", "POST"))
def record_immunization(request: Any, patient_id: UUID) -> HttpResponse:
    """Record a vaccine: given here, given elsewhere, or not given."""
    form = ImmunizationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        same_patient(request, patient_id)
        if form.is_valid() and _recorded(request, patient_id, form):
            messages.success(request, _("The vaccination is in the record."))
            return HttpResponseRedirect(reverse("chart:immunizations", args=[patient_id]), status=303)
    page = patient_page(request.act, patient_id, "immunizations")
    status = 422 if request.method == "POST" else 200
    return render(request, "chart/record_immunization.html", page | {"form": form}, status=status)


def _recorded(request: Any, patient_id: UUID, form: ImmunizationForm) -> bool:
    on = form.day(formatting.local(request.act.at).date())
    common: dict[str, Any] = {"patient_id": patient_id, "on": on, **form.vaccine_said}
    values = form.cleaned_data
    try:
        if values["how"] == NOT_GIVEN:
            why = {"reason_code": values["reason_code"], "reason": values["reason"]}
            services.record_not_given(request.act, **common, **why)
        else:
            services.record_immunization(request.act, **common, given=form.given(), note=values["note"])
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(name, words)
        return False
    except Conflict as refusal:
        form.add_error("vaccine", str(refusal))
        return False
    return True


@door("chart.record_immunization", methods=("POST",))
def void_immunization(request: Any, patient_id: UUID, immunization_id: UUID) -> HttpResponse:
    """Mark a vaccination as entered in error."""
    same_patient(request, patient_id)
    form = EndForm(request.POST)
    typed_words = {immunization_id: request.POST.get("reason", "")}
    if not form.is_valid():
        wrong = Invalid(_("Say why it was wrong."))
        return _immunizations(request, patient_id, status=422, mistake=wrong, typed=typed_words)
    try:
        services.void_immunization(
            request.act,
            patient_id=patient_id,
            immunization_id=immunization_id,
            version=posted_version(request),
            reason=form.cleaned_data["reason"],
        )
    except Stale as refusal:
        return _immunizations(request, patient_id, status=409, mistake=refusal, typed=typed_words)
    messages.success(request, _("The vaccination is marked as entered in error."))
    return HttpResponseRedirect(reverse("chart:immunizations", args=[patient_id]), status=303)


@door("patients.open", methods=("GET", "POST"), effect=False)
def overdue(request: Any) -> HttpResponse:
    """Whose vaccinations are overdue, of those whom this person cares for; pages are asked for by POST."""
    everybody = request.POST.get("who") == "all"
    after = request.POST.get("after", "") if request.method == "POST" else ""
    found = overdue_patients(request.act, today_only=not everybody, after=after)
    context = {"found": found, "everybody": everybody, "is_first": not after}
    return render(request, "chart/overdue.html", context)
