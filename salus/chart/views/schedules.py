"""The vaccination schedule: read by all who vaccinate, changed by whoever minds it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import services
from salus.chart.immunization_forms import ScheduledDoseForm
from salus.chart.queries.schedules import lines_of, schedule_in_force, versions_of
from salus.chart.vaccination import words_of_span
from salus.core.door import door
from salus.core.errors import Invalid, NotFound, Stale


@door("patients.open")
def schedule(request: Any) -> HttpResponse:
    """The schedule in force, line by line with its source, and the versions before it."""
    lines = schedule_in_force(request.act)
    return _schedule(request, lines, is_in_force=True)


@door("patients.open")
def schedule_version(request: Any, vaccine_schedule_id: UUID) -> HttpResponse:
    """One version of the schedule, as it was."""
    lines = lines_of(request.act, vaccine_schedule_id)
    if not lines:
        raise NotFound
    return _schedule(request, lines, is_in_force=False)


def _schedule(request: Any, lines: Any, *, is_in_force: bool) -> HttpResponse:
    context = {"lines": lines, "versions": versions_of(request.act), "words": words_of_span, "is_in_force": is_in_force}
    return render(request, "chart/schedule.html", context)


@door("chart.manage_vaccines", methods=("GET", "POST"))
def change_scheduled_dose(request: Any, vaccine_schedule_id: UUID) -> HttpResponse:
    """Say anew when a dose is due, or add one; each change is the next version."""
    chosen = request.GET.get("line", "")
    lines = lines_of(request.act, vaccine_schedule_id)
    if not lines:
        raise NotFound
    row = next((one for one in lines if f"{one.group}-{one.dose}" == chosen), None)
    initial = ScheduledDoseForm.initial_of(row) if row else None
    form = ScheduledDoseForm(request.POST if request.method == "POST" else None, initial=initial)
    status, mistake = (422 if request.method == "POST" else 200), None
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        which = {"group": values["group"], "dose": values["dose"]}
        try:
            services.change_scheduled_dose(
                request.act, schedule_id=vaccine_schedule_id, **which, values=values, why=values["why"]
            )
        except Invalid as mistakes:
            for name, words in mistakes.fields.items():
                form.add_error(name, words)
        except Stale as refusal:
            status, mistake = 409, refusal
        else:
            messages.success(request, _("The next version of the schedule is in force."))
            return HttpResponseRedirect(reverse("chart:schedule"), status=303)
    context = {"form": form, "row": row, "schedule_id": vaccine_schedule_id, "mistake": mistake}
    return render(request, "chart/change_scheduled_dose.html", context, status=status)


@door("chart.manage_vaccines", methods=("POST",))
def drop_scheduled_dose(request: Any, vaccine_schedule_id: UUID) -> HttpResponse:
    """Take the last dose of a vaccine group off the schedule."""
    services.drop_scheduled_dose(
        request.act,
        schedule_id=vaccine_schedule_id,
        group=request.POST.get("group", ""),
        why=request.POST.get("why", ""),
    )
    messages.success(request, _("The next version of the schedule is in force."))
    return HttpResponseRedirect(reverse("chart:schedule"), status=303)
