"""Family and social history."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import services
from salus.chart.forms import EndForm
from salus.chart.history_forms import LINES, RelativeForm, SocialForm
from salus.chart.queries.histories import histories_of, relative_of
from salus.chart.views.posted import same_patient
from salus.chart.vocabulary import RELATIVES, SOCIAL
from salus.core.door import door
from salus.core.errors import Invalid, NotFound, Stale
from salus.core.posted import posted_version
from salus.patients.screens import patient_page


@door("patients.open")
def histories(request: Any, patient_id: UUID) -> HttpResponse:
    """Illnesses in the family, smoking, alcohol, occupation; what the patient told stands beside."""
    return _histories(request, patient_id)


def _histories(request: Any, patient_id: UUID, *, status: int = 200, **more: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "histories")
    shown = {
        "found": histories_of(request.act, patient_id),
        "questions": SOCIAL,
        "relatives": RELATIVES,
        "mistake": None,
        "typed": {},
    }
    return render(request, "chart/histories.html", page | shown | more, status=status)


@door("chart.record_history", methods=("GET", "POST"))
def record_relative(request: Any, patient_id: UUID) -> HttpResponse:
    """Record a relative and what he or she had."""
    form = RelativeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        same_patient(request, patient_id)
        if form.is_valid() and _saved(
            form, lambda: services.record_relative(request.act, patient_id=patient_id, relative=form.relative())
        ):
            return _back(request, patient_id, _("The relative is in the record."))
    return _relative_page(request, patient_id, form, None, 422 if request.method == "POST" else 200)


@door("chart.record_history", methods=("GET", "POST"))
def change_relative(request: Any, patient_id: UUID, relative_id: UUID) -> HttpResponse:
    """Say anew what is known of a relative."""
    row = relative_of(request.act, patient_id, relative_id)
    if row is None:
        raise NotFound
    form = RelativeForm(request.POST if request.method == "POST" else None, initial=RelativeForm.initial_of(row))
    status, mistake = 200, None
    if request.method == "POST":
        same_patient(request, patient_id)
        status = 422
        whose: dict[str, Any] = {
            "patient_id": patient_id,
            "relative_id": relative_id,
            "version": posted_version(request),
        }
        try:
            if form.is_valid() and _saved(
                form, lambda: services.change_relative(request.act, **whose, relative=form.relative(row))
            ):
                return _back(request, patient_id, _("The relative is changed."))
        except Stale as refusal:
            status, mistake = 409, refusal
    return _relative_page(request, patient_id, form, row, status, mistake=mistake)


def _saved(form: Any, save: Any) -> bool:
    try:
        save()
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(name if name in form.fields else None, words)
        return False
    return True


def _relative_page(request: Any, patient_id: UUID, form: Any, row: Any, status: int, **more: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "histories")
    context = {"form": form, "row": row, "lines": LINES, "mistake": None}
    return render(request, "chart/relative.html", page | context | more, status=status)


def _back(request: Any, patient_id: UUID, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("chart:histories", args=[patient_id]), status=303)


@door("chart.record_history", methods=("POST",))
def void_relative(request: Any, patient_id: UUID, relative_id: UUID) -> HttpResponse:
    """Mark a relative as entered in error."""
    same_patient(request, patient_id)
    form = EndForm(request.POST)
    typed = {relative_id: request.POST.get("reason", "")}
    if not form.is_valid():
        wrong = Invalid(_("Say why it was wrong."))
        return _histories(request, patient_id, status=422, mistake=wrong, typed=typed)
    whose: dict[str, Any] = {"patient_id": patient_id, "relative_id": relative_id, "version": posted_version(request)}
    try:
        services.void_relative(request.act, **whose, reason=form.cleaned_data["reason"])
    except Stale as refusal:
        return _histories(request, patient_id, status=409, mistake=refusal, typed=typed)
    return _back(request, patient_id, _("The relative is marked as entered in error."))


@door("chart.record_history", methods=("GET", "POST"))
def record_social_history(request: Any, patient_id: UUID) -> HttpResponse:
    """Record smoking, alcohol, occupation."""
    form = SocialForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        same_patient(request, patient_id)
        if form.is_valid() and _saved(
            form, lambda: services.record_social_history(request.act, patient_id=patient_id, **form.cleaned_data)
        ):
            return _back(request, patient_id, _("What was asked is in the record."))
    page = patient_page(request.act, patient_id, "histories")
    status = 422 if request.method == "POST" else 200
    return render(request, "chart/social_history.html", page | {"form": form}, status=status)
