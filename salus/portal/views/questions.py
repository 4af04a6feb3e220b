"""What the patient asks the care team, and what is answered."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid, NotFound
from salus.inbox import services as inbox
from salus.inbox.models import ASK
from salus.inbox.queries.messages import question_of, questions_of
from salus.portal.doors import Own, of_patient, page
from salus.portal.forms import AskForm, GoOnForm
from salus.portal.queries.teams import teams_of

USE = "portal.use"


@door(USE)
@of_patient(ASK)
def questions(request: Any, own: Own) -> HttpResponse:
    """All that was asked, the newest first."""
    rows = questions_of(own.act, own.patient_id)
    return page(request, "questions.html", own, rows=rows, teams=teams_of(own.act, own.patient_id))


@door(USE, methods=("GET", "POST"))
@of_patient(ASK)
def ask(request: Any, own: Own) -> HttpResponse:
    """Ask a department that cares for the patient."""
    form = AskForm(teams_of(own.act, own.patient_id), request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return page(request, "ask.html", own, form=form)
    if not form.is_valid():
        return page(request, "ask.html", own, form=form, status=422)
    said = form.cleaned_data | {"department_id": UUID(form.cleaned_data["department_id"])}
    try:
        sent = inbox.ask_team(own.act, patient_id=own.patient_id, **said)
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(name if name in form.fields else None, words)
        return page(request, "ask.html", own, form=form, status=422)
    return _to(request, sent.thread_id)


@door(USE, methods=("GET", "POST"))
@of_patient(ASK)
def question(request: Any, own: Own, question_id: UUID) -> HttpResponse:
    """One of them with its answers; what is written here goes on with it."""
    form = GoOnForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        inbox.ask_team(own.act, patient_id=own.patient_id, thread_id=question_id, body=form.cleaned_data["body"])
        return _to(request, question_id)
    found = question_of(own.act, own.patient_id, question_id)
    if found is None:
        raise NotFound
    status = 422 if request.method == "POST" else 200
    return page(request, "question.html", own, question=found[0], said=found[1], form=form, status=status)


def _to(request: Any, thread_id: UUID) -> HttpResponse:
    messages.success(request, _("It was sent. You are told when it is answered."))
    return HttpResponseRedirect(reverse("portal:question", args=[thread_id]), status=303)
