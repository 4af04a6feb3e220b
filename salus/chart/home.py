"""What waits for a signature, on the home page."""

from typing import Any

from django.template.loader import render_to_string
from markupsafe import Markup

from salus.chart import drafts
from salus.patients.models import Patient


def render_drafts(request: Any) -> str:
    """The doer's unsigned notes; nothing where there are none."""
    waiting = drafts.drafts_of(request.act)[:20]
    if not waiting:
        return ""
    people = Patient.objects.visible_to(request.act).in_bulk([one.patient_id for one in waiting])
    lines = [(one, people[one.patient_id]) for one in waiting if one.patient_id in people]
    request.act.shows(*(one.patient_id for one, _person in lines))
    return Markup(render_to_string("chart/_home_drafts.html", {"lines": lines}, request=request))  # noqa: S704 - a template
