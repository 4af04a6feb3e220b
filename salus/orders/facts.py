"""What orders announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Fact):
    """Orders of one kind were signed together: one fact, so that signing ten costs what signing one does."""

    order_ids: tuple[UUID, ...]
    kind: str
    encounter_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OrderStopped(Fact):
    """An order was stopped or cancelled before it was done."""

    order_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Fact):
    """What was ordered is done."""

    order_id: UUID
