"""What a patient may ask for: a copy, an amendment, an accounting of disclosures."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from salus.audit import services
from salus.audit.copying import as_bundle, in_sections
from salus.audit.doors_in_words import door_in_words
from salus.audit.explaining import PURPOSES, reason_in_words
from salus.audit.forms import ACTIONS, AnswerForm, WishForm
from salus.audit.models import Amendment
from salus.audit.queries.disclosures import MOST, YEARS, disclosures
from salus.audit.queries.rights import amendments_waiting
from salus.core.act import Act
from salus.core.door import door
from salus.core.errors import Invalid, NotFound
from salus.core.posted import require_same_patient
from salus.patients.models import Patient
from salus.ui import formatting


def home_panel(request: Any) -> str:
    """Who waits for an answer to what he says is wrong, for the home page of whoever answers."""
    return render_to_string("audit/_home_rights.html", {"waiting": amendments_waiting(request.act)}, request)


@door("audit.view_rights")
def rights(request: Any, patient_id: UUID) -> HttpResponse:
    """What this patient has asked for, and what may be asked for."""
    return _page(request, patient_id, WishForm(initial={"asked_on": timezone.localdate().isoformat()}))


@door("audit.give_copy", methods=("POST",), fresh=True)
def copy_for_programs(request: Any, patient_id: UUID) -> HttpResponse:
    """A copy of the record as a FHIR bundle."""
    require_same_patient(request, patient_id)
    resources = services.give_copy(request.act, patient_id=patient_id, form="fhir")
    headers = {"Content-Disposition": 'attachment; filename="record.json"'}
    return HttpResponse(as_bundle(resources, request.act.at), content_type="application/fhir+json", headers=headers)


@door("audit.give_copy", methods=("POST",), fresh=True)
def copy_for_people(request: Any, patient_id: UUID) -> HttpResponse:
    """A copy of the record to be read and printed."""
    require_same_patient(request, patient_id)
    patient = _patient(request.act, patient_id)
    resources = services.give_copy(request.act, patient_id=patient_id, form="page")
    context = {
        "patient": patient,
        "name": formatting.full_name(patient.family, patient.given, patient.title),
        "sections": in_sections(resources),
        "printed_by": request.act.by_name,
        "printed_at": request.act.at,
    }
    return render(request, "audit/copy.html", context)


@door("audit.take_amendment", methods=("POST",))
def ask_amendment(request: Any, patient_id: UUID) -> HttpResponse:
    """Keep that the patient says the record is wrong."""
    require_same_patient(request, patient_id)
    form = WishForm(request.POST)
    if form.is_valid():
        try:
            services.ask_amendment(request.act, patient_id=patient_id, **form.cleaned_data)
        except Invalid as mistakes:
            for name, message in mistakes.fields.items():
                form.add_error(name, message)
        else:
            messages.success(request, _("The request is kept. It is to be answered within sixty days."))
            return HttpResponseRedirect(reverse("audit:rights", args=[patient_id]), status=303)
    return _page(request, patient_id, form, status=422)


@door("audit.answer_amendment", methods=("POST",))
def answer_amendment(request: Any, patient_id: UUID, amendment_id: UUID) -> HttpResponse:
    """Answer a patient who says that the record is wrong."""
    require_same_patient(request, patient_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        wish = WishForm(initial={"asked_on": timezone.localdate().isoformat()})
        return _page(request, patient_id, wish, answering=(amendment_id, form), status=422)
    services.answer_amendment(request.act, patient_id=patient_id, amendment_id=amendment_id, **form.cleaned_data)
    messages.success(request, _("The answer is kept."))
    return HttpResponseRedirect(reverse("audit:rights", args=[patient_id]), status=303)


@door("audit.view_disclosures")
def accounting(request: Any, patient_id: UUID) -> HttpResponse:
    """To whom this patient's data was given."""
    patient = _patient(request.act, patient_id)
    context = {
        "patient": patient,
        "name": formatting.full_name(patient.family, patient.given, patient.title),
        "found": disclosures(request.act, patient_id),
        "actions": dict(ACTIONS),
        "door_in_words": door_in_words,
        "purposes": PURPOSES,
        "reason_in_words": reason_in_words,
        "years": YEARS,
        "most": MOST,
    }
    return render(request, "audit/accounting.html", context)


def _page(
    request: Any,
    patient_id: UUID,
    form: WishForm,
    *,
    answering: tuple[UUID, AnswerForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    patient = _patient(request.act, patient_id)
    rows = Amendment.objects.filter(patient_id=patient_id, facility_id=request.act.here).order_by("-asked_on", "-id")
    context = {
        "patient": patient,
        "name": formatting.full_name(patient.family, patient.given, patient.title),
        "form": form,
        "amendments": list(rows),
        "answers": dict(Amendment.ANSWERS),
        "answering": answering,
        "fresh": AnswerForm(),
    }
    return render(request, "audit/rights.html", context, status=status)


def _patient(act: Act, patient_id: UUID) -> Patient:
    """Who it is about, by name only: these pages show nothing of the record."""
    act.shows(patient_id)
    found = (
        Patient.objects.filter(id=patient_id, facility_id=act.here)
        .only("id", "family", "given", "title", "mrn")
        .first()
    )
    if found is None:
        raise NotFound
    return found
