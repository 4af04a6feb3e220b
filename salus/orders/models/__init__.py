"""Orders and what belongs to their life."""

from salus.orders.models.orders import Order, OrderQuerySet

__all__ = ["Order", "OrderQuerySet"]
