"""Patients' screens: finding, registering, who one is, changing it, the photo."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from salus.core import files
from salus.core.door import door
from salus.core.errors import NotFound
from salus.patients import queries, screens
from salus.patients.models import Patient


@door("patients.find", methods=("GET", "POST"), effect=False)
def search(request: Any) -> HttpResponse:
    """Find patients by name, number, phone, e-mail or birth date."""
    text = request.POST.get("q", "").strip() if request.method == "POST" else ""
    found = queries.search_patients(request.act, text) if text else []
    template = "patients/_found.html" if request.headers.get("HX-Request") else "patients/search.html"
    return render(request, template, {"text": text, "found": found})


@door("patients.find")
def show(request: Any, patient_id: UUID) -> HttpResponse:
    """Who one patient is, by which numbers known, and how to reach him or her."""
    may_see = request.act.may_any(*screens.IDENTITY)
    identity = queries.identity_of(request.act, patient_id) if may_see else None
    page = screens.patient_page(request.act, patient_id, "person")
    return render(request, "patients/show.html", page | {"identity": identity})


@door("patients.find")
def photo(request: Any, patient_id: UUID) -> HttpResponse:
    """The photo of one patient, to whoever may see more than the right to find shows."""
    request.act.require_any(*screens.IDENTITY)
    patient = (
        Patient.objects.visible_to(request.act).select_related("photo").filter(id=patient_id).only("photo").first()
    )
    if patient is None or patient.photo is None:
        raise NotFound
    request.act.shows(patient.id)
    return HttpResponse(files.read_file(patient.photo), content_type=patient.photo.media_type)
