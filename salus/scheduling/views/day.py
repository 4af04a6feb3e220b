"""The day's list, and what becomes of those on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import NotFound
from salus.core.posted import posted_version, require_same_patient
from salus.places.queries import departments_to_choose
from salus.scheduling import screens
from salus.scheduling.models import BOOK, VIEW, Appointment
from salus.scheduling.queries.touched import touched_count
from salus.scheduling.services import day as services
from salus.scheduling.zones import in_facility_time


@door(VIEW)
@in_facility_time
def day(request: Any) -> HttpResponse:
    """Whose appointments are on a day, who has come, who is missing."""
    wish = screens.wish_of(request.act, request.GET)
    found = screens.list_of(request.act, wish)
    context = {
        "wish": wish,
        "counts": screens.counts_of(found, wish),
        "lines": screens.lines_of(request.act, found),
        "total": found.count(wish.show),
        "people": found.people,
        "pages": screens.pages_of(found, wish),
        "departments": [(str(one), name) for one, name in departments_to_choose(request.act)],
        "has_own": bool(request.act.places or request.act.practitioner_id),
        "touched": touched_count(request.act) if request.act.may(BOOK) else 0,
    }
    return render(request, "scheduling/day.html", context)


@door(screens.CHECK_IN, methods=("POST",))
@in_facility_time
def check_in(request: Any, appointment_id: UUID) -> HttpResponse:
    """The patient is here."""
    _same_patient(request, appointment_id)
    visit = services.check_in(request.act, appointment_id=appointment_id, version=posted_version(request))
    messages.success(request, _("Checked in. Visit number %(number)s.") % {"number": visit.number})
    return HttpResponseRedirect(reverse("scheduling:day"), status=303)


@door(BOOK, methods=("POST",))
@in_facility_time
def mark_missed(request: Any, appointment_id: UUID) -> HttpResponse:
    """The patient did not come."""
    _same_patient(request, appointment_id)
    services.mark_missed(request.act, appointment_id=appointment_id, version=posted_version(request))
    messages.success(request, _("Marked: did not attend."))
    return HttpResponseRedirect(reverse("scheduling:day"), status=303)


def _same_patient(request: Any, appointment_id: UUID) -> None:
    known = Appointment.objects.visible_to(request.act).filter(id=appointment_id)
    patient = known.values_list("patient_id", flat=True).first()
    if patient is None:
        raise NotFound
    require_same_patient(request, patient)
