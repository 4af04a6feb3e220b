"""Forms of one patient: filled in, signed, read, mended."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.ids import uuid7
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.encounters.queries import open_encounter
from salus.patients.screens import patient_page, require_patient
from salus.questionnaires import drafts, screens, services
from salus.questionnaires.apps import FILL
from salus.questionnaires.drafts import FormDraft
from salus.questionnaires.forms import MendForm, once_more, typed_answers
from salus.questionnaires.models import Questionnaire
from salus.questionnaires.queries.forms import form_to_fill, forms_in_use, titles_of
from salus.questionnaires.queries.prefill import known_beforehand
from salus.questionnaires.queries.responses import ResponseView, response_of, responses_of
from salus.questionnaires.queries.signs import filled_in
from salus.questionnaires.queries.value_sets import find
from salus.questionnaires.rules.responses import typed_of
from salus.questionnaires.words import mistakes_of
from salus.ui.combobox import Option, offer, typed


@door("patients.open")
def of_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """The patient's forms, and those that can be filled in."""
    page = patient_page(request.act, patient_id, "forms")
    fills = request.act.may(FILL)
    in_use = forms_in_use(request.act) if fills else []
    begun = drafts.drafts_of(request.act, patient_id) if fills else []
    titles = {one.id: one.title for one in in_use}
    context = {
        "responses": responses_of(request.act, patient_id),
        "in_use": in_use,
        "drafts": begun,
        "titles": titles | titles_of(request.act, {one.questionnaire_id for one in begun} - titles.keys()),
    }
    return render(request, "questionnaires/of_patient.html", page | context)


@door(FILL, methods=("GET", "POST"))
def fill(request: Any, patient_id: UUID, questionnaire_id: UUID) -> HttpResponse:
    """Fill in a form within the open visit; by POST the draft is saved."""
    if request.method == "GET":
        visit = open_encounter(request.act, patient_id)
        wanted = FormDraft(patient_id, visit.id if visit else None, questionnaire_id)
        draft = drafts.draft_of(request.act, wanted)
        return _begin(request, form_to_fill(request.act, questionnaire_id, begun=draft.is_begun), draft)
    row, draft = _posted(request, patient_id, questionnaire_id)
    again = request.POST.get("again", "")[:300]
    if again:
        draft = replace(draft, typed=once_more(row.form, draft.typed, again))
    try:
        services.write_response(request.act, draft=draft, leaving=True)
    except Stale as refusal:
        return _page(request, row, draft, status=409, mistake=refusal)
    if not again:
        messages.success(request, _("The draft is saved."))
    return HttpResponseRedirect(_address(draft), status=303)


@door(FILL, methods=("POST",), effect=False)
def save_form(request: Any, patient_id: UUID, questionnaire_id: UUID) -> HttpResponse:
    """Keep what was typed so far, and say which questions are asked now; the draft's own version makes it safe to send twice."""
    row, draft = _posted(request, patient_id, questionnaire_id)
    status = 200
    try:
        draft = services.write_response(request.act, draft=draft)
        request.act.shows(patient_id, action="write")
    except Stale:
        status = 409
    context = _state(row, draft) | {"draft": draft if status == 200 else None}
    return render(request, "questionnaires/_state.html", context, status=status)


@door(FILL, methods=("POST",), effect=False)
def find_answer(request: Any, value_set: str) -> HttpResponse:
    """What the box of a question offers whose answers the terminology keeps."""
    found = find(value_set, typed(request))
    offered = [Option(value=one.typed, label=one.display, sub=one.code, text=one.display) for one in found]
    return offer(request, offered, nothing=_("Nothing in this list is called so."))


@door(FILL, methods=("POST",))
def sign_form(request: Any, patient_id: UUID, questionnaire_id: UUID) -> HttpResponse:
    """Sign a form; it is locked, and what it says goes on into the record."""
    row, draft = _posted(request, patient_id, questionnaire_id)
    reason = posted_texts(request, "reason")["reason"]
    try:
        made = services.sign_response(request.act, draft=draft, reason=reason)
    except Conflict as refusal:
        return _page(request, row, draft, status=409, mistake=refusal, reason=reason)
    except Invalid as mistakes:
        return _page(request, row, draft, status=422, mistakes=mistakes, reason=reason)
    messages.success(request, _("The form is signed."))
    return HttpResponseRedirect(reverse("questionnaires:response", args=[patient_id, made.id]), status=303)


@door(FILL, methods=("POST",))
def discard_form(request: Any, patient_id: UUID, questionnaire_id: UUID) -> HttpResponse:
    """Throw the draft of a form away."""
    _row, draft = _posted(request, patient_id, questionnaire_id)
    services.discard_response(request.act, draft=draft)
    messages.success(request, _("The draft is thrown away."))
    return HttpResponseRedirect(reverse("questionnaires:of_patient", args=[patient_id]), status=303)


@door("patients.open")
def response(request: Any, patient_id: UUID, response_id: UUID) -> HttpResponse:
    """One signed form with its answers."""
    return _response(request, patient_id, response_id)


