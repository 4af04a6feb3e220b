"""What the cash desk reads: who has something to pay, one patient's bill, one invoice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from salus.billing.models import Charge, Invoice, Payment
from salus.core.act import Act
from salus.core.dates import PartialDate

#: how many rows a worklist shows at once; the counts above it count all
PAGE = 100
#: the consequences that put something on a bill
_CHARGING = "charging.%"


@dataclass(frozen=True, slots=True)
class ToBill:
    """A patient with charges that are on no invoice yet."""

    patient_id: UUID
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str | None
    gender: str
    charges: int
    amount: Decimal
    currency: str
    without_price: int
    since: datetime

    @property
    def born(self) -> PartialDate | None:
        return PartialDate.parse(self.birth_date) if self.birth_date else None


# The window counts all that wait in the pass that finds the first of them.
_TO_BILL = """
    SELECT p.id, p.family, p.given, p.title, p.mrn, p.birth_date, p.gender, open.charges, open.amount, open.currency,
           open.without_price, open.since, open.all_of_them
    FROM (
        SELECT patient_id, currency, count(*) AS charges, coalesce(sum(amount), 0) AS amount,
               count(*) FILTER (WHERE amount IS NULL) AS without_price, min(occurred_at) AS since,
               count(*) OVER () AS all_of_them
        FROM billing_charge
        WHERE facility_id = %s AND invoice_id IS NULL AND voided_at IS NULL
        GROUP BY patient_id, currency ORDER BY min(occurred_at) LIMIT %s
    ) open JOIN patients_patient p ON p.id = open.patient_id ORDER BY open.since
"""


def to_bill(act: Act) -> tuple[list[ToBill], int]:
    """Patients with open charges (a row for each currency), the longest waiting first, and how many there are."""
    act.require("billing.view")
    with connection.cursor() as cursor:
        cursor.execute(_TO_BILL, [act.facility_id, PAGE])
        rows = cursor.fetchall()
    return [ToBill(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


@dataclass(frozen=True, slots=True)
class ToPay:
    """An invoice of which something is owed."""

    id: UUID
    number: str
    issued_at: datetime
    status: str
    owed: Decimal
    currency: str
    patient_id: UUID
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str | None
    gender: str

    @property
    def born(self) -> PartialDate | None:
        return PartialDate.parse(self.birth_date) if self.birth_date else None


_TO_PAY = """
    SELECT i.id, i.number, i.issued_at, i.status, i.total - i.paid, i.currency,
           p.id, p.family, p.given, p.title, p.mrn, p.birth_date, p.gender
    FROM billing_invoice i JOIN patients_patient p ON p.id = i.patient_id
    WHERE i.facility_id = %s AND i.status IN ('issued', 'part-paid') ORDER BY i.issued_at DESC LIMIT %s
"""


def to_pay(act: Act) -> list[ToPay]:
    """Invoices of which something is owed, the newest first."""
    act.require("billing.view")
    with connection.cursor() as cursor:
        cursor.execute(_TO_PAY, [act.facility_id, PAGE])
        return [ToPay(*row) for row in cursor.fetchall()]


_COUNT_TO_BILL = """
    SELECT count(*) FROM (
        SELECT DISTINCT patient_id, currency FROM billing_charge
        WHERE facility_id = %s AND invoice_id IS NULL AND voided_at IS NULL
    ) open
"""
_COUNT_TO_PAY = "SELECT count(*) FROM billing_invoice WHERE facility_id = %s AND status IN ('issued', 'part-paid')"


def count_to_bill(act: Act) -> int:
    """How many rows `to_bill` has in all."""
    return _count(act, _COUNT_TO_BILL)


def count_to_pay(act: Act) -> int:
    """How many invoices are owed."""
    return _count(act, _COUNT_TO_PAY)


def _count(act: Act, statement: str) -> int:
    act.require("billing.view")
    with connection.cursor() as cursor:
        cursor.execute(statement, [act.facility_id])
        found: int = cursor.fetchone()[0]
    return found


@dataclass(frozen=True, slots=True)
class Bill:
    """What one patient has to pay: open charges, those still on their way, and the invoices so far."""

    charges: tuple[Charge, ...]
    on_their_way: int
    failed: int
    invoices: tuple[Invoice, ...]

    @property
    def billable(self) -> tuple[Charge, ...]:
        """Those that an invoice can be issued for: they have a price, in the currency of the first."""
        return tuple(one for one in self.charges if one.amount is not None and one.currency == self.currency)

    @property
    def total(self) -> Decimal:
        return sum((charge.amount or Decimal(0) for charge in self.billable), Decimal(0))

    @property
    def currency(self) -> str:
        return next((one.currency for one in self.charges if one.amount is not None), "")

    @property
    def without_price(self) -> int:
        return sum(1 for charge in self.charges if charge.amount is None)


def bill_of(act: Act, patient_id: UUID) -> Bill:
    """One patient's bill as it stands: three statements."""
    act.require("billing.view")
    assert act.facility_id is not None
    charges = Charge.objects.filter(
        facility_id=act.facility_id, patient_id=patient_id, invoice__isnull=True, voided_at__isnull=True
    )
    invoices = Invoice.objects.visible_to(act).filter(patient_id=patient_id).order_by("-issued_at")[:50]
    return Bill(
        tuple(charges.select_related("department").order_by("occurred_at", "id")),
        *charges_on_their_way(patient_id),
        tuple(invoices),
    )


