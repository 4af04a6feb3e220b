"""Acts on stock. A lot changes by movements alone; the database keeps the sum."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.inventory.facts import StockDiscarded, StockReceived
from salus.inventory.models import Item, Lot, Movement
from salus.places.models import Department

RECEIVE, ISSUE, DISCARD = "receive", "issue", "discard"

# The first lot that fits is locked and taken from in one statement; only where it holds too little, all others that fit
# are locked in the same order by a second one. While another act holds a lot this one waits, then sees what is left; a
# lot that was emptied meanwhile is passed over. SKIP LOCKED would say "out of stock" to people who only had to wait.
# `source` names one issue: what was issued for it before makes this give nothing.
_TAKE = """
    WITH fitting AS MATERIALIZED (
        SELECT id, lot_number, expires_on, on_hand FROM inventory_lot
        WHERE item_id = %(item)s AND department_id = %(department)s AND on_hand > 0 AND expires_on >= %(day)s
          AND NOT (%(is_first)s AND EXISTS (SELECT 1 FROM inventory_movement WHERE source = %(source)s))
        ORDER BY expires_on, id LIMIT CASE WHEN %(is_first)s THEN 1 END FOR NO KEY UPDATE
    ), counted AS (
        SELECT id, on_hand, sum(on_hand) OVER (ORDER BY expires_on, id) - on_hand AS before FROM fitting
    ), moved AS (
        INSERT INTO inventory_movement (lot_id, quantity, kind, source, act_id, by_id, happened_at)
        SELECT id, -least(on_hand, %(wanted)s - before), 'issue', %(source)s, %(act)s, %(by)s, %(at)s
        FROM counted WHERE before < %(wanted)s
        RETURNING lot_id, -quantity AS quantity
    )
    SELECT id, lot_number, expires_on, on_hand - quantity, quantity
    FROM moved JOIN fitting ON fitting.id = moved.lot_id ORDER BY expires_on, id
