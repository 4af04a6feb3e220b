"""Plans of care with goals and activities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.care.facts import CarePlanChanged, GoalChanged
from salus.care.queries.days import today
from salus.care.queries.problems import labels_of, problems_named, require_problems
from salus.care.queries.templates import template_source
from salus.chart.models import CarePlan, Goal
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.core.ids import uuid7
from salus.patients.access.labels import known
from salus.terminology.ucum import is_unit

PLAN = "care.plan_care"
#: which step of a plan follows which (FHIR's request states, as far as they are used here)
STEPS = {
    "draft": ("active", "revoked"),
    "active": ("completed", "revoked", "on-hold"),
    "on-hold": ("active", "revoked"),
}
#: hl7.org/fhir/R4/valueset-goal-achievement.html
ACHIEVEMENTS = ("in-progress", "improving", "worsening", "no-change", "achieved", "not-achieved", "not-attainable")
ACTIVITY = ("not-started", "in-progress", "completed", "cancelled")


class NotThisStep(Conflict):
    """The plan is in another state by now."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is aimed at: in words, with a value to reach (UCUM) and a day where there are some."""

    text: str
    due_on: date | None = None
    target: Decimal | None = None
    target_unit: str = ""


@transaction.atomic
def draft_plan(
    act: Act,
    *,
    patient_id: UUID,
    title: str,
    encounter_id: UUID | None = None,
    note: str = "",
    conditions: Sequence[UUID] = (),
    goals: Sequence[Aim] = (),
    activities: Sequence[str] = (),
    template_id: UUID | None = None,
    template_version: int = 0,
) -> CarePlan:
    """Begin a plan of care, with what is aimed at and to be done where that is known; it holds from its activation on.

    :param conditions: the problems that it is for: it is as sensitive as they are
    :param template_id: the template of the house that it was begun from, and which version of it
    :raises NotFound: for a template that there is not, or one of something else, or a problem that the act may not read
    """
    act.require(PLAN)
    standing(act, patient_id, encounter_id)
    if not title.strip():
        raise Invalid(title=_("Write what the plan is for."))
    problems = require_problems(act, patient_id, conditions)
    plan = CarePlan(
        id=uuid7(),
        patient_id=patient_id,
        encounter_id=encounter_id,
        status="draft",
        intent="plan",
        display=title.strip(),
        note=note.strip(),
        activities=[_activity(one) for one in activities],
        conditions=[one.id for one in problems],
        labels=known(label for one in problems for label in one.labels),
        instantiates=template_source(act, template_id, template_version, "plan"),
        at=act.at,
        recorded_by_id=act.by,
    )
    made = [_set_goal(act, plan, one) for one in goals]
    plan.goals = [one.id for one in made]
    plan.source = f"care.plan:{plan.id}"
    plan.save(force_insert=True)
    announce(act, CarePlanChanged(patient_id=patient_id, plan_id=plan.id, status="draft"))
    for goal in made:
        announce(act, GoalChanged(patient_id=patient_id, goal_id=goal.id, achievement="in-progress"))
    return plan


@transaction.atomic
def move_plan(act: Act, *, plan_id: UUID, version: int, status: str) -> CarePlan:
    """Activate, hold, complete or revoke a plan; its goals follow.

    :raises NotThisStep: if that does not follow
    """
    act.require(PLAN)
    plan = _plan(act, plan_id, version)
    if status not in STEPS.get(plan.status, ()):
        raise NotThisStep
    plan.status = status
    if status == "active" and plan.starts is None:
        plan.starts = PartialDate.of(today(act))
    if status in ("completed", "revoked"):
        plan.ends = PartialDate.of(today(act))
    plan.save(update_fields=["status", "starts", "ends"])
    goals = Goal.objects.filter(id__in=plan.goals, voided_at=None)
    then = {"active": "active", "on-hold": "on-hold", "completed": "completed", "revoked": "cancelled"}[status]
    for goal in goals.exclude(status=then).select_for_update(no_key=True).order_by("id"):
        goal.status = then
        goal.save(update_fields=["status"])
    announce(act, CarePlanChanged(patient_id=plan.patient_id, plan_id=plan.id, status=status))
    return plan


@transaction.atomic
def address_problems(act: Act, *, plan_id: UUID, version: int, conditions: Sequence[UUID]) -> CarePlan:
    """Say which problems a plan is for: goals that were for the same ones follow, and labels of new ones come to both.

    A problem that the act may not read stays.

    :raises NotFound: for a problem that is none of this patient's that the act may read
    """
    act.require(PLAN)
    plan = _open_plan(act, plan_id, version)
    chosen = [one.id for one in require_problems(act, plan.patient_id, conditions)]
    shown = {one.id for one in problems_named(act, plan.patient_id, plan.conditions)}
    now = [*(one for one in plan.conditions if one in chosen or one not in shown)]
    now += [one for one in chosen if one not in now]
    added = labels_of(set(now) - set(plan.conditions))
    goals = Goal.objects.filter(id__in=plan.goals, addresses=plan.conditions, voided_at=None)
    for goal in goals.select_for_update(no_key=True).order_by("id"):
        goal.addresses, goal.labels = now, known([*goal.labels, *added])
        goal.save(update_fields=["addresses", "labels"])
    return _revise(act, plan, conditions=now, labels=known([*plan.labels, *added]))