@door("patients.open")
def print_response(request: Any, patient_id: UUID, response_id: UUID) -> HttpResponse:
    """One signed form on paper."""
    page = patient_page(request.act, patient_id, "forms")
    context = {"view": response_of(request.act, patient_id, response_id), "printed_by": request.act.by_name}
    request.act.shows(patient_id, action="print")
    return render(request, "questionnaires/print.html", page | context)


@door(FILL)
def amend(request: Any, patient_id: UUID, response_id: UUID) -> HttpResponse:
    """Mend a signed form: its answers stand in a new one."""
    require_patient(request.act, patient_id)
    view = response_of(request.act, patient_id, response_id)
    if not view.stands:
        raise services.AlreadyAmended
    row = view.response
    typed = typed_of(row.questionnaire.form, row.items)
    wanted = FormDraft(patient_id, row.encounter_id, row.questionnaire_id, amends=row.id, typed=typed)
    return _begin(request, row.questionnaire, drafts.draft_of(request.act, wanted))


@door(FILL, methods=("POST",))
def void_form(request: Any, patient_id: UUID, response_id: UUID) -> HttpResponse:
    """Mark a signed form as filled in by error."""
    require_same_patient(request, patient_id)
    ending = MendForm(request.POST)
    if not ending.is_valid():
        return _response(request, patient_id, response_id, status=422, ending=ending)
    said = {"version": posted_version(request), "reason": ending.cleaned_data["reason"]}
    services.void_response(request.act, patient_id=patient_id, response_id=response_id, **said)
    messages.success(request, _("The form is marked as filled in by error."))
    return HttpResponseRedirect(reverse("questionnaires:response", args=[patient_id, response_id]), status=303)


# ---------------------------------------------------------------- what they draw


def _begin(request: Any, row: Questionnaire, draft: FormDraft) -> HttpResponse:
    """The page of a form, as its draft stands, or with what the record knows beforehand."""
    page = patient_page(request.act, draft.patient_id, "forms")
    known = {}
    if not draft.version and draft.amends is None:
        known = known_beforehand(request.act, page["patient"], row.form)
        draft = replace(draft, typed={link: list(one.typed) for link, one in known.items() if one.typed})
    return _page(request, row, replace(draft, writer=str(uuid7())), page=page, known=known)


def _page(
    request: Any,
    row: Questionnaire,
    draft: FormDraft,
    *,
    status: int = 200,
    page: dict[str, Any] | None = None,
    known: Any = None,
    mistake: Any = None,
    mistakes: Invalid | None = None,
    reason: str = "",
) -> HttpResponse:
    page = page or patient_page(request.act, draft.patient_id, "forms")
    filled = filled_in(row.form, draft.typed)
    form = filled.form
    wrong = dict(mistakes.fields) if mistakes else mistakes_of(filled, missing=False)
    context = {
        "row": row,
        "draft": draft,
        "questions": screens.questions(filled, draft.typed, mistakes=wrong, known=known),
        "errors": screens.errors_of(form, wrong) if mistakes else [],
        "mistake": mistake or (mistakes if mistakes and not wrong else None),
        "reason": reason,
        "reason_error": wrong.get("reason", ""),
    }
    return render(request, "questionnaires/fill.html", page | context, status=status)


def _state(row: Questionnaire, draft: FormDraft) -> dict[str, Any]:
    filled = filled_in(row.form, draft.typed)
    asked = screens.questions(filled, draft.typed)
    places = [one.line.place for one in asked if one.is_shown]
    return {"questions": asked, "shown": " ".join(str(one) for one in places)}


def _response(request: Any, patient_id: UUID, response_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "forms")
    view: ResponseView = response_of(request.act, patient_id, response_id)
    shown = {"view": view, "ending": MendForm(), "filled": view.filled}
    return render(request, "questionnaires/response.html", page | shown | context, status=status)


def _posted(request: Any, patient_id: UUID, questionnaire_id: UUID) -> tuple[Questionnaire, FormDraft]:
    """The form and what was typed into it.

    :raises Invalid: for a page that is not ours
    """
    require_same_patient(request, patient_id)
    visit, amends = (_id(request.POST.get(name, "")) for name in ("visit", "amends"))
    if amends:
        response_of(request.act, patient_id, amends)  # one of this patient's, or there is no such page
    version = request.POST.get("version", "")[:30]
    row = form_to_fill(request.act, questionnaire_id, begun=bool(version) or amends is not None)
    draft = FormDraft(
        patient_id=patient_id,
        encounter_id=visit,
        questionnaire_id=questionnaire_id,
        amends=amends,
        version=version,
        typed=typed_answers(row.form, request.POST),
        writer=request.POST.get("writer", "")[:40],
    )
    return row, draft


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(_("This page is out of date. Reload it and try again.")) from error


def _address(draft: FormDraft) -> str:
    if draft.amends:
        return reverse("questionnaires:amend", args=[draft.patient_id, draft.amends])
    return reverse("questionnaires:fill", args=[draft.patient_id, draft.questionnaire_id])
