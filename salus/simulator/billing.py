"""What a visit of the history came to: charges, on one bill; all but one in fifty are paid the same day."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from salus.billing.models import Invoice
from salus.simulator.book import Book, Done, Visit
from salus.simulator.hospital import Hospital

_METHODS = ("cash", "cash", "card", "mobile", "transfer")


class Biller:
    """Writes bills into a `Book`."""

    def __init__(self, book: Book, hospital: Hospital) -> None:
        self.book, self.hospital, self.chance = book, hospital, book.chance

    def bill(self, visit: Visit, services: Sequence[Done]) -> None:
        """One bill for what has a price; nothing where nothing has."""
        priced = [one for one in services if one[0] in self.hospital.prices]
        if not priced:
            return
        prices = [self.hospital.prices[code] for code, *_rest in priced]
        amounts = [
            (price * one[1]).quantize(Decimal("0.01")) for price, one in zip(prices, priced, strict=True)
        ]  # fmt: skip
        total, is_paid = sum(amounts, Decimal(0)), self.chance.random() < 0.98
        at = visit.end
        invoice = self.book.add(
            self.book.invoices,
            at,
            **visit.of,
            status=Invoice.PAID if is_paid else Invoice.ISSUED,
            total=total,
            paid=total if is_paid else 0,
            issued_at=at,
        )
        for place, (one, amount) in enumerate(zip(priced, amounts, strict=True), start=1):
            self._line(visit, invoice, place, one, amount)
        if is_paid:
            method = self.chance.choice(_METHODS)
            self.book.add(
                self.book.payments, at, invoice_id=invoice, method=method, amount=total, received_at=at
            )  # fmt: skip

    def _line(self, visit: Visit, invoice: UUID, place: int, one: Done, amount: Decimal) -> None:
        (code, quantity, source, department), at = one, visit.end
        said = {
            "description": self.hospital.service_names[code],
            "quantity": quantity,
            "unit_price": self.hospital.prices[code],
            "amount": amount,
            "invoice_id": invoice,
        }
        charge = self.book.add(
            self.book.charges,
            at,
            **visit.of,
            **said,
            department_id=department,
            service_id=self.hospital.services[code],
            occurred_at=at,
            source=source,
        )
        self.book.add(self.book.lines, at, **said, charge_id=charge, place=place)
