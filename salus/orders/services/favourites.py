"""Favourites and order sets: how orders are usually written, kept without any patient."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.orders import lines as written
from salus.orders.drafts import Line
from salus.orders.items import ORDER_RIGHTS
from salus.orders.models import Favourite, OrderSet, OrderSetItem


class NameTaken(Conflict):
    """This name is in use already. Choose another."""


@transaction.atomic
def keep_favourite(act: Act, *, line: Line, name: str, department_id: UUID | None = None) -> Favourite:
    """Keep an order as it is written for the next time: one's own, or a department's; the same name is kept anew.

    :raises Invalid: without a name, or for who is no practitioner
    """
    act.require_any("orders.take_verbal_order", *ORDER_RIGHTS.values())
    if department_id is not None:
        act.require("orders.manage_sets")
        if department_id not in act.places:
            raise Invalid(department=_("You do not work in that department."))
    if not name.strip():
        raise Invalid(name=_("Write a name."))
    if department_id is None and act.practitioner_id is None:
        raise Invalid(_("Only who is named in records has favourites."))
    whose: dict[str, Any] = {
        "facility_id": act.here,
        "practitioner_id": None if department_id else act.practitioner_id,
        "department_id": department_id,
        "name": name.strip()[:100],
    }
    old = Favourite.objects.filter(is_active=True, **whose).select_for_update().first()
    if old is not None:
        old.line = written.kept(line)
        old.save(update_fields=["line"])
        return old
    try:
        with transaction.atomic():
            return Favourite.objects.create(line=written.kept(line), recorded_by_id=act.by, **whose)
    except IntegrityError:  # two windows at once: the other one has kept it
        return Favourite.objects.get(is_active=True, **whose)


@transaction.atomic
def share_favourite(act: Act, *, favourite_id: UUID) -> None:
    """Give a favourite of one's own to everybody in the departments where one works; shared already, it is kept anew.

    :raises NotFound: if it is not one's own
    """
    act.require("orders.manage_sets")
    if act.practitioner_id is None:
        raise NotFound
    mine = Favourite.objects.filter(facility_id=act.here, practitioner_id=act.practitioner_id, is_active=True)
    row = mine.filter(id=favourite_id).first()
    if row is None:
        raise NotFound
    for department_id in sorted(act.places):
        keep_favourite(act, line=written.from_kept(row.line), name=row.name, department_id=department_id)


@transaction.atomic
def drop_favourite(act: Act, *, favourite_id: UUID) -> None:
    """Take a favourite off the list; one that is gone already stays gone."""
    act.require_any("orders.take_verbal_order", *ORDER_RIGHTS.values())
    row = Favourite.objects.filter(facility_id=act.here, id=favourite_id).select_for_update().first()
    is_mine = row is not None and row.practitioner_id is not None and row.practitioner_id == act.practitioner_id
    if row is None or not (is_mine or (row.department_id in act.places and act.may("orders.manage_sets"))):
        raise NotFound
    if row.is_active:
        row.is_active = False
        row.save(update_fields=["is_active"])


@transaction.atomic
def keep_set(act: Act, *, name: str, description: str, lines: Sequence[Line]) -> OrderSet:
    """Make an order set of what was put together.

    :raises NameTaken: if another set has this name
    """
    act.require("orders.manage_sets")
    if not name.strip():
        raise Invalid(name=_("Write a name."))
    if not lines:
        raise Invalid(_("Put the orders together first."))
    made = OrderSet(
        facility_id=act.here, name=name.strip()[:100], description=description.strip()[:300], recorded_by_id=act.by
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken from error
    OrderSetItem.objects.bulk_create(
        [
            OrderSetItem(order_set=made, place=place, line=written.kept(line), recorded_by_id=act.by)
            for place, line in enumerate(lines)
        ]
    )
    return made


@transaction.atomic
def change_set_item(
    act: Act,
    *,
    item_id: UUID,
    version: int,
    sex: str,
    age_from_months: int | None,
    age_until_months: int | None,
    problems: Sequence[str],
    is_chosen: bool,
) -> OrderSetItem:
    """Say for whom one order of a set is meant.

    :raises Stale: if somebody changed it since it was read
    """
    act.require("orders.manage_sets")
    row = _item(act, item_id)
    if row.version != version:
        raise Stale
    if age_from_months is not None and age_until_months is not None and age_from_months >= age_until_months:
        raise Invalid(age_until_months=_("The age until which must be above the age from which."))
    row.sex, row.problems, row.is_chosen = sex, list(problems), is_chosen
    row.age_from_months, row.age_until_months = age_from_months, age_until_months
    row.save(update_fields=["sex", "problems", "is_chosen", "age_from_months", "age_until_months"])
    return row


@transaction.atomic
def drop_set_item(act: Act, *, item_id: UUID, version: int) -> OrderSetItem:
    """Take one order out of a set; one that is gone already stays gone.

    :raises Stale: if somebody changed it since it was read
    """
    act.require("orders.manage_sets")
    row = _item(act, item_id)
    if row.is_active:
        if row.version != version:
            raise Stale
        row.is_active = False
        row.save(update_fields=["is_active"])
    return row


@transaction.atomic
def retire_set(act: Act, *, set_id: UUID) -> None:
    """Take an order set out of use; what was ordered with it stays."""
    act.require("orders.manage_sets")
    row = OrderSet.objects.filter(facility_id=act.here, id=set_id).select_for_update().first()
    if row is None:
        raise NotFound
    if row.is_active:
        row.is_active = False
        row.save(update_fields=["is_active"])


def _item(act: Act, item_id: UUID) -> OrderSetItem:
    row = (
        OrderSetItem.objects.filter(order_set__facility_id=act.here, id=item_id).select_for_update(of=("self",)).first()
    )
    if row is None:
        raise NotFound
    return row
