"""Builders of online payments: whose bill it is, and the demonstration's gateway."""

from typing import Any

from salus.billing.models import Invoice
from salus.billing.tests.builders import an_invoice
from salus.core.act import Act, Subject
from salus.core.ids import uuid7
from salus.payments import services
from salus.payments.models import Checkout


def owner_of(invoice: Invoice) -> Act:
    """The patient himself, at his own door."""
    subject = Subject(patient_id=invoice.patient_id, rights=frozenset({"billing.view", "payments.pay"}), is_self=True)
    return Act(by=uuid7(), facility_id=invoice.facility_id, rights=frozenset({"portal.use"}), stands_for=(subject,))


def a_checkout(cast: Any, invoice: Invoice | None = None) -> Checkout:
    """A bill of 25 on its way, its page known."""
    invoice = invoice or an_invoice(cast)
    act = owner_of(invoice)
    found = services.open_checkout(act, invoice_id=invoice.id)
    services.lead_to_gateway(act, checkout_id=found.id, back="http://testserver/back")
    return Checkout.objects.get(id=found.id)
