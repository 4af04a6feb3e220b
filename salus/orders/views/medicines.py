"""The medicines of a patient: current, past and from outside, and going through them at a transition."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.encounters.queries import open_encounter
from salus.orders import composing, finding, queries, services
from salus.orders.forms import StatementEndForm, StatementForm
from salus.orders.services import Decision
from salus.orders.views.record import may_compose
from salus.patients.screens import patient_page
from salus.ui.combobox import Option, offer, typed


@door("orders.view")
def medicines(request: Any, patient_id: UUID) -> HttpResponse:
    """What the patient takes now, with what conflicts with an allergy, what comes from outside, and what was taken before."""
    page = patient_page(request.act, patient_id, "medicines")
    found = {
        "medicines": queries.medicine_list(request.act, patient_id),
        "statements": queries.statements_of(request.act, patient_id),
        "statement_alerts": queries.alerts_on_statements(request.act, patient_id),
        "reconciled": queries.reconciliations_of(request.act, patient_id, 3),
        "may_order": may_compose(request),
    }
    return render(request, "orders/medicines.html", page | found)


@door("orders.record_statement", methods=("GET", "POST"))
def record_statement(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down a medicine that the patient takes without an order of this house."""
    page = patient_page(request.act, patient_id, "medicines")
    form = StatementForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        require_same_patient(request, patient_id)
        visit = open_encounter(request.act, patient_id)
        services.record_statement(
            request.act, patient_id=patient_id, encounter_id=visit.id if visit else None, **form.said()
        )
        messages.success(request, _("Written down."))
        return HttpResponseRedirect(reverse("orders:medicines", args=[patient_id]), status=303)
    status = 422 if form.is_bound else 200
    return render(request, "orders/statement.html", page | {"form": form}, status=status)


@door("orders.record_statement", methods=("POST",), effect=False)
def find_medicine(request: Any) -> HttpResponse:
    """Medicines of the formulary by name, for the box of a medicine from outside."""
    found = finding.medicines_named(request.act, typed(request))
    return offer(
        request,
        (Option(value=str(one_id), label=name, sub=sub) for one_id, name, sub in found),
        nothing=_("Not in the formulary: it is written down in your words."),
    )


@door("orders.record_statement", methods=("GET", "POST"))
def end_statement(request: Any, statement_id: UUID) -> HttpResponse:
    """Say that a medicine from outside is taken no more, is paused, was never taken, or was written down in error."""
    line = queries.statement(request.act, statement_id)
    page = patient_page(request.act, line.patient_id, "medicines")
    form = StatementEndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        require_same_patient(request, line.patient_id)
        services.change_statement(
            request.act, statement_id=statement_id, version=posted_version(request), **form.cleaned_data
        )
        messages.success(request, _("Kept."))
        return HttpResponseRedirect(reverse("orders:medicines", args=[line.patient_id]), status=303)
    status = 422 if form.is_bound else 200
    return render(request, "orders/statement_end.html", page | {"line": line, "form": form}, status=status)


@door("orders.reconcile_medicines", methods=("GET", "POST"))
def reconcile(request: Any, patient_id: UUID) -> HttpResponse:
    """Go through every medicine at a transition: continue, change, hold or stop each."""
    if request.method == "POST":
        require_same_patient(request, patient_id)
        try:
            return _reconciled(request, patient_id)
        except Invalid as refusal:
            return _reconcile_page(request, patient_id, refusal)
    return _reconcile_page(request, patient_id)


def _reconcile_page(request: Any, patient_id: UUID, refusal: Invalid | None = None) -> HttpResponse:
    page = patient_page(request.act, patient_id, "medicines")
    typed_so_far = {
        name: text for name, text in request.POST.items() if name.startswith(("decision_", "reason_", "note"))
    }
    taken = queries.taken(request.act, patient_id)
    found = {
        "taken": taken,
        "mistakes": _mistakes(refusal, [one.words.name for one in taken]),
        "encounter": open_encounter(request.act, patient_id),
        "refusal": refusal,
        "typed": typed_so_far,
        "moment": request.POST.get("moment", ""),
    }
    status = refusal.status if refusal else 200
    return render(request, "orders/reconcile.html", page | found, status=status)


def _mistakes(refusal: Invalid | None, names: Sequence[str]) -> list[tuple[str, str]]:
    """Each field that has to be mended, with the medicine that it is about."""
    about = {str(place): name for place, name in enumerate(names)}
    found = refusal.fields.items() if refusal else ()
    return [(one, ": ".join(filter(None, (about.get(one.rpartition("_")[2]), str(why))))) for one, why in found]


def _reconciled(request: Any, patient_id: UUID) -> HttpResponse:
    said = posted_texts(request, "moment", "note")
    encounter_id = finding.read_id(request.POST.get("encounter_id", ""))
    if encounter_id is None:
        raise Invalid(_("There is no open visit: medicines are gone through in one."))
    decisions = [_decision(request, place, value) for place, value in enumerate(request.POST.getlist("what")[:300])]
    services.reconcile_medicines(
        request.act,
        patient_id=patient_id,
        encounter_id=encounter_id,
        moment=said["moment"],
        note=said["note"],
        decisions=decisions,
    )
    changed = [one.order_id for one in decisions if one.decision == "change" and one.order_id]
    for order_id in changed:
        composing.repeat(request.act, order_id, how="change")
    messages.success(
        request,
        _("The medicines were gone through. What is to be changed is in the draft: write and sign it.")
        if changed
        else _("The medicines were gone through."),
    )
    where = "orders:compose" if changed else "orders:medicines"
    return HttpResponseRedirect(reverse(where, args=[patient_id]), status=303)


def _decision(request: Any, place: int, value: str) -> Decision:
    kind, _colon, text = value.partition(":")
    which = finding.read_id(text)
    said = posted_texts(request, f"decision_{place}", f"reason_{place}")
    return Decision(
        decision=said[f"decision_{place}"],
        order_id=which if kind == "order" else None,
        statement_id=which if kind == "statement" else None,
        reason=said[f"reason_{place}"],
    )
