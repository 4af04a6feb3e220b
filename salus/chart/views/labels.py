"""Marking an entry of the record as sensitive."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salus.chart.queries.entries import entry_to_label
from salus.chart.services import labels as services
from salus.chart.sockets import markable
from salus.core.door import door
from salus.core.posted import posted_version, require_same_patient
from salus.patients.access.labels import LABELS
from salus.patients.screens import patient_page

#: where one goes back to
_PAGES = {
    "problem": "problems",
    "note": "notes",
    "document": "documents",
    "report": "documents",
    "immunization": "immunizations",
    "relative": "histories",
}


class LabelsForm(forms.Form):
    labels = forms.MultipleChoiceField(
        label=gettext_lazy("Sensitive because of"),
        required=False,
        choices=list(LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
    )


@door("patients.set_labels", methods=("GET", "POST"))
def set_labels(request: Any, patient_id: UUID, entry_kind: str, row_id: UUID) -> HttpResponse:
    """Say with which labels an entry is sensitive."""
    page = patient_page(request.act, patient_id)
    row = entry_to_label(request.act, patient_id, entry_kind, row_id)
    form = LabelsForm(request.POST if request.method == "POST" else None, initial={"labels": row.labels})
    if request.method == "POST":
        require_same_patient(request, patient_id)
        version = posted_version(request)
        if form.is_valid():
            chosen = form.cleaned_data["labels"]
            services.set_labels(
                request.act, patient_id=patient_id, kind=entry_kind, entry_id=row_id, version=version, labels=chosen
            )
            messages.success(request, _("The marks are kept."))
            return HttpResponseRedirect(_back(patient_id, entry_kind, row_id), status=303)
    context = {"row": row, "kind": entry_kind, "form": form}
    return render(request, "chart/labels.html", page | context, status=422 if form.errors else 200)


def _back(patient_id: UUID, entry_kind: str, row_id: UUID) -> str:
    """Where the entry stands: its own page where a room above has one, else the list of its kind."""
    if above := markable.get(entry_kind):
        return reverse(above.page, args=[patient_id, row_id])
    return reverse(f"chart:{_PAGES.get(entry_kind, 'summary')}", args=[patient_id])
