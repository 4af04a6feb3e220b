"""The laboratory's worklists on the home page."""

from typing import Any

from django.template.loader import render_to_string

from salus.lab import queries
from salus.lab.models import Request


def render_work(request: Any) -> str:
    """What the person can do next: verify, or else enter."""
    verifies = request.act.may("lab.verify_result")
    state = Request.RESULTED if verifies else Request.COLLECTED
    rows = queries.work(request.act, state, queries.ON_HOME)
    request.act.shows(*(row.patient_id for row in rows))
    counts = queries.work_counts(request.act)
    context = {"rows": rows, "state": state, "counts": counts, "similar": queries.similar(rows)}
    return render_to_string("lab/_home.html", context, request=request)


def render_to_collect(request: Any) -> str:
    """Who waits for a specimen."""
    rows = queries.patients_to_collect(request.act, queries.ON_HOME)
    request.act.shows(*(row.patient_id for row in rows))
    context = {"rows": rows, "similar": queries.similar(rows)}
    return render_to_string("lab/_home_collect.html", context, request=request)
