"""The list of problems."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import rules, services
from salus.chart.forms import ConditionForm, EndForm
from salus.chart.queries import lists
from salus.chart.queries.diagnoses import ICD, diagnoses_of
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.posted import posted_version
from salus.patients.screens import patient_page
from salus.terminology.queries import search_conditions
from salus.terminology.rules import without_tag
from salus.ui.combobox import Option, offer, typed


@door("chart.record_condition", methods=("POST",), effect=False)
def find_condition(request: Any) -> HttpResponse:
    """What the box of problems offers for what is typed."""
    found = search_conditions(typed(request))
    options = [
        Option(value=one.code, label=one.display, sub=" · ".join(filter(None, (one.code, one.synonym))))
        for one in found
    ]
    return offer(request, options, nothing=_("Nothing in ICD-10-CM is called this."))


@door("patients.open")
def problems(request: Any, patient_id: UUID) -> HttpResponse:
    """All problems, present and past."""
    return _problems(request, patient_id)


def _problems(request: Any, patient_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "problems")
    shown = {
        "problems": lists.problems_of(request.act, patient_id),
        "moves": rules.CONDITION_MOVES,
        "mistake": None,
        "typed": {},
        "plain": without_tag,
    }
    return render(request, "chart/problems.html", page | shown | context, status=status)


@door("chart.record_condition", methods=("GET", "POST"))
def record_condition(request: Any, patient_id: UUID) -> HttpResponse:
    """Put a problem on the list."""
    form = ConditionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        same_patient(request, patient_id)
        if form.is_valid() and _recorded(request, patient_id, form):
            messages.success(request, _("The problem is on the list."))
            return HttpResponseRedirect(reverse("chart:summary", args=[patient_id]), status=303)
    page = patient_page(request.act, patient_id, "problems")
    status = 422 if request.method == "POST" else 200
    return render(request, "chart/record_condition.html", page | {"form": form}, status=status)


def _recorded(request: Any, patient_id: UUID, form: ConditionForm) -> bool:
    values = form.cleaned_data
    code = values["condition"]
    known = diagnoses_of(patient_id, [code]) if code else {}
    if code and code not in known:
        form.add_error("condition", _("Choose a problem from the list."))
        return False
    display = known[code].display if code else values["condition_text"]
    try:
        services.record_condition(
            request.act,
            patient_id=patient_id,
            code_system=ICD,
            code=code,
            display=display,
            onset=values["onset"],
            note=values["note"],
        )
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(name, words)
        return False
    except Conflict as refusal:
        form.add_error("condition", str(refusal))
        return False
    return True


@door("chart.record_condition", methods=("POST",))
def change_condition(request: Any, patient_id: UUID, condition_id: UUID) -> HttpResponse:
    """Resolve a problem, set it aside, take it up again."""
    same_patient(request, patient_id)
    try:
        services.change_condition(
            request.act,
            patient_id=patient_id,
            condition_id=condition_id,
            version=posted_version(request),
            status=request.POST.get("status", ""),
        )
    except Stale as refusal:
        return _problems(request, patient_id, status=409, mistake=refusal)
    messages.success(request, _("The problem is changed."))
    return HttpResponseRedirect(reverse("chart:problems", args=[patient_id]), status=303)


@door("chart.record_condition", methods=("POST",))
def void_condition(request: Any, patient_id: UUID, condition_id: UUID) -> HttpResponse:
    """Mark a problem as entered in error."""
    same_patient(request, patient_id)
    form = EndForm(request.POST)
    typed_words = {condition_id: request.POST.get("reason", "")}
    if not form.is_valid():
        wrong = Invalid(_("Say why it was wrong."))
        return _problems(request, patient_id, status=422, mistake=wrong, typed=typed_words)
    try:
        services.void_condition(
            request.act,
            patient_id=patient_id,
            condition_id=condition_id,
            version=posted_version(request),
            reason=form.cleaned_data["reason"],
        )
    except Stale as refusal:
        return _problems(request, patient_id, status=409, mistake=refusal, typed=typed_words)
    messages.success(request, _("The problem is marked as entered in error."))
    return HttpResponseRedirect(reverse("chart:problems", args=[patient_id]), status=303)
