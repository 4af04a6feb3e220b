"""What payments announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CheckoutOpened(Fact):
    """Somebody went to pay a bill online."""

    checkout_id: UUID
    invoice_id: UUID


@dataclass(frozen=True, kw_only=True)
class CheckoutEnded(Fact):
    """An online payment came to its end: `paid`, `expired`, or `surplus`, which is money that was owed no more."""

    checkout_id: UUID
    invoice_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class SurplusReturned(Fact):
    """Money that was owed no more went back to who had paid it."""

    checkout_id: UUID
    invoice_id: UUID
