"""Writing and signing notes."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import drafts, phrases, screens, services
from salus.chart.drafts import NoteDraft
from salus.chart.forms import NoteForm
from salus.chart.note_types import default_type
from salus.chart.queries.cosigning import cosigners
from salus.chart.queries.diagnoses import diagnoses_of
from salus.chart.queries.note_types import Desk, desk_of
from salus.chart.queries.vitals import vital_series
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Invalid, NotAllowed, NotFound, Stale
from salus.core.ids import uuid7
from salus.encounters.models import Encounter
from salus.encounters.queries import open_encounter
from salus.encounters.services import CannotMove
from salus.patients.screens import patient_page, require_patient
from salus.ui import formatting
from salus.ui.combobox import Option, offer, typed


@door("chart.write_note", methods=("GET", "POST"))
def write_note(request: Any, patient_id: UUID) -> HttpResponse:
    """Write a note for the open visit, going on with the draft that was saved last; by POST the draft is saved."""
    if request.method == "GET":
        return _begin(request, patient_id, "")
    form = _posted(request, patient_id)
    if "remove" in request.POST or "add" in request.POST:
        return _again(request, patient_id, form, 200)
    said = _said(patient_id, form)
    try:
        services.write_note(request.act, **said, said=form.said, leaving=True)
    except Stale as refusal:
        return _again(request, patient_id, form, 409, mistake=refusal)
    messages.success(request, _("The draft is saved."))
    return HttpResponseRedirect(reverse("chart:write_typed_note", args=[patient_id, said["note_type"]]), status=303)


@door("chart.write_note")
def write_typed_note(request: Any, patient_id: UUID, note_type: str) -> HttpResponse:
    """Write a note of this type for the open visit."""
    return _begin(request, patient_id, note_type)


@door("chart.write_note", methods=("POST",), effect=False)
def save_draft(request: Any, patient_id: UUID) -> HttpResponse:
    """Keep what was typed so far; the page calls this by itself. The draft's own version makes it safe to send twice."""
    form = _posted(request, patient_id)
    try:
        draft = services.write_note(request.act, **_said(patient_id, form), said=form.said)
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
        {"diagnoses": _in_order(shown, form.diagnoses), "error": None, "patient_id": patient_id, "changed": True},
    )


@door("chart.write_note", methods=("POST",), effect=False)
def find_cosigner(request: Any) -> HttpResponse:
    """Who may be asked to sign a note too."""
    found = [one.practitioner for one in cosigners(request.act, typed(request))[:20]]
    options = [Option(value=str(one.id), label=formatting.full_name(one.family, one.given, one.title)) for one in found]
    return offer(request, options, nothing=_("Nobody of that name signs notes of others."))


@door("chart.write_note", methods=("POST",))
def sign_note(request: Any, patient_id: UUID) -> HttpResponse:
    """Sign the note; it is locked."""
    form = _posted(request, patient_id)
    finishes = "finish" in request.POST
    said = form.said
    asked = services.Asked(form.cleaned_data["cosigner"], said.get("addressee", ""), bool(said.get("show")))
    try:
        note = services.sign_note(request.act, **_said(patient_id, form), asked=asked, finish_visit=finishes)
    except (Stale, CannotMove) as refusal:
        return _again(request, patient_id, form, 409, mistake=refusal)
    except Invalid as mistakes:
        return _again(request, patient_id, form, 422, errors=mistakes.fields)
    messages.success(request, _("The note is signed.") + (" " + _("The visit is finished.") if finishes else ""))
    onward = reverse("encounters:queue") if finishes else reverse("chart:note", args=[patient_id, note.id])
    return HttpResponseRedirect(onward, status=303)


@door("chart.write_note", methods=("POST",))
def discard_draft(request: Any, patient_id: UUID) -> HttpResponse:
    """Throw the draft away."""
    said = _said(patient_id, _posted(request, patient_id))
    names = ("patient_id", "encounter_id", "version", "writer", "note_type")
    services.discard_draft(request.act, **{name: said[name] for name in names})
    messages.success(request, _("The draft is thrown away."))
    return HttpResponseRedirect(reverse("chart:notes", args=[patient_id]), status=303)


def _begin(request: Any, patient_id: UUID, note_type: str) -> HttpResponse:
    desk, visit = desk_of(request.act), open_encounter(request.act, patient_id)
    encounter_id = visit.id if visit else None
    if note_type:
        draft = drafts.draft_of(request.act, patient_id, encounter_id, note_type)
    else:
        draft = _draft_to_go_on(request, desk, patient_id, visit)
    one = desk.type_to_write(draft.note_type)
    if not draft.version:
        draft = replace(draft, sections=phrases.filled(request.act, patient_id, encounter_id, one))
    return _page(request, patient_id, replace(draft, writer=str(uuid7())), visit, desk)


def _draft_to_go_on(request: Any, desk: Desk, patient_id: UUID, visit: Encounter | None) -> NoteDraft:
    """The draft that was saved last, or an empty one of the type to begin with."""
    encounter_id = visit.id if visit else None
    newest = drafts.newest_of(request.act, patient_id, encounter_id)
    if newest is not None and desk.writes(newest.note_type):
        return newest
    first = default_type(desk.mine, visit.class_code if visit else "")
    if not first:
        raise NotAllowed("chart.write_note")
    return NoteDraft(patient_id, encounter_id, note_type=first)


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
        "note_type": form.cleaned_data["note_type"] or "consultation",
        "copied": form.copied,
        "sections": form.sections,
        "diagnoses": form.diagnoses,
    }


def _again(request: Any, patient_id: UUID, form: NoteForm, status: int, **context: Any) -> HttpResponse:
    """The page with what was typed; where another window saved meanwhile, with what stands there, and its version."""
    said = _said(patient_id, form)
    visit = Encounter.objects.visible_to(request.act).filter(patient_id=patient_id, id=said["encounter_id"]).first()
    if said["encounter_id"] and visit is None:
        raise NotFound
    typed = NoteDraft(**said | {"diagnoses": tuple(said["diagnoses"])}, said=form.said)
    other = drafts.draft_of(request.act, patient_id, said["encounter_id"], said["note_type"]) if status == 409 else None
    if other is not None:
        # Both texts are on the page now: whoever sends it again has seen the other one.
        typed = replace(typed, version=other.version)
    return _page(request, patient_id, typed, visit, desk_of(request.act), status=status, other=other, **context)


def _page(
    request: Any,
    patient_id: UUID,
    draft: NoteDraft,
    visit: Encounter | None,
    desk: Desk,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    page = patient_page(request.act, patient_id, "notes")
    known = diagnoses_of(patient_id, draft.diagnoses)
    one = desk.type_to_write(draft.note_type)
    shown = {
        "draft": draft,
        "type": one,
        "desk": desk,
        "needs_second": one.needs_second(desk.roles),
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
