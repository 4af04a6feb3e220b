"""Acts on charges, invoices and payments.

Locks are taken in one order everywhere: charges of the patient, then the invoice, then the number series (last, because
its row stays locked until the commit).
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from salus.billing import rules
from salus.billing.facts import ChargeCaptured, InvoiceIssued, PaymentReceived
from salus.billing.models import Charge, Invoice, InvoiceLine, Payment
from salus.catalog.queries import price_of
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid
from salus.core.numbers import next_without_gap


class NothingToBill(Conflict):
    """There is no open charge to put on an invoice. It may have been issued a moment ago."""


class PriceMissing(Conflict):
    """A charge has no price yet. An administrator has to set one before the invoice can be issued."""


class NotPayable(Conflict):
    """This invoice is already paid, or was cancelled."""


@transaction.atomic
def capture_charge(
    act: Act,
    *,
    source: str,
    patient_id: UUID | None,
    encounter_id: UUID | None,
    department_id: UUID | None,
    service_code: str,
    quantity: Decimal,
) -> Charge | None:
    """Put one charge on the patient's bill, at today's price; the same source charges once.

    A service without a price is charged without an amount: it shows as such and is not lost. Nothing is charged for
    an act that names no service.
    """
    act.require("billing.capture_charge")
    if not service_code or patient_id is None or act.facility_id is None:
        return None
    price = price_of(act.facility_id, service_code, act.at)
    charge = Charge(
        facility_id=act.facility_id,
        patient_id=patient_id,
        encounter_id=encounter_id,
        department_id=department_id,
        service_id=price.service_id,
        description=price.name or service_code,
        quantity=quantity,
        unit_price=price.amount,
        amount=None if price.amount is None else rules.line_amount(quantity, price.amount, price.currency),
        currency=price.currency,
        occurred_at=act.at,
        source=source,
        recorded_by_id=act.on_behalf_of or act.by,
    )
    try:
        with transaction.atomic():
            charge.save(force_insert=True)
    except IntegrityError as error:
        if "source" in str(error):
            return None
        raise
    announce(act, ChargeCaptured(charge_id=charge.id, patient_id=patient_id))
    return charge


@transaction.atomic
def issue_invoice(act: Act, *, patient_id: UUID, charge_ids: Sequence[UUID] | None = None) -> Invoice:
    """Bill the patient's open charges (or some of them): the lines are what they were on this day.

    :raises NothingToBill: if none is open any more
    :raises PriceMissing: if one has no price yet
    """
    act.require("billing.issue_invoice")
    charges = _open_charges(act, patient_id, charge_ids)
    if not charges or (charge_ids is not None and len(charges) != len(set(charge_ids))):
        raise NothingToBill
    if any(charge.amount is None for charge in charges):
        raise PriceMissing
    if len({charge.currency for charge in charges}) > 1:
        raise Invalid("These charges are in different currencies. Issue one invoice for each.")
    invoice = Invoice(
        facility_id=act.facility_id,
        patient_id=patient_id,
        encounter_id=charges[-1].encounter_id,
        currency=charges[0].currency,
        total=sum((charge.amount for charge in charges if charge.amount is not None), Decimal(0)),
        issued_at=act.at,
        issued_by_name=act.by_name,
        recorded_by_id=act.by,
    )
    invoice.number = rules.invoice_number(act.at.year, next_without_gap("invoice", charges[0].facility_id))
    invoice.save(force_insert=True)
    InvoiceLine.objects.bulk_create([_line(act, invoice, n, charge) for n, charge in enumerate(charges, start=1)])
    Charge.objects.filter(id__in=[charge.id for charge in charges]).update(invoice=invoice)
    announce(act, InvoiceIssued(invoice_id=invoice.id, patient_id=patient_id))
    return invoice


@transaction.atomic
def take_payment(
    act: Act, *, invoice_id: UUID, method: str, amount: Decimal, tendered: Decimal | None = None, reference: str = ""
) -> Payment:
    """Take money for an invoice and give it a receipt; cash that was handed over in excess comes back as change.

    :raises NotPayable: if nothing is owed any more
    :raises Invalid: for more than is owed, or less handed over than is to be paid
    """
    act.require("billing.take_payment")
    invoice = Invoice.objects.visible_to(act).select_for_update().get(id=invoice_id)
    if invoice.status not in (Invoice.ISSUED, Invoice.PART_PAID) or invoice.voided_at is not None:
        raise NotPayable
    _check_amount(invoice, method, amount, tendered)
    invoice.paid += amount
    invoice.status = rules.status_after(invoice.total, invoice.paid)
    invoice.save(update_fields=["paid", "status"])
    payment = Payment(
        facility_id=invoice.facility_id,
        invoice=invoice,
        method=method,
        amount=amount,
        tendered=tendered,
        change=Decimal(0) if tendered is None else tendered - amount,
        currency=invoice.currency,
        reference=reference.strip(),
        received_at=act.at,
        received_by_name=act.by_name,
        recorded_by_id=act.by,
    )
    payment.receipt_number = rules.receipt_number(act.at.year, next_without_gap("receipt", invoice.facility_id))
    payment.save(force_insert=True)
    announce(act, PaymentReceived(payment_id=payment.id, invoice_id=invoice.id, patient_id=invoice.patient_id))
    return payment


def _open_charges(act: Act, patient_id: UUID, charge_ids: Sequence[UUID] | None) -> list[Charge]:
    found = Charge.objects.filter(
        facility_id=act.facility_id, patient_id=patient_id, invoice__isnull=True, voided_at__isnull=True
    )
    if charge_ids is not None:
        found = found.filter(id__in=charge_ids)
    locked = list(found.select_for_update().order_by("id"))
    return sorted(locked, key=lambda charge: (charge.occurred_at, charge.id))


def _line(act: Act, invoice: Invoice, place: int, charge: Charge) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        charge=charge,
        place=place,
        description=charge.description,
        quantity=charge.quantity,
        unit_price=charge.unit_price,
        amount=charge.amount,
        recorded_by_id=act.by,
    )


def _check_amount(invoice: Invoice, method: str, amount: Decimal, tendered: Decimal | None) -> None:
    if method not in dict(Payment.METHODS):
        raise Invalid(method="Choose how it is paid.")
    if not rules.is_payable(amount, invoice.currency):
        raise Invalid(amount="Write an amount that can be paid in this currency.")
    if amount > invoice.total - invoice.paid:
        raise Invalid(amount="This is more than is still owed.")
    if tendered is not None and method != "cash":
        raise Invalid(tendered="Only cash is handed over and changed.")
    if tendered is not None and tendered < amount:
        raise Invalid(tendered="This is less than what is to be paid.")
