"""The cash desk's screens: the worklist, a patient's bill, an invoice and its payment, the printed papers."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.billing import papers, queries, screens, services
from salus.billing.forms import PaymentForm
from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.ui.printing import document

_TYPST = Path(__file__).parent / "typst"


@door("billing.view")
def worklist(request: Any) -> HttpResponse:
    """Who has something to be billed, and which invoices are owed."""
    state = "pay" if request.GET.get("state") == "pay" else "bill"
    return render(request, "billing/worklist.html", screens.work(request.act, state))


@door("billing.view")
def bill(request: Any, patient_id: UUID) -> HttpResponse:
    """What one patient has to pay."""
    page = patient_page(request.act, patient_id, "bill", to=FIND)
    return render(request, "billing/bill.html", page | {"bill": queries.bill_of(request.act, patient_id)})


@door("billing.issue_invoice", methods=("POST",))
def issue_invoice(request: Any, patient_id: UUID) -> HttpResponse:
    """Put what was on the screen on an invoice: a charge that came in since makes the next one."""
    _of_this_patient(request, patient_id)
    try:
        ids = [UUID(text) for text in request.POST.getlist("charge_ids")]
    except ValueError as error:
        raise Invalid from error
    invoice = services.issue_invoice(request.act, patient_id=patient_id, charge_ids=ids)
    messages.success(request, _("Invoice %(number)s is issued.") % {"number": invoice.number})
    return HttpResponseRedirect(reverse("billing:invoice", args=[invoice.id]), status=303)


@door("billing.view")
def invoice(request: Any, invoice_id: UUID) -> HttpResponse:
    """An invoice, what is paid of it, and how the rest is paid."""
    return _invoice_page(request, invoice_id, None)


@door("billing.take_payment", methods=("POST",))
def take_payment(request: Any, invoice_id: UUID) -> HttpResponse:
    """Take money for an invoice."""
    form = PaymentForm(request.POST)
    if form.is_valid():
        version = posted_version(request)
        try:
            payment = services.take_payment(request.act, invoice_id=invoice_id, version=version, **form.cleaned_data)
        except Invalid as mistakes:
            for name, message in mistakes.fields.items():
                form.add_error(name, message)
        else:
            _of_this_patient(request, payment.invoice.patient_id)
            return HttpResponseRedirect(reverse("billing:receipt", args=[payment.id]), status=303)
    return _invoice_page(request, invoice_id, form, status=422)


@door("billing.view")
def receipt(request: Any, payment_id: UUID) -> HttpResponse:
    """A payment that was taken: the change to give, and the receipt to print."""
    payment = queries.payment_with_invoice(request.act, payment_id)
    page = patient_page(request.act, payment.invoice.patient_id, "bill", to=FIND)
    return render(request, "billing/receipt.html", page | {"payment": payment})


@door("billing.view")
def invoice_pdf(request: Any, invoice_id: UUID) -> HttpResponse:
    """The invoice on paper."""
    found = queries.invoice_with_lines(request.act, invoice_id)
    return _paper(request, "invoice.typ", found.patient_id, papers.invoice(found))


@door("billing.view")
def receipt_pdf(request: Any, payment_id: UUID) -> HttpResponse:
    """The receipt on paper, 80 mm wide."""
    payment = queries.payment_with_invoice(request.act, payment_id)
    return _paper(request, "receipt.typ", payment.invoice.patient_id, papers.receipt(payment))


def _of_this_patient(request: Any, patient_id: UUID) -> None:
    """A form that was opened for another patient writes nothing."""
    if request.POST.get("patient_id") != str(patient_id):
        raise Conflict(_("This form belongs to another patient. Nothing was saved."))


def _paper(request: Any, template: str, patient_id: UUID, data: dict[str, Any]) -> HttpResponse:
    request.act.shows(patient_id, action="print")
    made = document(_TYPST / template, data, printed_by=request.act.by_name, printed_at=request.act.at)
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": "inline"})


def _invoice_page(request: Any, invoice_id: UUID, form: PaymentForm | None, status: int = 200) -> HttpResponse:
    found = queries.invoice_with_lines(request.act, invoice_id)
    page = patient_page(request.act, found.patient_id, "bill", to=FIND)
    owed = found.total - found.paid
    form = form or PaymentForm(initial={"method": "cash", "amount": papers.plain(owed, found.currency)})
    return render(request, "billing/invoice.html", page | {"invoice": found, "owed": owed, "form": form}, status=status)
