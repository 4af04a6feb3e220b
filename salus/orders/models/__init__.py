"""Orders and what belongs to their life."""

from salus.orders.models.orders import Order, OrderQuerySet
from salus.orders.models.performing import Performance
from salus.orders.models.sets import Favourite, OrderSet, OrderSetItem
from salus.orders.models.statements import MedicationStatement, ReconciledMedicine, Reconciliation

__all__ = [
    "Favourite",
    "MedicationStatement",
    "Order",
    "OrderQuerySet",
    "OrderSet",
    "OrderSetItem",
    "Performance",
    "ReconciledMedicine",
    "Reconciliation",
]
