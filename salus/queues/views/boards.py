"""The boards: the departments, one of them, the own list, and the room in which one sits."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import NotFound
from salus.queues import queries, screens, services
from salus.queues.models import CALL, VIEW
from salus.queues.posted import back_to, posted_id, query_id
from salus.scheduling.zones import in_facility_time


@door(VIEW)
def queues(request: Any) -> HttpResponse:
    """The departments that have queues; who works in one of them comes there at once."""
    found = queries.departments_with_queues(request.act)
    own = [one for one in found if one["id"] in request.act.places]
    if len(own) == 1 and "all" not in request.GET:
        return HttpResponseRedirect(reverse("queues:board", args=[own[0]["id"]]))
    return render(request, "queues/queues.html", {"departments": found})


@door(VIEW)
@in_facility_time
def board(request: Any, department_id: UUID) -> HttpResponse:
    """Who waits at a department, and which room has whom; as a fragment where the page asks again by itself."""
    found = queries.board_of(request.act, department_id)
    if found is None:
        raise NotFound
    queue_id = query_id(request, "queue", {one.id for one in found.queues})
    page = screens.board_page(request.act, found, queue_id)
    return render(request, "queues/_board.html" if request.htmx else "queues/board.html", page)


@door(CALL)
@in_facility_time
def my_queue(request: Any) -> HttpResponse:
    """The own list: whom the room has, and who is next."""
    page = screens.my_page(request.act)
    if page is None:
        return render(request, "queues/no_queue.html")
    return render(request, "queues/_mine.html" if request.htmx else "queues/mine.html", page)


@door(CALL, methods=("POST",))
def call_next(request: Any, department_id: UUID) -> HttpResponse:
    """Call whoever's turn it is into a room."""
    try:
        token = services.call_next(
            request.act,
            queue_id=posted_id(request, "queue_id"),
            room_id=posted_id(request, "room_id"),
            finishes=request.POST.get("finishes") == "1",
        )
    except services.NobodyWaits:
        messages.info(request, _("Nobody waits for this room."))
    else:
        messages.success(request, _("%(number)s is called.") % {"number": token.label})
    return back_to(request, department_id)


@door(CALL, methods=("POST",))
def open_station(request: Any, department_id: UUID) -> HttpResponse:
    """Sit down in a room."""
    services.open_station(request.act, room_id=posted_id(request, "room_id"))
    return back_to(request, department_id)


@door(CALL, methods=("POST",))
def close_station(request: Any, department_id: UUID) -> HttpResponse:
    """Leave a room."""
    services.close_station(request.act, room_id=posted_id(request, "room_id"))
    return back_to(request, department_id)
