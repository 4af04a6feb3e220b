"""Plans of care, procedures and the care team on the screen."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from salus.care import coding, services
from salus.care.forms import ActivityForm, AddressedForm, GoalForm, MemberForm, NewPlanForm, ProcedureForm, put_errors
from salus.care.models import TeamMember
from salus.care.queries import plans as reads
from salus.care.queries.problems import problems_named, problems_now
from salus.care.queries.templates import begun_from, offered_to
from salus.care.services.plans import ACHIEVEMENTS, ACTIVITY, PLAN, STEPS
from salus.care.services.teams import PROCEDURE, TEAM
from salus.chart.models import CarePlan, Goal
from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.encounters.queries import open_encounter
from salus.patients.queries.access import grantees
from salus.patients.screens import patient_page
from salus.terminology.rules import without_tag
from salus.ui.combobox import Option, offer, typed

#: words of FHIR's codes
STEP_WORDS = {
    "active": __("Activate"),
    "on-hold": __("Hold"),
    "completed": __("Complete"),
    "revoked": __("Revoke"),
}
ACHIEVED = {
    "in-progress": __("In progress"),
    "improving": __("Improving"),
    "worsening": __("Worsening"),
    "no-change": __("No change"),
    "achieved": __("Achieved"),
    "not-achieved": __("Not achieved"),
    "not-attainable": __("Cannot be reached"),
}
DONE = {
    "not-started": __("Not started"),
    "in-progress": __("In progress"),
    "completed": __("Done"),
    "cancelled": __("Not needed"),
}


@door(PLAN, methods=("GET", "POST"))
def draft_plan(request: Any, patient_id: UUID) -> HttpResponse:
    """Begin a plan of care."""
    form = NewPlanForm(request.POST or None, problems=problems_now(request.act, patient_id))

    def do() -> str:
        visit = open_encounter(request.act, patient_id)
        visit_id = visit.id if visit else None
        made = services.draft_plan(request.act, patient_id=patient_id, encounter_id=visit_id, **form.cleaned_data)
        return reverse("care:plan", args=[made.id])

    more: dict[str, Any] = {"offered": offered_to(request.act, patient_id, "plan"), "begin": "care:begin_plan"}
    return _form_page(request, patient_id, form, do, _("Plan of care"), "care:draft_plan", **more)


@door("patients.open")
def show_plan(request: Any, plan_id: UUID) -> HttpResponse:
    """One plan with its goals and activities."""
    return _plan_page(request, plan_id)


@door(PLAN, methods=("POST",))
def move_plan(request: Any, plan_id: UUID) -> HttpResponse:
    """Activate, hold, complete or revoke a plan."""
    _same_plan(request, plan_id)
    status = posted_texts(request, "status")["status"]
    services.move_plan(request.act, plan_id=plan_id, version=posted_version(request), status=status)
    return _to_plan(request, plan_id)


@door(PLAN, methods=("POST",))
def address_problems(request: Any, plan_id: UUID) -> HttpResponse:
    """Say which problems a plan is for."""
    plan = get_object_or_404(CarePlan.objects.visible_to(request.act), id=plan_id)
    require_same_patient(request, plan.patient_id)
    form = AddressedForm(request.POST, problems=problems_now(request.act, plan.patient_id, plan.conditions))
    if not form.is_valid():
        return _plan_page(request, plan_id, problem_form=form, status=422)
    chosen = form.cleaned_data.get("conditions", [])
    version = posted_version(request)
    services.address_problems(request.act, plan_id=plan_id, version=version, conditions=chosen)
    return _to_plan(request, plan_id)


@door(PLAN, methods=("POST",))
def add_goal(request: Any, plan_id: UUID) -> HttpResponse:
    """Add a goal to a plan."""
    _same_plan(request, plan_id)
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, plan_id, goal_form=form, status=422)
    try:
        services.add_goal(request.act, plan_id=plan_id, version=posted_version(request), **form.cleaned_data)
    except Invalid as mistakes:
        put_errors(form, mistakes)
        return _plan_page(request, plan_id, goal_form=form, status=422)
    return _to_plan(request, plan_id)


@door(PLAN, methods=("POST",))
def add_activity(request: Any, plan_id: UUID) -> HttpResponse:
    """Add an activity to a plan."""
    _same_plan(request, plan_id)
    form = ActivityForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, plan_id, activity_form=form, status=422)
    services.add_activity(request.act, plan_id=plan_id, version=posted_version(request), **form.cleaned_data)
    return _to_plan(request, plan_id)


@door(PLAN, methods=("POST",))
def set_activity(request: Any, plan_id: UUID, place: int) -> HttpResponse:
    """Say how far an activity has come."""
    _same_plan(request, plan_id)
    status = posted_texts(request, "status")["status"]
    version = posted_version(request)
    services.set_activity(request.act, plan_id=plan_id, version=version, place=place, status=status)
    return _to_plan(request, plan_id)


@door(PLAN, methods=("POST",))
def note_achievement(request: Any, goal_id: UUID) -> HttpResponse:
    """Say how far a goal was reached."""
    goal = get_object_or_404(Goal.objects.visible_to(request.act), id=goal_id)
    require_same_patient(request, goal.patient_id)
    said = posted_texts(request, "achievement", "note")
    services.note_achievement(request.act, goal_id=goal_id, version=posted_version(request), **said)
    plan = CarePlan.objects.of_patient(request.act, goal.patient_id).filter(goals__contains=[goal_id]).first()
    if plan is None:
        return HttpResponseRedirect(reverse("care:of_patient", args=[goal.patient_id]), status=303)
    return _to_plan(request, plan.id)


@door(PROCEDURE, methods=("GET", "POST"))
def record_procedure(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down something that was done."""
    form = ProcedureForm(request.POST or None, people=grantees(request.act))

    def do() -> str:
        visit = open_encounter(request.act, patient_id)
        visit_id = visit.id if visit else None
        services.record_procedure(request.act, patient_id=patient_id, encounter_id=visit_id, **form.said())
        return reverse("care:of_patient", args=[patient_id])

    return _form_page(request, patient_id, form, do, _("Procedure"), "care:record_procedure", "care/procedure.html")


