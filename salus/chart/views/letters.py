"""Signed notes on paper, and letters that the patient reads."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import letters, services
from salus.chart.queries.notes import note_of
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.posted import posted_version
from salus.patients.access.reading import require_open


@door("patients.open")
def print_note(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """A signed note on A4."""
    require_open(request.act, patient_id)
    view = note_of(request.act, patient_id, note_id)
    request.act.shows(patient_id, action="print")
    made = letters.printed(request.act, view, by=request.act.by_name)
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": "inline"})


@door("chart.show_letter", methods=("POST",))
def show_letter(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Show a letter to the patient at the patients' own door, or no longer."""
    same_patient(request, patient_id)
    show, version = bool(request.POST.get("show")), posted_version(request)
    services.show_letter(request.act, patient_id=patient_id, note_id=note_id, version=version, show=show)
    messages.success(request, _("The patient reads it now.") if show else _("The patient reads it no longer."))
    return HttpResponseRedirect(reverse("chart:note", args=[patient_id, note_id]), status=303)
