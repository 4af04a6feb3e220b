"""What billing announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ChargeCaptured(Fact):
    """Something is to be paid."""

    charge_id: UUID


@dataclass(frozen=True, kw_only=True)
class ChargesDropped(Fact):
    """Charges of a visit that did not take place were taken off the bill."""

    charge_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class ChargesPriced(Fact):
    """Charges whose service had no price have got one."""

    charge_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Fact):
    """A bill was issued."""

    invoice_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentReceived(Fact):
    """Money came in for a bill."""

    payment_id: UUID
    invoice_id: UUID
