"""Visits' screens: the worklist of the day, checking in, one visit, moving it, the visits of a patient."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version, require_same_patient
from salus.encounters import queries, rules, screens, services
from salus.encounters.forms import VISITED, StartForm
from salus.encounters.models import Encounter
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.places.models import Department

#: so many visits of a patient on one page
_VISITS = 50


@door("encounters.view")
def queue(request: Any) -> HttpResponse:
    """Who is here today, who waits, and for how long."""
    wish = screens.wish_of(request.act, request.GET)
    found = screens.queue_of(request.act, wish)
    departments = Department.objects.filter(facility_id=request.act.facility_id, kind__in=VISITED, retired_at=None)
    return render(
        request,
        "encounters/queue.html",
        {
            "wish": wish,
            "queue": found,
            "counts": screens.counts_of(found, wish),
            "lines": screens.lines_of(request.act, found),
            "total": found.count(wish.show),
            "departments": [(str(one.id), one.name) for one in departments.order_by("name")],
            "has_own": bool(request.act.places),
        },
    )


@door("encounters.start_encounter", methods=("GET", "POST"))
def start_encounter(request: Any, patient_id: UUID) -> HttpResponse:
    """Check a patient in."""
    data = request.POST if request.method == "POST" else None
    form, parts = StartForm(request.act, data), screens.check_in_parts(data)
    if data is not None and all([form.is_valid(), *(one.form.is_valid() for one in parts)]):
        require_same_patient(request, patient_id)
        answer = _started(request, patient_id, form, parts)
        if answer is not None:
            return answer
    for one in parts:
        one.look(request.act, patient_id)
    there = queries.open_visits(request.act, patient_id)
    page = patient_page(request.act, patient_id, to=FIND)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "encounters/start.html", page | {"form": form, "parts": parts, "there": there}, status=status
    )


def _started(request: Any, patient_id: UUID, form: StartForm, parts: list[screens.Part]) -> HttpResponse | None:
    values = form.cleaned_data
    try:
        visit = services.start_encounter(
            request.act,
            patient_id=patient_id,
            department_id=values["department"],
            practitioner_id=values["practitioner"],
            service_code=values["service"],
            reason=values["reason"],
        )
    except services.AlreadyHere as refusal:
        form.add_error("department", str(refusal))
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(name, words)
    else:
        for one in parts:
            one.save(request.act, visit)
        messages.success(request, _("Checked in. Visit number %(number)s.") % {"number": visit.number})
        return HttpResponseRedirect(screens.after_check_in(request.act, visit.id), status=303)
    return None


@door("encounters.view")
def show(request: Any, encounter_id: UUID) -> HttpResponse:
    """One visit: where it stands, and what may come next."""
    visits = Encounter.objects.visible_to(request.act).select_related("department", "practitioner", "location")
    visit = get_object_or_404(visits, id=encounter_id)
    page = patient_page(request.act, visit.patient_id, to=FIND)
    reads = not visit.labels or page["access"].opened.reads(visit.labels, is_own=visit.recorded_by_id == request.act.by)
    moves = [one for one in rules.MOVES.get(visit.status, ()) if _may_move(request.act, visit, one)]
    shown = {"visit": visit, "moves": moves, "reads": reads, "steps": queries.steps_of(request.act, visit)}
    return render(request, "encounters/show.html", page | shown)


def _may_move(act: Any, visit: Encounter, to: str) -> bool:
    cancels_unbegun = to == "cancelled" and visit.status in ("planned", "arrived")
    return act.may("encounters.move_encounter") or (cancels_unbegun and act.may("encounters.start_encounter"))


@door("encounters.view", methods=("POST",))
def move_encounter(request: Any, encounter_id: UUID) -> HttpResponse:
    """Bring a visit to its next state."""
    status = request.POST.get("status", "")
    visit = services.move_encounter(
        request.act, encounter_id=encounter_id, status=status, version=posted_version(request)
    )
    if request.POST.get("patient_id") != str(visit.patient_id):
        raise Conflict(_("This form belongs to another patient. Nothing was saved."))
    said = {
        "in-progress": _("The patient is in the room."),
        "finished": _("The visit is finished."),
        "cancelled": _("The visit is cancelled."),
    }
    messages.success(request, said.get(visit.status, _("The visit has moved on.")))
    onward = screens.after_moving(request.act, visit.patient_id, visit.status)
    return HttpResponseRedirect(onward or reverse("encounters:queue"), status=303)


@door("patients.open")
def visits(request: Any, patient_id: UUID) -> HttpResponse:
    """All visits of one patient, newest first."""
    page = patient_page(request.act, patient_id, "visits")
    found = queries.visits_of(request.act, patient_id, request.act.at + timedelta(days=1), _VISITS)
    total = queries.visit_count(request.act, patient_id)
    return render(request, "encounters/visits.html", page | {"visits": found, "total": total})
