"""Unusual access: what was seen, explained in words, and the verdict of a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.audit import services
from salus.audit.explaining import explained
from salus.audit.forms import VerdictForm
from salus.audit.models import Alarm
from salus.audit.queries import unusual
from salus.core.door import door
from salus.core.errors import NotFound
from salus.core.posted import posted_version


@door("audit.view_alarms")
def alarms(request: Any) -> HttpResponse:
    """Unusual access that waits for a verdict, or has one."""
    reviewed = request.GET.get("state") == "reviewed"
    found = [(one, explained(one)) for one in unusual.alarms(request.act, reviewed=reviewed)]
    context = {"found": found, "reviewed": reviewed, "verdicts": dict(Alarm.VERDICTS), "kinds": dict(Alarm.KINDS)}
    return render(request, "audit/alarms.html", context)


@door("audit.view_alarms")
def alarm(request: Any, alarm_id: UUID) -> HttpResponse:
    """One alarm: what was seen and why it is unusual."""
    return _page(request, alarm_id, VerdictForm())


@door("audit.review_alarm", methods=("POST",))
def review_alarm(request: Any, alarm_id: UUID) -> HttpResponse:
    """Say what an alarm was about."""
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, alarm_id, form, status=422)
    services.review_alarm(request.act, alarm_id=alarm_id, version=posted_version(request), **form.cleaned_data)
    messages.success(request, _("The verdict is kept."))
    return HttpResponseRedirect(reverse("audit:alarms"), status=303)


def home_panel(request: Any) -> str:
    """How many alarms wait, for the home page of whoever reviews them."""
    return render_to_string("audit/_home.html", {"waiting": unusual.count_open(request.act)}, request)


def _page(request: Any, alarm_id: UUID, form: VerdictForm, status: int = 200) -> HttpResponse:
    found = unusual.alarm(request.act, alarm_id)
    if found is None:
        raise NotFound
    context = {
        "one": found,
        "words": explained(found),
        "form": form,
        "verdicts": dict(Alarm.VERDICTS),
        "kinds": dict(Alarm.KINDS),
        "is_own": services.is_own(request.act, alarm=found.alarm),
    }
    return render(request, "audit/alarm.html", context, status=status)
