"""The administrator's screens: whose time can be booked, weekly sessions, absences, holidays."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version
from salus.places.models import Location
from salus.places.queries import departments_to_choose
from salus.scheduling.changing import TouchesPatients
from salus.scheduling.forms import EndForm, ScheduleForm, SessionForm, offer
from salus.scheduling.models import MANAGE, Pattern, Schedule
from salus.scheduling.queries.choices import choices
from salus.scheduling.rules.typing import wall
from salus.scheduling.services import schedules
from salus.scheduling.services.schedules import Session
from salus.scheduling.views.planning import accepts, schedule_known, schedule_page, tell, to_schedule, touched_page
from salus.scheduling.zones import in_facility_time
from salus.staff.models import StaffMember
from salus.ui.formatting import WEEKDAYS, full_name


@door(MANAGE)
@in_facility_time
def schedule_list(request: Any) -> HttpResponse:
    """Everyone and everything that can be booked."""
    held = Count("patterns", filter=Q(patterns__retired_at=None))
    rows = Schedule.objects.visible_to(request.act).select_related("department").annotate(sessions=held)
    return render(request, "scheduling/schedules.html", {"rows": rows.order_by("retired_at", "kind", "name")})


@door(MANAGE, methods=("GET", "POST"))
@in_facility_time
def add_schedule(request: Any) -> HttpResponse:
    """Make somebody's or something's time bookable."""
    form = ScheduleForm(request.POST if request.method == "POST" else None)
    _offer_all(request, form)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = schedules.add_schedule(
                request.act,
                kind=said["kind"],
                department_id=said["department"],
                practitioner_id=said["practitioner"],
                location_id=said["location"],
                name=said["name"],
                places=said["places"] or 1,
            )
        except (Invalid, Conflict) as error:
            tell(form, error)
        else:
            return to_schedule(made.id)
    return render(request, "scheduling/schedule_form.html", {"form": form}, status=422 if form.errors else 200)


def _offer_all(request: Any, form: ScheduleForm) -> None:
    act = request.act
    staff = StaffMember.objects.filter(facility_id=act.here, retired_at=None).select_related("practitioner")
    people = [
        (str(one.practitioner_id), full_name(one.practitioner.family, one.practitioner.given, one.practitioner.title))
        for one in staff.order_by("practitioner__family", "practitioner__given")
    ]
    rooms = Location.objects.filter(department__facility_id=act.here, kind="room", retired_at=None)
    named = rooms.order_by("department__name", "name").values_list("id", "name", "department__name")
    offer(form, "department", [(str(one), name) for one, name in departments_to_choose(act)])
    offer(form, "practitioner", [("", "–"), *people])
    offer(form, "location", [("", "–"), *((str(one), f"{where}, {name}") for one, name, where in named)])


@door(MANAGE)
@in_facility_time
def schedule(request: Any, schedule_id: UUID) -> HttpResponse:
    """One schedule: its week, its absences, and booked patients whom a change has left without a time."""
    return schedule_page(request, schedule_known(request, schedule_id))


@door(MANAGE, methods=("POST",))
@in_facility_time
def retire_schedule(request: Any, schedule_id: UUID) -> HttpResponse:
    """End a schedule."""
    known, version = schedule_known(request, schedule_id), posted_version(request)
    try:
        schedules.retire_schedule(request.act, schedule_id=known.id, version=version, accept_touched=accepts(request))
    except TouchesPatients as found:
        return touched_page(request, known, found)
    return to_schedule(known.id)


@door(MANAGE, methods=("GET", "POST"))
@in_facility_time
def add_session(request: Any, schedule_id: UUID) -> HttpResponse:
    """Add a weekly session, on one weekday or several."""
    known = schedule_known(request, schedule_id)
    initial = {"first": timezone.localdate(), "slot_minutes": 20, "places": 1}
    form = _session_form(request, None if request.method == "GET" else request.POST, initial)
    if request.method == "POST" and form.is_valid():
        try:
            given = [session_of(form, day) for day in form.cleaned_data["weekdays"]]
            schedules.add_sessions(request.act, schedule_id=known.id, sessions=given, accept_touched=accepts(request))
        except TouchesPatients as found:
            return touched_page(request, known, found)
        except (Invalid, Conflict) as error:
            tell(form, error)
        else:
            messages.success(request, _("The session is added."))
            return to_schedule(known.id)
    return _session_page(request, known, form)


@door(MANAGE, methods=("GET", "POST"))
@in_facility_time
def change_session(request: Any, pattern_id: UUID) -> HttpResponse:
    """Give a session another shape from a day on."""
    pattern = _pattern(request, pattern_id)
    posted = request.method == "POST"
    form = _session_form(request, request.POST if posted else None, None if posted else _initial(pattern))
    version = posted_version(request) if posted else pattern.version
    if posted and form.is_valid():
        try:
            schedules.change_session(
                request.act,
                pattern_id=pattern.id,
                version=version,
                session=session_of(form, form.cleaned_data["weekdays"][0]),
                accept_touched=accepts(request),
            )
        except TouchesPatients as found:
            return touched_page(request, pattern.schedule, found)
        except (Invalid, Conflict) as error:
            tell(form, error)
        else:
            messages.success(request, _("The session is changed."))
            return to_schedule(pattern.schedule_id)
    return _session_page(request, pattern.schedule, form, pattern, version)


@door(MANAGE, methods=("POST",))
@in_facility_time
def end_session(request: Any, pattern_id: UUID) -> HttpResponse:
    """Let a session be held for the last time."""
    pattern, form = _pattern(request, pattern_id), EndForm(request.POST)
    version = posted_version(request)
    if not form.is_valid():
        return _session_page(
            request, pattern.schedule, _session_form(request, None, _initial(pattern)), pattern, version, form
        )
    try:
        schedules.end_session(
            request.act,
            pattern_id=pattern.id,
            version=version,
            last_on=form.cleaned_data["last_on"],
            accept_touched=accepts(request),
        )
    except TouchesPatients as found:
        return touched_page(request, pattern.schedule, found)
    return to_schedule(pattern.schedule_id)


def _pattern(request: Any, pattern_id: UUID) -> Pattern:
    rows = Pattern.objects.filter(schedule__facility_id=request.act.here, retired_at=None)
    return get_object_or_404(rows.select_related("schedule", "schedule__department"), id=pattern_id)


def _session_form(request: Any, data: Any, initial: Any) -> SessionForm:
    return SessionForm(choices(request.act), list(enumerate(WEEKDAYS)), data, initial)


def session_of(form: SessionForm, weekday: int) -> Session:
    """The session that a valid form describes, on one weekday."""
    said = form.cleaned_data
    last = said["last_on"]
    return Session(
        weekday=weekday,
        starts=said["starts"],
        ends=said["ends"],
        slot_minutes=said["slot_minutes"],
        places=said["places"],
        breaks=said["breaks"],
        first=said["first"],
        until=last + timedelta(days=1) if last else None,
        service_codes=tuple(said["service_codes"]),
        also=tuple(said["also"]),
    )


def _initial(pattern: Pattern) -> dict[str, Any]:
    until = pattern.valid.upper
    return {
        "weekdays": [pattern.weekday],
        "starts": wall(pattern.minutes.lower),
        "ends": wall(pattern.minutes.upper),
        "slot_minutes": pattern.slot_minutes,
        "places": pattern.places,
        "breaks": ", ".join(f"{wall(one.lower)}-{wall(one.upper)}" for one in pattern.breaks),
        "first": max(pattern.valid.lower or timezone.localdate(), timezone.localdate()),
        "last_on": until - timedelta(days=1) if until else None,
        "service_codes": pattern.service_codes,
        "also": [str(one) for one in pattern.also],
    }


def _session_page(
    request: Any,
    known: Schedule,
    form: SessionForm,
    pattern: Pattern | None = None,
    version: int | None = None,
    end: EndForm | None = None,
) -> HttpResponse:
    context = {"schedule": known, "form": form, "pattern": pattern, "version": version, "end": end or EndForm()}
    status = 422 if form.errors or (end is not None and end.errors) else 200
    return render(request, "scheduling/session_form.html", context, status=status)
