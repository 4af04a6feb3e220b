"""How the facility wants its waiting list."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_version
from salus.scheduling.rules.typing import wall
from salus.waitlist.forms import PolicyForm
from salus.waitlist.locking import policy_of
from salus.waitlist.models import SET_UP
from salus.waitlist.services import policies


@door(SET_UP, methods=("GET", "POST"))
def set_policy(request: Any) -> HttpResponse:
    """How long an offered time is kept, and how often one patient is asked."""
    policy = policy_of(request.act)
    if request.method != "POST":
        return _page(request, PolicyForm(initial=_said(policy)), policy.version)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, posted_version(request), status=422)
    try:
        policies.set_policy(request.act, version=posted_version(request), **form.cleaned_data)
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(name, words)
        return _page(request, form, posted_version(request), status=422)
    messages.success(request, _("Kept. It holds from the next offer on."))
    return HttpResponseRedirect(reverse("waitlist:policy"), status=303)


def _said(policy: Any) -> dict[str, Any]:
    names = ("is_automatic", "keep_minutes", "most_offers", "short_hours")
    said = {name: getattr(policy, name) for name in names}
    return said | {"awake_from": wall(policy.awake_from), "awake_until": wall(policy.awake_until)}


def _page(request: Any, form: PolicyForm, version: int, status: int = 200) -> HttpResponse:
    return render(request, "waitlist/policy.html", {"form": form, "version": version}, status=status)
