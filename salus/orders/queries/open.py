"""Who answers for what is still open: every order of this house that is not done, by person and department, with its age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, When
from django.utils.translation import gettext as _

from salus.chart.standing import lock_patient
from salus.core.act import Act
from salus.orders import rules
from salus.orders.models import Order, OrderQuerySet
from salus.orders.queries.orders import OrderLine, line_of
from salus.patients import access
from salus.patients.models import Patient
from salus.patients.rules import names
from salus.places.models import Department
from salus.staff.models import StaffMember

#: rows of one page, and how far anybody counts: the page would say "1000+"
PAGE = 50
MOST_COUNTED = 1000

SHOWS = ("mine", "department", "countersign", "all")


@dataclass(frozen=True, slots=True)
class OpenLine:
    """One open order with two identifiers of its patient and who answers for it."""

    line: OrderLine
    patient: Patient
    responsible: str
    department: str
    authored_at: datetime | None
    #: how long it has been open, in one unit: `3 h`, `2 d`
    age: str
    countersign: str
    may_countersign: bool


@dataclass(frozen=True, slots=True)
class OpenOrders:
    """One page of open orders, the oldest first, and how many there are in each view."""

    show: str
    lines: Sequence[OpenLine]
    counts: dict[str, str]
    number: int
    has_next: bool


def open_orders(act: Act, *, show: str = "mine", page: int = 1) -> OpenOrders:
    """What is still open, of the records that this act may open; the oldest first."""
    act.require("orders.view")
    show = show if show in SHOWS else "mine"
    rows = _still_open(act)
    wheres = {name: _where(act, name) for name in SHOWS}
    counts = {name: _counted(rows.filter(where)) for name, where in wheres.items()}
    first = (max(page, 1) - 1) * PAGE
    listed = list(_loaded(rows.filter(wheres[show]))[first : first + PAGE + 1])
    return OpenOrders(show, [_line(act, one) for one in listed[:PAGE]], counts, max(page, 1), len(listed) > PAGE)


def _counted(rows: OrderQuerySet) -> str:
    found = rows.values("id")[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if found > MOST_COUNTED else str(found)


def _still_open(act: Act) -> OrderQuerySet:
    """Orders of this house that are not done, and signed ones that wait for their second signature."""
    waits = ~Q(countersign="") & Q(countersigned_at=None)
    rows = Order.objects.visible_to(act).filter(access.within_reach(act, "patient_id"))
    rows = rows.filter(group_id__isnull=False, voided_at=None)
    return rows.filter(Q(status__in=rules.OPEN_STATUSES) | (waits & Q(countersign="verbal")))


def _where(act: Act, show: str) -> Q:
    if show == "mine":
        return Q(responsible_id=act.practitioner_id) if act.practitioner_id else Q(pk=None)
    if show == "department":
        return Q(department_id__in=act.places) | Q(performer_id__in=act.places)
    if show == "countersign":
        asked = Q(countersign_by=None) | Q(countersign_by_id=act.practitioner_id)
        mine = Q(recorded_by_id=act.by) | Q(requester_id=act.practitioner_id, countersign_by=None)
        return ~Q(countersign="") & Q(countersigned_at=None) & asked & ~mine
    return Q()


def _loaded(rows: OrderQuerySet) -> OrderQuerySet:
    joined = rows.select_related("medicine", "presentation", "patient", "responsible", "department", "countersign_by")
    return joined.defer(
        "medicine__words", "medicine__sources", "patient__name_words", "patient__contact_keys"
    ).order_by(Case(When(priority="routine", then=1), default=0), F("authored_at").asc(nulls_first=True), "id")


def _line(act: Act, order: Order) -> OpenLine:
    who: Any = order.responsible
    waits = bool(order.countersign and not order.countersigned_at)
    is_asked = order.countersign_by_id in (None, act.practitioner_id)
    is_own = order.recorded_by_id == act.by or (
        order.countersign_by_id is None and order.requester_id is not None and order.requester_id == act.practitioner_id
    )
    return OpenLine(
        line=line_of(order),
        patient=order.patient,
        responsible=" ".join(part for part in (who.given, who.family) if part) if who else "",
        department=order.department.name if order.department else "",
        authored_at=order.authored_at,
        age=_age(act, order.authored_at),
        countersign=order.countersign if waits else "",
        may_countersign=waits and is_asked and not is_own and act.may("orders.countersign_order"),
    )


def _age(act: Act, since: datetime | None) -> str:
    if since is None:
        return ""
    minutes = max(int((act.at - since).total_seconds() // 60), 0)
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    return _("%(n)s h") % {"n": minutes // 60} if minutes < 48 * 60 else _("%(n)s d") % {"n": minutes // (24 * 60)}


def who_answers_for(act: Act, order_ids: Sequence[UUID]) -> list[UUID]:
    """Who answers for these orders as far as they are open."""
    act.require("orders.view")
    rows = Order.objects.filter(
        id__in=order_ids, status__in=rules.OPEN_STATUSES, responsible__isnull=False, voided_at=None
    )
    return [one for one in rows.values_list("responsible_id", flat=True).distinct() if one]


def who_answers_no_more(
    act: Act, patient_id: UUID, *, order_ids: Sequence[UUID] = (), practitioner_ids: Sequence[UUID] = ()
) -> list[UUID]:
    """Who answered for these orders, or is named, and answers for no open order of the patient any more.

    The patient's row is locked: an order signed at this moment is seen, or its relation begins after this one ends.
    """
    act.require("orders.view")
    lock_patient(patient_id)
    named = {*practitioner_ids, *Order.objects.filter(id__in=order_ids).values_list("responsible_id", flat=True)}
    open_ones = Order.objects.filter(patient_id=patient_id, status__in=rules.OPEN_STATUSES, voided_at=None)
    return sorted({one for one in named if one} - set(open_ones.values_list("responsible_id", flat=True)))


def who_may_answer(act: Act) -> list[tuple[UUID, str]]:
    """The doctors of the house by name, those of the act's own departments first: practitioner and words."""
    act.require_any("orders.take_verbal_order", "orders.hand_over_orders")
    rows = StaffMember.objects.filter(facility_id=act.here, retired_at=None, profession="doctor").select_related(
        "practitioner"
    )
    named = sorted(rows, key=names.of_staff)
    found = sorted(named, key=lambda one: act.places.isdisjoint(one.department_ids))
    return [(one.practitioner_id, f"{one.practitioner.family}, {one.practitioner.given}") for one in found]


def clinics(act: Act) -> list[Department]:
    """The clinics of the house: whom a referral can be asked of."""
    act.require("orders.view")
    return list(Department.objects.filter(facility_id=act.here, kind="clinic", retired_at=None).order_by("name"))
