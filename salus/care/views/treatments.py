"""Courses of sessions on the screen."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.care import services
from salus.care.forms import GiveForm, SkipForm, TreatmentForm, WhyForm, put_errors
from salus.care.models import Treatment
from salus.care.queries import plans as reads
from salus.care.queries.days import today
from salus.care.queries.templates import begun_from, offered_to, template_of
from salus.care.services.treatments import GIVE, ORDER
from salus.care.template_forms import course_of
from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import require_same_patient
from salus.encounters.queries import open_encounter
from salus.orders.views.record import number
from salus.patients.screens import patient_page
from salus.places.queries import departments_to_choose


@door(GIVE)
def sessions(request: Any) -> HttpResponse:
    """What is to be given today in the own departments, and what was left over."""
    day, page = today(request.act), max(number(request.GET.get("page", "")), 1)
    rows = reads.sessions_to_give(request.act, day, page)
    context = {"rows": rows[: reads.PAGE], "today": day, "number": page, "has_next": len(rows) > reads.PAGE}
    return render(request, "care/sessions.html", context)


@door(ORDER, methods=("GET", "POST"))
def start_treatment(
    request: Any,
    patient_id: UUID,
    order_id: UUID | None = None,
    plan_id: UUID | None = None,
    treatment_template_id: UUID | None = None,
) -> HttpResponse:
    """Order a course of sessions, perhaps as an order, a plan of this patient or a template of the house has it."""
    act = request.act
    reads.require_of(act, patient_id, order_id=order_id, plan_id=plan_id)
    choices = {
        "places": [(str(one), name) for one, name in departments_to_choose(act)],
        "orders": reads.orders_to_treat(act, patient_id),
        "plans": [
            (str(one.id), one.display or _("Care plan"))
            for one in reads.plans_of(act, patient_id)
            if one.status == "active"
        ],
    }
    first = {"order": str(order_id or ""), "plan": str(plan_id or "")}
    first["what"] = dict(choices["orders"]).get(first["order"], "")
    if treatment_template_id:
        first |= course_of(template_of(act, treatment_template_id, "treatment"))
    form = TreatmentForm(request.POST or None, initial=first, **choices)
    if request.method == "POST":
        require_same_patient(request, patient_id)
        if form.is_valid():
            visit = open_encounter(act, patient_id)
            try:
                made = services.start_treatment(
                    act, patient_id=patient_id, encounter_id=visit.id if visit else None, **form.said()
                )
                messages.success(request, _("The treatment is planned."))
                return HttpResponseRedirect(reverse("care:treatment", args=[made.id]), status=303)
            except Invalid as mistakes:
                put_errors(form, mistakes)
    page = patient_page(act, patient_id, "care") | {
        "form": form,
        "title": _("Treatment in sessions"),
        "route": "care:start_treatment",
        "offered": None if first.get("template") else offered_to(act, patient_id, "treatment"),
        "begin": "care:start_treatment_from",
    }
    return render(request, "care/form.html", page, status=422 if form.is_bound else 200)


@door("patients.open")
def show_treatment(request: Any, treatment_id: UUID) -> HttpResponse:
    """One course with its sessions."""
    return _page(request, reads.treatment_of(request.act, treatment_id))


@door(GIVE, methods=("POST",))
def give_session(request: Any, course_session_id: UUID) -> HttpResponse:
    """Write down that a session was given."""
    known, form = _posted(request, course_session_id), GiveForm(request.POST)
    if not form.is_valid():
        return _page(request, known, mistakes=form, status=422)
    try:
        services.give_session(request.act, session_id=course_session_id, **form.cleaned_data)
    except Invalid as wrong:
        put_errors(form, wrong)
        return _page(request, known, mistakes=form, status=422)
    return _back(request, known.id, _("Given."))


@door(GIVE, methods=("POST",))
def skip_session(request: Any, course_session_id: UUID) -> HttpResponse:
    """Write down that a session was not given, and why."""
    known, form = _posted(request, course_session_id), SkipForm(request.POST)
    if not form.is_valid():
        return _page(request, known, mistakes=form, status=422)
    try:
        services.skip_session(request.act, session_id=course_session_id, **form.cleaned_data)
    except Invalid as wrong:
        put_errors(form, wrong)
        return _page(request, known, mistakes=form, status=422)
    return _back(request, known.id, _("Written down as not given."))


@door(GIVE, methods=("POST",))
def void_session(request: Any, course_session_id: UUID) -> HttpResponse:
    """Say that a session was written down in error."""
    known, form = _posted(request, course_session_id), WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, known, mistakes=form, status=422)
    services.void_session(request.act, session_id=course_session_id, reason=form.cleaned_data["reason"])
    return _back(request, known.id, _("Voided. Another session is planned for it."))


@door(ORDER, methods=("POST",))
def stop_treatment(request: Any, treatment_id: UUID) -> HttpResponse:
    """End a course before all was given."""
    known, form = reads.treatment_of(request.act, treatment_id), WhyForm(request.POST)
    require_same_patient(request, known.patient_id)
    if not form.is_valid():
        return _page(request, known, mistakes=form, status=422)
    services.stop_treatment(request.act, treatment_id=known.id, reason=form.cleaned_data["reason"])
    return _back(request, known.id, _("The treatment is stopped."))


def _posted(request: Any, session_id: UUID) -> Treatment:
    rows = Treatment.objects.visible_to(request.act).filter(sessions=session_id)
    known = reads.treatment_of(request.act, get_object_or_404(rows.only("id")).id)
    require_same_patient(request, known.patient_id)
    return known


def _page(request: Any, known: Treatment, *, mistakes: Any = None, status: int = 200) -> HttpResponse:
    page = patient_page(request.act, known.patient_id, "care")
    found = reads.sessions_of(known)
    following = next((one for one in found if one.status == "planned"), None) if known.status == "active" else None
    context = {
        "row": known,
        "begun_from": begun_from(known.instantiates),
        "sessions": found,
        "following": following,
        "giving": GiveForm(auto_id="id_give_%s"),
        "skipping": SkipForm(auto_id="id_skip_%s"),
        "stopping": WhyForm(auto_id="id_stop_%s"),
        "mistakes": mistakes,
    }
    return render(request, "care/treatment.html", page | context, status=status)


def _back(request: Any, treatment_id: UUID, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("care:treatment", args=[treatment_id]), status=303)
