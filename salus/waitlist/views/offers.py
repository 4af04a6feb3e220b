"""An offer by hand, and its answer by telephone or at the desk."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_patient, require_same_patient
from salus.scheduling.services.booking import CannotBook, TooLate
from salus.scheduling.zones import in_facility_time
from salus.waitlist.forms import AnswerForm, OfferForm
from salus.waitlist.models import JOIN, Wish
from salus.waitlist.services import offers
from salus.waitlist.views.wishes import wish_of, wish_page


@door(JOIN, methods=("POST",))
@in_facility_time
def offer_place(request: Any, wish_id: UUID) -> HttpResponse:
    """Keep a free time for the patient, who is asked."""
    known, form = wish_of(request, id=wish_id), OfferForm(request.POST)
    require_same_patient(request, known.patient_id)
    if not form.is_valid():
        raise Invalid(_("This page is out of date. Reload it and try again."))
    said = {"schedule_id": form.cleaned_data["schedule"], "starts_at": form.cleaned_data["at"]}
    try:
        offers.offer_place(request.act, wish_id=known.id, **said)
    except (Conflict, TooLate) as refused:
        return wish_page(request, known, told=refused, status=409)
    messages.success(request, _("The time is kept for the patient."))
    return _to(known.id)


@door(JOIN, methods=("POST",))
@in_facility_time
def accept_offer(request: Any, offer_id: UUID) -> HttpResponse:
    """The patient takes the time."""
    form = AnswerForm(request.POST)
    form.full_clean()
    said: dict[str, Any] = {
        "channel": form.cleaned_data.get("channel") or "phone",
        "patient_id": posted_patient(request),
    }
    try:
        made = offers.accept_offer(request.act, offer_id=offer_id, **said)
    except (CannotBook, offers.OfferOver) as refused:
        return wish_page(request, _whose(request, offer_id), told=refused, status=409)
    messages.success(request, _("The appointment is booked."))
    return HttpResponseRedirect(reverse("scheduling:show", args=[made.id]), status=303)


@door(JOIN, methods=("POST",))
@in_facility_time
def decline_offer(request: Any, offer_id: UUID) -> HttpResponse:
    """The patient does not take the time, and waits for another."""
    known, form = _whose(request, offer_id), AnswerForm(request.POST)
    form.full_clean()
    said = {name: form.cleaned_data.get(name) or "" for name in ("channel", "reason")}
    try:
        offers.decline_offer(request.act, offer_id=offer_id, **(said | {"channel": said["channel"] or "phone"}))
    except offers.OfferOver as refused:
        return wish_page(request, known, told=refused, status=409)
    messages.success(request, _("The patient waits for another time."))
    return _to(known.id)


def _whose(request: Any, offer_id: UUID) -> Wish:
    known = wish_of(request, offers__id=offer_id)
    require_same_patient(request, known.patient_id)
    return known


def _to(wish_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("waitlist:show", args=[wish_id]), status=303)
