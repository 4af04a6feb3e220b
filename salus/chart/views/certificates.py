"""Certificates: composed, signed, printed, withdrawn; and the public page on which a paper is proved."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import limits
from salus.accounts.limits import Measure
from salus.accounts.rules.limits import Limit
from salus.chart import papers, services
from salus.chart.models import Certificate
from salus.chart.paper_forms import BirthForm, DeathForm, SickNoteForm, WithdrawForm
from salus.chart.queries.certificates import Proof, certificate_of, proof_of
from salus.chart.views.posted import same_patient
from salus.core.access import write_log
from salus.core.act import system_act
from salus.core.clients import address_of, source_of
from salus.core.door import PUBLIC, door
from salus.core.errors import Conflict, Invalid, NotFound
from salus.core.posted import posted_version
from salus.patients.queries import search_patients
from salus.patients.screens import patient_page
from salus.ui import formatting
from salus.ui.combobox import Option, offer, typed
from salus.ui.house_signature import signs_with

#: questions about papers from one address: an office that checks a day's letters, and nobody who guesses
_ASKED = Limit(30, timedelta(seconds=20))
_FORMS: dict[str, type[forms.Form]] = {"sick": SickNoteForm, "birth": BirthForm, "death": DeathForm}


@door("chart.issue_certificate", methods=("POST",), effect=False)
def find_mother(request: Any) -> HttpResponse:
    """Patients whom the box of the mother offers."""
    options = [
        Option(value=str(one.id), label=one.name, sub=f"{formatting.born(one.birth_date)} · {formatting.mrn(one.mrn)}")
        for one in search_patients(request.act, typed(request), limit=8)
    ]
    return offer(request, options, nothing=_("Nobody here is called this."))


@door("chart.issue_certificate", methods=("GET", "POST"), fresh=True)
def issue_certificate(request: Any, patient_id: UUID, certificate_kind: str) -> HttpResponse:
    """Compose a certificate and sign it."""
    if certificate_kind not in _FORMS:
        raise NotFound
    page = patient_page(request.act, patient_id, "documents")
    form = _form(request, certificate_kind, page["patient"])
    status, mistake = 200, None
    if request.method == "POST":
        same_patient(request, patient_id)
        status = 422
        if form.is_valid():
            try:
                _issue(request, page["patient"], certificate_kind, form)
            except Invalid as mistakes:
                for name, words in mistakes.fields.items():
                    form.add_error(name if name in form.fields else None, words)
            except Conflict as refusal:
                status, mistake = 409, refusal
            else:
                messages.success(request, _("The certificate is signed. Print it from the list."))
                return HttpResponseRedirect(reverse("chart:documents", args=[patient_id]), status=303)
    context = {"form": form, "kind": certificate_kind, "kinds": dict(Certificate.KINDS), "mistake": mistake}
    return render(request, "chart/issue_certificate.html", page | context, status=status)


def _form(request: Any, kind: str, patient: Any) -> Any:
    today = formatting.day(request.act.at)
    initial = {
        "valid_from": today,
        "valid_until": today,
        "died": today if not patient.is_deceased else patient.deceased,
    }
    return _FORMS[kind](request.POST if request.method == "POST" else None, initial=initial)


def _issue(request: Any, patient: Any, kind: str, form: Any) -> Certificate:
    values = form.cleaned_data
    if kind == "sick":
        return services.issue_sick_note(request.act, patient_id=patient.id, **values)
    if kind == "death":
        return services.issue_death_certificate(request.act, patient_id=patient.id, death=form.death())
    if patient.born_on is None:
        raise Invalid(born_at=_("The child's day of birth is not registered."))
    birth = form.birth(patient.born_on, request.act.zone)
    return services.issue_birth_certificate(request.act, patient_id=patient.id, mother_id=values["mother"], birth=birth)


@door("patients.open")
def certificate_paper(request: Any, patient_id: UUID, certificate_id: UUID) -> HttpResponse:
    """A certificate on paper."""
    row = certificate_of(request.act, patient_id, certificate_id)
    request.act.shows(patient_id, action="print")
    made = papers.certificate(row, printed_by=request.act.by_name, printed_at=request.act.at)
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": "inline"})


@door("chart.issue_certificate", methods=("GET", "POST"), fresh=True)
def withdraw_certificate(request: Any, patient_id: UUID, certificate_id: UUID) -> HttpResponse:
    """Withdraw a certificate: its paper is no longer confirmed."""
    page = patient_page(request.act, patient_id, "documents")
    row = certificate_of(request.act, patient_id, certificate_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    status, mistake = 200, None
    if request.method == "POST":
        same_patient(request, patient_id)
        status = 422
        if form.is_valid():
            whose: dict[str, Any] = {
                "patient_id": patient_id,
                "certificate_id": row.id,
                "version": posted_version(request),
            }
            try:
                services.withdraw_certificate(request.act, **whose, **form.cleaned_data)
            except Conflict as refusal:
                status, mistake = 409, refusal
            else:
                messages.success(request, _("The certificate is withdrawn."))
                return HttpResponseRedirect(reverse("chart:documents", args=[patient_id]), status=303)
    context = {"row": row, "form": form, "kinds": dict(Certificate.KINDS), "mistake": mistake}
    return render(request, "chart/withdraw_certificate.html", page | context, status=status)


# ---------------------------------------------------------------- for everybody


@door(PUBLIC, methods=("GET", "POST"), effect=False)
def prove(request: Any) -> HttpResponse:
    """Ask with a code that was typed."""
    if request.method == "GET":
        return render(request, "chart/proof.html", {"asked": False, "proof": None, "signs_with": signs_with()})
    return _answer(request, request.POST.get("code", ""))


@door(PUBLIC)
def proof(request: Any, token: str) -> HttpResponse:
    """Ask with the code of a paper. A wrong code and a missing one are answered alike."""
    return _answer(request, token)


def _answer(request: Any, code: str) -> HttpResponse:
    words = _("Too many codes were asked for from here. Wait a moment and try again.")
    limits.take([Measure("certificate", source_of(request), _ASKED)], words=words)
    act = system_act(rights={"chart.prove_certificate"}, door="chart:proof")
    found = proof_of(act, code)
    if found is not None:
        _log(request, found)
    context = {"asked": True, "proof": found, "kinds": dict(Certificate.KINDS), "signs_with": signs_with()}
    return render(request, "chart/proof.html", context, status=200 if found else 404)


def _log(request: Any, found: Proof) -> None:
    """Somebody was told something of a patient: that stands in the log, by name or by the address that asked."""
    if request.act is not None:
        request.act.shows(found.patient_id)
        return
    act = system_act(rights=(), door="chart:proof", facility_id=found.facility_id)
    write_log(act, {found.patient_id: "read"}, address=address_of(request))
