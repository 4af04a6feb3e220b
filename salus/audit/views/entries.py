"""Who viewed this patient, what did this person do, and everything else that the log of access can be asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as lazy

from salus.audit import proving
from salus.audit.doors_in_words import door_in_words
from salus.audit.explaining import PURPOSES, reason_in_words
from salus.audit.forms import ACTIONS, USUAL_DAYS, SearchForm
from salus.audit.queries import entries
from salus.audit.queries.entries import Asked
from salus.core.act import Act
from salus.core.csv_files import as_csv
from salus.core.door import door
from salus.core.errors import NotFound
from salus.patients.models import Patient
from salus.places.models import Facility


@door("audit.view_access", methods=("GET", "POST"), effect=False)
def access(request: Any) -> HttpResponse:
    """The record of access: search it by patient, person, period, act and place."""
    asked = request.POST if request.method == "POST" else _usual(request.act)
    return _page(request, asked)


@door("audit.view_access")
def of_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """Who viewed this patient's record; with `?person=<user>` what that one did with it."""
    mrn = Patient.objects.filter(id=patient_id, facility_id=request.act.here).values_list("mrn", flat=True).first()
    if mrn is None:
        raise NotFound
    who = _person(request)
    return _page(request, {"patient": mrn} | ({"person": who} if who else {}))


def _person(request: Any) -> str:
    try:
        asked = request.GET.get("person")
        return _username(request.act, UUID(asked)) if asked else ""
    except ValueError:
        raise NotFound from None


def _username(act: Act, user_id: UUID) -> str:
    found = entries.name_of_user(act, user_id)
    if found is None:
        raise NotFound
    return found


@door("audit.view_access")
def of_person(request: Any, user_id: UUID) -> HttpResponse:
    """What one person did."""
    return _page(request, {"person": _username(request.act, user_id)})


@door("audit.export_access", methods=("POST",), effect=False, fresh=True)
def export(request: Any) -> HttpResponse:
    """The entries that were searched for, as a file for a spreadsheet."""
    form = SearchForm(request.POST, act=request.act, zone=_zone(request.act))
    if not form.is_valid():
        return _page(request, request.POST)
    found = entries.export(request.act, form.asked())
    content = as_csv(_HEAD, (_line(one) for one in found))
    headers = {"Content-Disposition": 'attachment; filename="access.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@door("audit.view_access", methods=("POST",), effect=False)
def proof(request: Any, entry_id: int) -> HttpResponse:
    """The proof that an entry is in the log, for the patient to check with a script that needs nothing of ours."""
    found = entries.entry(request.act, entry_id)
    if found is None:
        raise NotFound
    if found.patient_id:
        request.act.shows(found.patient_id, action="export")
    headers = {"Content-Disposition": f'attachment; filename="proof-{entry_id}.json"'}
    return HttpResponse(proving.as_json(entry_id), content_type="application/json", headers=headers)


def _page(request: Any, asked: Any) -> HttpResponse:
    form = SearchForm(asked, act=request.act, zone=_zone(request.act))
    found, more = entries.entries(request.act, form.asked()) if form.is_valid() else ([], False)
    context = {
        "columns": COLUMNS,
        "purposes": PURPOSES,
        "form": form,
        "typed": {name: asked.get(name, "") for name in form.fields},
        "found": found,
        "more": more,
        "asked": form.asked() if form.is_valid() else Asked(),
        "actions": dict(ACTIONS),
        "door_in_words": door_in_words,
        "reason_in_words": reason_in_words,
    }
    return render(request, "audit/access.html", context, status=422 if form.errors else 200)


def _usual(act: Act) -> dict[str, str]:
    first = act.at.date() - timedelta(days=USUAL_DAYS - 1)
    return {"first": first.isoformat()}


def _zone(act: Act) -> str:
    zone: str = Facility.objects.values_list("time_zone", flat=True).get(id=act.here)
    return zone


#: the columns of a page: what each is sorted by (name of the sort, words), and its class
COLUMNS = (
    ((("at", lazy("When")),), ""),
    ((("who", lazy("Who")), ("behalf", lazy("On behalf of"))), ""),
    ((("patient", lazy("Whose record")),), ""),
    ((("action", lazy("Act")), ("outcome", lazy("Outcome"))), ""),
    ((("door", lazy("Where")), ("what", lazy("What"))), "hide-phone"),
    ((("purpose", lazy("Why")), ("reason", lazy("Reason"))), "hide-phone"),
    ((("address", lazy("Network")), ("device", lazy("Device"))), "hide-phone"),
)
_HEAD = (
    "entry", "at", "who", "on behalf of", "record number", "action", "door", "what", "purpose", "reason", "outcome",
    "device", "address", "act",
)  # fmt: skip


def _line(one: entries.Entry) -> list[object]:
    return [
        one.id, one.happened_at.isoformat(), one.who or "the system", one.behalf, one.mrn, one.action, one.door, one.what,
        one.purpose, one.reason, one.outcome, one.device, one.address, one.act_id,
    ]  # fmt: skip
