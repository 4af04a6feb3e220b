"""Templates of plans and treatments on the screen, and plans that are begun from one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.care import services
from salus.care.forms import put_errors
from salus.care.models import PlanTemplate, Treatment
from salus.care.queries import templates as reads
from salus.care.queries.days import today
from salus.care.queries.problems import problems_met, problems_now
from salus.care.services.plans import PLAN
from salus.care.services.templates import BEGINS, MANAGE
from salus.care.template_forms import (
    AimRows,
    BegunPlanForm,
    GoalRows,
    PlanTemplateForm,
    TreatmentTemplateForm,
    initial_of,
    mistakes_in,
    rows_of,
)
from salus.chart.models import CarePlan
from salus.core.door import door
from salus.core.errors import Invalid, NotFound
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.encounters.queries import open_encounter
from salus.patients.screens import patient_page

FORMS: dict[str, Any] = {PlanTemplate.PLAN: PlanTemplateForm, PlanTemplate.TREATMENT: TreatmentTemplateForm}


@door(MANAGE)
def templates(request: Any) -> HttpResponse:
    """The templates of the house."""
    rows = reads.templates_of(request.act)
    kinds = [
        (kind, words, [one for one in rows if one.kind == kind], request.act.may(BEGINS[kind]))
        for kind, words in PlanTemplate.KINDS
    ]
    return render(request, "care/templates.html", {"kinds": kinds})


@door(MANAGE, methods=("GET", "POST"))
def new_template(request: Any, template_kind: str) -> HttpResponse:
    """Write a template."""
    if template_kind not in FORMS:
        raise NotFound
    return _page(request, template_kind, None)


@door(MANAGE, methods=("GET", "POST"))
def template(request: Any, plan_template_id: UUID) -> HttpResponse:
    """One template, and its next version."""
    row = reads.template_of(request.act, plan_template_id)
    return _page(request, row.kind, row)


@door(MANAGE, methods=("POST",))
def retire_template(request: Any, plan_template_id: UUID) -> HttpResponse:
    """Take a template out of use."""
    services.retire_template(request.act, template_id=plan_template_id)
    messages.success(request, _("The template is out of use."))
    return HttpResponseRedirect(reverse("care:templates"), status=303)


@door(MANAGE, methods=("POST",))
def keep_plan(request: Any, plan_id: UUID) -> HttpResponse:
    """Keep a plan as a template, without anything of the patient."""
    plan = get_object_or_404(CarePlan.objects.visible_to(request.act).only("id", "patient_id"), id=plan_id)
    require_same_patient(request, plan.patient_id)
    said = posted_texts(request, "title")
    return _kept(request, services.keep_plan_as_template(request.act, plan_id=plan_id, **said))


@door(MANAGE, methods=("POST",))
def keep_treatment(request: Any, treatment_id: UUID) -> HttpResponse:
    """Keep a treatment as a template, without anything of the patient."""
    row = get_object_or_404(Treatment.objects.visible_to(request.act).only("id", "patient_id"), id=treatment_id)
    require_same_patient(request, row.patient_id)
    said = posted_texts(request, "title")
    return _kept(request, services.keep_treatment_as_template(request.act, treatment_id=treatment_id, **said))


@door(PLAN, methods=("GET", "POST"))
def begin_plan(request: Any, patient_id: UUID, plan_template_id: UUID) -> HttpResponse:
    """Begin a plan of care from a template, changed as this patient needs it."""
    act, row = request.act, reads.template_of(request.act, plan_template_id, PlanTemplate.PLAN)
    problems = problems_now(act, patient_id)
    first = {"template_version": row.version, "conditions": problems_met(row, problems)}
    form = BegunPlanForm(request.POST or None, initial=initial_of(row) | first, problems=problems)
    rows = GoalRows(request.POST or None, initial=rows_of(row, today(act)), prefix="goals")
    if request.method == "POST":
        require_same_patient(request, patient_id)
        if form.is_valid() and rows.is_valid():
            visit = open_encounter(act, patient_id)
            try:
                made = services.draft_plan(
                    act,
                    patient_id=patient_id,
                    encounter_id=visit.id if visit else None,
                    template_id=row.id,
                    **form.said(rows),
                )
                messages.success(request, _("Written down."))
                return HttpResponseRedirect(reverse("care:plan", args=[made.id]), status=303)
            except Invalid as mistakes:
                put_errors(form, mistakes)
    page = patient_page(act, patient_id, "care") | _shown(form, rows) | {"template": row}
    return render(request, "care/begin_plan.html", page, status=422 if form.is_bound else 200)


def _page(request: Any, kind: str, row: PlanTemplate | None) -> HttpResponse:
    first = initial_of(row) if row else None
    form = FORMS[kind](request.POST or None, initial=first)
    aims = rows_of(row) if row else []
    rows = AimRows(request.POST or None, initial=aims, prefix="goals") if kind == PlanTemplate.PLAN else None
    if request.method == "POST" and form.is_valid() and (rows is None or rows.is_valid()):
        try:
            return _written(request, kind, row, form.written(rows))
        except Invalid as mistakes:
            put_errors(form, mistakes)
        except services.TitleTaken as refusal:
            form.add_error("title", str(refusal))
    words = dict(PlanTemplate.KINDS)[kind]
    page = _shown(form, rows) | {"row": row, "kind": kind, "words": words, "may": request.act.may(BEGINS[kind])}
    return render(request, "care/template.html", page, status=422 if form.is_bound else 200)


def _written(request: Any, kind: str, row: PlanTemplate | None, written: services.Written) -> HttpResponse:
    if row is None:
        services.keep_template(request.act, kind=kind, written=written)
    else:
        services.change_template(request.act, template_id=row.id, version=posted_version(request), written=written)
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("care:templates"), status=303)


def _kept(request: Any, made: PlanTemplate) -> HttpResponse:
    messages.success(request, _("The template is kept. Read it over: nothing of the patient may stand in it."))
    return HttpResponseRedirect(reverse("care:template", args=[made.id]), status=303)


def _shown(form: Any, rows: Any) -> dict[str, Any]:
    return {"form": form, "rows": rows, "mistakes": mistakes_in(form, rows) if form.is_bound else []}
