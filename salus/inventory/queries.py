"""Reads of stock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from salus.core.act import Act
from salus.inventory.models import Item, Lot, Movement
from salus.inventory.rules import SOON, OnHand, State, state_of
from salus.places.models import Department

Show = Literal["all", "soon", "expired", "out"]
PAGE = 50
MOVEMENTS = 50

# What is on hand by item, over the departments of the facility; the counts are over all items, whatever is shown.
_STOCK = """
    WITH stock AS (
        SELECT i.id, i.name, i.unit,
               coalesce(sum(l.on_hand) FILTER (WHERE l.expires_on >= %(today)s), 0) AS usable,
               coalesce(sum(l.on_hand) FILTER (WHERE l.expires_on < %(today)s), 0) AS expired,
               coalesce(sum(l.on_hand) FILTER (WHERE l.expires_on >= %(today)s AND l.expires_on < %(soon)s), 0) AS soon,
               min(l.expires_on) FILTER (WHERE l.expires_on >= %(today)s) AS first, count(l.id) AS lots
        FROM inventory_item i
        LEFT JOIN (
            SELECT l.* FROM inventory_lot l JOIN places_department d ON d.id = l.department_id
            WHERE l.on_hand > 0 AND d.facility_id = %(facility)s
        ) l ON l.item_id = i.id
        WHERE i.is_active GROUP BY i.id
    )
    SELECT s.*, t.* FROM (
        SELECT count(*) AS n, count(*) FILTER (WHERE soon > 0) AS n_soon, count(*) FILTER (WHERE expired > 0) AS n_expired,
               count(*) FILTER (WHERE usable = 0) AS n_out FROM stock) t
    LEFT JOIN LATERAL (
        SELECT * FROM stock WHERE CASE %(show)s
            WHEN 'soon' THEN soon > 0 WHEN 'expired' THEN expired > 0 WHEN 'out' THEN usable = 0 ELSE true END
        ORDER BY name LIMIT %(limit)s OFFSET %(offset)s) s ON true
"""


@dataclass(frozen=True, slots=True)
class StockLine:
    """What there is of one item in the facility."""

    id: UUID
    name: str
    unit: str
    usable: Decimal
    expired: Decimal
    soon: Decimal
    first_expiry: date | None
    lots: int


@dataclass(frozen=True, slots=True)
class StockPage:
    """One page of the stock list, and how many items each filter has."""

    lines: Sequence[StockLine]
    counts: Mapping[str, int]
    number: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class LotLine:
    """One lot with what is left of it."""

    id: UUID
    version: int
    lot_number: str
    expires_on: date
    on_hand: Decimal
    department: str
    state: State


@dataclass(frozen=True, slots=True)
class MovementLine:
    """One movement of a lot."""

    at: datetime
    lot_number: str
    kind: str
    quantity: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class ItemStock:
    """One item with its lots and its newest movements."""

    item: Item
    lots: Sequence[LotLine]
    movements: Sequence[MovementLine]
    usable: Decimal


def stock(act: Act, *, show: Show = "all", page: int = 1) -> StockPage:
    """What is on hand in the act's facility, by item, in one statement."""
    act.require("inventory.view")
    today = timezone.localdate(act.at)
    values = {"today": today, "soon": today + SOON, "facility": act.facility_id, "show": show}
    with connection.cursor() as cursor:
        cursor.execute(_STOCK, values | {"limit": PAGE + 1, "offset": (page - 1) * PAGE})
        rows = cursor.fetchall()
    counts = dict(zip(("all", "soon", "expired", "out"), rows[0][8:], strict=True))
    lines = [StockLine(*row[:8]) for row in rows if row[0]]
    return StockPage(lines[:PAGE], counts, page, len(lines) > PAGE)


def item_stock(act: Act, item_id: UUID) -> ItemStock:
    """One item: every lot with something left, the first to expire first, and its newest movements.

    :raises Item.DoesNotExist: if there is none
    """
    act.require("inventory.view")
    item = Item.objects.get(id=item_id)
    today = timezone.localdate(act.at)
    lots = [
        LotLine(lot.id, lot.version, lot.lot_number, lot.expires_on, lot.on_hand, lot.department.name, state)
        for lot in _here(act).filter(item=item, on_hand__gt=0).order_by("expires_on", "id")
        if (state := state_of(lot.expires_on, today))
    ]
    moved = Movement.objects.filter(lot__in=_here(act).filter(item=item)).order_by("-id").select_related("lot")
    movements = [
        MovementLine(one.happened_at, one.lot.lot_number, one.kind, one.quantity, one.reason)
        for one in moved[:MOVEMENTS]
    ]
    usable = sum((lot.on_hand for lot in lots if lot.state != "expired"), Decimal(0))
    return ItemStock(item, lots, movements, usable)


def lot_line(act: Act, lot_id: UUID) -> tuple[Lot, Item]:
    """One lot and its item.

    :raises Lot.DoesNotExist: if there is none here
    """
    act.require("inventory.view")
    lot = _here(act).select_related("item").get(id=lot_id)
    return lot, lot.item


def lots_to_give(department_id: UUID, item_ids: Collection[UUID], today: date) -> dict[UUID, list[OnHand]]:
    """By item, the lots of a department that may be given today, the first to expire first."""
    rows = Lot.objects.filter(item_id__in=item_ids, department_id=department_id, on_hand__gt=0, expires_on__gte=today)
    found: dict[UUID, list[OnHand]] = {item_id: [] for item_id in item_ids}
    for item_id, *row in rows.order_by("expires_on", "id").values_list(
        "item_id", "id", "lot_number", "expires_on", "on_hand"
    ):
        found[item_id].append(OnHand(*row))
    return found


def storing_departments(act: Act) -> QuerySet[Department]:
    """The departments that keep stock: the pharmacies, and those of the doer."""
    here = Department.objects.filter(facility_id=act.here, retired_at=None)
    return (here.filter(kind="pharmacy") | here.filter(id__in=act.places)).order_by("name")


def find_items(text: str, limit: int = 20) -> list[Item]:
    """Items whose name has every word that was typed."""
    rows = Item.objects.filter(is_active=True)
    for word in text.split():
        rows = rows.filter(name__icontains=word)
    return list(rows.order_by("name")[:limit])


def _here(act: Act) -> QuerySet[Lot]:
    return Lot.objects.at_facility(act).select_related("department")
