"""Plans of care with goals and activities, procedures, and the care team."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.care.facts import CarePlanChanged, CareTeamChanged, GoalChanged, ProcedureRecorded
from salus.care.models import TeamMember
from salus.care.queries.days import today
from salus.chart.models import CarePlan, Goal, Procedure
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.core.ids import uuid7
from salus.staff.models import Practitioner
from salus.terminology.ucum import is_unit

PLAN, TEAM, PROCEDURE = "care.plan_care", "care.manage_team", "care.record_procedure"
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


@transaction.atomic
def draft_plan(act: Act, *, patient_id: UUID, title: str, encounter_id: UUID | None = None, note: str = "") -> CarePlan:
    """Begin a plan of care; it holds from its activation on."""
    act.require(PLAN)
    standing(act, patient_id, encounter_id)
    if not title.strip():
        raise Invalid(title=_("Write what the plan is for."))
    plan = CarePlan(
        id=uuid7(),
        patient_id=patient_id,
        encounter_id=encounter_id,
        status="draft",
        intent="plan",
        display=title.strip(),
        note=note.strip(),
        at=act.at,
        recorded_by_id=act.by,
    )
    plan.source = f"care.plan:{plan.id}"
    plan.save(force_insert=True)
    announce(act, CarePlanChanged(patient_id=patient_id, plan_id=plan.id, status="draft"))
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
    if not text.strip():
        raise Invalid(text=_("Write what is aimed at."))
    if target is not None and not is_unit(target_unit.strip()):
        raise Invalid(target_unit=_("Write a unit of UCUM, such as mg, % or mm[Hg]."))
    goal = Goal(
        id=uuid7(),
        patient_id=plan.patient_id,
        encounter_id=plan.encounter_id,
        status="proposed" if plan.status == "draft" else "active",
        achievement="in-progress",
        display=text.strip(),
        starts=PartialDate.of(today(act)),
        due=PartialDate.of(due_on) if due_on else None,
        target_value=target,
        target_unit=target_unit.strip(),
        at=act.at,
        recorded_by_id=act.by,
    )
    goal.source = f"care.goal:{goal.id}"
    goal.save(force_insert=True)
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
    if not text.strip():
        raise Invalid(text=_("Write what is to be done."))
    detail = {"status": "not-started", "description": text.strip()}
    return _revise(act, plan, activities=[*plan.activities, {"detail": detail}])


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


@transaction.atomic
def record_procedure(
    act: Act,
    *,
    patient_id: UUID,
    display: str,
    performed: str,
    encounter_id: UUID | None = None,
    performer_id: UUID | None = None,
    performer_name: str = "",
    outcome: str = "",
    note: str = "",
    code_system: str = "",
    code: str = "",
) -> Procedure:
    """Write down something that was done; `performed` is a day, a month or a year (FHIR dateTime).

    :raises Invalid: without a name, or for a day to come
    """
    act.require(PROCEDURE)
    standing(act, patient_id, encounter_id)
    try:
        when = PartialDate.parse(performed)
    except ValueError as error:
        raise Invalid(performed=_("Write a day, a month or a year.")) from error
    if not display.strip():
        raise Invalid(display=_("Write what was done."))
    if when.start > act.at:
        raise Invalid(performed=_("This day is still to come."))
    if performer_id and not performer_name:
        who = Practitioner.objects.get(id=performer_id)
        performer_name = " ".join(filter(None, (who.title, who.given, who.family)))
    row = Procedure(
        patient_id=patient_id,
        encounter_id=encounter_id,
        status="completed",
        code_system=code_system,
        code=code,
        display=display.strip(),
        performed=when,
        at=when.start,
        performer_id=performer_id,
        performer_name=performer_name.strip(),
        outcome=outcome.strip(),
        note=note.strip(),
        recorded_by_id=act.by,
    )
    row.save(force_insert=True)
    announce(act, ProcedureRecorded(patient_id=patient_id, procedure_id=row.id))
    return row


@transaction.atomic
def add_member(
    act: Act, *, patient_id: UUID, role: str, practitioner_id: UUID | None = None, name: str = "", note: str = ""
) -> TeamMember:
    """Name somebody who cares for the patient in a role.

    :raises Invalid: without anybody, or without a role
    """
    act.require(TEAM)
    standing(act, patient_id)
    if practitioner_id:
        who = Practitioner.objects.filter(id=practitioner_id).first()
        if who is None:
            raise NotFound
        name = " ".join(filter(None, (who.title, who.given, who.family)))
    if not name.strip():
        raise Invalid(name=_("Choose or write who it is."))
    if role not in dict(TeamMember.ROLES):
        raise Invalid(role=_("Choose a role."))
    member = TeamMember(
        patient_id=patient_id,
        practitioner_id=practitioner_id,
        display=name.strip(),
        role=role,
        note=note.strip(),
        status="active",
        started_at=act.at,
        recorded_by_id=act.by,
    )
    try:
        with transaction.atomic():
            member.save(force_insert=True)
    except IntegrityError as error:
        raise Invalid(name=_("Is in the team in this role already.")) from error
    announce(act, CareTeamChanged(patient_id=patient_id, member_id=member.id))
    return member


@transaction.atomic
def end_member(act: Act, *, member_id: UUID, version: int) -> TeamMember:
    """Write down that somebody no longer cares for the patient; said twice it stays as it is."""
    act.require(TEAM)
    rows = TeamMember.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    member = rows.get(id=member_id)
    if member.ended_at is not None:
        return member
    if member.version != version:
        raise Stale
    member.ended_at, member.status = act.at, "inactive"
    member.save(update_fields=["ended_at", "status"])
    announce(act, CareTeamChanged(patient_id=member.patient_id, member_id=member.id, is_over=True))
    return member


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
