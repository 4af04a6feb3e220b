"""Plans, goals and procedures that another program tells or changes, and what proved wrong of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.care.facts import CarePlanChanged, GoalChanged, ProcedureRecorded
from salus.care.queries.problems import labels_of
from salus.care.services.plans import ACHIEVEMENTS, PLAN, STEPS, NotThisStep
from salus.care.services.teams import PROCEDURE
from salus.chart.models import CarePlan, Condition, Goal, Procedure
from salus.chart.models.entries import Entry
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.core.ids import uuid7
from salus.patients.access.labels import known

#: states of a goal that is over, and those in which it may begin (hl7.org/fhir/R4/valueset-goal-status.html)
_OVER = ("completed", "cancelled", "rejected")
_BEGUN = ("proposed", "planned", "accepted", "active", "on-hold")
#: what of a procedure is told; what is only being prepared is an order, and what nobody knows is nothing
_DONE = ("completed", "in-progress", "stopped", "not-done")

_E = TypeVar("_E", bound=Entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    status: str
    display: str
    code_system: str = ""
    code: str = ""
    codings: Any = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPlan(_Told):
    """A plan of care as it is told: `activities` as FHIR has them, `conditions` and `goals` are rows of the same patient."""

    starts: PartialDate | None = None
    ends: PartialDate | None = None
    activities: Sequence[Any] = ()
    conditions: Sequence[UUID] = ()
    goals: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldGoal(_Told):
    """What is aimed at, as it is told: `target_value` in `target_unit` is to be reached by `due`."""

    achievement: str = ""
    starts: PartialDate | None = None
    due: PartialDate | None = None
    target_value: Decimal | None = None
    target_unit: str = ""
    addresses: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldProcedure(_Told):
    """What was done, was begun, or was not done, as it is told."""

    performed: PartialDate | None = None
    performed_until: PartialDate | None = None
    performer_id: UUID | None = None
    performer_name: str = ""
    outcome: str = ""


# ---------------------------------------------------------------- plans


@transaction.atomic
def tell_plan(act: Act, *, patient_id: UUID, encounter_id: UUID | None, told: ToldPlan) -> CarePlan:
    """Take over a plan of care, as a draft or in force.

    :raises Invalid: without words, for another state, or if it names what is another patient's
    """
    act.require(PLAN)
    standing(act, patient_id, encounter_id)
    if told.status not in ("draft", "active"):
        raise Invalid(status=_("A new plan is a draft, or active."))
    _of_the_patient(patient_id, told.conditions, told.goals)
    plan = CarePlan(
        id=uuid7(), patient_id=patient_id, encounter_id=encounter_id, intent="plan", at=act.at, recorded_by_id=act.by
    )
    plan.source = f"care.plan:{plan.id}"
    _set(plan, _for_problems(plan, told.conditions, _named(_columns(told))))
    plan.save(force_insert=True)
    announce(act, CarePlanChanged(patient_id=patient_id, plan_id=plan.id, status=plan.status))
    return plan


@transaction.atomic
def retell_plan(act: Act, *, plan_id: UUID, version: int, told: ToldPlan) -> CarePlan:
    """Change a plan that is not over; its state follows the same steps as on the screen, its goals are told themselves.

    :raises NotThisStep: if the state does not follow, or the plan is over
    """
    act.require(PLAN)
    plan = _locked(CarePlan, act, plan_id, version)
    if plan.status not in STEPS or told.status not in (plan.status, *STEPS[plan.status]):
        raise NotThisStep
    _of_the_patient(plan.patient_id, told.conditions, told.goals)
    names = _set(plan, _for_problems(plan, told.conditions, _named(_columns(told))))
    plan.save(update_fields=names)
    announce(act, CarePlanChanged(patient_id=plan.patient_id, plan_id=plan.id, status=plan.status))
    return plan


@transaction.atomic
def void_plan(act: Act, *, plan_id: UUID, version: int, reason: str) -> CarePlan:
    """Mark a plan as entered in error; it stays, with the reason."""
    act.require(PLAN)
    plan = _locked(CarePlan, act, plan_id, version)
    plan.void(act, reason)
    announce(act, CarePlanChanged(patient_id=plan.patient_id, plan_id=plan.id, status="entered-in-error"))
    return plan


# ---------------------------------------------------------------- goals


@transaction.atomic
def tell_goal(act: Act, *, patient_id: UUID, told: ToldGoal) -> Goal:
    """Take over what is aimed at; a plan names it.

    :raises Invalid: without words, or in a state in which no goal begins
    """
    act.require(PLAN)
    standing(act, patient_id)
    if told.status not in _BEGUN:
        raise Invalid(status=_("A new goal is not over yet."))
    _of_the_patient(patient_id, told.addresses, ())
    goal = Goal(id=uuid7(), patient_id=patient_id, at=act.at, recorded_by_id=act.by)
    goal.source = f"care.goal:{goal.id}"
    _set(goal, _for_problems(goal, told.addresses, _achieved(_named(_columns(told)))))
    goal.save(force_insert=True)
    announce(act, GoalChanged(patient_id=patient_id, goal_id=goal.id, achievement=goal.achievement))
    return goal


@transaction.atomic
def retell_goal(act: Act, *, goal_id: UUID, version: int, told: ToldGoal) -> Goal:
    """Change a goal: its state, how far it was reached, its words.

    :raises NotThisStep: if it is over and shall be something else
    """
    act.require(PLAN)
    goal = _locked(Goal, act, goal_id, version)
    if told.status not in (*_BEGUN, *_OVER) or (goal.status in _OVER and told.status != goal.status):
        raise NotThisStep
    _of_the_patient(goal.patient_id, told.addresses, ())
    columns = _for_problems(goal, told.addresses, _achieved(_named(_columns(told))))
    goal.save(update_fields=_set(goal, columns))
    announce(act, GoalChanged(patient_id=goal.patient_id, goal_id=goal.id, achievement=goal.achievement))
    return goal


@transaction.atomic
def void_goal(act: Act, *, goal_id: UUID, version: int, reason: str) -> Goal:
    """Mark a goal as entered in error; it stays, with the reason."""
    act.require(PLAN)
    goal = _locked(Goal, act, goal_id, version)
    goal.void(act, reason)
    announce(act, GoalChanged(patient_id=goal.patient_id, goal_id=goal.id))
    return goal


# ---------------------------------------------------------------- procedures


@transaction.atomic
def tell_procedure(act: Act, *, patient_id: UUID, encounter_id: UUID | None, told: ToldProcedure) -> Procedure:
    """Take over what was done, was begun, or was not done.

    :raises Invalid: without a name, without a day where it was done, or for a day to come
    """
    act.require(PROCEDURE)
    standing(act, patient_id, encounter_id)
    row = Procedure(patient_id=patient_id, encounter_id=encounter_id, recorded_by_id=act.by)
    _set(row, _performed(act, _named(_columns(told))))
    row.save(force_insert=True)
    announce(act, ProcedureRecorded(patient_id=patient_id, procedure_id=row.id))
    return row


@transaction.atomic
def retell_procedure(act: Act, *, procedure_id: UUID, version: int, told: ToldProcedure) -> Procedure:
    """Change what is told of a procedure; what it is stays.

    :raises Conflict: if it shall be another procedure, or one that is over shall go on
    """
    act.require(PROCEDURE)
    row = _locked(Procedure, act, procedure_id, version)
    if (told.code_system, told.code) != (row.code_system, row.code):
        raise Conflict(_("What was done does not change: mark it entered in error and write another."))
    if row.status in ("completed", "stopped", "not-done") and told.status != row.status:
        raise NotThisStep
    row.save(update_fields=_set(row, _performed(act, _named(_columns(told)))))
    announce(act, ProcedureRecorded(patient_id=row.patient_id, procedure_id=row.id))
    return row


@transaction.atomic
def void_procedure(act: Act, *, procedure_id: UUID, version: int, reason: str) -> Procedure:
    """Mark a procedure as entered in error; it stays, with the reason."""
    act.require(PROCEDURE)
    row = _locked(Procedure, act, procedure_id, version)
    row.void(act, reason)
    announce(act, ProcedureRecorded(patient_id=row.patient_id, procedure_id=row.id))
    return row


# ---------------------------------------------------------------- what they have in common


def _columns(told: _Told) -> dict[str, Any]:
    return {one.name: getattr(told, one.name) for one in fields(told)}


def _named(columns: dict[str, Any]) -> dict[str, Any]:
    if not (columns["display"].strip() or columns["code"]):
        raise Invalid(display=_("Say what it is."))
    return columns | {name: list(value) for name, value in columns.items() if isinstance(value, tuple)}


def _for_problems(row: CarePlan | Goal, problems: Sequence[UUID], columns: dict[str, Any]) -> dict[str, Any]:
    """With the labels of the problems that it comes to be for."""
    named = row.conditions if isinstance(row, CarePlan) else row.addresses
    return columns | {"labels": known([*row.labels, *labels_of(set(problems) - set(named))])}


def _achieved(columns: dict[str, Any]) -> dict[str, Any]:
    if columns["achievement"] not in ("", "sustaining", "no-progress", *ACHIEVEMENTS):
        raise Invalid(achievement=_("Choose how far it was reached."))
    return columns


def _performed(act: Act, columns: dict[str, Any]) -> dict[str, Any]:
    when = columns["performed"]
    if columns["status"] not in _DONE:
        raise Invalid(status=_("What is written down was done, was begun, or was not done."))
    if when is None and columns["status"] != "not-done":
        raise Invalid(performed=_("Write a day, a month or a year."))
    if when is not None and when.start > act.at:
        raise Invalid(performed=_("This day is still to come."))
    return columns | {"at": when.start if when else act.at}


def _of_the_patient(patient_id: UUID, conditions: Sequence[UUID], goals: Sequence[UUID]) -> None:
    models: tuple[tuple[Any, Sequence[UUID]], ...] = ((Condition, conditions), (Goal, goals))
    for model, ids in models:
        if ids and model.objects.filter(id__in=ids, patient_id=patient_id).count() != len(set(ids)):
            raise NotFound


def _set(row: Entry, columns: dict[str, Any]) -> list[str]:
    for name, value in columns.items():
        setattr(row, name, value)
    return list(columns)


def _locked(model: type[_E], act: Act, row_id: UUID, version: int) -> _E:
    rows: Any = model.objects
    row: _E = rows.visible_to(act).valid().select_for_update(no_key=True, of=("self",)).get(id=row_id)
    if row.version != version:
        raise Stale
    return row
