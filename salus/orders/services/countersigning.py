"""The second signature: of who gave an order by word of mouth, or of a second person for a high-alert medicine."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce_all
from salus.core.errors import Conflict, Invalid, NotFound
from salus.orders import rules
from salus.orders.facts import OrderCountersigned
from salus.orders.models import Order


class NothingToCountersign(Conflict):
    """These orders need no second signature any more: somebody gave it, or they were stopped."""


class NotYours(Conflict):
    """You placed this order, or somebody else is asked to sign it. The second signature is another person's."""


@transaction.atomic
def countersign_orders(act: Act, *, order_ids: Collection[UUID]) -> list[Order]:
    """Sign orders as the second person: all of them or none. One that has its signature of this person stays as it is.

    :raises NotYours: to whoever placed one, or if somebody else was asked
    :raises NothingToCountersign: if one waits for no second signature
    """
    act.require("orders.countersign_order")
    ids = set(order_ids)
    if not ids:
        raise Invalid(_("Choose what to sign."))
    rows = list(
        Order.objects.visible_to(act).filter(id__in=ids).order_by("id").select_for_update(no_key=True, of=("self",))
    )
    if len(rows) != len(ids):
        raise NotFound
    fresh = [one for one in rows if not (one.countersigned_at and one.countersigned_by_id == act.by)]
    for order in fresh:
        _guard(act, order)
        order.countersigned_by_id, order.countersigned_name, order.countersigned_at = act.by, act.by_name, act.at
    Order.objects.bulk_update(fresh, ["countersigned_by_id", "countersigned_name", "countersigned_at"])
    patients = dict.fromkeys(one.patient_id for one in fresh)
    announce_all(
        act,
        [
            OrderCountersigned(
                patient_id=patient, order_ids=tuple(one.id for one in fresh if one.patient_id == patient)
            )
            for patient in patients
        ],
    )
    return rows


def _guard(act: Act, order: Order) -> None:
    waits = order.countersign and not order.countersigned_at and not order.voided_at
    if not waits or (order.status not in rules.OPEN_STATUSES and order.countersign != "verbal"):
        raise NothingToCountersign
    is_asked = order.countersign_by_id in (None, act.practitioner_id)
    # Who said it is asked to sign it, and did not place it: whoever wrote it down did.
    is_own = order.recorded_by_id == act.by or (
        order.countersign_by_id is None and order.requester_id is not None and order.requester_id == act.practitioner_id
    )
    if is_own or not is_asked:
        raise NotYours
