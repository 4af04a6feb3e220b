"""The pharmacy's screens: the worklist, dispensing, what was given, its label."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid, NotFound, SalusError, Stale
from salus.core.posted import require_same_patient
from salus.inventory.services import OutOfStock
from salus.orders.services import NeedsReason, Stopped
from salus.orders.views.record import number
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.pharmacy import labels, queries, services
from salus.pharmacy.forms import DispenseForm
from salus.pharmacy.models import Dispense


@door("pharmacy.view")
def worklist(request: Any) -> HttpResponse:
    """What waits to be given out, what is left of it, what was given today."""
    return render(
        request,
        "pharmacy/worklist.html",
        _work(request, request.GET.get("state", ""), number(request.GET.get("page", ""))),
    )


def home_panel(request: Any) -> str:
    """The pharmacy's worklist on the home page."""
    return render_to_string("pharmacy/_work.html", _work(request, ""), request=request)


def _work(request: Any, state: str, page: int = 1) -> dict[str, Any]:
    work = queries.work(request.act, state, page=page)
    request.act.shows(*(row.patient.id for row in work.rows))
    return {"work": work}


@door("pharmacy.dispense_medication", methods=("GET", "POST"))
def dispense(request: Any, prescription_id: UUID) -> HttpResponse:
    """Give out one prescription or a part of it."""
    if request.method == "GET":
        return _dispense_page(request, prescription_id)
    form = DispenseForm(request.POST)
    if not form.is_valid():
        return _dispense_page(request, prescription_id, form=form, status=422)
    try:
        given = services.dispense_medication(request.act, prescription_id=prescription_id, **form.cleaned_data)
        require_same_patient(request, given.patient_id)
    except (Invalid, OutOfStock, Stopped, NeedsReason, Stale) as refusal:
        return _refused(request, prescription_id, form, refusal)
    messages.success(request, _("Given out. Print the label."))
    return HttpResponseRedirect(reverse("pharmacy:given", args=[given.id]), status=303)


def _refused(request: Any, prescription_id: UUID, form: DispenseForm, refusal: SalusError) -> HttpResponse:
    """The same page with what has to be mended; nothing was given and nothing left the stock."""
    if isinstance(refusal, OutOfStock):
        form.mend({"quantity": str(refusal)})
    elif refusal.fields:
        form.mend(dict(refusal.fields))
    else:
        form.mend({"": str(refusal)})
    return _dispense_page(request, prescription_id, form=form, status=refusal.status)


def _dispense_page(
    request: Any, prescription_id: UUID, *, form: DispenseForm | None = None, status: int = 200
) -> HttpResponse:
    wanted = request.POST.get("department_id") or request.GET.get("pharmacy", "")
    found = queries.dispensing(request.act, prescription_id, department_id=_read_id(wanted))
    page = patient_page(request.act, found.prescription.patient_id, to=FIND)
    return render(request, "pharmacy/dispense.html", page | {"found": found, "form": form}, status=status)


@door("pharmacy.dispense_medication", methods=("POST",), effect=False)
def propose(request: Any, prescription_id: UUID) -> HttpResponse:
    """From which lots the quantity typed so far would be taken."""
    form = DispenseForm(request.POST)
    form.is_valid()
    choices = queries.proposal(
        request.act,
        prescription_id,
        form.cleaned_data.get("quantity"),
        department_id=form.cleaned_data.get("department_id"),
    )
    return render(request, "pharmacy/_proposal.html", {"choices": choices})


@door("pharmacy.view")
def given(request: Any, dispense_id: UUID) -> HttpResponse:
    """What was given out at one time: the lots to take it from, and its label."""
    row = _dispense(request, dispense_id)
    page = patient_page(request.act, row.patient_id, to=FIND)
    return render(request, "pharmacy/given.html", page | {"given": row, "code": labels.code_of(row)})


@door("pharmacy.view")
def label(request: Any, dispense_id: UUID) -> HttpResponse:
    """The label as a PDF."""
    row = _dispense(request, dispense_id)
    request.act.shows(row.patient_id, action="print")
    made = labels.label(row, printed_by=request.act.by_name, printed_at=request.act.at)
    name = f"inline; filename=label-{labels.code_of(row)}.pdf"
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": name})


def _dispense(request: Any, dispense_id: UUID) -> Dispense:
    try:
        return queries.dispense(request.act, dispense_id)
    except Dispense.DoesNotExist as error:
        raise NotFound from error


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
