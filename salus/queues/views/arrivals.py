"""People come: by the code of an appointment at the desk or a kiosk, or by their appointment on the day's list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import NotFound
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.encounters.models import Encounter
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.queues import papers, queries, services
from salus.queues.check_in import IdentityForm
from salus.queues.codes import appointment_of
from salus.queues.forms import KioskForm
from salus.queues.models import CALL, SCAN, VIEW, Token
from salus.queues.posted import back_to
from salus.queues.services import AskAtTheDesk
from salus.queues.words import KIOSK, LANGUAGES, spoken
from salus.scheduling.models import Appointment
from salus.scheduling.zones import in_facility_time

CHECK_IN = "encounters.start_encounter"


@door(CHECK_IN, methods=("GET", "POST"), effect=False)
def scan(request: Any) -> HttpResponse:
    """Read the code that a patient shows: it leads to his check-in."""
    if request.method == "POST":
        found = appointment_of(posted_texts(request, "code")["code"])
        booked = Appointment.objects.visible_to(request.act).filter(id=found) if found else None
        if booked is not None and booked.exists():
            return HttpResponseRedirect(reverse("queues:check_in_booked", args=[found]), status=303)
    return render(request, "queues/scan.html", {"failed": request.method == "POST"}, status=_status(request))


@door(CHECK_IN, methods=("GET", "POST"))
@in_facility_time
def check_in_booked(request: Any, appointment_id: UUID) -> HttpResponse:
    """Check in who has an appointment: who it is, what is missing, one button."""
    booked = _booked(request, appointment_id)
    form = IdentityForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        require_same_patient(request, booked.patient_id)
        visit = services.check_in_booked(
            request.act,
            appointment_id=appointment_id,
            version=posted_version(request),
            identifiers=form.cleaned_data["identifiers"],
        )
        messages.success(request, _("Checked in. Visit number %(number)s.") % {"number": visit.number})
        return HttpResponseRedirect(reverse("queues:of_visit", args=[visit.id]), status=303)
    page = patient_page(request.act, booked.patient_id, to=FIND)
    part = {"form": form, "found": queries.prompts_for(request.act, booked.patient_id)}
    return render(
        request, "queues/check_in.html", page | {"appointment": booked, "part": part}, status=_status(request)
    )


@door(VIEW)
def of_visit(request: Any, encounter_id: UUID) -> HttpResponse:
    """The number of a visit; to the worklist where its department gives none."""
    tokens = Token.objects.visible_to(request.act).open().filter(encounter_id=encounter_id).order_by("-issued_at")
    found = tokens.values_list("id", flat=True).first()
    if found is None:
        if not Encounter.objects.visible_to(request.act).filter(id=encounter_id).exists():
            raise NotFound
        return HttpResponseRedirect(reverse("encounters:queue"), status=303)
    return HttpResponseRedirect(reverse("queues:token", args=[found]), status=303)


@door(CALL, methods=("POST",))
def confirm_identity(request: Any, token_id: UUID) -> HttpResponse:
    """Recognise later who could not be at the check-in."""
    token = _token(request, token_id)
    form = IdentityForm(request.POST)
    if token.encounter_id is None or token.patient_id is None:
        raise NotFound
    require_same_patient(request, token.patient_id)
    identifiers = form.cleaned_data["identifiers"] if form.is_valid() else []
    services.confirm_identity(request.act, encounter_id=token.encounter_id, identifiers=identifiers)
    messages.success(request, _("Confirmed who %(number)s is.") % {"number": token.label})
    return back_to(request, token.queue.department_id)


@door(SCAN, methods=("GET", "POST"))
@in_facility_time
def kiosk(request: Any) -> HttpResponse:
    """A device in the hall: the code of the appointment and the date of birth give a number; in the language that is chosen."""
    code = spoken((request.POST if request.method == "POST" else request.GET).get("lang", ""))
    form = KioskForm(KIOSK[code], request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "form": form,
        "failed": False,
        "lang": code,
        "words": KIOSK[code],
        "languages": LANGUAGES,
    }
    if request.method == "POST" and form.is_valid():
        try:
            token = services.check_in_by_code(
                request.act, code=form.cleaned_data["code"], birth_date=form.cleaned_data["birth_date"]
            )
        except AskAtTheDesk:
            return render(request, "queues/kiosk.html", context | {"failed": True}, status=422)
        return render(request, "queues/kiosk_done.html", context | {"token": token})
    return render(request, "queues/kiosk.html", context, status=_status(request))


@door(VIEW)
@in_facility_time
def slip(request: Any, token_id: UUID) -> HttpResponse:
    """The printed number: nothing on it says who it is."""
    return _pdf(papers.slip(_token(request, token_id), printed_by=request.act.by_name, printed_at=request.act.at))


@door("scheduling.view")
@in_facility_time
def confirmation(request: Any, appointment_id: UUID) -> HttpResponse:
    """The printed confirmation of an appointment, with the code for checking in."""
    booked = _booked(request, appointment_id)
    if booked.status != "booked":
        raise NotFound
    request.act.shows(booked.patient_id, action="print")
    return _pdf(papers.confirmation(booked, printed_by=request.act.by_name, printed_at=request.act.at))


def _booked(request: Any, appointment_id: UUID) -> Appointment:
    rows = Appointment.objects.visible_to(request.act).select_related("schedule", "department", "location", "patient")
    found = rows.filter(id=appointment_id).first()
    if found is None:
        raise NotFound
    return found


def _token(request: Any, token_id: UUID) -> Token:
    rows = Token.objects.visible_to(request.act).select_related("queue__department__facility")
    found = rows.filter(id=token_id).first()
    if found is None:
        raise NotFound
    request.act.shows(found.patient_id)
    return found


def _pdf(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": "inline"})


def _status(request: Any) -> int:
    return 422 if request.method == "POST" else 200