"""


class OutOfStock(Conflict):
    """There is not enough in stock."""

    def __init__(self, *, wanted: Decimal, available: Decimal, unit: str = "") -> None:
        self.wanted, self.available, self.unit = wanted, available, unit
        if available:
            message = _("Only %(n)s in stock: give less now, and the rest later.") % {
                "n": f"{available:f} {unit}".strip()
            }
        else:
            message = _("Nothing of this is in stock any more.")
        super().__init__(message)


class AlreadyMoved(Conflict):
    """This movement of stock was written down before."""


@transaction.atomic
def receive_stock(
    act: Act,
    *,
    item_id: UUID,
    department_id: UUID,
    lot_number: str,
    expires_on: date,
    quantity: Decimal,
    source: str,
) -> Lot:
    """Take a lot, or more of it, into a department's stock.

    :param expires_on: the last day on which it may be given
    :param source: what it came by (`delivery:<number>`); one source brings one lot once
    :raises Invalid: for an expired lot, another expiry than the lot is known with, a closed department
    :raises AlreadyMoved: if this source brought this lot before
    """
    act.require("inventory.receive_stock")
    number = lot_number.strip().upper()
    _check_receipt(act, item_id, department_id, number, expires_on, quantity)
    Lot.objects.bulk_create(
        [
            Lot(
                item_id=item_id,
                department_id=department_id,
                lot_number=number,
                expires_on=expires_on,
                recorded_by_id=act.by,
            )
        ],
        ignore_conflicts=True,
    )
    lot = Lot.objects.select_for_update(no_key=True).get(
        item_id=item_id, department_id=department_id, lot_number=number
    )
    if lot.expires_on != expires_on:
        raise Invalid(expires_on=_("This lot is known with another expiry date. Compare it with the pack."))
    _move(act, lot, RECEIVE, quantity, source)
    lot.on_hand += quantity
    announce(act, StockReceived(lot_id=lot.id, quantity=quantity))
    return lot


def _check_receipt(
    act: Act, item_id: UUID, department_id: UUID, lot_number: str, expires_on: date, quantity: Decimal
) -> None:
    wrong = {}
    if not Item.objects.filter(id=item_id, is_active=True).exists():
        wrong["item_id"] = _("Choose an item of the list.")
    here = Department.objects.filter(facility_id=act.here, retired_at=None)
    if not here.filter(id=department_id).exists():
        wrong["department_id"] = _("Choose a department that is open.")
    if not lot_number:
        wrong["lot_number"] = _("Enter the lot number that is printed on the pack.")
    if expires_on < timezone.localdate(act.at):
        wrong["expires_on"] = _("This lot has expired. It cannot be taken in.")
    if quantity <= 0:
        wrong["quantity"] = _("Enter how much came in.")
    if wrong:
        raise Invalid(**wrong)


def issue_stock(
    act: Act, *, item_id: UUID, department_id: UUID, quantity: Decimal, source: str, at: datetime
) -> list[tuple[Lot, Decimal]]:
    """Take from the lots that expire first, never from an expired one; all of it or nothing.

    :param source: what it is for (`pharmacy.dispense:<id>`); one source takes once
    :raises OutOfStock: if the lots hold less; nothing is taken then
    :raises AlreadyMoved: if stock was taken for this source before
    """
    act.require("inventory.issue_stock")
    if quantity <= 0:
        raise Invalid(quantity=_("Enter how much is taken."))
    with transaction.atomic():
        return _take(act, item_id, department_id, quantity, source, at)


def _take(
    act: Act, item_id: UUID, department_id: UUID, quantity: Decimal, source: str, at: datetime
) -> list[tuple[Lot, Decimal]]:
    taken: list[tuple[Lot, Decimal]] = []
    wanted = quantity
    place = {"item": item_id, "department": department_id, "day": timezone.localdate(at)}
    doer = {"act": act.id, "by": act.on_behalf_of or act.by, "at": at, "source": source}
    with connection.cursor() as cursor:
        while wanted > 0:
            cursor.execute(_TAKE, place | doer | {"wanted": wanted, "is_first": not taken})  # type: ignore[arg-type]
            rows = cursor.fetchall()
            if not rows:
                raise _refusal(quantity, wanted, item_id, source, is_first=not taken)
            for lot_id, number, expires_on, left, part in rows:
                lot = Lot(id=lot_id, lot_number=number, expires_on=expires_on, on_hand=left)
                lot.item_id, lot.department_id = item_id, department_id
                taken.append((lot, part))
                wanted -= part
    return taken


def _refusal(quantity: Decimal, missing: Decimal, item_id: UUID, source: str, *, is_first: bool) -> Conflict:
    if is_first and Movement.objects.filter(source=source).exists():
        return AlreadyMoved()
    unit = Item.objects.values_list("unit", flat=True).get(id=item_id)
    return OutOfStock(wanted=quantity, available=quantity - missing, unit=unit)


@transaction.atomic
def discard_lot(act: Act, *, lot_id: UUID, version: int, reason: str) -> Decimal:
    """Take what is left of a lot out of stock for good (expired, damaged, recalled); returns how much it was.

    :raises Stale: if the lot moved since it was read
    :raises Conflict: if nothing is left of it
    """
    act.require("inventory.issue_stock")
    lot = Lot.objects.at_facility(act).select_for_update(no_key=True, of=("self",)).get(id=lot_id)
    if lot.version != version:
        raise Stale
    if not reason.strip():
        raise Invalid(reason=_("Say why it is taken out."))
    if lot.on_hand <= 0:
        raise Conflict(_("Nothing is left of this lot."))
    left: Decimal = lot.on_hand
    _move(act, lot, DISCARD, -left, f"inventory.discard:{act.id}", reason.strip())
    announce(act, StockDiscarded(lot_id=lot.id, quantity=left))
    return left


def _move(act: Act, lot: Lot, kind: str, quantity: Decimal, source: str, reason: str = "") -> None:
    try:
        with transaction.atomic():
            Movement.objects.create(
                lot=lot,
                quantity=quantity,
                kind=kind,
                source=source,
                reason=reason,
                act_id=act.id,
                by_id=act.on_behalf_of or act.by,
                happened_at=act.at,
            )
    except IntegrityError as error:
        if "inventory_movement_once" not in str(error):
            raise
        raise AlreadyMoved from error
