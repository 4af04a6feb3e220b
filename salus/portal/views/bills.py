"""Bills and receipts, on the screen and on paper as the hospital prints them."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from salus import billing
from salus.billing import papers
from salus.billing.models import Invoice
from salus.core.door import door
from salus.core.errors import NotAllowed, NotFound
from salus.payments.gateways.chosen import chosen
from salus.payments.models import PAY
from salus.portal.doors import Own, of_patient, page
from salus.portal.queries import bills as reads
from salus.ui.printing import document

USE = "portal.use"
_TYPST = Path(billing.__file__).parent / "typst"


@door(USE)
@of_patient(reads.SEE)
def bills(request: Any, own: Own) -> HttpResponse:
    """What is to be paid, and what was."""
    rows = reads.bills_of(own.act, own.patient_id)
    return page(request, "bills.html", own, rows=[(one, reads.owed(one)) for one in rows])


@door(USE)
@of_patient(reads.SEE)
def bill(request: Any, own: Own, invoice_id: UUID) -> HttpResponse:
    """One bill: what for, what is paid, what is left."""
    one = _one(own, invoice_id)
    gateway = chosen() if own.may(PAY) else None
    if gateway is not None:
        request.form_action = gateway.origin  # the page's form leads on to there
    said: dict[str, Any] = {"owed": reads.owed(one), "is_itemised": reads.is_itemised(own.act, own.patient_id)}
    return page(request, "bill.html", own, one=one, may_pay=gateway is not None, **said)


@door(USE)
@of_patient(reads.SEE)
def bill_pdf(request: Any, own: Own, invoice_id: UUID) -> HttpResponse:
    """The bill on paper, with its lines: for the patient alone."""
    if not reads.is_itemised(own.act, own.patient_id):
        raise NotAllowed(reads.SEE)
    return _paper(own, "invoice.typ", papers.invoice(_one(own, invoice_id)))


@door(USE)
@of_patient(reads.SEE)
def receipt_pdf(request: Any, own: Own, payment_id: UUID) -> HttpResponse:
    """A receipt on paper."""
    payment = reads.payment_of(own.act, own.patient_id, payment_id)
    if payment is None:
        raise NotFound
    return _paper(own, "receipt.typ", papers.receipt(payment))


def _one(own: Own, invoice_id: UUID) -> Invoice:
    found = reads.bill_of(own.act, own.patient_id, invoice_id)
    if found is None:
        raise NotFound
    return found


def _paper(own: Own, template: str, data: dict[str, Any]) -> HttpResponse:
    own.act.shows(own.patient_id, action="print")
    made = document(_TYPST / template, data, printed_by=own.act.by_name, printed_at=own.act.at)
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": "inline"})