@door(PROCEDURE, methods=("POST",), effect=False)
def find_procedure(request: Any) -> HttpResponse:
    """What may be done, by its name, for the box of a procedure."""
    found = coding.procedures_named(typed(request))
    return offer(
        request,
        (Option(value=one.value, label=one.display, sub=one.code) for one in found),
        nothing=_("No code has these words: it is written down in your words."),
    )


@door(TEAM, methods=("GET", "POST"))
def add_member(request: Any, patient_id: UUID) -> HttpResponse:
    """Name somebody who cares for the patient."""
    form = MemberForm(request.POST or None, people=grantees(request.act))

    def do() -> str:
        services.add_member(request.act, patient_id=patient_id, **form.said())
        return reverse("care:of_patient", args=[patient_id])

    return _form_page(request, patient_id, form, do, _("Care team"), "care:add_member")


@door(TEAM, methods=("POST",))
def end_member(request: Any, member_id: UUID) -> HttpResponse:
    """Write down that somebody no longer cares for the patient."""
    member = get_object_or_404(TeamMember.objects.visible_to(request.act), id=member_id)
    require_same_patient(request, member.patient_id)
    services.end_member(request.act, member_id=member_id, version=posted_version(request))
    messages.success(request, _("Written down."))
    return HttpResponseRedirect(reverse("care:of_patient", args=[member.patient_id]), status=303)


def _form_page(
    request: Any,
    patient_id: UUID,
    form: Any,
    do: Callable[[], str],
    title: str,
    route: str,
    template: str = "care/form.html",
    **more: Any,
) -> HttpResponse:
    """A page with one form of one patient: drawn, or done and left."""
    if request.method == "POST":
        require_same_patient(request, patient_id)
        if form.is_valid():
            try:
                address = do()
                messages.success(request, _("Written down."))
                return HttpResponseRedirect(address, status=303)
            except Invalid as mistakes:
                put_errors(form, mistakes)
    page = patient_page(request.act, patient_id, "care") | {"form": form, "title": title, "route": route}
    return render(request, template, page | more, status=422 if form.is_bound else 200)


def _same_plan(request: Any, plan_id: UUID) -> None:
    plan = get_object_or_404(CarePlan.objects.visible_to(request.act).only("id", "patient_id"), id=plan_id)
    require_same_patient(request, plan.patient_id)


def _plan_page(request: Any, plan_id: UUID, *, status: int = 200, **forms: Any) -> HttpResponse:
    plan, goals = reads.plan_of(request.act, plan_id)
    page = patient_page(request.act, plan.patient_id, "care")
    may = request.act.may(PLAN) and plan.status in STEPS and not plan.voided_at
    named = problems_named(request.act, plan.patient_id, plan.conditions)
    problems = problems_now(request.act, plan.patient_id, plan.conditions) if may else []
    context = {
        "plan": plan,
        "problems": [without_tag(one.display) or one.code for one in named],
        "problem_form": AddressedForm(initial={"conditions": plan.conditions}, problems=problems),
        "goals": goals,
        "begun_from": begun_from(plan.instantiates),
        "may": may,
        "steps": [(one, STEP_WORDS[one]) for one in STEPS.get(plan.status, ())] if may else [],
        "achievements": [(one, ACHIEVED[one]) for one in ACHIEVEMENTS],
        "achieved": ACHIEVED,
        "activity_states": [(one, DONE[one]) for one in ACTIVITY],
        "goal_form": GoalForm(auto_id="id_goal_%s"),
        "activity_form": ActivityForm(auto_id="id_activity_%s"),
    }
    return render(request, "care/plan.html", page | context | forms, status=status)


def _to_plan(request: Any, plan_id: UUID) -> HttpResponse:
    messages.success(request, _("Written down."))
    return HttpResponseRedirect(reverse("care:plan", args=[plan_id]), status=303)
