"""Stock: items, lots, and every movement that ever changed them."""

from __future__ import annotations

from django.db import models

from salus.core.act import Act
from salus.core.fields import WrittenDecimalField
from salus.core.models import AppendOnly, Record


class Item(Record):
    """A pack or unit that is kept in stock; a medicine's item points to what is ordered."""

    code = models.TextField(unique=True)
    name = models.TextField()
    presentation = models.ForeignKey(
        "terminology.Presentation", null=True, on_delete=models.PROTECT, related_name="items"
    )
    unit = models.TextField()
    is_active = models.BooleanField(default=True)


class LotQuerySet(models.QuerySet["Lot"]):
    def at_facility(self, act: Act) -> LotQuerySet:
        """The lots in the departments of the act's facility."""
        return self.filter(department__facility_id=act.here)


class Lot(Record):
    """One lot of an item in one department: it begins empty, and what is on hand is the sum of its movements.

    The database adds them up (migration 0002) and refuses any other change; stock never falls below zero.
    `expires_on` is the last day on which it may be given.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="lots")
    department = models.ForeignKey("places.Department", on_delete=models.PROTECT, related_name="lots")
    lot_number = models.TextField()
    expires_on = models.DateField()
    on_hand = WrittenDecimalField(default=0)

    objects = LotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(on_hand__gte=0), name="inventory_lot_not_below_zero"),
            models.UniqueConstraint(fields=["item", "department", "lot_number"], name="inventory_lot_once"),
        ]
        indexes = [
            models.Index(
                fields=["item", "department", "expires_on"],
                condition=models.Q(on_hand__gt=0),
                name="inventory_lot_first_expiry",
            )
        ]


class Movement(AppendOnly):
    """What changed a lot: the sum of its movements is what is on hand."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="movements")
    quantity = WrittenDecimalField()
    kind = models.TextField()
    source = models.TextField()
    reason = models.TextField(blank=True, default="", db_default="")
    act_id = models.UUIDField()
    by_id = models.UUIDField()
    happened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(quantity=0), name="inventory_movement_moves"),
            models.UniqueConstraint(fields=["lot", "kind", "source"], name="inventory_movement_once"),
        ]
        indexes = [models.Index(fields=["source"], name="inventory_movement_source")]
