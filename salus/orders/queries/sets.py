"""Favourites and order sets, and whether what stands in a set is meant for this patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salus.chart.queries.diagnoses import codes_of_problems
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.orders import rules
from salus.orders.items import ORDER_RIGHTS
from salus.orders.models import Favourite, OrderSet, OrderSetItem
from salus.patients.models import Patient

#: one's own and the department's favourites, and the house's sets: what the composer offers before anybody types
_AT_HAND = """
    (SELECT 'favourite', id, name, practitioner_id IS NULL, line->>'kind' FROM orders_favourite
     WHERE facility_id = %(facility)s AND is_active
       AND (practitioner_id = %(me)s::uuid OR department_id = ANY(%(places)s::uuid[]))
     ORDER BY practitioner_id IS NULL, name LIMIT 24)
    UNION ALL
    (SELECT 'set', id, name, true, '' FROM orders_orderset WHERE facility_id = %(facility)s AND is_active
     ORDER BY name LIMIT 12)
"""


@dataclass(frozen=True, slots=True)
class AtHand:
    """A favourite or an order set as the composer offers it."""

    kind: str
    id: UUID
    name: str
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """One order of a set for one patient: `why_not` says why it is not meant for this one."""

    item: OrderSetItem
    why_not: str

    @property
    def is_chosen(self) -> bool:
        """Whether it is ticked before anybody looks."""
        return self.item.is_chosen and not self.why_not


def at_hand(act: Act) -> list[AtHand]:
    """What the composer offers before anybody types, of the kinds that this person may order; one statement."""
    act.require("orders.view")
    if act.facility_id is None:
        return []
    asked = {"facility": act.facility_id, "me": act.practitioner_id, "places": list(act.places)}
    with connection.cursor() as cursor:
        cursor.execute(_AT_HAND, asked)
        rows = cursor.fetchall()
    spoken = act.may("orders.take_verbal_order")
    return [
        AtHand(kind, row_id, name, shared)
        for kind, row_id, name, shared, what in rows
        if spoken or kind == "set" or act.may(ORDER_RIGHTS.get(what, "-"))
    ]


def favourite(act: Act, favourite_id: UUID) -> Favourite:
    """A favourite of this person or of one of its departments.

    :raises NotFound: if there is none
    """
    act.require("orders.view")
    mine = Q(department_id__in=act.places)
    if act.practitioner_id:
        mine |= Q(practitioner_id=act.practitioner_id)
    row = Favourite.objects.filter(mine, facility_id=act.here, id=favourite_id, is_active=True).first()
    if row is None:
        raise NotFound
    return row


def sets_of(act: Act) -> list[OrderSet]:
    """The order sets of the house."""
    act.require("orders.view")
    return list(OrderSet.objects.filter(facility_id=act.here, is_active=True).order_by("name"))


def favourites_of(act: Act) -> list[Favourite]:
    """One's own favourites and those of one's departments."""
    act.require("orders.view")
    mine = Q(department_id__in=act.places)
    if act.practitioner_id:
        mine |= Q(practitioner_id=act.practitioner_id)
    rows = Favourite.objects.filter(mine, facility_id=act.here, is_active=True).select_related("department")
    return list(rows.order_by("department__name", "name"))


def set_with_items(act: Act, set_id: UUID) -> tuple[OrderSet, list[OrderSetItem]]:
    """An order set of the house with what stands in it.

    :raises NotFound: if there is none
    """
    act.require("orders.view")
    row = OrderSet.objects.filter(facility_id=act.here, id=set_id, is_active=True).first()
    if row is None:
        raise NotFound
    return row, list(OrderSetItem.objects.filter(order_set=row, is_active=True).order_by("place"))


def offered_to(act: Act, patient_id: UUID, items: Sequence[OrderSetItem]) -> list[Offered]:
    """The orders of a set, each with whether it is meant for this patient: by sex, age and problems."""
    patient = Patient.objects.visible_to(act).only("gender", "birth_date").filter(id=patient_id).first()
    if patient is None:
        raise NotFound
    months = rules.months_between(_born(patient), timezone.localdate(act.at))
    problems = codes_of_problems(act, patient_id) if any(one.problems for one in items) else ()
    return [Offered(one, _words(one, rules.why_not(_wanted(one), patient.gender, months, problems))) for one in items]


def _born(patient: Patient) -> date | None:
    known: Any = patient.birth_date
    return known.day if known else None


def _wanted(item: OrderSetItem) -> rules.Wanted:
    return rules.Wanted(item.sex, item.age_from_months, item.age_until_months, tuple(item.problems))


def _words(item: OrderSetItem, why: str) -> str:
    if not why:
        return ""
    return {
        "sex": _("Only for women") if item.sex == "female" else _("Only for men"),
        "age": _("Only for the age %(ages)s") % {"ages": ages_words(item)},
        "age-unknown": _("The age is not known"),
        "problem": _("Only with %(problems)s") % {"problems": ", ".join(item.problems)},
    }[why]


def ages_words(item: OrderSetItem) -> str:
    """`from 18 years`, `from 3 months until 5 years`."""
    parts = []
    if item.age_from_months is not None:
        parts.append(_("from %(age)s") % {"age": _age(item.age_from_months)})
    if item.age_until_months is not None:
        parts.append(_("until %(age)s") % {"age": _age(item.age_until_months)})
    return " ".join(parts)


def _age(months: int) -> str:
    if months % 12 == 0 and months:
        return ngettext("%(n)s year", "%(n)s years", months // 12) % {"n": months // 12}
    return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}
