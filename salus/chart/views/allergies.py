"""Allergies: the list, a new one, what one does, none known."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import services
from salus.chart.allergy_forms import AllergyForm, ReactionForm
from salus.chart.forms import EndForm
from salus.chart.models import AllergyIntolerance
from salus.chart.queries import lists
from salus.chart.queries.allergies import is_dangerous, reaction_of, told_of
from salus.chart.queries.notes import told_history
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.posted import posted_version
from salus.patients.screens import patient_page
from salus.terminology.queries import search_allergens
from salus.ui import formatting
from salus.ui.combobox import Option, offer, typed


@door("chart.record_allergy", methods=("POST",), effect=False)
def find_allergen(request: Any) -> HttpResponse:
    """What the box of substances offers for what is typed."""
    found = search_allergens(typed(request))
    return offer(request, [Option(value=one.code, label=one.name, sub=one.category) for one in found])


@door("patients.open")
def allergies(request: Any, patient_id: UUID) -> HttpResponse:
    """Everything that is known about allergies."""
    return _allergies(request, patient_id)


def _allergies(request: Any, patient_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "allergies")
    rows = lists.allergies_of(request.act, patient_id)
    shown = {
        "rows": [{"row": row, "reaction": told_of(row.reactions), "is_dangerous": is_dangerous(row)} for row in rows],
        "who": lists.names_of({row.recorded_by_id for row in rows if row.recorded_by_id}),
        "today": formatting.local(request.act.at).date(),
        "told": told_history(request.act, patient_id),
        "mistake": None,
    }
    return render(request, "chart/allergies.html", page | shown | context, status=status)


@door("chart.record_allergy", methods=("GET", "POST"))
def record_allergy(request: Any, patient_id: UUID) -> HttpResponse:
    """Put an allergy on the list."""
    form = AllergyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        same_patient(request, patient_id)
        if form.is_valid() and _recorded(request, patient_id, form):
            messages.success(request, _("The allergy is on the list."))
            return HttpResponseRedirect(reverse("chart:allergies", args=[patient_id]), status=303)
    page = patient_page(request.act, patient_id, "allergies")
    status = 422 if request.method == "POST" else 200
    return render(request, "chart/record_allergy.html", page | {"form": form}, status=status)


def _recorded(request: Any, patient_id: UUID, form: AllergyForm) -> bool:
    values = form.cleaned_data
    said = form.said | {name: values[name] for name in ("kind", "onset")}
    try:
        services.record_allergy(
            request.act,
            patient_id=patient_id,
            allergen_code=values["allergen"],
            display=values["allergen_text"],
            **said,
        )
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(name, words)
        return False
    except Conflict as refusal:
        form.add_error("allergen", str(refusal))
        return False
    return True


@door("chart.record_allergy", methods=("POST",))
def confirm_no_allergies(request: Any, patient_id: UUID) -> HttpResponse:
    """The patient was asked and knows of none."""
    same_patient(request, patient_id)
    try:
        services.confirm_no_allergies(request.act, patient_id=patient_id)
    except services.AllergyStands as refusal:
        return _allergies(request, patient_id, status=409, mistake=refusal)
    messages.success(request, _("Recorded: no known allergies."))
    return HttpResponseRedirect(reverse("chart:allergies", args=[patient_id]), status=303)


@door("chart.record_allergy", methods=("GET", "POST"))
def change_allergy(request: Any, patient_id: UUID, allergy_id: UUID) -> HttpResponse:
    """Say more exactly what an allergy does; or end it."""
    row = _row(request, patient_id, allergy_id)
    initial = ReactionForm.initial_of(row)
    form = ReactionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        same_patient(request, patient_id)
        if form.is_valid():
            act: Callable[[], object] = lambda: services.change_allergy(  # noqa: E731 - one call, made below
                request.act,
                patient_id=patient_id,
                allergy_id=allergy_id,
                version=posted_version(request),
                **form.said_of(row),
            )
            return _ended(request, patient_id, row, form, act, _("The allergy is changed."))
    return _change_page(request, patient_id, row, form, 422 if request.method == "POST" else 200)


@door("chart.record_allergy", methods=("POST",))
def refute_allergy(request: Any, patient_id: UUID, allergy_id: UUID) -> HttpResponse:
    """The allergy was disproved."""
    return _end(request, patient_id, allergy_id, services.refute_allergy, _("The allergy is marked as disproved."))


@door("chart.record_allergy", methods=("POST",))
def resolve_allergy(request: Any, patient_id: UUID, allergy_id: UUID) -> HttpResponse:
    """The allergy is over."""
    return _end(request, patient_id, allergy_id, services.resolve_allergy, _("The allergy is marked as over."))


@door("chart.record_allergy", methods=("POST",))
def void_allergy(request: Any, patient_id: UUID, allergy_id: UUID) -> HttpResponse:
    """The allergy was entered in error."""
    return _end(request, patient_id, allergy_id, services.void_allergy, _("The allergy is marked as entered in error."))


def _end(request: Any, patient_id: UUID, allergy_id: UUID, end: Callable[..., object], done: str) -> HttpResponse:
    same_patient(request, patient_id)
    row = _row(request, patient_id, allergy_id)
    form = ReactionForm(initial=ReactionForm.initial_of(row))
    ending = EndForm(request.POST)
    if not ending.is_valid():
        return _change_page(request, patient_id, row, form, 422, ending=ending)
    said = {"version": posted_version(request), "reason": ending.cleaned_data["reason"]}
    return _ended(
        request,
        patient_id,
        row,
        form,
        lambda: end(request.act, patient_id=patient_id, allergy_id=allergy_id, **said),
        done,
        ending=ending,
    )


def _ended(
    request: Any,
    patient_id: UUID,
    row: AllergyIntolerance,
    form: ReactionForm,
    act: Callable[[], object],
    done: str,
    **context: Any,
) -> HttpResponse:
    """Do it, or show the page again with what was typed and what stands there now."""
    try:
        act()
    except Stale as refusal:
        return _change_page(request, patient_id, row, form, 409, mistake=refusal, **context)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("chart:allergies", args=[patient_id]), status=303)


def _row(request: Any, patient_id: UUID, allergy_id: UUID) -> AllergyIntolerance:
    rows = AllergyIntolerance.objects.visible_to(request.act).valid().filter(is_none_known=False)
    return get_object_or_404(rows, id=allergy_id, patient_id=patient_id)


def _change_page(
    request: Any, patient_id: UUID, row: AllergyIntolerance, form: ReactionForm, status: int, **context: Any
) -> HttpResponse:
    page = patient_page(request.act, patient_id, "allergies")
    shown = {"row": row, "form": form, "mistake": None, "ending": None, "now": reaction_of(row)}
    return render(request, "chart/change_allergy.html", page | shown | context, status=status)
