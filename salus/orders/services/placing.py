"""Signing: what was put together becomes orders, all of them or none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.catalog.models import Orderable, TestDefinition
from salus.core.act import Act
from salus.core.announce import announce_all
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotFound
from salus.core.facts import Fact
from salus.core.ids import uuid7
from salus.encounters.models import Encounter
from salus.orders import queries, rules
from salus.orders.facts import CountersignAsked, OrderPlaced, OrderStopped
from salus.orders.items import (
    ORDER_RIGHTS,
    MedicineItem,
    OrderItem,
    ServiceItem,
    TestItem,
    draw_up_medicine,
    draw_up_service,
    draw_up_test,
    mistakes_in,
)
from salus.orders.models import Order
from salus.orders.services.checks import check
from salus.patients import access
from salus.patients.models import Patient
from salus.staff.models import Practitioner
from salus.terminology.models import Presentation

MOST_AT_ONCE = 50


class NotReplaceable(Conflict):
    """The order that this one should replace was stopped or replaced meanwhile. Look at the orders, then begin again."""


@transaction.atomic
def place_orders(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None,
    items: Sequence[OrderItem],
    told_by: UUID | None = None,
) -> list[Order]:
    """Sign orders of one patient: all of them or none. One that replaces an older order ends it in the same act.

    :param told_by: the practitioner who gave them by word of mouth, and who is asked to countersign them
    :raises Invalid: for a dose, unit, route or quantity that cannot be; fields are `<field>_<index>`
    :raises Stopped: if a safety check forbids one
    :raises NeedsReason: if a safety check asks for a reason
    :raises NotReplaceable: if an order that should be replaced is no more
    :raises SignAgain: for a controlled medicine, if it was long ago that the doer proved who it is
    """
    act.require_any("orders.take_verbal_order", *ORDER_RIGHTS.values())
    if told_by:
        act.require("orders.take_verbal_order")
    for kind in set() if told_by else {item.kind for item in items}:
        act.require(ORDER_RIGHTS[kind])
    if not 0 < len(items) <= MOST_AT_ONCE:
        raise Invalid(_("There is nothing to sign.") if not items else _("Sign at most 50 orders at once."))
    department_id = _hold_patient(act, patient_id, encounter_id)
    known = _look_up(items)
    if any(pack.medicine.is_controlled for pack in known.presentations.values()):
        act.require_fresh()
    orders = [_draw_up(act, item, known, index) for index, item in enumerate(items)]
    if told_by:
        _by_word_of(act, told_by, orders)
    ended = _end_replaced(act, patient_id, {one.replaces_id for one in orders if one.replaces_id})
    proposed = [queries.proposed_of(order, patient_id=patient_id) for order in orders]
    check(act, proposed, "order", reasons={i: item.override_reason for i, item in enumerate(items)})
    group_id = uuid7()
    for order in orders:
        order.patient_id, order.encounter_id, order.department_id = patient_id, encounter_id, department_id
        order.group_id = group_id
    Order.objects.bulk_create(orders)
    announce_all(act, [*ended, *_what_was_placed(patient_id, encounter_id, orders)])
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
    orderables: dict[UUID, Orderable]


def _look_up(items: Sequence[OrderItem]) -> _Known:
    packs = {item.presentation_id for item in items if isinstance(item, MedicineItem)}
    tests = {item.test_id for item in items if isinstance(item, TestItem)}
    others = {item.orderable_id for item in items if isinstance(item, ServiceItem)}
    return _Known(
        queries.presentations_to_order(packs) if packs else {},
        queries.tests_to_order(tests) if tests else {},
        queries.orderables_to_order(others) if others else {},
    )


def _draw_up(act: Act, item: OrderItem, known: _Known, index: int) -> Order:
    if isinstance(item, MedicineItem):
        order = _medicine_order(item, known, index)
    elif isinstance(item, TestItem):
        test = known.tests.get(item.test_id)
        if test is None:
            raise Invalid(**{f"test_{index}": _("This test cannot be ordered any more.")})
        order = draw_up_test(item, test)
    else:
        what = known.orderables.get(item.orderable_id)
        if what is None or what.kind != item.kind:
            raise Invalid(**{f"orderable_{index}": _("This cannot be ordered any more.")})
        order = draw_up_service(item, what)
    order.replaces_id = item.replaces_id
    order.requester_id, order.requester_name = act.practitioner_id, act.by_name
    order.responsible_id = act.practitioner_id
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
    if pack.medicine.is_high_alert:
        order.countersign = "high-alert"
    return order


def _by_word_of(act: Act, told_by: UUID, orders: Sequence[Order]) -> None:
    """Whoever said them answers for them, and is asked to sign; a high-alert medicine waits for it."""
    found = Practitioner.objects.filter(
        id=told_by, is_active=True, staff_member__facility_id=act.here, staff_member__retired_at=None
    ).first()
    if found is None or told_by == act.practitioner_id:
        raise Invalid(told_by=_("Choose who gave these orders."))
    name = " ".join(part for part in (found.given, found.family) if part)
    for order in orders:
        order.requester_id, order.requester_name, order.responsible_id = found.id, name, found.id
        order.countersign, order.countersign_by_id = order.countersign or "verbal", found.id


def _end_replaced(act: Act, patient_id: UUID, ids: Collection[UUID]) -> list[Fact]:
    """Stop what the new orders stand in for, also a course that was given out and runs; what has ended stays as it is."""
    if not ids:
        return []
    act.require_any("orders.stop_order", "orders.take_verbal_order")
    rows = Order.objects.of_patient(act, patient_id).filter(id__in=ids, voided_at=None)
    locked = list(rows.order_by("id").select_for_update(no_key=True, of=("self",)))
    if len(locked) != len(set(ids)) or Order.objects.filter(replaces_id__in=ids, group_id__isnull=False).exists():
        raise NotReplaceable
    told: list[Fact] = []
    for old in locked:
        if not queries.is_stoppable(old, act.at):
            continue
        was_done = old.status == "completed"
        old.status, old.stopped_at = rules.next_status(old.kind, done=False), act.at
        old.stop_reason = _("Replaced by a new order")
        old.save(update_fields=["status", "stopped_at", "stop_reason"])
        told.append(OrderStopped(patient_id=patient_id, order_id=old.id, kind=old.kind, was_done=was_done))
    return told


def _what_was_placed(patient_id: UUID, encounter_id: UUID | None, orders: Sequence[Order]) -> list[Fact]:
    by_kind = {kind: tuple(order.id for order in orders if order.kind == kind) for kind in ORDER_RIGHTS}
    asked: dict[tuple[str, UUID | None], list[Order]] = {}
    for order in orders:
        if order.countersign:
            asked.setdefault((order.countersign, order.countersign_by_id), []).append(order)
    return [
        *(
            OrderPlaced(patient_id=patient_id, order_ids=ids, kind=kind, encounter_id=encounter_id)
            for kind, ids in by_kind.items()
            if ids
        ),
        *(
            CountersignAsked(
                patient_id=patient_id,
                order_ids=tuple(one.id for one in waiting),
                countersign=why,
                practitioner_id=who,
                department_id=waiting[0].department_id,
            )
            for (why, who), waiting in asked.items()
        ),
    ]
