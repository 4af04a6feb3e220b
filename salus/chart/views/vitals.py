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
from salus.chart.standing import VISIT, Standing, standing
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Invalid
from salus.encounters.queries import open_encounter
from salus.patients.screens import landing, patient_page


@door("chart.record_vitals", methods=("GET", "POST"))
def record_vitals(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down what was measured."""
    who = None
    if request.method == "POST":
        same_patient(request, patient_id)
        who = standing(request.act, patient_id, more=VISIT)
    signs = list(VitalSign.objects.order_by("place", "name"))
    series = {one.code: one for one in vital_series(request.act, patient_id, 2)} if _may_read(request) else {}
    form = VitalsForm(signs, _last_numbers(series), request.POST if request.method == "POST" else None)
    if who is not None:
        answer = _recorded(request, who, form, signs)
        if answer is not None:
            return answer
    visit = open_encounter(request.act, patient_id)
    page = patient_page(request.act, patient_id, "observations")
    context = {"form": form, "visit": visit, "series": series}
    status = 422 if request.method == "POST" else 200
    return render(request, "chart/record_vitals.html", page | context, status=status)


def _recorded(request: Any, who: Standing, form: VitalsForm, signs: list[VitalSign]) -> HttpResponse | None:
    if not form.is_valid() or form.startling:
        return None
    encounter_id, status = _visit_of(request, who)
    try:
        services.record_vitals(
            request.act,
            patient_id=who.patient_id,
            encounter_id=encounter_id,
            values=form.cleaned_data["values"],
            at=form.cleaned_data["at"],
            signs=signs,
            who=who,
        )
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error({"at": "taken", "values": None}.get(name, name), words)
        return None
    messages.success(request, _("The vital signs are in the record."))
    onward = reverse("encounters:queue") if status == "arrived" else landing(request.act, who.patient_id)
    return HttpResponseRedirect(onward, status=303)


def _visit_of(request: Any, who: Standing) -> tuple[UUID | None, str]:
    """The open visit: as it was read with the patient, or where something of it is marked, as this act may see it."""
    if who.more[0]:
        return UUID(who.more[0][0]), who.more[0][1]
    visit = open_encounter(request.act, who.patient_id)
    return (visit.id, visit.status) if visit else (None, "")


def _may_read(request: Any) -> bool:
    return bool(request.act.may("patients.open"))


def _last_numbers(series: dict[str, Series]) -> dict[str, Decimal]:
    return {code: one.latest.number for code, one in series.items() if one.latest.number is not None}
