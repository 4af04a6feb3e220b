"""Treatments, plans and the care team as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from salus.care.models import Session, TeamMember, Treatment
from salus.chart.models import CarePlan, Goal, Procedure
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.orders.models import Order
from salus.orders.rules import OPEN_STATUSES
from salus.patients.models import CareRelation
from salus.terminology.rules import without_tag

#: rows of one page
PAGE = 50


def treatments_of(act: Act, patient_id: UUID) -> list[Treatment]:
    """The patient's courses with `given`, how many sessions were; newest first."""
    rows = _with_progress(Treatment.objects.of_patient(act, patient_id).valid())
    return list(rows.order_by("-ordered_at", "-id")[:50])


def treatment_of(act: Act, treatment_id: UUID) -> Treatment:
    """One course with its progress.

    :raises Treatment.DoesNotExist: if the act may not read it
    """
    return (
        _with_progress(Treatment.objects.visible_to(act))
        .select_related("department", "order", "plan")
        .get(id=treatment_id)
    )


def orders_to_treat(act: Act, patient_id: UUID) -> list[tuple[str, str]]:
    """The open procedures and nursing orders of a patient that no treatment carries out yet, as choices."""
    rows = Order.objects.of_patient(act, patient_id).filter(kind__in=("procedure", "nursing"), status__in=OPEN_STATUSES)
    found = rows.filter(voided_at=None, group_id__isnull=False, treatment=None).order_by("-authored_at", "id")
    return [(str(one), name) for one, name in found.values_list("id", "display")[:50]]


def require_of(act: Act, patient_id: UUID, *, order_id: UUID | None, plan_id: UUID | None) -> None:
    """Nothing, where the order and the plan that are named are this patient's; else :raises NotFound:."""
    if order_id and not Order.objects.of_patient(act, patient_id).filter(id=order_id).exists():
        raise NotFound
    if plan_id and not CarePlan.objects.of_patient(act, patient_id).filter(id=plan_id).exists():
        raise NotFound


def _with_progress(rows: QuerySet[Treatment]) -> QuerySet[Treatment]:
    return rows.annotate(given=Count("sessions", filter=Q(sessions__status="given", sessions__voided_at=None)))


def sessions_of(treatment: Treatment) -> list[Session]:
    """Its sessions in the order in which they were planned."""
    return list(treatment.sessions.order_by("number"))


def sessions_to_give(act: Act, today: date, page: int = 1) -> list[Session]:
    """What was planned until today in the act's departments and is not done yet, the oldest first; one more than a page
    where there is a next one."""
    readable = Treatment.objects.visible_to(act).valid().filter(status="active", department_id__in=act.places)
    first = (max(page, 1) - 1) * PAGE
    rows = Session.objects.filter(treatment__in=readable, status="planned", voided_at=None, planned_on__lte=today)
    found = list(rows.select_related("treatment__patient").order_by("planned_on", "id")[first : first + PAGE + 1])
    act.shows(*(one.treatment.patient_id for one in found))
    return found


def plans_of(act: Act, patient_id: UUID) -> list[CarePlan]:
    """The patient's plans of care, newest first."""
    return list(CarePlan.objects.of_patient(act, patient_id).valid().order_by("-at", "-id")[:50])


def plan_of(act: Act, plan_id: UUID) -> tuple[CarePlan, list[Goal]]:
    """One plan with its goals, as far as the act may read them.

    :raises CarePlan.DoesNotExist: if the act may not read it
    """
    plan = CarePlan.objects.visible_to(act).get(id=plan_id)
    goals = Goal.objects.of_patient(act, plan.patient_id).valid().filter(id__in=plan.goals)
    return plan, list(goals.order_by("id"))


@dataclass(frozen=True, slots=True)
class Team:
    """Who cares for a patient: named members, and whoever a visit, an order or a referral relates now."""

    members: Sequence[TeamMember]
    relations: Sequence[CareRelation]


def team_of(act: Act, patient_id: UUID) -> Team:
    """The care team now: each person or department once for each reason, however many orders there are. Two statements."""
    members = TeamMember.objects.of_patient(act, patient_id).valid().filter(ended_at=None)
    now = CareRelation.objects.filter(patient_id=patient_id, voided_at=None, started_at__lte=act.at)
    now = now.filter(Q(ended_at=None) | Q(ended_at__gt=act.at)).select_related("practitioner", "department")
    # a visit in a department is also one with its doctor, by name: that is one line
    named = now.annotate(who=Coalesce("practitioner_id", "department_id"))
    first = named.order_by("who", "kind", "started_at", "id").distinct("who", "kind")
    once = sorted(first, key=lambda one: (one.started_at, one.id))
    return Team(list(members.order_by("started_at", "id")), once[:30])


def goals_without_plan(act: Act, patient_id: UUID) -> list[Goal]:
    """What is aimed at beside every plan, newest first: goals that came from elsewhere by themselves. One statement."""
    planned = CarePlan.objects.filter(patient_id=patient_id, voided_at=None, goals__contains=[OuterRef("id")])
    return list(Goal.objects.of_patient(act, patient_id).valid().filter(~Exists(planned)).order_by("-at", "-id")[:50])


@dataclass(frozen=True, slots=True)
class Done:
    """A procedure as it was done last, and the days of the times before, newest first."""

    latest: Procedure
    before: Sequence[str]


def procedures_of(act: Act, patient_id: UUID) -> list[Done]:
    """What was done, each procedure once, newest first."""
    rows = Procedure.objects.of_patient(act, patient_id).valid().exclude(status="not-done").order_by("-at", "-id")
    by_name: dict[str, list[Procedure]] = {}
    for row in rows:
        by_name.setdefault(without_tag(row.display) or row.code, []).append(row)
    return [Done(first, [str(one.performed) for one in others if one.performed]) for first, *others in by_name.values()]
