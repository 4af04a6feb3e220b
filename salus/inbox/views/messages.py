"""What is written about a patient: threads, a new message, an answer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid, NotFound
from salus.core.posted import require_same_patient
from salus.inbox import screens, services
from salus.inbox.about import source_of, subject_of
from salus.inbox.forms import AnswerForm, MarksForm, MessageForm
from salus.inbox.models import VIEW, WRITE, Communication, Flag, Thread
from salus.inbox.queries import listing
from salus.inbox.queries.messages import ThreadShown, thread_of, threads_of
from salus.inbox.views.own_time import in_own_time
from salus.patients.access import FIND
from salus.patients.access.labels import known, words_of
from salus.patients.screens import patient_page
from salus.ui.addresses import url


@door(VIEW)
@in_own_time
def of_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """What is to be done about one patient, and what was written."""
    page = patient_page(request.act, patient_id, "tasks", to=FIND)
    rows = listing.tasks_about(request.act, patient_id)
    lines = [screens.line_of(request.act, one) for one in rows]
    context = {
        "open_lines": [one for one in lines if one.row.task.is_open],
        "ended_lines": [one for one in lines if not one.row.task.is_open],
        "flags": list(Flag.objects.of_patient(request.act, patient_id).standing()),
        "categories": Flag.CATEGORIES,
        "threads": threads_of(request.act, patient_id),
        "is_open": page["access"].opened.allows,
        "now": request.act.at,
    }
    return render(request, "inbox/of_patient.html", page | context)


@door("patients.open")
@in_own_time
def thread(request: Any, thread_id: UUID) -> HttpResponse:
    """What was written in one thread, who has read it, and the answer."""
    return _page(request, thread_id, AnswerForm())


def _page(request: Any, thread_id: UUID, form: AnswerForm, status: int = 200) -> HttpResponse:
    request.act.require(VIEW)
    row = Thread.objects.filter(id=thread_id, facility_id=request.act.facility_id).first()
    if row is None:
        raise NotFound
    page = patient_page(request.act, row.patient_id, "tasks")
    shown = thread_of(request.act, row)
    if not shown.said:
        raise NotFound  # the record is open, and what was written is barred by its labels
    return render(
        request,
        "inbox/thread.html",
        page | {"thread": shown, "form": form, "marks": _marks_of(shown), "now": request.act.at},
        status=status,
    )


def _marks_of(shown: ThreadShown) -> dict[str, Any]:
    """What the messages that one reads are marked with, and the form to mark the thread by hand."""
    labels = known([label for one in shown.said for label in one.communication.labels])
    return {"words": words_of(labels), "form": MarksForm(initial={"labels": shown.thread.labels})}


@door(WRITE, methods=("GET", "POST"))
@in_own_time
def send_message(request: Any, patient_id: UUID) -> HttpResponse:
    """Write to a colleague or a department about a patient."""
    if request.method != "POST":
        return _write_page(request, patient_id, MessageForm())
    require_same_patient(request, patient_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _write_page(request, patient_id, form, status=422)
    try:
        sent = services.send_message(request.act, patient_id=patient_id, **form.said())
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error({"to": "whom", "answer_by": "on"}.get(name, name), words)
        return _write_page(request, patient_id, form, status=422)
    messages.success(request, _("Sent."))
    return HttpResponseRedirect(url("inbox:thread", sent.thread_id), status=303)


@door(WRITE)
@in_own_time
def write_about(request: Any, patient_id: UUID, entry_kind: str, row_id: UUID) -> HttpResponse:
    """Begin a message about one entry of the record, whose labels it has."""
    about = source_of(entry_kind, row_id)
    return _write_page(request, patient_id, MessageForm(initial={"about": about}))


def _write_page(request: Any, patient_id: UUID, form: MessageForm, status: int = 200) -> HttpResponse:
    page = patient_page(request.act, patient_id, "tasks")
    shown = {"form": form, "subject": subject_of(request.act, patient_id, str(form["about"].value() or ""))}
    return render(request, "inbox/write.html", page | shown, status=status)


@door(WRITE, methods=("POST",))
@in_own_time
def answer_message(request: Any, communication_id: UUID) -> HttpResponse:
    """Answer whoever wrote."""
    asked = Communication.objects.visible_to(request.act).only("patient_id", "thread_id").get(id=communication_id)
    require_same_patient(request, asked.patient_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, asked.thread_id, form, status=422)
    services.answer_message(request.act, communication_id=communication_id, body=form.cleaned_data["body"])
    messages.success(request, _("Answered."))
    return HttpResponseRedirect(url("inbox:thread", asked.thread_id), status=303)


@door("patients.set_labels", methods=("POST",))
@in_own_time
def mark_thread(request: Any, thread_id: UUID) -> HttpResponse:
    """Say with which labels what was written is sensitive."""
    row = Thread.objects.filter(id=thread_id, facility_id=request.act.facility_id).first()
    if row is None:
        raise NotFound
    require_same_patient(request, row.patient_id)
    form = MarksForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose one of the list."))
    seen = [one for one in request.POST.get("seen", "").split(",") if one]
    services.mark_thread(request.act, thread_id=thread_id, labels=form.cleaned_data["labels"], seen=seen)
    messages.success(request, _("The marks are kept."))
    return HttpResponseRedirect(url("inbox:thread", thread_id), status=303)


@door(VIEW, methods=("POST",))
def mark_read(request: Any, thread_id: UUID) -> HttpResponse:
    """The page of a thread says that it was looked at."""
    row = Thread.objects.filter(id=thread_id, facility_id=request.act.facility_id).first()
    if row is None:
        raise NotFound
    require_same_patient(request, row.patient_id)
    services.mark_read(request.act, thread_id=thread_id)
    return HttpResponse(status=204)
