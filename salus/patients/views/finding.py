"""Finding a patient, and who one is."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from salus.core import files
from salus.core.door import door
from salus.core.errors import NotFound
from salus.patients import access, queries, screens, sockets
from salus.patients.access.words import words_of
from salus.patients.forms import MARITAL, language_choices, other_names
from salus.patients.models import Patient

MOST = 20


@door("patients.find", methods=("GET", "POST"), effect=False)
def search(request: Any) -> HttpResponse:
    """Find patients by name, number, phone, e-mail or birth date."""
    text = request.POST.get("q", "").strip() if request.method == "POST" else ""
    found = queries.search_patients(request.act, text, MOST) if text else []
    template = "patients/_found.html" if request.headers.get("HX-Request") else "patients/search.html"
    lines = [(one, screens.landing(request.act, one.id), screens.next_acts(request.act, one.id)) for one in found]
    return render(request, template, {"text": text, "found": lines, "most": MOST})


@door("patients.find")
def show(request: Any, patient_id: UUID) -> HttpResponse:
    """Who one patient is, by which numbers known, and how to reach him or her."""
    act = request.act
    page = screens.patient_page(act, patient_id, "person", to=access.FIND)
    shown = access.decide(act, access.IDENTIFY, page["access"].about)
    panels = [one for one in sockets.identity_panels if act.may(one.right)] if shown.answer != "redact" else []
    page["panels"] = [(p.template, p.load(act, patient_id)) for p in sorted(panels, key=lambda one: one.order)]
    if not shown.allows:
        offered = page["access"].opened.answer == "offer"
        if act.may("patients.open"):
            page |= {"tabs": [], "next_acts": []}  # they would all lead to the same closed door
        more = {"identity": None, "shown": shown, "offered": offered, "barriers": words_of(shown)}
        return render(request, "patients/show.html", page | more)
    page |= {
        "identity": queries.identity_with(act, page["patient"]),
        "other_names": other_names(page["patient"]),
        "language_name": dict(language_choices(page["patient"].language)).get(page["patient"].language, ""),
        "marital_status": dict(MARITAL).get(page["patient"].marital_status, page["patient"].marital_status),
        "carers": queries.who_cares(act, patient_id),
    }
    return render(request, "patients/show.html", page)


@door("patients.find")
def photo(request: Any, patient_id: UUID) -> HttpResponse:
    """The photo of one patient, to whoever may see more than the right to find shows."""
    request.act.require_any(*screens.IDENTITY)
    patient = Patient.objects.identified_to(request.act).select_related("photo").filter(id=patient_id).first()
    if patient is None or patient.photo is None:
        raise NotFound
    request.act.shows(patient.id)
    return HttpResponse(files.read_file(patient.photo), content_type=patient.photo.media_type)
