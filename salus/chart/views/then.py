"""The chart as it was."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart.models import Note
from salus.chart.problem_forms import COURSES, SEVERITIES
from salus.chart.queries.allergies import told_of
from salus.chart.queries.then import chart_then
from salus.chart.sockets import parts_then
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.patients.access.reading import require_open
from salus.patients.screens import patient_page
from salus.terminology.rules import without_tag
from salus.ui import formatting
from salus.ui.dates import NotADate, parse_date


class InstantForm(forms.Form):
    """A day and a time of it, by the hospital's clock."""

    day = forms.CharField(label=lazy("Day"), max_length=20)
    clock = forms.TimeField(label=lazy("Time"), input_formats=["%H:%M"], required=False, help_text=lazy("24 hours"))

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        try:
            day = parse_date(values.get("day", ""))
            at = timezone.make_aware(datetime.combine(day, values.get("clock") or time(23, 59)))
        except (NotADate, OverflowError) as error:
            self.add_error("day", str(error) or _("There is no such day."))
            return values
        return values | {"at": at}


@door("patients.open", methods=("GET", "POST"), effect=False)
def as_it_was(request: Any, patient_id: UUID) -> HttpResponse:
    """The chart at a day and time that is asked for by POST, so that it stands in no address; at first, now."""
    if request.method == "POST":
        same_patient(request, patient_id)
    now = formatting.local(request.act.at)
    form = InstantForm(request.POST if request.method == "POST" else None)
    at = request.act.at
    if form.is_bound and form.is_valid():
        at = min(form.cleaned_data["at"], at)
    shown: dict[str, Any] = {
        "form": form,
        "day": form["day"].value() or now.date(),
        "clock": form["clock"].value() or f"{now:%H:%M}",
    }
    return _page(request, patient_id, at, status=422 if form.errors else 200, **shown)


@door("patients.open")
def note_then(request: Any, patient_id: UUID, note_id: UUID) -> HttpResponse:
    """What the author of a note saw when it was signed."""
    require_open(request.act, patient_id)
    notes = Note.objects.of_patient(request.act, patient_id).filter(status=Note.SIGNED)
    note = notes.only("id", "signed_at", "author_name").get(id=note_id)
    assert note.signed_at is not None
    return _page(request, patient_id, note.signed_at, note=note)


def _page(
    request: Any, patient_id: UUID, at: datetime, *, note: Note | None = None, status: int = 200, **context: Any
) -> HttpResponse:
    page = patient_page(request.act, patient_id, "notes" if note else "timeline")
    parts = sorted((one for one in parts_then if request.act.may(one.right)), key=lambda one: one.order)
    shown = {
        "then": chart_then(request.act, patient_id, at),
        "parts": [(one.template, one.load(request.act, patient_id, at)) for one in parts],
        "note": note,
        "form": None,
        "plain": without_tag,
        "happened": told_of,
        "courses": dict(COURSES),
        "severities": dict(SEVERITIES),
    }
    return render(request, "chart/as_it_was.html", page | shown | context, status=status)
