"""One number: giving it, calling it, and where it goes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import NotFound
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.patients.screens import landing
from salus.queues import queries, services
from salus.queues.check_in import IdentityForm
from salus.queues.forms import BeforeForm, CategoryForm, IssueForm, SendForm
from salus.queues.models import CALL, ISSUE, ORDER, VIEW, Queue, Token
from salus.queues.posted import back_to, optional_id, posted_id
from salus.queues.queries.boards import rows_of
from salus.scheduling.zones import in_facility_time


@door(VIEW)
@in_facility_time
def token(request: Any, token_id: UUID) -> HttpResponse:
    """One number: how it stands, whence it came, and all that may be done with it."""
    return _page(request, token_id)


@door(ISSUE, methods=("GET", "POST"))
def issue_token(request: Any, department_id: UUID) -> HttpResponse:
    """Give a number to somebody who is not checked in: a walk-in who will be registered, or who only pays."""
    there = Queue.objects.worked_by(request.act).filter(department_id=department_id).order_by("name")
    found = list(there.select_related("department"))
    if not found:
        raise NotFound
    form = IssueForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = services.issue_token(
            request.act, queue_id=UUID(form.cleaned_data["queue"]), category=form.cleaned_data["category"]
        )
        messages.success(request, _("Number %(number)s.") % {"number": made.label})
        return HttpResponseRedirect(reverse("queues:token", args=[made.id]), status=303)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "department": found[0].department}
    return render(request, "queues/give.html", context, status=status)


@door(CALL, methods=("POST",))
def call_token(request: Any, token_id: UUID) -> HttpResponse:
    """Call this one into a room."""
    return _moved(request, token_id, services.call_token, room_id=posted_id(request, "room_id"))


@door(CALL, methods=("POST",))
def recall_token(request: Any, token_id: UUID) -> HttpResponse:
    """Call again."""
    return _moved(request, token_id, services.recall_token)


@door(CALL, methods=("POST",))
def start_token(request: Any, token_id: UUID) -> HttpResponse:
    """The patient is in the room."""
    return _moved(request, token_id, services.start_token)


@door(CALL, methods=("POST",))
def finish_token(request: Any, token_id: UUID) -> HttpResponse:
    """Done."""
    return _moved(request, token_id, services.finish_token)


@door(CALL, methods=("POST",))
def miss_token(request: Any, token_id: UUID) -> HttpResponse:
    """Called, and did not come."""
    return _moved(request, token_id, services.miss_token)


@door(CALL, methods=("POST",))
def return_token(request: Any, token_id: UUID) -> HttpResponse:
    """Back in the line."""
    return _moved(request, token_id, services.return_token)


@door(CALL, methods=("POST",))
def leave_token(request: Any, token_id: UUID) -> HttpResponse:
    """Left without being seen."""
    return _moved(request, token_id, services.leave_token)


@door(CALL, methods=("POST",))
def transfer_token(request: Any, token_id: UUID) -> HttpResponse:
    """To another queue, doctor or room."""
    return _moved(
        request,
        token_id,
        services.transfer_token,
        queue_id=posted_id(request, "queue"),
        practitioner_id=optional_id(request, "practitioner"),
        room_id=optional_id(request, "room"),
    )


@door(ORDER, methods=("POST",))
def categorize_token(request: Any, token_id: UUID) -> HttpResponse:
    """How soon the patient must be called."""
    return _moved(request, token_id, services.categorize_token, category=request.POST.get("category", ""))


@door(ORDER, methods=("POST",))
def put_before(request: Any, token_id: UUID) -> HttpResponse:
    """Before another one in the line."""
    reason = posted_texts(request, "reason")["reason"]
    return _moved(request, token_id, services.put_before, before_id=posted_id(request, "before"), reason=reason)


def _moved(request: Any, token_id: UUID, move: Callable[..., Token], **values: Any) -> HttpResponse:
    """Do one act on the number that was on the screen, and go back to where the button was."""
    found = rows_of(request.act, Token.objects.visible_to(request.act).filter(id=token_id))
    if not found:
        raise NotFound
    if found[0].patient_id:
        require_same_patient(request, found[0].patient_id)
    moved = move(request.act, token_id=token_id, version=posted_version(request), **values)
    messages.success(request, _said(moved))
    return back_to(request, found[0].department_id)


def _said(moved: Token) -> str:
    words = {
        "waiting": _("%(number)s waits."),
        "called": _("%(number)s is called."),
        "serving": _("%(number)s is in the room."),
        "done": _("%(number)s is done."),
        "missed": _("%(number)s did not come."),
        "left": _("%(number)s has left."),
    }
    return words.get(moved.status, "%(number)s") % {"number": moved.label}


def _page(request: Any, token_id: UUID) -> HttpResponse:
    act = request.act
    found = rows_of(act, Token.objects.visible_to(act).filter(id=token_id))
    if not found:
        raise NotFound
    row = found[0]
    act.shows(row.patient_id)
    queue = Queue.objects.select_related("department").get(id=row.queue_id)
    open_ones = Queue.objects.worked_by(act).filter(id=queue.id).exists()
    others = rows_of(act, Token.objects.visible_to(act).filter(queue_id=queue.id, status="waiting").exclude(id=row.id))
    context = {
        "row": row,
        "href": landing(act, row.patient_id) if row.patient_id else "",
        "queue": queue,
        "may_call": open_ones and act.may(CALL) and row.status in ("waiting", "called", "serving", "missed"),
        "may_order": open_ones and act.may(ORDER) and row.status in ("waiting", "missed"),
        "identity": IdentityForm(),
        "send": SendForm(act, queue),
        "category": CategoryForm(initial={"category": row.category}),
        "before": BeforeForm([(str(one.id), one.label) for one in others if one.category == row.category]),
        "waits": row.waits(act.at),
    }
    return render(request, "queues/token.html", context | {"trail": queries.trail_of(act, token_id)})
