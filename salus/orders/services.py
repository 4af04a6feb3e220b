"""Acts on orders: sign, stop, complete; and the safety check that signing and dispensing share.

Lock order of everything that orders or gives a medicine: the patient's row (`FOR NO KEY UPDATE`), then the order or
prescription, then the lot. Whoever records an allergy takes the patient's row too (`safety.services.recheck_orders`),
so that an allergy is either seen by the one who signs, or the signed order is found by the one who records it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.catalog.models import TestDefinition
from salus.core.act import Act
from salus.core.announce import announce, announce_all
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.core.ids import uuid7
from salus.encounters.models import Encounter
from salus.orders import queries, rules, sockets
from salus.orders.facts import OrderCompleted, OrderPlaced, OrderStopped
from salus.orders.items import MedicineItem as MedicineItem
from salus.orders.items import OrderItem as OrderItem
from salus.orders.items import TestItem as TestItem
from salus.orders.items import draw_up_medicine, draw_up_test, mistakes_in
from salus.orders.models import Order
from salus.orders.sockets import Alert, Moment, Proposed
from salus.patients import access
from salus.patients.models import Patient
from salus.terminology.models import Presentation

ORDER_RIGHTS = {"medicine": "orders.order_medicine", "test": "orders.order_test"}
MOST_AT_ONCE = 50


class Stopped(Conflict):
    """A safety check stops this. It cannot be signed; choose what it proposes instead."""

    status = 422

    def __init__(self, alerts: Sequence[Alert]) -> None:
        super().__init__()
        self.alerts = tuple(alerts)


class NeedsReason(Invalid):
    """A safety check asks why. Give the reason, or take the order out."""

    def __init__(self, alerts: Sequence[Alert]) -> None:
        super().__init__()
        self.alerts = tuple(alerts)


class NotStoppable(Conflict):
    """This order is already done or stopped."""


def check(
    act: Act,
    proposed: Sequence[Proposed],
    moment: Moment,
    quantity: Decimal | None = None,
    reasons: Mapping[int, str] | None = None,
) -> list[Alert]:
    """Ask every safety check, in the caller's transaction; call it with the patient's row locked.

    :param reasons: by index of the proposed thing, why an interruptive alert is passed
    :raises Stopped: if one may not go on; that it was shown is kept although the act is rolled back
    :raises NeedsReason: if an interruptive alert has no reason
    """
    act.require_any("orders.view", *ORDER_RIGHTS.values())
    alerts = queries.alerts_for(act, proposed, moment, quantity)
    things = dict(enumerate(proposed))
    stops = [alert for alert in alerts if alert.tier == "stop"]
    if stops:
        _say_seen(act, things, stops, moment, "stopped")
        raise Stopped(stops)
    given = reasons or {}
    asking = [alert for alert in alerts if alert.tier == "interrupt"]
    unanswered = [alert for alert in asking if not given.get(alert.place, "").strip()]
    if unanswered:
        raise NeedsReason(unanswered)
    answered = [replace(alert, reason=given[alert.place].strip()) for alert in asking]
    _say_seen(act, things, answered, moment, "overridden")
    return alerts


def note_shown(act: Act, *, proposed: Mapping[int, Proposed], alerts: Sequence[Alert]) -> None:
    """Have it written down that these alerts were shown about a draft; `proposed` by the alert's `place`."""
    act.require_any(*ORDER_RIGHTS.values())
    _say_seen(act, proposed, alerts, "order", "shown")


def _say_seen(
    act: Act, proposed: Mapping[int, Proposed], alerts: Sequence[Alert], moment: Moment, outcome: sockets.Outcome
) -> None:
    for alert in alerts:
        for seen in sockets.alert_seen:
            seen(act, proposed[alert.place], alert, moment, outcome)


@transaction.atomic
def place_orders(act: Act, *, patient_id: UUID, encounter_id: UUID | None, items: Sequence[OrderItem]) -> list[Order]:
    """Sign orders of one patient: all of them or none.

    :raises Invalid: for a dose, unit, route or quantity that cannot be; fields are `<field>_<index>`
    :raises Stopped: if a safety check forbids one
    :raises NeedsReason: if a safety check asks for a reason
    :raises SignAgain: for a controlled medicine, if it was long ago that the doer proved who it is
    """
    act.require_any(*ORDER_RIGHTS.values())
    for kind in {item.kind for item in items}:
        act.require(ORDER_RIGHTS[kind])
    if not 0 < len(items) <= MOST_AT_ONCE:
        raise Invalid(_("There is nothing to sign.") if not items else _("Sign at most 50 orders at once."))
    department_id = _hold_patient(act, patient_id, encounter_id)
    known = _look_up(items)
    if any(pack.medicine.is_controlled for pack in known.presentations.values()):
        act.require_fresh()
    orders = [_draw_up(act, item, known, index) for index, item in enumerate(items)]
    proposed = [queries.proposed_of(order, patient_id=patient_id) for order in orders]
    check(act, proposed, "order", reasons={i: item.override_reason for i, item in enumerate(items)})
    group_id = uuid7()
    for order in orders:
        order.patient_id, order.encounter_id, order.department_id = patient_id, encounter_id, department_id
        order.group_id = group_id
    Order.objects.bulk_create(orders)
    _announce_placed(act, patient_id, encounter_id, orders)
    return orders


