"""Templates of plans and treatments: kept, changed, taken out of use."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.care.courses import check_course
from salus.care.models import PlanTemplate, Treatment
from salus.care.queries.problems import problems_named
from salus.care.rules.templates import category_of, days_between, interval_of, text_of
from salus.care.services.plans import PLAN
from salus.care.services.treatments import ORDER
from salus.chart.models import CarePlan, Goal
from salus.core.act import Act
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.terminology.ucum import is_unit

MANAGE = "care.manage_templates"
#: what a person may begin is what he or she may keep templates of
BEGINS = {PlanTemplate.PLAN: PLAN, PlanTemplate.TREATMENT: ORDER}


class TitleTaken(Conflict):
    """Another template has this title. Choose another, or change that one."""


@dataclass(frozen=True, slots=True)
class AimTemplate:
    """What is aimed at: in words, with a value to reach (UCUM), so many days after the plan began."""

    text: str
    target: Decimal | None = None
    unit: str = ""
    days: int | None = None

    def kept(self) -> dict[str, Any]:
        """As the row has it."""
        target = None if self.target is None else str(self.target)
        return {"text": self.text.strip(), "target": target, "unit": self.unit.strip(), "days": self.days}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a template says; `sessions`, `every_days` and the dose (UCUM) are those of a treatment."""

    title: str
    problems: Sequence[str] = ()
    note: str = ""
    goals: Sequence[AimTemplate] = ()
    activities: Sequence[str] = ()
    sessions: int | None = None
    every_days: int | None = None
    dose: Decimal | None = None
    dose_unit: str = ""


@transaction.atomic
def keep_template(act: Act, *, kind: str, written: Written) -> PlanTemplate:
    """Keep a template for everybody of the house.

    :raises TitleTaken: if another one has this title
    :raises Invalid: for what cannot be, by field
    """
    act.require(MANAGE)
    if kind not in BEGINS:
        raise NotFound
    act.require(BEGINS[kind])
    row = PlanTemplate(facility_id=act.here, kind=kind, recorded_by_id=act.by)
    return _write(act, row, written, force_insert=True)


@transaction.atomic
def keep_plan_as_template(act: Act, *, plan_id: UUID, title: str) -> PlanTemplate:
    """Keep what a plan aims at and does, without anything of the patient: no notes, no days, nothing of how far it came.

    It is meant for whoever has a problem of the same categories, but for sensitive ones.

    :raises TitleTaken: if another template has this title
    """
    act.require(MANAGE)
    act.require(PLAN)
    plan = CarePlan.objects.visible_to(act).valid().get(id=plan_id)
    goals = Goal.objects.of_patient(act, plan.patient_id).valid().filter(id__in=plan.goals).exclude(status="cancelled")
    aims = [
        AimTemplate(one.display, one.target_value, one.target_unit, days_between(one.starts, one.due))
        for one in goals.order_by("id")
    ]
    problems = [one for one in problems_named(act, plan.patient_id, plan.conditions) if not one.labels]
    written = Written(
        title=title,
        problems=sorted({code for one in problems if (code := category_of(one.code_system, one.code))}),
        goals=aims,
        activities=[text for one in plan.activities if (text := text_of(one))],
    )
    return keep_template(act, kind=PlanTemplate.PLAN, written=written)


@transaction.atomic
def keep_treatment_as_template(act: Act, *, treatment_id: UUID, title: str) -> PlanTemplate:
    """Keep what a treatment gives, how often and how far apart, without anything of the patient.

    :raises TitleTaken: if another template has this title
    """
    act.require(MANAGE)
    act.require(ORDER)
    course = Treatment.objects.visible_to(act).valid().get(id=treatment_id)
    days = list(course.sessions.order_by("number").values_list("planned_on", flat=True)[: course.planned_sessions])
    written = Written(
        title=title,
        sessions=course.planned_sessions,
        every_days=interval_of(days),
        dose=course.dose,
        dose_unit=course.dose_unit,
    )
    return keep_template(act, kind=PlanTemplate.TREATMENT, written=written)


@transaction.atomic
def change_template(act: Act, *, template_id: UUID, version: int, written: Written) -> PlanTemplate:
    """Write the next version of a template; what was begun from another one stays as it is.

    :raises Stale: if somebody changed it since it was read
    :raises TitleTaken: if another one has this title
    """
    act.require(MANAGE)
    row = _locked(act, template_id, retired_at=None)
    act.require(BEGINS[row.kind])
    if row.version != version:
        raise Stale
    return _write(act, row, written)


@transaction.atomic
def retire_template(act: Act, *, template_id: UUID) -> None:
    """Take a template out of use; one that is out of use already stays so, and what was begun from it too."""
    act.require(MANAGE)
    row = _locked(act, template_id)
    act.require(BEGINS[row.kind])
    if row.retired_at is None:
        row.retired_at, row.changed_by_name = act.at, act.by_name
        row.save(update_fields=["retired_at", "changed_by_name"])


def _locked(act: Act, template_id: UUID, **which: Any) -> PlanTemplate:
    rows = PlanTemplate.objects.filter(facility_id=act.here, id=template_id, **which)
    row = rows.select_for_update(no_key=True).first()
    if row is None:
        raise NotFound
    return row


def _write(act: Act, row: PlanTemplate, written: Written, *, force_insert: bool = False) -> PlanTemplate:
    row.title, row.note = written.title.strip()[:300], written.note.strip()[:2000]
    row.problems = [one.strip() for one in written.problems if one.strip()][:30]
    row.changed_by_name = act.by_name
    if row.kind == PlanTemplate.PLAN:
        _check_plan(written)
        row.goals = [one.kept() for one in written.goals]
        row.activities = [one.strip() for one in written.activities]
    else:
        check_course(written.title, written.sessions or 0, written.every_days or 0, written.dose, written.dose_unit)
        row.sessions, row.every_days = written.sessions, written.every_days
        row.dose, row.dose_unit = written.dose, written.dose_unit.strip()
    try:
        with transaction.atomic():
            row.save(force_insert=force_insert)
    except IntegrityError as error:
        raise TitleTaken from error
    return row


def _check_plan(written: Written) -> None:
    if not written.title.strip():
        raise Invalid(title=_("Write what the plan is for."))
    if not written.goals and not written.activities:
        raise Invalid(_("Write at least one goal or one activity."))
    if any(not one.text.strip() for one in written.goals):
        raise Invalid(_("Write what is aimed at."))
    if any(not one.strip() for one in written.activities):
        raise Invalid(_("Write what is to be done."))
    if any(one.target is not None and not is_unit(one.unit.strip()) for one in written.goals):
        raise Invalid(_("Write a unit of UCUM, such as mg, % or mm[Hg]."))
