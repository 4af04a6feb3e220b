"""What nurses have to do, and what was done: the worklist of a department, one order with its doings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from salus.core.act import Act
from salus.orders import due, rules
from salus.orders.models import Order, Performance
from salus.orders.queries.orders import OrderLine, line_of
from salus.patients import access
from salus.patients.models import Patient
from salus.patients.queries.identity import identifier_key
from salus.places.models import Department

#: rows of one page
PAGE = 50
PERFORM, ADMINISTER = "orders.perform_order", "orders.administer_medicine"

# When it is due next: so long after it was done last (or was not, and why), else from its signature on. A diet that says
# nothing else is looked at once a day (`due.interval`).
_DUE = """
    coalesce((SELECT max(p.at) FROM orders_performance p WHERE p.order_id = orders_order.id AND p.voided_at IS NULL)
        + interval '1 day' * coalesce(orders_order.period * CASE orders_order.period_unit WHEN 'h' THEN 1.0 / 24 WHEN 'd' THEN 1
            WHEN 'wk' THEN 7 WHEN 'mo' THEN 30 END / nullif(orders_order.frequency, 0),
            CASE orders_order.kind WHEN 'diet' THEN 1 ELSE 0 END)::float8, orders_order.authored_at)
"""
_LAST = "(SELECT max(p.number) FROM orders_performance p WHERE p.order_id = orders_order.id)"


@dataclass(frozen=True, slots=True)
class ToDo:
    """One open order that is done by whoever cares for the patient, and when it is due."""

    line: OrderLine
    patient: Patient
    department: str
    due_at: datetime | None
    is_due: bool
    #: what the next doing is called (`Performance.number`)
    number: int


@dataclass(frozen=True, slots=True)
class Work:
    """One page of a department's open orders, what is due first; `department_id` None: of all the act's departments."""

    rows: Sequence[ToDo]
    departments: Sequence[tuple[UUID, str]]
    department_id: UUID | None
    number: int
    has_next: bool


def orders_to_do(act: Act, *, department_id: UUID | None = None, page: int = 1) -> Work:
    """The open diets, nursing orders, procedures and images of the act's departments, what is due first.

    Of the department that is asked to do it, else of the one in which the patient is.
    """
    act.require(PERFORM)
    places = list(
        Department.objects.filter(id__in=act.places, retired_at=None).order_by("name").values_list("id", "name")
    )
    here = [one for one, _name in places if department_id in (None, one)]
    asked = Q(performer_id__in=here) | Q(performer_id=None) & (
        Q(encounter__department_id__in=here) | Q(encounter__department_id=None, department_id__in=here)
    )
    rows = Order.objects.visible_to(act).filter(access.within_reach(act, "patient_id"))
    rows = rows.filter(asked, kind__in=due.DONE_HERE, status__in=rules.OPEN_STATUSES, voided_at=None)
    counted: Any = rows.filter(group_id__isnull=False).annotate(
        due_at=RawSQL(_DUE, [], output_field=models.DateTimeField()),  # noqa: S611 - our own columns
        last=RawSQL(_LAST, [], output_field=models.SmallIntegerField()),  # noqa: S611 - a constant of this module
    )
    joined = counted.select_related("patient", "department", "encounter__department", "medicine", "presentation")
    listed = joined.defer("patient__name_words", "patient__contact_keys").order_by("due_at", "id")
    first = (max(page, 1) - 1) * PAGE
    found: list[Any] = list(listed[first : first + PAGE + 1])
    return Work([_to_do(act, one) for one in found[:PAGE]], places, department_id, max(page, 1), len(found) > PAGE)


def _to_do(act: Act, order: Any) -> ToDo:
    where = order.encounter.department if order.encounter and order.encounter.department else order.department
    return ToDo(
        line=line_of(order),
        patient=order.patient,
        department=where.name if where else "",
        due_at=order.due_at,
        is_due=order.status == "active" and (order.due_at is None or order.due_at <= act.at),
        number=(order.last or 0) + 1,
    )


@dataclass(frozen=True, slots=True)
class Doings:
    """One order with what was done of it, newest first; what was voided stands among it."""

    order: Order
    line: OrderLine
    done: Sequence[Performance]
    number: int
    is_doable: bool


def doings_of(act: Act, order_id: UUID) -> Doings:
    """One order that somebody of the house does or gives, with all its doings.

    :raises Order.DoesNotExist: if there is none that this act may see
    """
    order = Order.objects.visible_to(act).select_related("medicine", "presentation").get(id=order_id)
    done = list(order.performances.filter(number__isnull=False).order_by("-number"))
    return Doings(
        order, line_of(order, at=act.at), done, (done[0].number or 0) + 1 if done else 1, is_doable(order, act.at)
    )


def is_doable(order: Order, at: datetime) -> bool:
    """Whether an order of this house can be done or given now: it is open, or a course that was given out runs."""
    if order.group_id is None or order.voided_at or order.kind not in (*due.DONE_HERE, "medicine"):
        return False
    return order.status == "active" or (
        order.kind == "medicine" and order.status == "completed" and line_of(order, at=at).can_stop
    )


def given_since(order_id: UUID, since: datetime) -> list[datetime]:
    """When doses of an order were given after an instant, newest first."""
    rows = Performance.objects.filter(order_id=order_id, status="completed", voided_at=None, at__gt=since)
    return [one for one in rows.order_by("-at").values_list("at", flat=True) if one]


def every(order: Order) -> timedelta | None:
    """How long after one time the next is due."""
    return due.interval(order.kind, order.frequency, order.period, order.period_unit)


def is_wristband_of(patient_id: UUID, typed: str) -> bool:
    """Whether a number is on the wristband of this patient: the MRN, also of a record merged into it, or a number of others."""
    number = "".join(typed.split())
    if not number:
        return False
    theirs = Patient.objects.filter(Q(id=patient_id) | Q(merged_into_id=patient_id))
    known = Q(identifiers__value_key=identifier_key(number), identifiers__voided_at=None)
    return theirs.filter(Q(mrn__iexact=number) | known).exists()