# OFFSET 0 keeps the order of the loops: one patient's facts are few, and the jobs of a fact are found by an index. Else the
# planner, which knows nothing of a queue that is usually empty, walks through all that waits when the worker has stopped.
_ON_THEIR_WAY = """
    SELECT count(*) FILTER (WHERE jobs.status <> 'failed'), count(*) FILTER (WHERE jobs.status = 'failed')
    FROM core_fact f CROSS JOIN LATERAL (
        SELECT j.status FROM procrastinate_jobs j
        WHERE (j.args->>'fact_id')::bigint = f.id AND j.status IN ('todo', 'doing', 'failed')
          AND j.task_name = 'core.run_consequence' AND j.args->>'handler' LIKE %(charging)s
        OFFSET 0
    ) jobs
    WHERE f.patient_id = %(patient)s
"""


def charges_on_their_way(patient_id: UUID) -> tuple[int, int]:
    """Charges that follow from what has happened and are not on the bill yet: how many wait or run, how many failed."""
    with connection.cursor() as cursor:
        cursor.execute(_ON_THEIR_WAY, {"patient": patient_id, "charging": _CHARGING})
        waiting, failed = cursor.fetchone()
    return waiting, failed


def invoice_with_lines(act: Act, invoice_id: UUID) -> Invoice:
    """An invoice with its lines and payments.

    :raises Invoice.DoesNotExist: where this act may not see it
    """
    found = (
        Invoice.objects.visible_to(act).select_related("facility__organization", "patient").defer("patient__name_words")
    )
    return found.prefetch_related("lines", "payments").get(id=invoice_id)


def payment_with_invoice(act: Act, payment_id: UUID) -> Payment:
    """A payment for its receipt.

    :raises Payment.DoesNotExist: where this act may not see it
    """
    act.require("billing.view")
    assert act.facility_id is not None
    found = Payment.objects.filter(facility_id=act.facility_id).select_related(
        "invoice__patient", "facility__organization"
    )
    return found.defer("invoice__patient__name_words").get(id=payment_id)


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A service for which charges wait without an amount; `service_id` is None where the catalogue has no such code."""

    service_code: str
    service_id: UUID | None
    name: str
    charges: int
    since: datetime


_UNPRICED = """
    SELECT c.service_code, s.id, coalesce(s.name, c.service_code), c.charges, c.since FROM (
        SELECT service_code, count(*) AS charges, min(occurred_at) AS since FROM billing_charge
        WHERE facility_id = %s AND amount IS NULL AND voided_at IS NULL GROUP BY service_code
    ) c LEFT JOIN catalog_service s ON s.code = c.service_code ORDER BY c.since LIMIT %s
"""


def unpriced_services(act: Act) -> list[Unpriced]:
    """Which services need a price because charges wait for it, the longest waiting first. It names no patient."""
    act.require("catalog.manage_prices")
    with connection.cursor() as cursor:
        cursor.execute(_UNPRICED, [act.facility_id, PAGE])
        return [Unpriced(*row) for row in cursor.fetchall()]


_NUMBERED = """
    SELECT i.id, i.number, NULL::uuid, i.status, p.id, p.family, p.given, p.title, p.mrn
    FROM billing_invoice i JOIN patients_patient p ON p.id = i.patient_id
    WHERE i.facility_id = %(facility)s AND i.number = %(number)s
    UNION ALL
    SELECT i.id, r.receipt_number, r.id, i.status, p.id, p.family, p.given, p.title, p.mrn
    FROM billing_payment r JOIN billing_invoice i ON i.id = r.invoice_id JOIN patients_patient p ON p.id = i.patient_id
    WHERE r.facility_id = %(facility)s AND r.receipt_number = %(number)s
"""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An invoice or (with `payment_id`) a receipt, found by its number."""

    invoice_id: UUID
    number: str
    payment_id: UUID | None
    status: str
    patient_id: UUID
    family: str
    given: str
    title: str
    mrn: str


def papers_numbered(act: Act, number: str) -> list[Numbered]:
    """The invoice or receipt with exactly this number."""
    act.require("billing.view")
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERED, {"facility": act.facility_id, "number": number.strip().upper()})
        return [Numbered(*row) for row in cursor.fetchall()]


def similar(people: Iterable[ToBill | ToPay]) -> set[UUID]:
    """Who on a list shares a family name with another."""
    by_name: dict[str, set[UUID]] = {}
    for person in people:
        by_name.setdefault(person.family.casefold(), set()).add(person.patient_id)
    return {one for group in by_name.values() if len(group) > 1 for one in group}
