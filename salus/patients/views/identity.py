"""Changing who a patient is. Whoever comes second is told what the first one wrote, and keeps what he or she typed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid, Stale
from salus.core.posted import posted_version, require_same_patient
from salus.patients import access, queries, screens, services
from salus.patients.forms import NumberForms, PersonForm, initial_of, numbers_of, problems_of
from salus.patients.queries import Identity
from salus.patients.views.registering import tell, tell_taken


@door("patients.update_patient", methods=("GET", "POST"))
def edit(request: Any, patient_id: UUID) -> HttpResponse:
    """Change who a patient is and how to reach him or her."""
    known = queries.identity_of(request.act, patient_id)
    initial = initial_of(known.patient, known.telecom, known.addresses)
    if request.method != "POST":
        rows = [{"kind": one.kind, "system": one.system, "value": one.value} for one in known.identifiers]
        return _page(request, known, PersonForm(initial=initial), NumberForms(initial=rows, prefix="identifiers"))
    require_same_patient(request, patient_id)
    person = PersonForm(request.POST, request.FILES, initial=initial)
    numbers = NumberForms(request.POST, prefix="identifiers")
    version = posted_version(request)
    if not (person.is_valid() and numbers.is_valid()):
        return _page(request, known, person, numbers, 422, version=version)
    try:
        changes = _changes(request, known, person, numbers)
        services.update_patient(request.act, patient_id=patient_id, version=version, **changes)
    except Stale:
        # The next Save is made for what is there now: by then it has been read.
        return _page(request, known, person, numbers, 409, now=_differences(person))
    except services.IdentifierTaken as error:
        tell_taken(numbers, error)
        return _page(request, known, person, numbers, 422, version=version, holder=error.patient_id)
    except Invalid as error:
        tell(person, numbers, error)
        return _page(request, known, person, numbers, 422, version=version)
    messages.success(request, _("The changes are kept."))
    return HttpResponseRedirect(reverse("patients:show", args=[patient_id]), status=303)


def _changes(request: Any, known: Identity, person: PersonForm, numbers: Any) -> dict[str, Any]:
    before = {"names": known.patient.names, "telecom": known.telecom, "addresses": known.addresses}
    changes = person.person(before) | {"identifiers": numbers_of(numbers)}
    content = person.photo_bytes()
    if content or request.POST.get("photo_away"):
        changes["photo"] = content
    return changes


def _differences(person: PersonForm) -> list[tuple[str, str, str]]:
    """Where what was typed differs from what is there now: label, now, typed."""
    found = []
    for name in (*PersonForm.WHO, *PersonForm.ALSO, *PersonForm.CONTACT):
        now, typed = str(person.initial.get(name) or ""), str(person.cleaned_data.get(name) or "")
        if now != typed:
            found.append((str(person.fields[name].label), now, typed))
    return found


def _page(
    request: Any, known: Identity, person: PersonForm, numbers: Any, status: int = 200, **more: Any
) -> HttpResponse:
    page = screens.patient_page(request.act, known.patient.id, "person", to=access.IDENTIFY)
    page |= {"person": person, "numbers": numbers, "version": known.patient.version, "holder": None, "now": []}
    page["problems"] = problems_of(person, numbers) if status != 200 else []
    return render(request, "patients/edit.html", page | more, status=status)
