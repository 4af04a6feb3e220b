"""The history that the patient tells."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from salus.chart import services
from salus.chart.forms import ToldForm
from salus.chart.queries.notes import told_history
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Invalid, Stale
from salus.patients.access import FIND, OPEN
from salus.patients.screens import landing, patient_page


@door("chart.record_told_history", methods=("GET", "POST"))
def record_told_history(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down what the patient tells, beginning from what was told before."""
    newest = told_history(request.act, patient_id)
    form = ToldForm(request.POST if request.method == "POST" else None, initial=dict(newest.sections) if newest else {})
    status, mistake = 200, None
    if request.method == "POST":
        same_patient(request, patient_id)
        status = 422
        if form.is_valid():
            try:
                services.record_told_history(
                    request.act, patient_id=patient_id, base=request.POST.get("base", ""), sections=form.cleaned_data
                )
            except Stale as refusal:
                status, mistake = 409, refusal
            except Invalid as mistakes:
                for name, words in mistakes.fields.items():
                    form.add_error(name, words)
            else:
                messages.success(request, _("What the patient told is in the record."))
                return HttpResponseRedirect(landing(request.act, patient_id), status=303)
    page = patient_page(request.act, patient_id, "history", to=OPEN if request.act.may("patients.open") else FIND)
    context = {"form": form, "newest": newest, "mistake": mistake}
    return render(request, "chart/told_history.html", page | context, status=status)
