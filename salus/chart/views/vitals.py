"""Taking vital signs."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.catalog.models import VitalSign
from salus.chart import services
from salus.chart.forms import VitalsForm
from salus.chart.queries.vitals import Series, vital_series
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Invalid
from salus.encounters.queries import open_encounter
from salus.patients.screens import landing, patient_page


@door("chart.record_vitals", methods=("GET", "POST"))
def record_vitals(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down what was measured."""
    signs = list(VitalSign.objects.order_by("place", "name"))
    series = {one.code: one for one in vital_series(request.act, patient_id, 2)} if _may_read(request) else {}
    form = VitalsForm(signs, _last_numbers(series), request.POST if request.method == "POST" else None)
    visit = open_encounter(request.act, patient_id)
    if request.method == "POST":
        same_patient(request, patient_id)
        answer = _recorded(request, patient_id, form, visit, signs)
        if answer is not None:
            return answer
    page = patient_page(request.act, patient_id, "observations")
    context = {"form": form, "visit": visit, "series": series}
    status = 422 if request.method == "POST" else 200
    return render(request, "chart/record_vitals.html", page | context, status=status)


def _recorded(
    request: Any, patient_id: UUID, form: VitalsForm, visit: Any, signs: list[VitalSign]
) -> HttpResponse | None:
    if not form.is_valid() or form.startling:
        return None
    try:
        services.record_vitals(
            request.act,
            patient_id=patient_id,
            encounter_id=visit.id if visit else None,
            values=form.cleaned_data["values"],
            at=form.cleaned_data["at"],
            signs=signs,
        )
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error({"at": "taken", "values": None}.get(name, name), words)
        return None
    messages.success(request, _("The vital signs are in the record."))
    is_waiting = visit is not None and visit.status == "arrived"
    onward = reverse("encounters:queue") if is_waiting else landing(request.act, patient_id)
    return HttpResponseRedirect(onward, status=303)


def _may_read(request: Any) -> bool:
    return bool(request.act.may("patients.open"))


def _last_numbers(series: dict[str, Series]) -> dict[str, Decimal]:
    return {code: one.latest.number for code, one in series.items() if one.latest.number is not None}
