"""What happens to an order after it was signed: held, resumed, stopped, done. None of it changes what was signed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.standing import lock_patient
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.orders import queries, rules
from salus.orders.facts import OrderCompleted, OrderHeld, OrderReopened, OrderResumed, OrderStopped
from salus.orders.models import Order
from salus.orders.services.checks import check


class NotStoppable(Conflict):
    """This order is already done or stopped."""


class NotHoldable(Conflict):
    """A department has this work already, and it cannot wait. Stop it, and order it again when it is time."""


class NotHeld(Conflict):
    """This order does not wait: it was resumed, done or stopped."""


@transaction.atomic
def stop_order(act: Act, *, order_id: UUID, reason: str, version: int | None = None) -> Order:
    """Stop an order before it is done; whoever was to do it is told in the same act, and may refuse.

    A medicine that was given out whole can be stopped while its course runs.

    :raises NotStoppable: if it is done or stopped already
    :raises Stale: if somebody changed it since it was read
    """
    act.require("orders.stop_order")
    order = _locked(act, order_id, version)
    was_done = order.status == "completed"
    if not queries.is_stoppable(order, act.at):
        raise NotStoppable
    order.status = rules.next_status(order.kind, done=False)
    order.stopped_at, order.stop_reason = act.at, _said(reason, _("Say why it is stopped."))
    order.save(update_fields=["status", "stopped_at", "stop_reason"])
    announce(act, OrderStopped(patient_id=order.patient_id, order_id=order.id, kind=order.kind, was_done=was_done))
    return order


@transaction.atomic
def hold_order(act: Act, *, order_id: UUID, reason: str, version: int | None = None) -> Order:
    """Let an order wait: nothing of it is given or done until it is resumed.

    :raises NotStoppable: if it is done, stopped or waits already
    :raises NotHoldable: if a department has the work already and would go on with it
    """
    act.require("orders.stop_order")
    order = _locked(act, order_id, version)
    if order.kind not in rules.HOLDABLE:
        raise NotHoldable
    if order.status != "active" or order.voided_at:
        raise NotStoppable
    order.status, order.held_at, order.hold_reason = "on-hold", act.at, _said(reason, _("Say why it waits."))
    order.save(update_fields=["status", "held_at", "hold_reason"])
    announce(act, OrderHeld(patient_id=order.patient_id, order_id=order.id, kind=order.kind))
    return order


@transaction.atomic
def resume_order(act: Act, *, order_id: UUID, version: int | None = None, reason: str = "") -> Order:
    """Let an order that waited go on, if the safety checks let it as things stand now; why it waited stays in its history.

    :param reason: why an interruptive alert is passed, if it is not the one that was passed at signing
    :raises NotHeld: if it does not wait
    :raises Stopped: if a safety check forbids it now
    :raises NeedsReason: if a safety check asks for a reason
    """
    act.require("orders.stop_order")
    patient_id = Order.objects.visible_to(act).values_list("patient_id", flat=True).get(id=order_id)
    lock_patient(patient_id)
    order = _locked(act, order_id, version)
    if order.status != "on-hold" or order.voided_at:
        raise NotHeld
    proposed = queries.proposed_of(order, patient_id=patient_id)
    check(act, [proposed], "order", reasons={0: reason.strip() or order.override_reason})
    order.status, order.held_at, order.hold_reason = "active", None, ""
    order.save(update_fields=["status", "held_at", "hold_reason"])
    announce(act, OrderResumed(patient_id=order.patient_id, order_id=order.id, kind=order.kind))
    return order


@transaction.atomic
def complete_order(act: Act, *, order_id: UUID) -> None:
    """Mark an order as done; one that is done or stopped already stays as it is."""
    act.require("orders.complete_order")
    order = Order.objects.select_for_update(no_key=True).get(id=order_id)
    if order.status not in rules.OPEN_STATUSES:
        return
    order.status = rules.next_status(order.kind, done=True)
    order.save(update_fields=["status"])
    announce(act, OrderCompleted(patient_id=order.patient_id, order_id=order.id))


@transaction.atomic
def reopen_order(act: Act, *, order_id: UUID) -> None:
    """An order that something had completed by mistake is open again; one that is done otherwise stays as it is.

    The database lets it only where what completed it was voided (`orders_ended_in_error`).
    """
    act.require("orders.complete_order")
    order = Order.objects.select_for_update(no_key=True).get(id=order_id)
    if order.status != "completed" or order.performances.filter(ends_order=True, voided_at=None).exists():
        return
    order.status = "active"
    order.save(update_fields=["status"])
    announce(act, OrderReopened(patient_id=order.patient_id, order_id=order.id))


@transaction.atomic
def note_supply(act: Act, *, order_id: UUID, at: datetime) -> None:
    """Keep when a medicine was given out last: its course is counted from then."""
    act.require("orders.complete_order")
    rows = Order.objects.filter(id=order_id).exclude(supplied_at__gte=at)
    rows.update(supplied_at=at)


def _locked(act: Act, order_id: UUID, version: int | None) -> Order:
    order = Order.objects.visible_to(act).select_for_update(no_key=True, of=("self",)).get(id=order_id)
    if version is not None and order.version != version:
        raise Stale
    return order


def _said(reason: str, otherwise: str) -> str:
    if not reason.strip():
        raise Invalid(reason=otherwise)
    return reason.strip()
