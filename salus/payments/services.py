"""Acts on online payments. Locks: the bill, then its checkouts by id; the gateway is asked outside of all of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from salus.billing import services as billing
from salus.billing.models import Invoice, Payment
from salus.core import live
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import NotFound
from salus.payments import rules
from salus.payments.facts import CheckoutEnded, CheckoutOpened, SurplusReturned
from salus.payments.gateways import Opened, Wish
from salus.payments.gateways.chosen import chosen, gateway_of
from salus.payments.models import PAY, SETTLE, Checkout
from salus.payments.rules import Seen

#: how long somebody may sit before the payment page (Stripe asks for thirty minutes at least)
LASTS = timedelta(minutes=45)
#: a page that ends sooner than this is not led to again; one that is not made yet needs half an hour at the gateway
_TOO_SHORT, _TO_BE_MADE = timedelta(minutes=5), timedelta(minutes=32)


class NoGateway(NotFound):
    """Bills are not paid online here. Please pay at the cash desk."""


@transaction.atomic
def open_checkout(act: Act, *, invoice_id: UUID) -> Checkout:
    """Go to pay what is owed of a bill; pressed twice, on two devices, it is one and the same way.

    :raises NoGateway: if the hospital has none
    :raises NotPayable: if nothing is owed
    """
    act.require_for_some(PAY)
    gateway = chosen()
    if gateway is None:
        raise NoGateway
    invoice = Invoice.objects.visible_to(act).select_for_update().get(id=invoice_id)
    act.require_for(invoice.patient_id, PAY)
    owed = invoice.total - invoice.paid
    if invoice.status not in (Invoice.ISSUED, Invoice.PART_PAID) or invoice.voided_at or owed <= 0:
        raise billing.NotPayable
    last = Checkout.objects.select_for_update().filter(invoice=invoice, status=Checkout.OPEN).first()
    if last is not None:
        left = _TOO_SHORT if last.url else _TO_BE_MADE
        if last.amount == owed and last.gateway == gateway.code and last.expires_at > act.at + left:
            return last
        last.status = Checkout.SUPERSEDED
        last.save(update_fields=["status"])
    made = Checkout.objects.create(
        facility_id=invoice.facility_id,
        patient_id=invoice.patient_id,
        invoice=invoice,
        amount=owed,
        currency=invoice.currency,
        gateway=gateway.code,
        opened_at=act.at,
        expires_at=act.at + LASTS,
        recorded_by_id=act.by,
    )
    announce(act, CheckoutOpened(checkout_id=made.id, invoice_id=invoice.id, patient_id=invoice.patient_id))
    return made


def lead_to_gateway(act: Act, *, checkout_id: UUID, back: str, language: str = "en") -> str:
    """The address of the payment page; in no transaction, because it asks the gateway, which makes one page for one checkout.

    :raises GatewayAway: if the gateway cannot be reached
    """
    act.require_for_some(PAY)
    found = Checkout.objects.visible_to(act).select_related("invoice").get(id=checkout_id)
    act.require_for(found.patient_id, PAY)
    if found.url or not found.is_under_way:
        return found.url
    opened = gateway_of(found.gateway).open(
        Wish(found.id, found.amount, found.currency, found.invoice.number, back, found.expires_at, language)
    )
    note_opened(act, checkout_id=found.id, opened=opened)
    return opened.url


@transaction.atomic
def note_opened(act: Act, *, checkout_id: UUID, opened: Opened) -> None:
    """Keep how the gateway calls it."""
    act.require_for_some(PAY)
    found = Checkout.objects.visible_to(act).select_for_update().get(id=checkout_id)
    act.require_for(found.patient_id, PAY)
    found.reference, found.url = opened.reference, opened.url
    found.save(update_fields=["reference", "url"])


@transaction.atomic
def settle(act: Act, *, checkout_id: UUID, seen: Seen) -> Checkout:
    """Let follow what the gateway says: money that came pays the bill once, or is to go back if it is owed no more.

    Heard twice, late, or by two at once it does nothing more.
    """
    act.require(SETTLE)
    bill = Checkout.objects.visible_to(act).values_list("invoice_id", flat=True).get(id=checkout_id)
    invoice = Invoice.objects.visible_to(act).select_for_update().get(id=bill)
    found = Checkout.objects.select_for_update().get(id=checkout_id)
    if found.status not in (Checkout.OPEN, Checkout.SUPERSEDED):
        return found
    is_open = invoice.status in (Invoice.ISSUED, Invoice.PART_PAID) and invoice.voided_at is None
    owed = invoice.total - invoice.paid if is_open else invoice.total * 0
    follows = rules.what_follows(seen, owed=owed, currency=invoice.currency)
    if follows == "wait":
        return found
    if follows == "apply":
        found.payment = billing.take_payment(
            act, invoice_id=invoice.id, method=Payment.ONLINE, amount=seen.amount, reference=seen.money
        )
    ends = {"apply": Checkout.PAID, "return": Checkout.SURPLUS, "end": Checkout.EXPIRED}
    found.status, found.money, found.ended_at = ends[follows], seen.money, act.at
    found.save(update_fields=["status", "money", "ended_at", "payment"])
    announce(
        act,
        CheckoutEnded(checkout_id=found.id, invoice_id=invoice.id, patient_id=found.patient_id, status=found.status),
    )
    live.changed(found.topic)
    return found


@transaction.atomic
def note_returned(act: Act, *, checkout_id: UUID) -> None:
    """The gateway has taken money back that was owed no more."""
    act.require(SETTLE)
    found = Checkout.objects.visible_to(act).select_for_update().get(id=checkout_id)
    if found.status != Checkout.SURPLUS:
        return
    found.status = Checkout.RETURNED
    found.save(update_fields=["status"])
    announce(act, SurplusReturned(checkout_id=found.id, invoice_id=found.invoice_id, patient_id=found.patient_id))
    live.changed(found.topic)
