"""Stock: items, lots, and every movement that ever changed them."""

from django.db import models

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


class Lot(Record):
    """One lot of an item in one department. What is on hand never falls below zero."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="lots")
    department = models.ForeignKey("places.Department", on_delete=models.PROTECT, related_name="lots")
    lot_number = models.TextField()
    expires_on = models.DateField()
    on_hand = WrittenDecimalField(default=0)

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
    act_id = models.UUIDField()
    by_id = models.UUIDField()
    happened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(quantity=0), name="inventory_movement_moves"),
            models.UniqueConstraint(fields=["lot", "kind", "source"], name="inventory_movement_once"),
        ]
