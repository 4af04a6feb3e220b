"""Acts on charges, invoices and payments.

Locks are taken in one order everywhere: charges of the patient, then the invoice, then the number series (last, because
its row stays locked until the commit: whoever issues next waits for that).
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from salus.billing import rules
from salus.billing.facts import ChargeCaptured, ChargesDropped, ChargesPriced, InvoiceIssued, PaymentReceived
from salus.billing.models import Charge, Invoice, InvoiceLine, Payment
from salus.catalog.queries import PriceFound, price_of
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
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
    """Put one charge on the patient's bill, at the price of now; the same source charges once.

    A service without a price is charged without an amount: it shows as such and is not lost. Gives None where nothing
    was added: for an act that names no service, and for a source that is charged already.

    :raises Invalid: without a patient, a facility or a quantity: the job fails, and somebody is told
    """
    act.require("billing.capture_charge")
    if not service_code:
        return None
    if patient_id is None or act.facility_id is None or quantity <= 0:
        raise Invalid("This charge names no patient, no facility or no quantity.")
    price = price_of(act.facility_id, service_code, act.at)
    charge = Charge(
        facility_id=act.facility_id,
        patient_id=patient_id,
        encounter_id=encounter_id,
        department_id=department_id,
        service_code=service_code,
        quantity=quantity,
        occurred_at=act.at,
        source=source,
        recorded_by_id=act.on_behalf_of or act.by,
    )
    _price(charge, price)
    if not _inserted(charge):
        return None
    announce(act, ChargeCaptured(charge_id=charge.id, patient_id=patient_id))
    return charge


@transaction.atomic
def drop_charges(act: Act, *, encounter_id: UUID, sources: Sequence[str]) -> int:
    """Take charges of these sources, or kinds of them, off the bill of a visit that did not take place; returns how many.

    What is on an invoice stays: that is the cash desk's to give back.
    """
    act.require("billing.capture_charge")
    open_ones = Charge.objects.filter(encounter_id=encounter_id, invoice__isnull=True, voided_at__isnull=True)
    named = set(sources)
    rows = open_ones.select_for_update().order_by("id")
    found = [one for one in rows if named & {one.source, one.source.partition(":")[0]}]
    for one in found:
        one.voided_at, one.voided_by_id = act.at, act.on_behalf_of or act.by
        one.void_reason = "The visit did not take place."
    Charge.objects.bulk_update(found, ["voided_at", "voided_by_id", "void_reason"])
    if found:
        announce(act, ChargesDropped(charge_ids=tuple(one.id for one in found), patient_id=found[0].patient_id))
    return len(found)


@transaction.atomic
def price_charges(act: Act, *, service_code: str) -> int:
    """Give the charges of a service that waited for its price the price of now; returns how many.

    They wait on while the service has none that is in force.
    """
    act.require("billing.capture_charge")
    assert act.facility_id is not None
    price = price_of(act.facility_id, service_code, act.at)
    if price.amount is None:
        return 0
    waiting = Charge.objects.filter(
        facility_id=act.facility_id, service_code=service_code, amount__isnull=True, voided_at__isnull=True
    )
    charges = list(waiting.select_for_update().order_by("id"))
    for charge in charges:
        _price(charge, price)
    if charges:
        Charge.objects.bulk_update(charges, ["service", "description", "unit_price", "amount", "currency"], 1000)
        announce(act, ChargesPriced(charge_ids=tuple(charge.id for charge in charges)))
    return len(charges)


@transaction.atomic
def issue_invoice(act: Act, *, patient_id: UUID, charge_ids: Sequence[UUID] | None = None) -> Invoice:
    """Bill the patient's open charges (or some of them): the lines are what they were on this day.

    :raises NothingToBill: if none is open any more, or one of those named is not
    :raises PriceMissing: if one has no price yet
    """
    act.require("billing.issue_invoice")
    assert act.facility_id is not None
    charges = _open_charges(act, patient_id, charge_ids)
    if not charges or (charge_ids is not None and len(charges) != len(set(charge_ids))):
        raise NothingToBill
    if any(charge.amount is None for charge in charges):
        raise PriceMissing
    if len({charge.currency for charge in charges}) > 1:
        raise Invalid(_("These charges are in different currencies. Issue one invoice for each."))
    total = sum((charge.amount for charge in charges if charge.amount is not None), Decimal(0))
    invoice = Invoice(
        facility_id=act.facility_id,
        patient_id=patient_id,
        encounter_id=charges[-1].encounter_id,
        status=rules.status_after(total, Decimal(0)),
        currency=charges[0].currency,
        total=total,
        issued_at=act.at,
        issued_by_name=act.by_name,
        recorded_by_id=act.by,
    )
    # The lines first: foreign keys and sums are checked at the commit, and the number is then held for a moment only.
    InvoiceLine.objects.bulk_create([_line(act, invoice, n, charge) for n, charge in enumerate(charges, start=1)])
    Charge.objects.filter(id__in=[charge.id for charge in charges]).update(invoice=invoice)
    invoice.number = rules.invoice_number(act.at.year, next_without_gap("invoice", charges[0].facility_id))
    invoice.save(force_insert=True)
    announce(act, InvoiceIssued(invoice_id=invoice.id, patient_id=patient_id))
    return invoice


@transaction.atomic
def take_payment(
    act: Act,
    *,
    invoice_id: UUID,
    method: str,
    amount: Decimal,
    tendered: Decimal | None = None,
    reference: str = "",
    version: int | None = None,
) -> Payment:
    """Take money for an invoice and give it a receipt; cash that was handed over in excess comes back as change.

    :param version: of the invoice that was on the screen; None where nobody looked at one
    :raises NotPayable: if nothing is owed any more
    :raises Stale: if somebody took a payment since it was read
    :raises Invalid: for more than is owed, or less handed over than is to be paid
    """
    act.require("billing.take_payment")
    invoice = Invoice.objects.visible_to(act).select_for_update().get(id=invoice_id)
    if invoice.status not in (Invoice.ISSUED, Invoice.PART_PAID) or invoice.voided_at is not None:
        raise NotPayable
    if version is not None and version != invoice.version:
        raise Stale
    _check_payment(invoice, method, amount, tendered, reference)
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


def _price(charge: Charge, price: PriceFound) -> None:
    charge.service_id = price.service_id
    charge.description = price.name or charge.service_code
    charge.unit_price = price.amount
    charge.currency = price.currency
    if price.amount is not None:
        charge.amount = rules.line_amount(charge.quantity, price.amount, price.currency)


_COLUMNS = (
    "id, facility_id, patient_id, encounter_id, department_id, service_id, service_code, description, quantity, "
    "unit_price, amount, currency, occurred_at, source, recorded_by_id"
)
_INSERT = f"""
    INSERT INTO billing_charge ({_COLUMNS}, version, void_reason) VALUES ({", ".join(["%s"] * 15)}, 1, '')
    ON CONFLICT (source) DO NOTHING RETURNING id
