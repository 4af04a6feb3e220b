"""The waiting list: joining it, taking or leaving what it offers; and the place in the queue of the day."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid, NotFound, WrongPatient
from salus.portal.doors import Own, of_patient, page
from salus.portal.forms import WishForm
from salus.portal.queries.waiting import offer_of, wish_of, wishes_of
from salus.queues.models import VIEW as SEE_QUEUE
from salus.queues.queries.places import place_in_queue
from salus.scheduling.queries.choices import choices
from salus.waitlist.models import JOIN
from salus.waitlist.queries.wishes import replaceable
from salus.waitlist.services import offers
from salus.waitlist.services import wishes as acts

USE = "portal.use"
_WALLS = {"": (0, 1440), "am": (0, 720), "pm": (720, 1020), "eve": (1020, 1440)}


@door(USE, methods=("GET", "POST"))
@of_patient(JOIN)
def waiting_list(request: Any, own: Own) -> HttpResponse:
    """What one waits for; and joining the list."""
    known, later = choices(own.act), replaceable(own.act, own.patient_id)
    form = WishForm(request.POST if request.method == "POST" else None, choices=known, later=later)
    if request.method == "POST" and form.is_valid():
        try:
            _join(own, form.cleaned_data)
        except (Invalid, acts.WaitsAlready) as trouble:
            for name, words in (trouble.fields or {"": str(trouble)}).items():
                form.add_error(name if name in form.fields else None, words)
        else:
            messages.success(request, _("You are on the waiting list. We tell you when a time is free."))
            return HttpResponseRedirect(reverse("portal:waiting_list"), status=303)
    context = {"form": form, "rows": wishes_of(own.act, own.patient_id)}
    return page(request, "waiting_list.html", own, status=422 if form.errors else 200, **context)


def _join(own: Own, said: dict[str, Any]) -> None:
    acts.join_waiting_list(
        own.act,
        patient_id=own.patient_id,
        schedule_ids=[said["schedule_id"]] if said["schedule_id"] else (),
        specialty="" if said["schedule_id"] else said["specialty"],
        service_code=said["service"],
        last_on=said["last_on"],
        walls=_WALLS[said["time"]],
        short_notice=said["short_notice"],
        note=said["note"],
        replaces_id=UUID(said["replaces"]) if said["replaces"] else None,
        channel="portal",
    )


@door(USE, methods=("POST",))
@of_patient(JOIN)
def leave(request: Any, own: Own, wish_id: UUID) -> HttpResponse:
    """Wait no more."""
    if wish_of(own.act, own.patient_id, wish_id) is None:
        raise NotFound
    acts.leave_waiting_list(own.act, wish_id=wish_id, reason="pat")
    messages.success(request, _("You are off the waiting list."))
    return HttpResponseRedirect(reverse("portal:waiting_list"), status=303)


@door(USE, methods=("POST",))
@of_patient(JOIN)
def accept(request: Any, own: Own, offer_id: UUID) -> HttpResponse:
    """Take the time that is kept."""
    try:
        made = offers.accept_offer(own.act, offer_id=offer_id, channel="portal", patient_id=own.patient_id)
    except WrongPatient as another:
        raise NotFound from another
    messages.success(request, _("The appointment is booked."))
    return HttpResponseRedirect(reverse("portal:appointment", args=[made.id]), status=303)


@door(USE, methods=("POST",))
@of_patient(JOIN)
def decline(request: Any, own: Own, offer_id: UUID) -> HttpResponse:
    """Leave the time to somebody else, and wait for another."""
    if offer_of(own.act, own.patient_id, offer_id) is None:
        raise NotFound
    offers.decline_offer(own.act, offer_id=offer_id, channel="portal")
    messages.success(request, _("Somebody else gets this time. You still wait for another."))
    return HttpResponseRedirect(reverse("portal:waiting_list"), status=303)


@door(USE)
@of_patient(SEE_QUEUE)
def place(request: Any, own: Own) -> HttpResponse:
    """The place in the queue: the live part of the first page."""
    context = {"own": own, "places": place_in_queue(own.act, own.patient_id)}
    return render(request, "portal/_place.html", context)