@transaction.atomic
def add_goal(
    act: Act,
    *,
    plan_id: UUID,
    version: int,
    text: str,
    due_on: date | None = None,
    target: Decimal | None = None,
    target_unit: str = "",
) -> Goal:
    """Add what is aimed at to a plan: in words, with a value to reach (UCUM) and a day where there are some."""
    act.require(PLAN)
    plan = _open_plan(act, plan_id, version)
    goal = _set_goal(act, plan, Aim(text, due_on, target, target_unit))
    _revise(act, plan, goals=[*plan.goals, goal.id])
    announce(act, GoalChanged(patient_id=plan.patient_id, goal_id=goal.id, achievement="in-progress"))
    return goal


@transaction.atomic
def note_achievement(act: Act, *, goal_id: UUID, version: int, achievement: str, note: str = "") -> Goal:
    """Say how far a goal was reached."""
    act.require(PLAN)
    goal = Goal.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",)).get(id=goal_id)
    if goal.version != version:
        raise Stale
    if achievement not in ACHIEVEMENTS:
        raise Invalid(achievement=_("Choose how far it was reached."))
    goal.achievement, goal.note = achievement, note.strip() or goal.note
    goal.save(update_fields=["achievement", "note"])
    announce(act, GoalChanged(patient_id=goal.patient_id, goal_id=goal.id, achievement=achievement))
    return goal


@transaction.atomic
def add_activity(act: Act, *, plan_id: UUID, version: int, text: str) -> CarePlan:
    """Add what is to be done to a plan."""
    act.require(PLAN)
    plan = _open_plan(act, plan_id, version)
    return _revise(act, plan, activities=[*plan.activities, _activity(text)])


@transaction.atomic
def set_activity(act: Act, *, plan_id: UUID, version: int, place: int, status: str) -> CarePlan:
    """Say how far an activity of a plan has come."""
    act.require(PLAN)
    plan = _open_plan(act, plan_id, version)
    if status not in ACTIVITY or not 0 <= place < len(plan.activities):
        raise NotFound
    activities: list[Any] = list(plan.activities)
    detail = dict(activities[place].get("detail") or {})
    activities[place] = activities[place] | {"detail": detail | {"status": status}}
    return _revise(act, plan, activities=activities)


def _set_goal(act: Act, plan: CarePlan, aim: Aim) -> Goal:
    if not aim.text.strip():
        raise Invalid(text=_("Write what is aimed at."))
    if aim.target is not None and not is_unit(aim.target_unit.strip()):
        raise Invalid(target_unit=_("Write a unit of UCUM, such as mg, % or mm[Hg]."))
    goal = Goal(
        id=uuid7(),
        patient_id=plan.patient_id,
        encounter_id=plan.encounter_id,
        status="proposed" if plan.status == "draft" else "active",
        achievement="in-progress",
        display=aim.text.strip(),
        starts=PartialDate.of(today(act)),
        due=PartialDate.of(aim.due_on) if aim.due_on else None,
        target_value=aim.target,
        target_unit=aim.target_unit.strip(),
        addresses=plan.conditions,
        labels=plan.labels,
        at=act.at,
        recorded_by_id=act.by,
    )
    goal.source = f"care.goal:{goal.id}"
    goal.save(force_insert=True)
    return goal


def _activity(text: str) -> dict[str, Any]:
    if not text.strip():
        raise Invalid(text=_("Write what is to be done."))
    return {"detail": {"status": "not-started", "description": text.strip()}}


def _plan(act: Act, plan_id: UUID, version: int) -> CarePlan:
    rows = CarePlan.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    plan = rows.get(id=plan_id)
    if plan.version != version:
        raise Stale
    return plan


def _open_plan(act: Act, plan_id: UUID, version: int) -> CarePlan:
    plan = _plan(act, plan_id, version)
    if plan.status not in STEPS:
        raise NotThisStep
    return plan


def _revise(act: Act, plan: CarePlan, **changes: Sequence[Any]) -> CarePlan:
    for name, value in changes.items():
        setattr(plan, name, value)
    plan.save(update_fields=list(changes))
    announce(act, CarePlanChanged(patient_id=plan.patient_id, plan_id=plan.id, status=plan.status))
    return plan
