"""Writing, signing and reading notes."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import drafts, screens, services
from salus.chart.drafts import NoteDraft
from salus.chart.forms import AddendumForm, EndForm, NoteForm
from salus.chart.queries.diagnoses import diagnoses_of
from salus.chart.queries.notes import note_of, notes_of
from salus.chart.queries.vitals import vital_series
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Invalid, NotFound, Stale
from salus.core.ids import uuid7
from salus.core.posted import posted_version
from salus.encounters.models import Encounter
from salus.encounters.queries import open_encounter
from salus.encounters.services import CannotMove
from salus.patients.screens import patient_page, require_patient


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


@door("chart.write_note", methods=("GET", "POST"))
def write_note(request: Any, patient_id: UUID) -> HttpResponse:
    """Write a note for the open visit; by POST the draft is saved."""
    if request.method == "GET":
        visit = open_encounter(request.act, patient_id)
        draft = drafts.draft_of(request.act, patient_id, visit.id if visit else None)
        return _page(request, patient_id, replace(draft, writer=str(uuid7())), visit)
    form = _posted(request, patient_id)
    if "remove" in request.POST or "add" in request.POST:
        return _again(request, patient_id, form, 200)
    try:
        services.write_note(request.act, **_said(patient_id, form))
    except Stale as refusal:
        return _again(request, patient_id, form, 409, mistake=refusal)
    messages.success(request, _("The draft is saved."))
    return HttpResponseRedirect(reverse("chart:write_note", args=[patient_id]), status=303)


@door("chart.write_note", methods=("POST",), effect=False)
def save_draft(request: Any, patient_id: UUID) -> HttpResponse:
    """Keep what was typed so far; the page calls this by itself. The draft's own version makes it safe to send twice."""
    form = _posted(request, patient_id)
    try:
        draft = services.write_note(request.act, **_said(patient_id, form))
    except Stale:
        return render(request, "chart/_draft_state.html", {"draft": None}, status=409)
    request.act.shows(patient_id, action="write")
    return render(request, "chart/_draft_state.html", {"draft": draft})


@door("chart.write_note", methods=("POST",), effect=False)
def note_diagnoses(request: Any, patient_id: UUID) -> HttpResponse:
    """The list of diagnoses with one more, or one fewer."""
    form = _posted(request, patient_id)
    require_patient(request.act, patient_id)  # the list says which of these the patient has already
    shown = list(diagnoses_of(patient_id, form.diagnoses).values())
    return render(
        request,
        "chart/_diagnoses.html",
        {"diagnoses": _in_order(shown, form.diagnoses), "error": None, "patient_id": patient_id},
    )


@door("chart.write_note", methods=("POST",))
def sign_note(request: Any, patient_id: UUID) -> HttpResponse:
    """Sign the note; it is locked."""
    form = _posted(request, patient_id)
    finishes = "finish" in request.POST
    try:
        note = services.sign_note(request.act, **_said(patient_id, form), finish_visit=finishes)
    except Stale as refusal:
        return _again(request, patient_id, form, 409, mistake=refusal)
    except Invalid as mistakes:
        return _again(request, patient_id, form, 422, errors=mistakes.fields)
    except CannotMove as refusal:
        return _again(request, patient_id, form, 409, mistake=refusal)
    messages.success(request, _("The note is signed.") + (" " + _("The visit is finished.") if finishes else ""))
    onward = reverse("encounters:queue") if finishes else reverse("chart:note", args=[patient_id, note.id])
    return HttpResponseRedirect(onward, status=303)


@door("chart.write_note", methods=("POST",))
def discard_draft(request: Any, patient_id: UUID) -> HttpResponse:
    """Throw the draft away."""
    form = _posted(request, patient_id)
    said = _said(patient_id, form)
    services.discard_draft(
        request.act,
        patient_id=patient_id,
        encounter_id=said["encounter_id"],
        version=said["version"],
        writer=said["writer"],
    )
    messages.success(request, _("The draft is thrown away."))
    return HttpResponseRedirect(reverse("chart:notes", args=[patient_id]), status=303)


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
    return HttpResponseRedirect(reverse("chart:note", args=[patient_id, note_id]), status=303)


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
    return HttpResponseRedirect(reverse("chart:note", args=[patient_id, note_id]), status=303)


def _note(request: Any, patient_id: UUID, note_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "notes")
    shown = {"view": note_of(request.act, patient_id, note_id), "addendum": AddendumForm(), "ending": EndForm()}
    return render(request, "chart/note.html", page | shown | context, status=status)


def _posted(request: Any, patient_id: UUID) -> NoteForm:
    same_patient(request, patient_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("This page is out of date. Reload it and try again."))
    return form


def _said(patient_id: UUID, form: NoteForm) -> dict[str, Any]:
    return {
        "patient_id": patient_id,
        "encounter_id": form.cleaned_data["visit"],
        "version": form.cleaned_data["version"],
        "writer": form.cleaned_data["writer"],
        "sections": form.sections,
        "diagnoses": form.diagnoses,
    }


def _again(request: Any, patient_id: UUID, form: NoteForm, status: int, **context: Any) -> HttpResponse:
    """The page with what was typed; where another window saved meanwhile, with what stands there, and its version."""
    said = _said(patient_id, form)
    visit = Encounter.objects.visible_to(request.act).filter(patient_id=patient_id, id=said["encounter_id"]).first()
    if said["encounter_id"] and visit is None:
        raise NotFound
    typed = NoteDraft(
        patient_id=patient_id,
        encounter_id=said["encounter_id"],
        version=said["version"],
        writer=said["writer"],
        sections=said["sections"],
        diagnoses=tuple(said["diagnoses"]),
    )
    other = drafts.draft_of(request.act, patient_id, said["encounter_id"]) if status == 409 else None
    if other is not None:
        # Both texts are on the page now: whoever sends it again has seen the other one.
        typed = replace(typed, version=other.version)
    return _page(request, patient_id, typed, visit, status=status, other=other, **context)


def _page(
    request: Any, patient_id: UUID, draft: NoteDraft, visit: Encounter | None, *, status: int = 200, **context: Any
) -> HttpResponse:
    page = patient_page(request.act, patient_id, "notes")
    known = diagnoses_of(patient_id, draft.diagnoses)
    shown = {
        "draft": draft,
        "visit": visit,
        "diagnoses": _in_order(list(known.values()), draft.diagnoses),
        "panel": screens.signs_panel(vital_series(request.act, patient_id, 6)) | {"axis": ()},
        "tests": screens.latest_results(request.act, patient_id, 8),
        "mistake": None,
        "errors": {},
        "other": None,
    }
    return render(request, "chart/write_note.html", page | shown | context, status=status)


def _in_order(found: list[Any], codes: Any) -> list[Any]:
    return sorted(found, key=lambda one: list(codes).index(one.code))
