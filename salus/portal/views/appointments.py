"""Appointments: those that there are, a free time, moving, cancelling, saying that one is here."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid, NotFound, WrongPatient
from salus.core.posted import posted_version
from salus.portal.doors import Own, of_patient, page
from salus.portal.forms import TIMES, SearchForm, TimeForm
from salus.portal.queries.appointments import OwnAppointment, appointment_of, appointments_ahead, appointments_before
from salus.portal.queries.settings import settings_of
from salus.portal.services import own as acts
from salus.queues.codes import code_of
from salus.scheduling.models import BOOK, VIEW
from salus.scheduling.queries.choices import choices
from salus.scheduling.queries.conflicts import Asked, asked_of
from salus.scheduling.queries.free import FreeSlot, Wish, alternatives, availability
from salus.scheduling.services.booking import CannotBook, TooManyBooked

USE = "portal.use"
#: minutes of the day
_WALLS = {"": (0, 1440), "am": (0, 720), "pm": (720, 1020), "eve": (1020, 1440)}
_DAYS, _MOST = 14, 60


@dataclass(frozen=True, slots=True)
class Day:
    """Free times of one day."""

    day: date
    slots: list[FreeSlot]


@door(USE)
@of_patient(VIEW)
def appointments(request: Any, own: Own) -> HttpResponse:
    """All appointments, those to come first."""
    ahead, before = appointments_ahead(own.act, own.patient_id), appointments_before(own.act, own.patient_id)
    return page(request, "appointments.html", own, ahead=ahead, before=before)


@door(USE)
@of_patient(VIEW)
def appointment(request: Any, own: Own, appointment_id: UUID) -> HttpResponse:
    """One appointment, and what may be done with it."""
    return _one(request, own, appointment_id)


@door(USE, methods=("GET", "POST"), effect=False)
@of_patient(BOOK)
def find(request: Any, own: Own) -> HttpResponse:
    """Free times, by what somebody wishes."""
    return _find(request, own, None)


@door(USE, methods=("GET", "POST"), effect=False)
@of_patient(BOOK)
def find_other(request: Any, own: Own, appointment_id: UUID) -> HttpResponse:
    """Free times in place of one that was booked."""
    return _find(request, own, _own(own, appointment_id))


@door(USE, methods=("POST",), effect=False)
@of_patient(BOOK)
def look(request: Any, own: Own) -> HttpResponse:
    """One free time, before it is booked."""
    return _time_page(request, own, _time(request), None)


@door(USE, methods=("POST",), effect=False)
@of_patient(BOOK)
def look_other(request: Any, own: Own, appointment_id: UUID) -> HttpResponse:
    """One free time, before an appointment is moved to it."""
    return _time_page(request, own, _time(request), _own(own, appointment_id))


@door(USE, methods=("POST",))
@of_patient(BOOK)
def book(request: Any, own: Own) -> HttpResponse:
    """Book a free time."""
    said = _time(request)
    values = {"service_code": said["service"], "reason": said["reason"], "patient_id": own.patient_id}
    try:
        made = acts.book(own.act, schedule_id=said["schedule_id"], starts_at=said["starts_at"], **values)
    except (CannotBook, Invalid, TooManyBooked) as trouble:
        return _taken(request, own, said, None, trouble)
    messages.success(request, _("The appointment is booked."))
    return HttpResponseRedirect(reverse("portal:appointment", args=[made.id]), status=303)


@door(USE, methods=("POST",))
@of_patient(BOOK)
def move(request: Any, own: Own, appointment_id: UUID) -> HttpResponse:
    """Move an appointment to a free time."""
    said = _time(request)
    times = {"schedule_id": said["schedule_id"], "starts_at": said["starts_at"], "patient_id": own.patient_id}
    try:
        acts.move(own.act, appointment_id=appointment_id, version=posted_version(request), **times)
    except WrongPatient as another:
        raise NotFound from another
    except (CannotBook, Invalid) as trouble:
        return _taken(request, own, said, _own(own, appointment_id), trouble)
    messages.success(request, _("The appointment has its new time."))
    return HttpResponseRedirect(reverse("portal:appointment", args=[appointment_id]), status=303)


@door(USE, methods=("POST",))
@of_patient(BOOK)
def cancel(request: Any, own: Own, appointment_id: UUID) -> HttpResponse:
    """Cancel an appointment."""
    _own(own, appointment_id)
    acts.cancel(own.act, appointment_id=appointment_id, version=posted_version(request))
    messages.success(request, _("The appointment is cancelled."))
    return HttpResponseRedirect(reverse("portal:appointments"), status=303)


@door(USE, methods=("POST",))
@of_patient("encounters.start_encounter")
def check_in(request: Any, own: Own, appointment_id: UUID) -> HttpResponse:
    """Say that one is here."""
    _own(own, appointment_id)
    acts.check_in(own.act, appointment_id=appointment_id, version=posted_version(request))
    messages.success(request, _("We know that you are here. Please wait until you are called."))
    return HttpResponseRedirect(reverse("portal:home"), status=303)


def _own(own: Own, appointment_id: UUID) -> OwnAppointment:
    found = appointment_of(own.act, own.patient_id, appointment_id)
    if found is None:
        raise NotFound
    return found


def _one(request: Any, own: Own, appointment_id: UUID) -> HttpResponse:
    one, known = _own(own, appointment_id), settings_of(own.act)
    code = code_of(one.row.id) if one.row.status == "booked" else ""
    return page(request, "appointment.html", own, one=one, hours=known.cancel_hours, code=code, now=own.act.at)


def _find(request: Any, own: Own, moved: OwnAppointment | None) -> HttpResponse:
    form = SearchForm(request.POST if request.method == "POST" else {})
    said = form.cleaned_data if form.is_valid() else {}
    offered = choices(own.act)
    for name, options in (("schedule_id", offered.schedules), ("department_id", offered.departments)):
        if said.get(name) and str(said[name]) not in {str(value) for value, *_words in options}:
            form.add_error(name, _("Choose one of these."))
    today = timezone.localdate()
    last = today + timedelta(days=settings_of(own.act).days_ahead)
    first = min(max(said.get("day") or today, today), last)
    wish = Wish(
        first,
        min(_DAYS, (last - first).days + 1),
        (said["schedule_id"],) if said.get("schedule_id") else (),
        said.get("department_id"),
        said.get("specialty", ""),
        said.get("language", ""),
        said.get("service", "") if moved is None else moved.row.service_code,
        moved.row.schedule_id if moved is not None and not said.get("schedule_id") else None,
        _WALLS[said.get("time", "")],
    )
    found = availability(own.act, wish, most=_MOST, a_day_each=4)
    days = [
        Day(day, list(rows)) for day, rows in groupby(found.slots, key=lambda one: timezone.localdate(one.starts_at))
    ]
    later = first + timedelta(days=wish.days)
    context: dict[str, Any] = {
        "choices": offered,
        "times": TIMES,
        "days": days,
        "moved": moved,
        "said": said,
        "first": first,
    }
    return page(
        request, "find.html", own, form=form, later=later if later <= last else None,
        status=422 if form.errors else 200, **context,
    )  # fmt: skip


def _time(request: Any) -> dict[str, Any]:
    form = TimeForm(request.POST)
    if not form.is_valid():
        raise Invalid
    said: dict[str, Any] = form.cleaned_data
    return said


def _asked(own: Own, said: dict[str, Any]) -> Asked:
    return asked_of(own.act, schedule_id=said["schedule_id"], starts_at=said["starts_at"], service_code=said["service"])


def _time_page(request: Any, own: Own, said: dict[str, Any], moved: OwnAppointment | None) -> HttpResponse:
    asked = _asked(own, said)
    services = dict(choices(own.act).services)
    context: dict[str, Any] = {"asked": asked, "said": said, "moved": moved, "services": services}
    return page(request, "time.html", own, hours=settings_of(own.act).cancel_hours, **context)


def _taken(
    request: Any, own: Own, said: dict[str, Any], moved: OwnAppointment | None, trouble: Conflict | Invalid
) -> HttpResponse:
    """The time is gone meanwhile, or may not be had: why, and what comes nearest."""
    nearest = alternatives(
        own.act, schedule_id=said["schedule_id"], starts_at=said["starts_at"], service_code=said["service"]
    )
    words = [str(trouble), *(trouble.fields.values())]
    own_other = isinstance(trouble, CannotBook) and any(one.kind == "patient" for one in trouble.obstacles)
    context: dict[str, Any] = {"words": words, "nearest": nearest, "said": said, "moved": moved, "own_other": own_other}
    return page(request, "taken.html", own, status=409, **context)
