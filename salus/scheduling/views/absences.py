"""The administrator's doors for the calendar: who is away when, and the facility's holidays."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version
from salus.scheduling.changing import TouchesPatients
from salus.scheduling.forms import AbsenceForm, HolidayForm
from salus.scheduling.models import MANAGE, Absence, Holiday
from salus.scheduling.services import absences
from salus.scheduling.views.planning import accepts, schedule_known, schedule_page, tell, to_schedule, touched_page
from salus.scheduling.zones import in_facility_time


@door(MANAGE, methods=("POST",))
@in_facility_time
def record_absence(request: Any, schedule_id: UUID) -> HttpResponse:
    """Write down when somebody is away."""
    known, form = schedule_known(request, schedule_id), AbsenceForm(Absence.REASONS, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        begins, ends = _span(said)
        try:
            absences.record_absence(
                request.act,
                schedule_id=known.id,
                starts_at=begins,
                ends_at=ends,
                reason=said["reason"],
                note=said["note"],
                accept_touched=accepts(request),
            )
        except TouchesPatients as found:
            return touched_page(request, known, found)
        except (Invalid, Conflict) as error:
            tell(form, error)
        else:
            messages.success(request, _("The absence is written down."))
            return to_schedule(known.id)
    return schedule_page(request, known, form, status=422)


def _span(said: dict[str, Any]) -> tuple[datetime, datetime]:
    """Whole days, or from one time to another."""
    first, last = said["first_on"], said["last_on"] or said["first_on"]
    ends = 1440 if said["ends"] is None else said["ends"]
    return _instant(first, said["starts"] or 0), _instant(last, ends)


def _instant(day: date, minute: int) -> datetime:
    day, minute = day + timedelta(days=minute // 1440), minute % 1440
    return timezone.make_aware(datetime.combine(day, time(minute // 60, minute % 60)))


@door(MANAGE, methods=("POST",))
@in_facility_time
def withdraw_absence(request: Any, absence_id: UUID) -> HttpResponse:
    """Somebody is there after all."""
    back = absences.withdraw_absence(request.act, absence_id=absence_id, version=posted_version(request))
    return to_schedule(back.schedule_id)


@door(MANAGE, methods=("GET", "POST"))
@in_facility_time
def holidays(request: Any) -> HttpResponse:
    """The days on which the facility keeps no schedule."""
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            absences.declare_holiday(request.act, accept_touched=accepts(request), **form.cleaned_data)
        except TouchesPatients as found:
            return touched_page(request, None, found)
        except Conflict as error:
            tell(form, error)
        else:
            return HttpResponseRedirect(reverse("scheduling:holidays"), status=303)
    rows = Holiday.objects.filter(facility_id=request.act.here, withdrawn_at=None, on__gte=timezone.localdate())
    context = {"rows": rows.order_by("on"), "form": form}
    return render(request, "scheduling/holidays.html", context, status=422 if form.errors else 200)


@door(MANAGE, methods=("POST",))
@in_facility_time
def withdraw_holiday(request: Any, holiday_id: UUID) -> HttpResponse:
    """A day is a working day after all."""
    absences.withdraw_holiday(request.act, holiday_id=holiday_id, version=posted_version(request))
    return HttpResponseRedirect(reverse("scheduling:holidays"), status=303)
