"""One task: what it says, what became of it, and what may be done."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid, NotFound
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.inbox import screens, services
from salus.inbox.forms import DelegateForm, FinishForm, GiveForm
from salus.inbox.models import GIVE, VIEW, WORK, Task
from salus.inbox.queries import listing
from salus.inbox.queries.tasks import steps_of
from salus.inbox.rules import BY_HAND, ends_elsewhere
from salus.inbox.views.listing import follow_up_of
from salus.inbox.views.own_time import in_own_time
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.ui.addresses import url


@door(VIEW)
@in_own_time
def show_task(request: Any, task_id: UUID) -> HttpResponse:
    """One task."""
    return _page(request, task_id)


def _page(request: Any, task_id: UUID, status: int = 200, **context: Any) -> HttpResponse:
    row = listing.row_of(request.act, task_id)
    if row is None:
        raise NotFound
    page = patient_page(request.act, row.patient.id, "tasks", to=FIND) if row.patient else {}
    shown = {
        "line": screens.line_of(request.act, row),
        "steps": steps_of(request.act, task_id) if row.is_readable else [],
        "finishing": FinishForm(),
        "delegating": DelegateForm(),
        "reason": None,
        "ends_elsewhere": (elsewhere := ends_elsewhere(row.task.kind, row.task.route)),
        "may_cancel": row.task.kind in BY_HAND and not elsewhere,
        "told": None,
        "now": request.act.at,
    }
    return render(request, "inbox/show.html", page | shown | context, status=status)


def _known(request: Any, task_id: UUID) -> Task:
    """The task that a form is about; one about a patient was drawn for that patient."""
    task = Task.objects.visible_to(request.act).only("id", "patient_id").get(id=task_id)
    if task.patient_id:
        require_same_patient(request, task.patient_id)
    return task


def _done(request: Any, task_id: UUID, act: Callable[[], Any], words: str, **forms: Any) -> HttpResponse:
    """Do it, and show the task again: as it is now, or with what stands in the way."""
    try:
        act()
    except Invalid as mistakes:
        for form in forms.values():
            for name, message in mistakes.fields.items():
                form.add_error(_FIELDS.get(name, name) if _FIELDS.get(name, name) in form.fields else None, message)
        told = None if forms and mistakes.fields else (next(iter(mistakes.fields.values()), "") or str(mistakes))
        return _page(request, task_id, 422, told=told, **forms)
    except Conflict as refused:
        return _page(request, task_id, refused.status, told=str(refused), **forms)
    messages.success(request, words)
    return HttpResponseRedirect(url("inbox:show", task_id), status=303)


_FIELDS = {"owner": "whom", "department": "whom", "due": "on"}


@door(WORK, methods=("POST",))
@in_own_time
def accept_task(request: Any, task_id: UUID) -> HttpResponse:
    """Say that one will do it."""
    _known(request, task_id)
    return _done(request, task_id, lambda: services.accept_task(request.act, task_id=task_id), _("It is yours now."))


@door(WORK, methods=("POST",))
@in_own_time
def start_task(request: Any, task_id: UUID) -> HttpResponse:
    """Say that it is under way."""
    _known(request, task_id)
    return _done(request, task_id, lambda: services.start_task(request.act, task_id=task_id), _("It is under way."))


@door(WORK, methods=("POST",))
@in_own_time
def finish_task(request: Any, task_id: UUID) -> HttpResponse:
    """Say that it is done, or that one has taken notice."""
    _known(request, task_id)
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _page(request, task_id, 422, finishing=form)

    def act() -> None:
        comment, follow_up = form.cleaned_data["comment"], follow_up_of(form)
        services.finish_task(request.act, task_id=task_id, comment=comment, follow_up=follow_up)

    return _done(request, task_id, act, _("Done."), finishing=form)


@door(WORK, methods=("POST",))
@in_own_time
def delegate_task(request: Any, task_id: UUID) -> HttpResponse:
    """Give it on."""
    _known(request, task_id)
    form, version = DelegateForm(request.POST), posted_version(request)
    if not form.is_valid():
        return _page(request, task_id, 422, delegating=form)

    def act() -> None:
        (owner, place), words = form.cleaned_data["whom"], form.cleaned_data["words"]
        services.delegate_task(
            request.act, task_id=task_id, version=version, owner_id=owner, department_id=place, words=words
        )

    return _done(request, task_id, act, _("Given on. You see it until it is done."), delegating=form)


@door(WORK, methods=("POST",))
@in_own_time
def cancel_task(request: Any, task_id: UUID) -> HttpResponse:
    """Say why it is no longer wanted."""
    _known(request, task_id)
    version, reason = posted_version(request), posted_texts(request, "reason")["reason"]
    try:
        services.cancel_task(request.act, task_id=task_id, version=version, reason=reason)
    except Invalid as mistakes:
        return _page(request, task_id, 422, reason=(reason, mistakes.fields.get("reason", str(mistakes))))
    except Conflict as refused:
        return _page(request, task_id, refused.status, told=str(refused), reason=(reason, None))
    messages.success(request, _("Cancelled."))
    return HttpResponseRedirect(url("inbox:show", task_id), status=303)


@door(WORK, methods=("POST",))
@in_own_time
def comment_on_task(request: Any, task_id: UUID) -> HttpResponse:
    """Say something beside it."""
    _known(request, task_id)
    words = posted_texts(request, "words")["words"]
    return _done(
        request,
        task_id,
        lambda: services.comment_on_task(request.act, task_id=task_id, words=words),
        _("Your comment stands beside it."),
    )


@door(GIVE, methods=("GET", "POST"))
@in_own_time
def give_task(request: Any) -> HttpResponse:
    """Ask somebody to do something that is about no patient."""
    return _give(request, None)


@door(GIVE, methods=("GET", "POST"))
@in_own_time
def give_task_about(request: Any, patient_id: UUID) -> HttpResponse:
    """Ask somebody to do something for a patient."""
    if request.method == "POST":
        require_same_patient(request, patient_id)
    return _give(request, patient_id)


def _give(request: Any, patient_id: UUID | None) -> HttpResponse:
    form = GiveForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _give_page(request, patient_id, form)
    if not form.is_valid():
        return _give_page(request, patient_id, form, status=422)
    try:
        task = services.give_task(request.act, patient_id=patient_id, **form.said())
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(_FIELDS.get(name, name), words)
        return _give_page(request, patient_id, form, status=422)
    messages.success(request, _("Given. You see it until it is done."))
    return HttpResponseRedirect(url("inbox:show", task.id), status=303)


def _give_page(request: Any, patient_id: UUID | None, form: GiveForm, status: int = 200) -> HttpResponse:
    page = patient_page(request.act, patient_id, "tasks", to=FIND) if patient_id else {"patient": None}
    return render(request, "inbox/give.html", page | {"form": form}, status=status)
