"""The rows of a history, table by table, in the order in which they can be written and numbered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from salus.billing.models import Charge, Invoice, InvoiceLine, Payment
from salus.billing.rules import invoice_number, receipt_number
from salus.chart.models import AllergyIntolerance, Condition, Note, Observation
from salus.encounters.models import Encounter
from salus.orders.models import Order


@dataclass(slots=True)
class Book:
    """The rows of a history, table by table, in the order in which they can be written."""

    encounters: list[Encounter] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    allergies: list[AllergyIntolerance] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    lines: list[InvoiceLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    def number(self, visits: Sequence[int]) -> None:
        """Give visits (these), invoices and receipts (from 1) their numbers in the order of time."""
        by_time = sorted(self.encounters, key=lambda one: (one.started_at, one.id))
        for n, visit in zip(visits, by_time, strict=True):
            visit.number = str(n)
        for n, bill in enumerate(sorted(self.invoices, key=lambda one: (one.issued_at, one.id)), start=1):
            bill.number = invoice_number(bill.issued_at.year, n)
        for n, paid in enumerate(sorted(self.payments, key=lambda one: (one.received_at, one.id)), start=1):
            paid.receipt_number = receipt_number(paid.received_at.year, n)

    def tables(self) -> Iterator[Sequence[Any]]:
        yield from (self.encounters, self.conditions, self.allergies, self.notes, self.orders, self.observations)
        yield from (self.invoices, self.charges, self.lines, self.payments)
