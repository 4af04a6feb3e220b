"""The administrator's screen of background work that failed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.workflows import failures

VIEW = "accounts.view_failures"


@door(VIEW)
def show_failures(request: Any) -> HttpResponse:
    """What gave up, and a button to try it again."""
    return render(request, "workflows/failures.html", {"rows": failures.failures(request.act)})


@door(VIEW, methods=("POST",))
def try_again(request: Any, job_id: int) -> HttpResponse:
    """Have one tried again."""
    failures.try_again(request.act, job_id=job_id)
    messages.success(request, _("It is tried again now."))
    return HttpResponseRedirect(reverse("workflows:failures"), status=303)


def home_panel(request: Any) -> str:
    """The administrator is told on the home page."""
    context = {"rows": failures.failures(request.act)}
    return render_to_string("workflows/_failures.html", context, request=request)