"""  # noqa: S608 - names of columns of ours


def _inserted(charge: Charge) -> bool:
    """Whether this source was not charged before: waits for another act that charges it at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [getattr(charge, name) for name in _COLUMNS.split(", ")])
        return cursor.fetchone() is not None


def _open_charges(act: Act, patient_id: UUID, charge_ids: Sequence[UUID] | None) -> list[Charge]:
    assert act.facility_id is not None
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


def _check_payment(invoice: Invoice, method: str, amount: Decimal, tendered: Decimal | None, reference: str) -> None:
    if method not in dict(Payment.METHODS):
        raise Invalid(method=_("Choose how it is paid."))
    if not rules.is_payable(amount, invoice.currency):
        raise Invalid(amount=_("Write an amount that can be paid in this currency."))
    if amount > invoice.total - invoice.paid:
        raise Invalid(amount=_("This is more than is still owed."))
    if tendered is not None and method != Payment.CASH:
        raise Invalid(tendered=_("Only cash is handed over and changed."))
    if tendered is not None and not rules.is_payable(tendered, invoice.currency):
        raise Invalid(tendered=_("Write an amount that can be paid in this currency."))
    if tendered is not None and tendered < amount:
        raise Invalid(tendered=_("This is less than what is to be paid."))
    if method in (Payment.TRANSFER, Payment.MOBILE, Payment.ONLINE) and not reference.strip():
        raise Invalid(reference=_("Write the reference that the bank or the mobile service gave."))
