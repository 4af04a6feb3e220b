"""Finding a time for a patient, booking it, moving and cancelling it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salus.catalog.queries import PriceFound, prices_at
from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_patient, posted_version, require_same_patient
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.scheduling.forms import PARTS, BookForm, CancelForm, FindForm, TimeForm
from salus.scheduling.models import BOOK, OVERBOOK, VIEW, Appointment, is_desk
from salus.scheduling.queries import day as reads
from salus.scheduling.queries.choices import choices, plain
from salus.scheduling.queries.conflicts import Asked, Obstacle, asked_of, obstacles_of
from salus.scheduling.queries.free import FreeSlot, Wish, alternatives, availability
from salus.scheduling.screens import check_in_page, confirmation, may_come
from salus.scheduling.services import booking, series
from salus.scheduling.services.booking import CannotBook
from salus.scheduling.sockets import instead_of
from salus.scheduling.zones import in_facility_time

#: days that the strip above the list shows
_STRIP = 7


@dataclass(frozen=True, slots=True)
class Offer:
    """Some free times of one on one day."""

    day: date
    first: FreeSlot
    slots: list[FreeSlot]


@door(VIEW)
@in_facility_time
def of_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """All appointments of one patient."""
    page = patient_page(request.act, patient_id, "appointments", to=FIND)
    rows = reads.appointments_of(request.act, patient_id)
    return render(request, "scheduling/of_patient.html", page | {"rows": rows, "now": request.act.at})


@door(VIEW)
@in_facility_time
def show(request: Any, appointment_id: UUID) -> HttpResponse:
    """One appointment, what may be done with it, and its history."""
    return _appointment_page(request, _known(request, appointment_id), CancelForm())


@door(BOOK)
@in_facility_time
def find(request: Any, patient_id: UUID) -> HttpResponse:
    """Find a time for a patient."""
    page = patient_page(request.act, patient_id, to=FIND)
    return _find_page(request, page, reverse("scheduling:find", args=[patient_id]))


@door(BOOK, methods=("GET", "POST"))
@in_facility_time
def book_appointment(request: Any, patient_id: UUID) -> HttpResponse:
    """Book the time that was chosen."""
    if request.method != "POST":
        times = TimeForm(request.GET)
        form = BookForm(request.act, initial={"service": request.GET.get("service", ""), "channel": "desk"})
        return _time_page(request, patient_id, times, form)
    require_same_patient(request, patient_id)
    times, form = TimeForm(request.POST), BookForm(request.act, request.POST)
    if not (times.is_valid() and form.is_valid()):
        return _time_page(request, patient_id, times, form, status=422)
    try:
        said: dict[str, Any] = {
            "channel": form.cleaned_data["channel"] or "desk",
            "reason": form.cleaned_data["reason"],
        }
        said |= _said(times, form) | {"patient_id": patient_id}
        again = form.cleaned_data["times"] or 1
        if again > 1:
            made = series.book_series(request.act, times=again, **said)
        else:
            made = [booking.book_appointment(request.act, **said)]
    except CannotBook as refused:
        return _time_page(request, patient_id, times, form, refused=refused, status=409)
    except Invalid as mistakes:
        _tell(form, mistakes)
        return _time_page(request, patient_id, times, form, status=422)
    words = ngettext("The appointment is booked.", "%(n)s appointments are booked.", again) % {"n": again}
    messages.success(request, words)
    _say_if_closed(request, made[0])
    return HttpResponseRedirect(reverse("scheduling:of_patient", args=[patient_id]), status=303)


@door(BOOK, methods=("GET", "POST"))
@in_facility_time
def move_appointment(request: Any, appointment_id: UUID) -> HttpResponse:
    """Give a patient another time: find it, look at it, and move."""
    if request.method == "POST":
        return _moved(request, appointment_id, TimeForm(request.POST), BookForm(request.act, request.POST))
    known = _known(request, appointment_id)
    if "schedule" not in request.GET:
        page = patient_page(request.act, known.patient_id, to=FIND) | {"appointment": known}
        return _find_page(request, page, request.path, known)
    kept = [str(one) for one in reads.held_beyond(request.act, known)]
    form = BookForm(request.act, initial={"service": known.service_code, "also": kept})
    return _time_page(request, known.patient_id, TimeForm(request.GET), form, known=known)


def _moved(request: Any, appointment_id: UUID, times: TimeForm, form: BookForm) -> HttpResponse:
    if not (times.is_valid() and form.is_valid()):
        return _moved_again(request, appointment_id, times, form, status=422)
    version, said = posted_version(request), _said(times, form) | {"patient_id": posted_patient(request)}
    del said["service_code"]
    try:
        note = form.cleaned_data["reason"]
        made = booking.move_appointment(request.act, appointment_id=appointment_id, version=version, note=note, **said)
    except CannotBook as refused:
        return _moved_again(request, appointment_id, times, form, refused=refused, status=409)
    except Invalid as mistakes:
        _tell(form, mistakes)
        return _moved_again(request, appointment_id, times, form, status=422)
    messages.success(request, _("The appointment is moved."))
    _say_if_closed(request, made)
    return HttpResponseRedirect(reverse("scheduling:show", args=[appointment_id]), status=303)


def _say_if_closed(request: Any, made: Appointment) -> None:
    if not booking.opens_record(request.act, appointment=made):
        messages.info(
            request, _("The record opens to you when the patient has checked in, or if a colleague refers him or her.")
        )


def _moved_again(request: Any, appointment_id: UUID, times: TimeForm, form: BookForm, **told: Any) -> HttpResponse:
    """The form comes back, for the patient for whom it was drawn."""
    known = _known(request, appointment_id)
    require_same_patient(request, known.patient_id)
    return _time_page(request, known.patient_id, times, form, known=known, **told)


@door(BOOK, methods=("POST",))
@in_facility_time
def cancel_appointment(request: Any, appointment_id: UUID) -> HttpResponse:
    """Write down that the patient will not come."""
    known, form = _known(request, appointment_id), CancelForm(request.POST)
    require_same_patient(request, known.patient_id)
    if not form.is_valid():
        return _appointment_page(request, known, form, status=422)
    booking.cancel_appointment(
        request.act, appointment_id=known.id, version=posted_version(request), **form.cleaned_data
    )
    messages.success(request, _("The appointment is cancelled."))
    return HttpResponseRedirect(reverse("scheduling:show", args=[known.id]), status=303)


def _known(request: Any, appointment_id: UUID) -> Appointment:
    rows = Appointment.objects.visible_to(request.act)
    return get_object_or_404(rows.select_related("schedule", "department", "location", "encounter"), id=appointment_id)


def _said(times: TimeForm, form: BookForm) -> dict[str, Any]:
    """The arguments that booking and moving have in common."""
    return {
        "schedule_id": times.cleaned_data["schedule"],
        "starts_at": times.cleaned_data["at"],
        "service_code": form.cleaned_data["service"],
        "also": form.cleaned_data["also"],
        "length": form.cleaned_data["length"] or 0,
        "overbook_reason": form.cleaned_data["overbook_reason"],
    }


def _tell(form: BookForm, mistakes: Invalid) -> None:
    for name, words in mistakes.fields.items() or [("", str(mistakes))]:
        form.add_error(name if name in form.fields else None, words)


def _appointment_page(request: Any, known: Appointment, form: CancelForm, status: int = 200) -> HttpResponse:
    page = patient_page(request.act, known.patient_id, to=FIND)
    context = {
        "appointment": known,
        "form": form,
        "is_veiled": is_desk(request.act) and known.encounter is not None and bool(known.encounter.labels),
        "also": reads.also_held(request.act, known),
        "history": reads.history_of(request.act, known),
        "reasons": dict(Appointment.REASONS),
        "check_in_href": check_in_page(known.id),
        "confirmation_href": confirmation(known.id) if known.status == "booked" else "",
        "sooner": instead_of(request.act, known.patient_id, {"schedule": known.schedule_id, "replaces": known.id})
        if known.status == "booked" and known.period.lower > request.act.at
        else [],
        "may_check_in": may_come(request.act, known.status, known.period.lower),
        "may_miss": request.act.may(BOOK) and known.status == "booked" and known.period.lower <= request.act.at,
    }
    return render(request, "scheduling/show.html", page | context, status=status)


def _find_page(request: Any, page: dict[str, Any], action: str, known: Appointment | None = None) -> HttpResponse:
    offered = choices(request.act)
    data = request.GET.copy()
    if known is not None:
        data.setdefault("schedule", "" if "first" in data else str(known.schedule_id))
        data.setdefault("service", known.service_code)
    form = FindForm(offered, data)
    form.full_clean()
    said = form.cleaned_data
    first = max(said.get("first") or timezone.localdate(), timezone.localdate())
    schedule = said.get("schedule")
    wish = Wish(
        first=first,
        schedule_ids=(UUID(schedule),) if schedule else (),
        department_id=UUID(said["department"]) if said.get("department") else None,
        specialty=said.get("specialty", ""),
        language=said.get("language", ""),
        service_code=said.get("service", ""),
        walls=PARTS[said.get("part", "")],
    )
    found = availability(request.act, wish, a_day_each=None if schedule else 6)
    context = {
        "form": form,
        "action": action,
        "offers": _offers(found.slots),
        "strip": [(day, found.counts[day], _with(data, day)) for day in list(found.counts)[:_STRIP]],
        "next_days": _with(data, first + timedelta(days=_STRIP)),
        "found": found,
        "own_time": offered.schedules if request.act.may(OVERBOOK) else (),
        "target": reverse("scheduling:move", args=[known.id])
        if known
        else reverse("scheduling:book", args=[page["patient"].id]),
        "service": said.get("service", ""),
        "first": first,
        "instead": instead_of(request.act, page["patient"].id, said | {"replaces": known and known.id}),
    }
    return render(request, "scheduling/find.html", page | context)


def _offers(slots: list[FreeSlot]) -> list[Offer]:
    def whose(one: FreeSlot) -> tuple[date, str, UUID]:
        return timezone.localtime(one.starts_at).date(), one.offering.schedule, one.schedule_id

    ordered = sorted(slots, key=lambda one: (*whose(one), one.starts_at))
    grouped = [Offer(key[0], group[0], group) for key, group in
               ((key, list(rows)) for key, rows in groupby(ordered, key=whose))]  # fmt: skip
    return sorted(grouped, key=lambda one: (one.day, one.first.starts_at))


def _with(data: Any, day: date) -> str:
    changed = data.copy()
    changed["first"] = day.isoformat()
    return f"?{changed.urlencode()}"


def _wish(times: TimeForm, form: BookForm) -> dict[str, Any]:
    """What is asked for: as it was typed, or as the page offers it at first."""
    is_said = form.is_bound and form.is_valid()
    said = form.cleaned_data if is_said else form.initial
    return {
        "schedule_id": times.cleaned_data["schedule"],
        "starts_at": times.cleaned_data["at"],
        "service_code": said.get("service") or "",
        "also": [UUID(str(one)) for one in said.get("also") or ()],
        "length": said.get("length") or 0,
    }


def _fees(request: Any, form: BookForm, asked: Asked) -> list[PriceFound]:
    """What the visit will cost: as it is asked for, or all that this one charges. Who has one fee alone is booked with that
    unless another kind is said."""
    own = asked.schedule.profile.fee_codes if asked.schedule.profile else ()
    if not form.is_bound and len(own) == 1:
        form.initial["service"] = form.initial.get("service") or own[0]
    said = form["service"].value()
    codes = [str(said)] if said else own
    return prices_at(request.act.here, codes, asked.starts_at) if codes else []


def _looked_for(times: TimeForm, form: BookForm) -> dict[str, Any]:
    """What is asked for, as another way to help would take it up."""
    return {"schedule": times.cleaned_data.get("schedule"), "service": form["service"].value()}


def _time_page(
    request: Any,
    patient_id: UUID,
    times: TimeForm,
    form: BookForm,
    *,
    known: Appointment | None = None,
    refused: CannotBook | None = None,
    status: int = 200,
) -> HttpResponse:
    """The chosen time, what stands in its way, what comes nearest."""
    page = patient_page(request.act, patient_id, to=FIND)
    asked: Asked | None = None
    obstacles: Sequence[Obstacle] = ()
    if times.is_valid():
        asked = (refused and refused.asked) or asked_of(request.act, **_wish(times, form))
        but = known.id if known else None
        obstacles = refused.obstacles if refused else obstacles_of(request.act, asked, patient_id=patient_id, but=but)
    fees = _fees(request, form, asked) if asked else []
    may_overbook = request.act.may(OVERBOOK) and CannotBook(obstacles).may_be_overbooked
    context = {
        "form": form,
        "times": times,
        "asked": asked,
        "profile": asked.schedule.profile if asked else None,
        "plain": plain,
        "fees": fees,
        "appointment": known,
        "obstacles": obstacles,
        "is_refused": refused is not None,
        "may_overbook": bool(obstacles) and may_overbook,
        "nearest": alternatives(
            request.act,
            schedule_id=asked.schedule.id,
            starts_at=asked.starts_at,
            service_code=_wish(times, form)["service_code"],
        )
        if asked and obstacles
        else None,
        "target": reverse("scheduling:move", args=[known.id]) if known else request.path,
        "back": reverse("scheduling:move", args=[known.id]) if known else reverse("scheduling:find", args=[patient_id]),
        "has_things": bool(form.choices.things),
        "instead": instead_of(request.act, patient_id, _looked_for(times, form) | {"replaces": known and known.id})
        if obstacles
        else [],
    }
    return render(
        request, "scheduling/time.html", page | context, status=422 if asked is None and status == 200 else status
    )