def _hold_patient(act: Act, patient_id: UUID, encounter_id: UUID | None) -> UUID | None:
    """Lock the patient's row until the act ends, see that the visit is this patient's; returns its department."""
    if encounter_id is None:
        patient = (
            Patient.objects.open_to(act)
            .select_for_update(no_key=True)
            .only("is_deceased", "merged_into")
            .filter(id=patient_id)
            .first()
        )
        department_id = None
    else:
        encounter = (
            Encounter.objects.filter(access.opens(act, "patient"), id=encounter_id, patient_id=patient_id)
            .filter(voided_at=None)
            .exclude(status__in=("cancelled", "entered-in-error"))
            .select_related("patient")
            .only("department", "patient__is_deceased", "patient__merged_into")
            .select_for_update(no_key=True, of=("patient",))
            .first()
        )
        patient = encounter.patient if encounter else None
        department_id = encounter.department_id if encounter else None
    if patient is None:
        raise NotFound
    if patient.is_deceased or patient.merged_into_id:
        raise Conflict(_("This record is closed: nothing can be ordered in it."))
    return department_id


@dataclass(frozen=True, slots=True)
class _Known:
    presentations: dict[UUID, Presentation]
    tests: dict[UUID, TestDefinition]


def _look_up(items: Sequence[OrderItem]) -> _Known:
    packs = {item.presentation_id for item in items if isinstance(item, MedicineItem)}
    tests = {item.test_id for item in items if isinstance(item, TestItem)}
    return _Known(
        queries.presentations_to_order(packs) if packs else {},
        queries.tests_to_order(tests) if tests else {},
    )


def _draw_up(act: Act, item: OrderItem, known: _Known, index: int) -> Order:
    if isinstance(item, MedicineItem):
        order = _medicine_order(item, known, index)
    else:
        test = known.tests.get(item.test_id)
        if test is None:
            raise Invalid(**{f"test_{index}": _("This test cannot be ordered any more.")})
        order = draw_up_test(item, test)
    order.requester_id, order.requester_name = act.practitioner_id, act.by_name
    order.authored, order.authored_at = PartialDate.of(act.at.replace(microsecond=0)), act.at
    order.recorded_by_id = act.by
    return order


def _medicine_order(item: MedicineItem, known: _Known, index: int) -> Order:
    pack = known.presentations.get(item.presentation_id)
    if pack is None:
        raise Invalid(**{f"presentation_{index}": _("This medicine cannot be ordered any more.")})
    order = draw_up_medicine(item, pack)
    wrong = mistakes_in(item, pack, order.quantity)
    if wrong:
        raise Invalid(**{f"{name}_{index}": words for name, words in wrong.items()})
    return order


def _announce_placed(act: Act, patient_id: UUID, encounter_id: UUID | None, orders: Sequence[Order]) -> None:
    by_kind = {kind: tuple(order.id for order in orders if order.kind == kind) for kind in ORDER_RIGHTS}
    announce_all(
        act,
        [
            OrderPlaced(patient_id=patient_id, order_ids=ids, kind=kind, encounter_id=encounter_id)
            for kind, ids in by_kind.items()
            if ids
        ],
    )


@transaction.atomic
def stop_order(act: Act, *, order_id: UUID, reason: str, version: int | None = None) -> Order:
    """Stop an order before it is done; whoever was to do it is told in the same act, and may refuse.

    :raises NotStoppable: if it is done or stopped already
    :raises Stale: if somebody changed it since it was read
    """
    act.require("orders.stop_order")
    order = Order.objects.visible_to(act).select_for_update(no_key=True, of=("self",)).get(id=order_id)
    if version is not None and order.version != version:
        raise Stale
    if order.status not in rules.OPEN_STATUSES or order.voided_at:
        raise NotStoppable
    if not reason.strip():
        raise Invalid(reason=_("Say why it is stopped."))
    order.status = rules.next_status(order.kind, done=False)
    order.stopped_at, order.stop_reason = act.at, reason.strip()
    order.save(update_fields=["status", "stopped_at", "stop_reason"])
    announce(act, OrderStopped(patient_id=order.patient_id, order_id=order.id, kind=order.kind))
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
