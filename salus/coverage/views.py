"""Cover's screens: recording, changing, ending; the payers to choose from."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.core.posted import posted_version, require_same_patient
from salus.coverage import queries, services
from salus.coverage.forms import CoverageForm, EndForm, VoidForm, initial_of
from salus.coverage.models import Coverage
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.ui.combobox import Option, offer, typed

RIGHT = "coverage.record_coverage"


@door(RIGHT, methods=("GET", "POST"))
def record(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down who pays for a patient."""
    if request.method != "POST":
        return _page(request, patient_id, CoverageForm())
    require_same_patient(request, patient_id)
    form = CoverageForm(request.POST)
    if form.is_valid():
        try:
            services.record_coverage(request.act, patient_id=patient_id, **form.said())
        except (Conflict, Invalid) as error:
            _tell(form, error)
        else:
            return _back(patient_id, request, _("The cover is recorded."))
    return _page(request, patient_id, form, status=422)


@door(RIGHT, methods=("GET", "POST"))
def change(request: Any, coverage_id: UUID) -> HttpResponse:
    """Change what is known of a cover, with its end and its errors beside."""
    row = _found(request, coverage_id)
    if request.method != "POST":
        return _page(request, row.patient_id, CoverageForm(initial=initial_of(row)), row)
    require_same_patient(request, row.patient_id)
    form = CoverageForm(request.POST)
    version, status = posted_version(request), 422
    if form.is_valid():
        try:
            services.update_coverage(request.act, coverage_id=row.id, version=version, **form.said())
        except Stale as error:
            # What was typed stays; the next Save is made for the version that is there now.
            form.add_error(None, str(error))
            version, status = row.version, 409
        except Invalid as error:
            _tell(form, error)
        else:
            return _back(row.patient_id, request, _("The changes are kept."))
    return _page(request, row.patient_id, form, row, version=version, status=status)


@door(RIGHT, methods=("POST",))
def end(request: Any, coverage_id: UUID) -> HttpResponse:
    """Write down that a cover is over."""
    row, form = _found(request, coverage_id), EndForm(request.POST)
    require_same_patient(request, row.patient_id)
    if form.is_valid():
        last: date = form.cleaned_data["ends"]
        try:
            services.end_coverage(request.act, coverage_id=row.id, version=posted_version(request), ends=last)
        except Invalid as error:
            _tell(form, error)
        else:
            return _back(row.patient_id, request, _("The cover is ended."))
    return _page(request, row.patient_id, CoverageForm(initial=initial_of(row)), row, end=form, status=422)


@door(RIGHT, methods=("POST",))
def void(request: Any, coverage_id: UUID) -> HttpResponse:
    """Say that a cover was recorded in error."""
    row, form = _found(request, coverage_id), VoidForm(request.POST)
    require_same_patient(request, row.patient_id)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        services.void_coverage(request.act, coverage_id=row.id, version=posted_version(request), reason=reason)
        return _back(row.patient_id, request, _("The cover is taken back."))
    return _page(request, row.patient_id, CoverageForm(initial=initial_of(row)), row, void=form, status=422)


@door(RIGHT, methods=("POST",), effect=False)
def payers(request: Any) -> HttpResponse:
    """The organisations that may pay, for the combobox."""
    found = queries.payers(request.act, typed(request))
    nothing = _("No such organisation here: what is typed will be kept as its name.")
    options = [Option(str(one.id), one.name, sub=_("Insurer") if one.kind in queries.INSURERS else "") for one in found]
    return offer(request, options, nothing=nothing)


def _found(request: Any, coverage_id: UUID) -> Coverage:
    row = Coverage.objects.visible_to(request.act).select_related("payer").filter(id=coverage_id).first()
    if row is None:
        raise NotFound
    return row


def _page(
    request: Any, patient_id: UUID, form: CoverageForm, row: Coverage | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "coverage": row,
        "version": row.version if row else None,
        "part_forms": True,
    }
    context |= {"end": EndForm(initial={"ends": timezone.localdate().isoformat()}), "void": VoidForm()}
    page = patient_page(request.act, patient_id, "person", to=FIND)
    return render(request, "coverage/form.html", page | context | more, status=status)


def _back(patient_id: UUID, request: Any, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("patients:show", args=[patient_id]), status=303)


def _tell(form: Any, error: Conflict | Invalid) -> None:
    """Put what a service refused beside its field."""
    if not error.fields:
        form.add_error(None, str(error))
    for name, words in error.fields.items():
        known = {"payer": "payer_text"}.get(name, name)
        form.add_error(known if known in form.fields else None, words)
