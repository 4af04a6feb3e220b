"""Building forms: for whoever builds them without being a programmer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version
from salus.questionnaires import screens, services
from salus.questionnaires.apps import MANAGE
from salus.questionnaires.forms import FormForm, ImportForm, LineForm, typed_answers
from salus.questionnaires.line_forms import OPERATORS, ItemForm
from salus.questionnaires.models import Questionnaire
from salus.questionnaires.queries.forms import all_forms, faults_of_form, versions_of
from salus.questionnaires.queries.signs import filled_in
from salus.questionnaires.rules.items import CHOICES, MOMENTS, NUMBERS, TEXTS
from salus.questionnaires.rules.written import indented
from salus.questionnaires.words import fault_words, mistakes_of


@door(MANAGE)
def forms(request: Any) -> HttpResponse:
    """All forms of the hospital, and those that ship with Salus."""
    return render(request, "questionnaires/forms.html", {"rows": all_forms(request.act)})


@door(MANAGE, methods=("GET", "POST"))
def draft_form(request: Any) -> HttpResponse:
    """Begin a form."""
    form = FormForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = services.draft_form(request.act, title=said["title"], description=said["description"])
        return _to(made.id)
    return render(request, "questionnaires/draft_form.html", {"form": form}, status=422 if form.errors else 200)


@door(MANAGE, methods=("GET", "POST"))
def import_form(request: Any) -> HttpResponse:
    """Take a form in that somebody else built."""
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.import_form(request.act, text=form.cleaned_data["text"])
        except Invalid as mistakes:
            for words in mistakes.fields.values():
                form.add_error("file", words)
        except Conflict as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The form is here as a draft. Look at it, then put it into use."))
            return _to(made.id)
    return render(request, "questionnaires/import_form.html", {"form": form}, status=422 if form.errors else 200)


@door(MANAGE)
def form(request: Any, form_id: UUID) -> HttpResponse:
    """One version of a form with its lines."""
    return _form(request, form_id)


@door(MANAGE, methods=("POST",))
def describe_form(request: Any, form_id: UUID) -> HttpResponse:
    """Say what a form is called and what it is for."""
    said = FormForm(request.POST)
    if not said.is_valid():
        return _form(request, form_id, status=422, about=said)
    services.describe_form(request.act, questionnaire_id=form_id, version=posted_version(request), **said.cleaned_data)
    return _to(form_id)


@door(MANAGE, methods=("POST",))
def add_line(request: Any, form_id: UUID) -> HttpResponse:
    """Add a line to a form."""
    said = LineForm(request.POST)
    if not said.is_valid():
        return _form(request, form_id, status=422, adding=said)
    typed = request.POST.get("below", "")
    below = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else None
    row = services.add_line(
        request.act,
        questionnaire_id=form_id,
        version=posted_version(request),
        below=below,
        **said.cleaned_data,
    )
    made = row.form.lines
    place = len(made) - 1 if below is None else _last_below(made, below)
    if said.cleaned_data["kind"] in ("group", "display"):
        return _to(form_id)
    return HttpResponseRedirect(reverse("questionnaires:line", args=[form_id, place]), status=303)


def _last_below(lines: Any, group: int) -> int:
    depth = lines[group].depth
    after = next((one.place for one in lines[group + 1 :] if one.depth <= depth), len(lines))
    return int(after) - 1


@door(MANAGE, methods=("GET", "POST"))
def line(request: Any, form_id: UUID, place: int) -> HttpResponse:
    """One line of a form: what it asks, and what becomes of its answer."""
    row = get_object_or_404(Questionnaire.objects.here(request.act), id=form_id)
    whole = row.form
    here = next((one for one in whole.lines if one.place == place), None)
    if here is None:
        return _to(form_id)
    said = ItemForm(whole, here.item, request.POST if request.method == "POST" else None)
    if request.method == "POST" and said.is_valid():
        services.change_line(
            request.act,
            questionnaire_id=form_id,
            version=posted_version(request),
            place=place,
            said=said.cleaned_data["said"],
        )
        if said.chosen_type != here.item.type:  # another type asks for other things
            return HttpResponseRedirect(reverse("questionnaires:line", args=[form_id, place]), status=303)
        return _to(form_id, place)
    faults = [fault_words(one) for one in faults_of_form(whole) if one.link == here.item.link]
    context = {"row": row, "here": here, "form": said, "faults": faults, "kinds": _kinds(), "operators": OPERATORS}
    return render(request, "questionnaires/line.html", context, status=422 if said.errors else 200)


def _kinds() -> dict[str, Any]:
    return {"numbers": NUMBERS, "choices": CHOICES, "moments": MOMENTS, "texts": TEXTS}


@door(MANAGE, methods=("POST",))
def move_line(request: Any, form_id: UUID, place: int) -> HttpResponse:
    """Move a line of a form."""
    services.move_line(
        request.act,
        questionnaire_id=form_id,
        version=posted_version(request),
        place=place,
        to=request.POST.get("to", ""),
    )
    return _to(form_id)


@door(MANAGE, methods=("POST",))
def copy_line(request: Any, form_id: UUID, place: int) -> HttpResponse:
    """Put a copy of a line behind it."""
    services.copy_line(request.act, questionnaire_id=form_id, version=posted_version(request), place=place)
    return _to(form_id)


@door(MANAGE, methods=("POST",))
def remove_line(request: Any, form_id: UUID, place: int) -> HttpResponse:
    """Take a line out of a form."""
    services.remove_line(request.act, questionnaire_id=form_id, version=posted_version(request), place=place)
    return _to(form_id)


@door(MANAGE, methods=("POST",))
def activate_form(request: Any, form_id: UUID) -> HttpResponse:
    """Put a form into use."""
    services.activate_form(request.act, questionnaire_id=form_id, version=posted_version(request))
    messages.success(request, _("The form is in use: it can be filled in from the patient's chart."))
    return _to(form_id)


@door(MANAGE, methods=("POST",))
def retire_form(request: Any, form_id: UUID) -> HttpResponse:
    """Fill a form in no longer."""
    services.retire_form(request.act, questionnaire_id=form_id, version=posted_version(request))
    messages.success(request, _("The form is retired. What was filled in stays as it is."))
    return _to(form_id)


@door(MANAGE, methods=("POST",))
def draft_version(request: Any, form_id: UUID) -> HttpResponse:
    """Begin the next version of a form."""
    return _to(services.draft_version(request.act, questionnaire_id=form_id).id)


@door(MANAGE, methods=("POST",))
def copy_form(request: Any, form_id: UUID) -> HttpResponse:
    """Begin a form with the questions of another."""
    return _to(services.copy_form(request.act, questionnaire_id=form_id).id)


@door(MANAGE)
def export_form(request: Any, form_id: UUID) -> HttpResponse:
    """A form as a FHIR resource."""
    row = get_object_or_404(Questionnaire.objects.here(request.act), id=form_id)
    headers = {"Content-Disposition": f'attachment; filename="questionnaire-{row.id}.json"'}
    return HttpResponse(indented(row.exported), content_type="application/fhir+json", headers=headers)


@door(MANAGE, methods=("GET", "POST"), effect=False)
def preview_form(request: Any, form_id: UUID) -> HttpResponse:
    """A form as it will be filled in; what is typed here is kept nowhere."""
    row = get_object_or_404(Questionnaire.objects.here(request.act), id=form_id)
    whole = row.form
    typed = typed_answers(whole, request.POST) if request.method == "POST" else {}
    filled = filled_in(whole, typed)
    asked = screens.questions(filled, typed, mistakes=mistakes_of(filled, missing=False))
    shown = " ".join(str(one.line.place) for one in asked if one.is_shown)
    context = {"row": row, "questions": asked, "shown": shown, "draft": None, "is_preview": True}
    template = "_state.html" if request.htmx else "preview.html"
    return render(request, f"questionnaires/{template}", context)


def _form(request: Any, form_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    row = get_object_or_404(Questionnaire.objects.here(request.act), id=form_id)
    whole = row.form
    faults: dict[str, list[str]] = {}
    for one in faults_of_form(whole):
        faults.setdefault(one.link, []).append(fault_words(one))
    resource = row.resource
    about = {"title": row.title, "description": resource.get("description"), "source": resource.get("copyright")}
    shown = {
        "row": row,
        "lines": screens.built_lines(whole, faults),
        "faults": faults,
        "own_faults": faults.get("", []),
        "about": FormForm(initial=about),
        "adding": LineForm(),
        "groups": [one for one in whole.lines if one.item.type == "group"],
        "versions": versions_of(request.act, row),
        "is_draft": row.status == Questionnaire.DRAFT and not row.is_shipped,
        "resource": resource,
    }
    template = "_lines.html" if request.htmx and status == 200 else "form.html"
    return render(request, f"questionnaires/{template}", shown | context, status=status)


def _to(form_id: UUID, place: int | None = None) -> HttpResponse:
    anchor = f"#line-{place}" if place is not None else ""
    return HttpResponseRedirect(reverse("questionnaires:form", args=[form_id]) + anchor, status=303)
