"""The laboratory's screens: the worklist, collecting, entering, verifying, correcting."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import require_same_patient
from salus.lab import queries, services
from salus.lab.forms import CollectForm, CorrectForm, EnterForm, RejectForm, VersionForm
from salus.lab.models import Request, Result, Specimen
from salus.orders.views.record import number
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.ui.printing import pdf

_LABEL = Path(__file__).parent / "typst" / "label.typ"
_STATES = (Request.WAITING, Request.COLLECTED, Request.RESULTED)


@door("lab.view")
def worklist(request: Any) -> HttpResponse:
    """What waits for a specimen, a value, a verification."""
    state = request.GET.get("state")
    counts = queries.work_counts(request.act)
    if state not in _STATES:
        state = Request.RESULTED if request.act.may("lab.verify_result") else Request.COLLECTED
    page = queries.work_page(request.act, state, number(request.GET.get("page", "")))
    request.act.shows(*(row.patient_id for row in page.rows))
    found = {"rows": page.rows, "page": page, "state": state, "counts": counts, "similar": queries.similar(page.rows)}
    return render(request, "lab/worklist.html", found)


@door("lab.collect_specimen")
def to_collect(request: Any) -> HttpResponse:
    """Who waits for a specimen: one row for each patient."""
    page = queries.work_page(request.act, Request.WAITING, number(request.GET.get("page", "")))
    rows = queries.by_patient(page.rows)
    request.act.shows(*(row.patient_id for row in rows))
    return render(request, "lab/to_collect.html", {"rows": rows, "page": page, "similar": queries.similar(rows)})


@door("lab.collect_specimen", methods=("GET", "POST"))
def collect(request: Any, patient_id: UUID) -> HttpResponse:
    """Take a specimen from one patient and print its label."""
    waiting = queries.waiting_of_patient(request.act, patient_id)
    if request.method == "POST":
        require_same_patient(request, patient_id)
        form = CollectForm(request.POST, [one.id for one in waiting])
        if not form.is_valid():
            raise services.NotCollectable
        specimen = services.collect_specimen(
            request.act, patient_id=patient_id, request_ids=form.cleaned_data["request_ids"]
        )
        messages.success(request, _("Specimen %(number)s taken. Print its label.") % {"number": specimen.accession})
        return HttpResponseRedirect(reverse("lab:specimen", args=[specimen.id]), status=303)
    page = patient_page(request.act, patient_id, "", to=FIND)
    return render(request, "lab/collect.html", page | {"groups": queries.by_container(waiting)})


@door("lab.collect_specimen")
def specimen(request: Any, specimen_id: UUID) -> HttpResponse:
    """A specimen that was taken: its label, and what else this patient waits for."""
    found = _specimen(request, specimen_id)
    page = patient_page(request.act, found.patient_id, "", to=FIND)
    waiting = queries.waiting_of_patient(request.act, found.patient_id)
    return render(request, "lab/specimen.html", page | {"specimen": found, "waiting": waiting})


@door("lab.collect_specimen")
def label(request: Any, specimen_id: UUID) -> HttpResponse:
    """The label with the accession number as a bar code."""
    found = _specimen(request, specimen_id)
    request.act.shows(found.patient_id, action="print")
    made = pdf(_LABEL, queries.label_of(found), printed_by=request.act.by_name, printed_at=request.act.at)
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": "inline"})


@door("lab.enter_result", methods=("GET", "POST"))
def enter_results(request: Any, request_id: UUID) -> HttpResponse:
    """Type the values of one request."""
    if request.method == "GET":
        return _enter_page(request, request_id)
    form = EnterForm(request.POST)
    if not form.is_valid():
        raise Invalid
    typed = {name.removeprefix("value-"): text for name, text in request.POST.items() if name.startswith("value-")}
    try:
        done = services.enter_results(request.act, request_id=request_id, values=typed, **form.cleaned_data)
    except Invalid as mistakes:
        return _enter_page(request, request_id, typed=typed, mistakes=mistakes, status=422)
    require_same_patient(request, done.patient_id)
    if done.status == Request.RESULTED:
        messages.success(request, _("Values kept. A second person verifies them."))
    else:
        messages.success(request, _("Values kept. Some are still missing."))
    return HttpResponseRedirect(reverse("lab:worklist") + "?state=collected", status=303)


@door("lab.enter_result", methods=("POST",))
def reject_specimen(request: Any, request_id: UUID) -> HttpResponse:
    """Send a test back for a new specimen."""
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _enter_page(request, request_id, mistakes=Invalid(reason=_("Say why.")), status=422)
    rejected = services.reject_specimen(request.act, request_id=request_id, **form.cleaned_data)
    require_same_patient(request, rejected.patient_id)
    messages.success(request, _("The test waits for a new specimen."))
    return HttpResponseRedirect(reverse("lab:worklist") + "?state=collected", status=303)


@door("lab.verify_result", methods=("GET", "POST"))
def verify_results(request: Any, request_id: UUID) -> HttpResponse:
    """Check the values of one request and make them final."""
    if request.method == "GET":
        return _page(request, "lab/verify.html", request_id, {})
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise Invalid
    verified = services.verify_results(request.act, request_id=request_id, version=form.cleaned_data["version"])
    require_same_patient(request, verified.patient_id)
    messages.success(request, _("Results are final and in the record."))
    return HttpResponseRedirect(reverse("lab:worklist") + "?state=resulted", status=303)


@door("lab.verify_result", methods=("GET", "POST"))
def correct_result(request: Any, result_id: UUID) -> HttpResponse:
    """Correct a final value, with the reason."""
    work = Request.objects.visible_to(request.act).values("id")
    known = Result.objects.filter(request_id__in=work, voided_at=None).select_related("test")
    result = get_object_or_404(known, id=result_id)
    page = patient_page(request.act, result.patient_id, "", to=FIND)
    form = CorrectForm(request.POST if request.method == "POST" else None)
    mistakes: Any = None
    if request.method == "POST":
        require_same_patient(request, result.patient_id)
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_result(request.act, result_id=result_id, **form.cleaned_data)
        except Invalid as error:
            mistakes = error.fields
        else:
            messages.success(request, _("The corrected value is in the record."))
            return HttpResponseRedirect(reverse("lab:request", args=[result.request_id]), status=303)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "lab/correct.html", page | {"result": result, "form": form, "mistakes": mistakes}, status=status
    )


@door("lab.view")
def show_request(request: Any, request_id: UUID) -> HttpResponse:
    """One request with its specimen and values, whatever its state."""
    return _page(request, "lab/request.html", request_id, {})


def _enter_page(
    request: Any,
    request_id: UUID,
    *,
    typed: dict[str, str] | None = None,
    mistakes: Invalid | None = None,
    status: int = 200,
) -> HttpResponse:
    extra = {"typed": typed, "mistakes": mistakes.fields if mistakes else {}, "message": str(mistakes or "")}
    extra["comment"] = request.POST.get("comment", "")
    return _page(request, "lab/enter.html", request_id, extra, status)


def _page(request: Any, template: str, request_id: UUID, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    found = queries.request_with_patient(request.act, request_id)
    page = patient_page(request.act, found.patient_id, "", to=FIND)
    lines = queries.lines_of(found)
    return render(request, template, page | {"work": found, "lines": lines} | extra, status=status)


def _specimen(request: Any, specimen_id: UUID) -> Specimen:
    known = Specimen.objects.filter(facility_id=request.act.facility_id, voided_at=None)
    return get_object_or_404(known.select_related("patient").prefetch_related("requests__test"), id=specimen_id)
