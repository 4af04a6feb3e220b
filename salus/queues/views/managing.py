"""Which queues there are, and what the walls show."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version
from salus.places.queries import departments_to_choose
from salus.queues import services
from salus.queues.forms import DisplayForm, QueueForm
from salus.queues.models import MANAGE, Display, Queue


@door(MANAGE)
def manage(request: Any) -> HttpResponse:
    """The queues of the house by department, and what the wall of each shows."""
    return _page(request)


@door(MANAGE, methods=("POST",))
def open_queue(request: Any) -> HttpResponse:
    """Open a queue."""
    form = QueueForm(_departments(request), request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = services.open_queue(
                request.act,
                department_id=UUID(said["department"]),
                kind=said["kind"],
                name=said["name"],
                prefix=said["letters"],
            )
        except (Conflict, Invalid) as wrong:
            for name, words in wrong.fields.items():
                form.add_error("letters" if name == "prefix" else name, words)
        else:
            messages.success(request, _("%(queue)s is open.") % {"queue": made.name})
            return HttpResponseRedirect(reverse("queues:manage"), status=303)
    return _page(request, form=form, status=422)


@door(MANAGE, methods=("POST",))
def retire_queue(request: Any, queue_id: UUID) -> HttpResponse:
    """Close a queue for good."""
    services.retire_queue(request.act, queue_id=queue_id, version=posted_version(request))
    messages.success(request, _("The queue is closed."))
    return HttpResponseRedirect(reverse("queues:manage"), status=303)


@door(MANAGE, methods=("POST",))
def set_display(request: Any, department_id: UUID) -> HttpResponse:
    """Say what a wall shows."""
    form = DisplayForm(request.POST)
    if not form.is_valid():
        raise Invalid(languages=_("Choose one language or more."))
    services.set_display(request.act, department_id=department_id, **form.cleaned_data)
    messages.success(request, _("The wall shows this from now on."))
    return HttpResponseRedirect(reverse("queues:manage"), status=303)


def _page(request: Any, *, form: QueueForm | None = None, status: int = 200) -> HttpResponse:
    queues = Queue.objects.here(request.act).select_related("department").order_by("department__name", "name")
    by_department: dict[UUID, list[Queue]] = {}
    for one in queues:
        by_department.setdefault(one.department_id, []).append(one)
    shown = {one.department_id: one for one in Display.objects.filter(department_id__in=by_department)}
    places = [(rows[0].department, rows, _display_form(shown.get(key))) for key, rows in by_department.items()]
    context = {"places": places, "form": form or QueueForm(_departments(request))}
    return render(request, "queues/manage.html", context, status=status)


def _display_form(display: Display | None) -> DisplayForm:
    if display is None:
        return DisplayForm(initial={"languages": ["en"]}, auto_id=False)
    told = {name: getattr(display, name) for name in ("languages", "shows_names", "has_chime")}
    return DisplayForm(initial=told, auto_id=False)


def _departments(request: Any) -> list[tuple[str, str]]:
    return [(str(one), name) for one, name in departments_to_choose(request.act)]
