"""Reading notes, and what may be done with a signed one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import drafts, services
from salus.chart.forms import AddendumForm, CosignerForm, EndForm
from salus.chart.note_types import default_type
from salus.chart.queries.note_types import desk_of
from salus.chart.queries.notes import note_of, notes_of
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Invalid, NotAllowed
from salus.core.posted import posted_version
from salus.encounters.queries import open_encounter
from salus.patients.screens import patient_page


@door("patients.open")
def notes(request: Any, patient_id: UUID) -> HttpResponse:
    """All signed notes, and the doer's own drafts."""
    page = patient_page(request.act, patient_id, "notes")
    writes = request.act.may("chart.write_note")
    context = {
        "notes": notes_of(request.act, patient_id),
        "drafts": drafts.drafts_of(request.act, patient_id) if writes else [],
    }
    return render(request, "chart/notes.html", page | context)


@door("patients.open")
def note(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """One signed note with what was added to it."""
    return _note(request, patient_id, note_id)


@door("chart.write_note", methods=("POST",))
def add_addendum(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Add to a signed note."""
    same_patient(request, patient_id)
    form = AddendumForm(request.POST)
    if not form.is_valid():
        return _note(request, patient_id, note_id, status=422, addendum=form)
    services.add_addendum(request.act, patient_id=patient_id, note_id=note_id, text=form.cleaned_data["text"])
    messages.success(request, _("The addendum is signed."))
    return _back(patient_id, note_id)


@door("chart.write_note", methods=("POST",))
def void_note(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Mark a note as written in error."""
    same_patient(request, patient_id)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _note(request, patient_id, note_id, status=422, ending=form)
    said = {"version": posted_version(request), "reason": form.cleaned_data["reason"]}
    services.void_note(request.act, patient_id=patient_id, note_id=note_id, **said)
    messages.success(request, _("The note is marked as written in error."))
    return _back(patient_id, note_id)


@door("chart.write_note", methods=("POST",))
def copy_note(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Copy a note forward into a new one of its type, for the open visit."""
    same_patient(request, patient_id)
    found, desk = note_of(request.act, patient_id, note_id).note, desk_of(request.act)
    visit = open_encounter(request.act, patient_id)
    mine = {one.code for one in desk.mine}
    note_type = found.template if found.template in mine else default_type(desk.mine, "")
    if not note_type:
        raise NotAllowed("chart.write_note")
    here = visit.id if visit else None
    services.copy_note(request.act, patient_id=patient_id, encounter_id=here, note_id=found.id, note_type=note_type)
    messages.success(request, _("Copied. Change what is no longer so: what stays as it was is marked as copied."))
    return HttpResponseRedirect(reverse("chart:write_typed_note", args=[patient_id, note_type]), status=303)


@door("chart.cosign_note", methods=("POST",))
def cosign_note(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Sign a note of somebody else too."""
    same_patient(request, patient_id)
    version = posted_version(request)
    services.cosign_note(request.act, patient_id=patient_id, note_id=note_id, version=version)
    messages.success(request, _("The note is signed by you too."))
    return _back(patient_id, note_id)


@door("chart.write_note", methods=("POST",))
def ask_cosign(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """Ask somebody for the second signature."""
    same_patient(request, patient_id)
    form, version = CosignerForm(request.POST), posted_version(request)
    try:
        if not form.is_valid():
            raise Invalid(cosigner=_("Choose who is to sign."))
        cosigner_id = form.cleaned_data["cosigner"]
        services.ask_cosign(
            request.act, patient_id=patient_id, note_id=note_id, version=version, cosigner_id=cosigner_id
        )
    except Invalid as mistakes:
        return _note(request, patient_id, note_id, status=422, cosigner_error=mistakes.fields.get("cosigner"))
    messages.success(request, _("The second signature is asked for."))
    return _back(patient_id, note_id)


def _back(patient_id: UUID, note_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("chart:note", args=[patient_id, note_id]), status=303)


def _note(request: Any, patient_id: UUID, note_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "notes")
    shown = {
        "view": note_of(request.act, patient_id, note_id),
        "addendum": AddendumForm(),
        "ending": EndForm(),
        "cosigner_error": None,
    }
    return render(request, "chart/note.html", page | shown | context, status=status)
