"""Registering a patient: the form, its parts from upper rooms, and who may be known already."""

import base64
import contextlib
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.photos import as_jpeg
from salus.patients import queries, services, sockets
from salus.patients.forms import MOST_NUMBERS, NumberForm, NumberForms, PersonForm, numbers_of, problems_of, typed_start
from salus.patients.queries.duplicates import LikelyDuplicate
from salus.patients.rules import asked

RIGHT = "patients.register_patient"
Part = tuple[sockets.RegistrationPart, Any]


@door(RIGHT, methods=("GET", "POST"))
def register(request: Any) -> HttpResponse:
    """Register a patient, with whatever upper rooms add to it, in one act."""
    if request.method != "POST":
        return _page(request, PersonForm(), NumberForms(prefix="identifiers"), _parts(request))
    person, numbers = PersonForm(request.POST, request.FILES), NumberForms(request.POST, prefix="identifiers")
    parts = _parts(request, request.POST)
    if not all([person.is_valid(), numbers.is_valid(), *(form.is_valid() for _part, form in parts)]):
        return _page(request, person, numbers, parts, status=422)
    found = _unasked(request, person, numbers_of(numbers))
    if found:
        return _page(request, person, numbers, parts, found=found, status=422)
    try:
        patient = services.register_patient(
            request.act, **person.person(), identifiers=numbers_of(numbers), photo=person.photo_bytes()
        )
        for part, form in parts:
            part.save(request.act, patient_id=patient.id, form=form)
    except services.IdentifierTaken as error:
        tell_taken(numbers, error)
        return _page(request, person, numbers, parts, holder=error.patient_id, status=422)
    except Invalid as error:
        tell(person, numbers, error)
        return _page(request, person, numbers, parts, status=422)
    messages.success(request, _("Registered. The record number is %(mrn)s.") % {"mrn": patient.mrn})
    return HttpResponseRedirect(reverse("patients:show", args=[patient.id]), status=303)


@door(RIGHT, methods=("POST",), effect=False)
def start(request: Any) -> HttpResponse:
    """Begin a registration with what was typed into a search that found nobody."""
    text = request.POST.get("q", "").strip()
    return _page(
        request,
        PersonForm(initial=typed_start(text, asked.read(text))),
        NumberForms(prefix="identifiers"),
        _parts(request),
    )


@door(RIGHT, methods=("POST",), effect=False)
def likely(request: Any) -> HttpResponse:
    """While a registration is being typed: who may be known already, as a fragment."""
    person = PersonForm(request.POST)
    person.is_valid()
    found = _found(request, person, [])
    return render(request, "patients/_likely.html", {"found": found, "live": True})


@door(RIGHT)
def number_row(request: Any) -> HttpResponse:
    """One more row for a number, as a fragment."""
    text = request.GET.get("identifiers-TOTAL_FORMS", "")
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else MOST_NUMBERS
    if place >= MOST_NUMBERS:
        return HttpResponse(status=204)
    form = NumberForm(prefix=f"identifiers-{place}")
    return render(request, "patients/_number_added.html", {"form": form, "total": place + 1})


def tell(person: PersonForm, numbers: Any, error: Invalid) -> None:
    """Put what a service refused beside its field."""
    if not error.fields:
        person.add_error(None, str(error))
    for name, words in error.fields.items():
        prefix, _mark, rest = name.partition("-")
        if prefix == "identifiers":
            place, _mark, field = rest.partition("-")
            _filled(numbers)[int(place)].add_error(field, words)
        else:
            person.add_error(name if name in person.fields else None, words)


def tell_taken(numbers: Any, error: services.IdentifierTaken) -> None:
    """Put beside a number that another patient has it already."""
    _filled(numbers)[error.place].add_error("value", str(error))


def _filled(numbers: Any) -> list[NumberForm]:
    return [one for one in numbers if one.cleaned_data.get("value")]


def _parts(request: Any, data: Any = None) -> list[Part]:
    parts = [part for part in sockets.registration_parts if request.act.may(part.right)]
    return [(part, part.form(data, act=request.act)) for part in sorted(parts, key=lambda one: one.order)]


def _unasked(request: Any, person: PersonForm, identifiers: list[dict[str, str]]) -> list[LikelyDuplicate]:
    """Likely duplicates, unless the person at the desk has seen all of them and said that it is somebody else."""
    found = _found(request, person, identifiers)
    seen = set(request.POST.get("not_same", "").split(","))
    return found if any(str(one.line.id) not in seen for one in found) else []


def _found(request: Any, person: PersonForm, identifiers: list[dict[str, str]]) -> list[LikelyDuplicate]:
    said = person.cleaned_data
    names = [{"text": said["other_name"]}] if said.get("other_name") else []
    if said.get("former_name"):
        names.append({"family": said["former_name"], "given": [said.get("given", "")]})
    return queries.likely_duplicates(
        request.act,
        family=said.get("family", ""),
        given=said.get("given", ""),
        birth_date=said.get("birth_date"),
        phones=[said.get("phone", ""), said.get("other_phone", "")],
        names_too=names,
        numbers=[one["value"] for one in identifiers],
    )


def _page(
    request: Any,
    person: PersonForm,
    numbers: Any,
    parts: list[Part],
    *,
    found: list[LikelyDuplicate] | None = None,
    holder: UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    kept = _kept_photo(person) if status != 200 else ""
    context = {"person": person, "numbers": numbers, "parts": parts, "found": found or [], "holder": holder}
    context["problems"] = problems_of(person, numbers, [form for _part, form in parts]) if status != 200 else []
    return render(request, "patients/register.html", context | {"photo_kept": kept}, status=status)


def _kept_photo(person: PersonForm) -> str:
    """A browser forgets a chosen file when a form comes back: the photo goes along in the form, small as it will be kept."""
    content = person.photo_bytes() if hasattr(person, "cleaned_data") else None
    with contextlib.suppress(Invalid):
        return base64.b64encode(as_jpeg(content)).decode() if content else ""
    return ""
