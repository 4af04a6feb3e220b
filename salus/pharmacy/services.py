"""Acts of the pharmacy: route, cancel, dispense."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.ids import uuid7
from salus.inventory import services as inventory
from salus.inventory.models import Item, Lot
from salus.orders import queries as order_queries
from salus.orders import rules, words
from salus.orders import services as orders
from salus.pharmacy import queries
from salus.pharmacy.facts import MedicationDispensed
from salus.pharmacy.models import Dispense, DispenseLine, Prescription
from salus.ui import formatting

# One statement for all the orders of a signature; the pharmacy is the facility's first.
_OPEN = """
    INSERT INTO pharmacy_prescription (id, version, recorded_by_id, void_reason, facility_id, department_id, order_id,
        patient_id, encounter_id, status, quantity, quantity_unit, dispensed, ordered_at, is_urgent)
    SELECT fresh.id, 1, %(by)s, '', %(facility)s, (
            SELECT id FROM places_department
            WHERE facility_id = %(facility)s AND kind = 'pharmacy' AND retired_at IS NULL ORDER BY code LIMIT 1),
        ordered.id, ordered.patient_id, ordered.encounter_id, 'waiting', ordered.quantity * (ordered.repeats + 1),
        ordered.quantity_unit, 0,
        coalesce(ordered.authored_at, %(at)s), ordered.priority <> 'routine'
    FROM unnest(%(ids)s::uuid[], %(orders)s::uuid[]) AS fresh (id, order_id)
    JOIN orders_order ordered ON ordered.id = fresh.order_id
    WHERE ordered.kind = 'medicine' AND ordered.quantity IS NOT NULL
    ON CONFLICT (order_id) DO NOTHING
"""


class NotDispensable(Conflict):
    """This prescription is already given out, or was stopped."""


class AlreadyGiven(Conflict):
    """All of this medicine was already given out."""


@transaction.atomic
def open_prescriptions(act: Act, *, order_ids: Sequence[UUID]) -> None:
    """Put medicine orders on the pharmacy's worklist; an order that is there already stays as it is."""
    act.require("pharmacy.open_prescription")
    values = {
        "by": act.on_behalf_of or act.by,
        "facility": act.facility_id,
        "at": act.at,
        "orders": list(order_ids),
        "ids": [uuid7() for _ in order_ids],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)


@transaction.atomic
def cancel_prescription(act: Act, *, order_id: UUID) -> None:
    """Take a stopped order off the worklist; what was given out already stays given.

    :raises AlreadyGiven: if nothing of it is left to stop
    """
    act.require("pharmacy.open_prescription")
    row = Prescription.objects.select_for_update(no_key=True).filter(order_id=order_id).first()
    if row is None or row.status == Prescription.CANCELLED:
        return
    if row.status == Prescription.COMPLETE:
        raise AlreadyGiven
    row.status = Prescription.CANCELLED
    row.save(update_fields=["status"])


