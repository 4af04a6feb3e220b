"""Who answers for what is still open: handed over by name, with the history in the row's versions."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce_all
from salus.core.errors import Conflict, Invalid, NotFound
from salus.orders import rules
from salus.orders.facts import OrderHandedOver
from salus.orders.models import Order
from salus.staff.models import Practitioner


class NotOpen(Conflict):
    """One of these orders is done or stopped: there is nothing left to hand over. Look at the list again."""


@transaction.atomic
def hand_over_orders(act: Act, *, order_ids: Collection[UUID], practitioner_id: UUID) -> list[Order]:
    """Have somebody else answer for open orders: all of them or none. Who answers for one already goes on to.

    :raises Invalid: if that practitioner does not work here
    :raises NotOpen: if one is done or stopped
    """
    act.require("orders.hand_over_orders")
    ids = set(order_ids)
    if not ids:
        raise Invalid(_("Choose what to hand over."))
    works_here = Practitioner.objects.filter(
        id=practitioner_id, is_active=True, staff_member__facility_id=act.here, staff_member__retired_at=None
    )
    if not works_here.exists():
        raise Invalid(practitioner=_("Choose who answers for them from now on."))
    rows = Order.objects.visible_to(act).filter(id__in=ids, voided_at=None).order_by("id")
    orders = list(rows.select_for_update(no_key=True, of=("self",)))
    if len(orders) != len(ids):
        raise NotFound
    if any(one.status not in rules.OPEN_STATUSES for one in orders):
        raise NotOpen
    moved = [one for one in orders if one.responsible_id != practitioner_id]
    before = {one.id: one.responsible_id for one in moved}
    for one in moved:
        one.responsible_id = practitioner_id
    Order.objects.bulk_update(moved, ["responsible_id"])
    patients = dict.fromkeys(one.patient_id for one in moved)
    announce_all(
        act,
        [
            OrderHandedOver(
                patient_id=patient,
                order_ids=tuple(one.id for one in moved if one.patient_id == patient),
                practitioner_id=practitioner_id,
                from_ids=tuple({was for one in moved if one.patient_id == patient and (was := before[one.id])}),
            )
            for patient in patients
        ],
    )
    return orders
