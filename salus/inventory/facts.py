"""What inventory announces: ids and codes, never names."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class StockReceived(Fact):
    """Stock came in."""

    lot_id: UUID
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class StockDiscarded(Fact):
    """What was left of a lot was taken out of stock for good."""

    lot_id: UUID
    quantity: Decimal