@transaction.atomic
def dispense_medication(
    act: Act,
    *,
    prescription_id: UUID,
    item_id: UUID,
    quantity: Decimal,
    version: int | None = None,
    department_id: UUID | None = None,
    reason: str = "",
) -> Dispense:
    """Give out a prescription or a part of it, from the lots of a pharmacy that expire first.

    :param department_id: whose stock; without it the doer's own pharmacy
    :param reason: answers what a safety check asks now and did not when it was signed
    :raises NotDispensable: if it is complete or was stopped
    :raises Stale: if something was given since the page was opened
    :raises Invalid: for another medicine than the prescribed, or more than is left to give
    :raises salus.inventory.services.OutOfStock: if the lots hold less
    :raises salus.orders.services.Stopped: if a safety check forbids it, as things stand now
    :raises salus.orders.services.NeedsReason: if one asks why, and nobody has said it yet
    """
    act.require("pharmacy.dispense_medication")
    prescription = _locked(act, prescription_id, version)
    item, pharmacy_id = _what_from_where(act, prescription, item_id, department_id)
    _check_quantity(prescription, item, quantity)
    proposed = order_queries.proposed_of(prescription.order, patient_id=prescription.patient_id)
    orders.check(act, [proposed], "dispense", quantity, reasons={0: reason})
    dispense = Dispense(
        prescription=prescription,
        patient_id=prescription.patient_id,
        item=item,
        quantity=quantity,
        unit=item.unit,
        dispensed_at=act.at,
        dispensed_by_id=act.by,
        dispensed_by_name=act.by_name,
        instructions=words.instruction_words(prescription.order),
        recorded_by_id=act.by,
    )
    dispense.save(force_insert=True)
    prescription.dispensed += quantity
    is_complete = prescription.dispensed == prescription.quantity
    prescription.status = Prescription.COMPLETE if is_complete else Prescription.PARTIAL
    prescription.save(update_fields=["dispensed", "status"])
    # Last, so that the hot lot is held for as short as can be.
    taken = inventory.issue_stock(
        act,
        item_id=item.id,
        department_id=pharmacy_id,
        quantity=quantity,
        source=f"pharmacy.dispense:{dispense.id}",
        at=act.at,
    )
    _keep_lines(act, dispense, taken)
    _announce(act, prescription, dispense, pharmacy_id, is_complete=is_complete)
    return dispense


def _locked(act: Act, prescription_id: UUID, version: int | None) -> Prescription:
    """The prescription and its patient's row, locked in one statement (see `orders.services` for the order of locks)."""
    row = (
        Prescription.objects.visible_to(act)
        .select_related("patient", "order__medicine", "order__presentation")
        .defer("order__medicine__words", "order__medicine__sources", "patient__name_words")
        .select_for_update(no_key=True, of=("patient", "self"))
        .get(id=prescription_id)
    )
    if version is not None and row.version != version:
        raise Stale
    if row.status not in queries.OPEN or row.order.status not in rules.OPEN_STATUSES:
        raise NotDispensable
    return row


def _what_from_where(
    act: Act, prescription: Prescription, item_id: UUID, department_id: UUID | None
) -> tuple[Item, UUID]:
    item = queries.item_in_pharmacy(act, item_id, department_id)
    if item is None or item.presentation_id is None or item.presentation_id != prescription.order.presentation_id:
        raise Invalid(item_id=_("This is not the medicine that was prescribed."))
    if item.pharmacy_id is None:
        raise Invalid(item_id=_("There is no pharmacy whose stock you may give out."))
    return item, item.pharmacy_id


def _check_quantity(prescription: Prescription, item: Item, quantity: Decimal) -> None:
    left = prescription.quantity - prescription.dispensed
    if quantity <= 0 or not rules.is_whole(quantity, item.unit):
        raise Invalid(quantity=_("Write a whole number above 0."))
    if quantity > left:
        raise Invalid(
            quantity=_("That is more than was prescribed: %(left)s are left to give.")
            % {"left": formatting.amount(left, prescription.quantity_unit)}
        )


def _keep_lines(act: Act, dispense: Dispense, taken: Sequence[tuple[Lot, Decimal]]) -> None:
    DispenseLine.objects.bulk_create(
        [DispenseLine(dispense=dispense, lot=lot, quantity=part, recorded_by_id=act.by) for lot, part in taken]
    )


def _announce(
    act: Act, prescription: Prescription, dispense: Dispense, pharmacy_id: UUID, *, is_complete: bool
) -> None:
    pack = prescription.order.presentation
    announce(
        act,
        MedicationDispensed(
            patient_id=prescription.patient_id,
            dispense_id=dispense.id,
            order_id=prescription.order_id,
            service_code=f"med:{pack.code}" if pack else "",
            quantity=dispense.quantity,
            is_complete=is_complete,
            encounter_id=prescription.encounter_id,
            department_id=pharmacy_id,
        ),
    )
