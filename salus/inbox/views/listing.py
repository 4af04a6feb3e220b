"""The inbox: the list, its living part, the number at the bell, what is acknowledged from it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salus.core.door import door
from salus.core.errors import Invalid
from salus.inbox import screens, services
from salus.inbox.forms import FinishForm
from salus.inbox.models import VIEW, WORK
from salus.inbox.queries import listing
from salus.inbox.queries.people import find_whom
from salus.inbox.views.own_time import in_own_time
from salus.ui.combobox import Option, offer, typed

#: so many are acknowledged in one act
_MOST = 100


@door(VIEW)
@in_own_time
def inbox(request: Any) -> HttpResponse:
    """What waits for this person."""
    return render(request, "inbox/list.html", screens.list_of(request))


@door(VIEW)
@in_own_time
def rows(request: Any) -> HttpResponse:
    """The part of the page that changes while it is looked at."""
    return render(request, "inbox/_list.html", screens.list_of(request))


@door(VIEW)
def bell(request: Any) -> HttpResponse:
    """How many wait: asked by every page after it is drawn, so that no page waits for it."""
    return render(request, "inbox/_bell.html", {"count": listing.count_of(request.act)})


@door(WORK, methods=("POST",))
@in_own_time
def acknowledge_tasks(request: Any) -> HttpResponse:
    """Acknowledge what was chosen on the list, with a comment and what is to be done next."""
    form = FinishForm(request.POST)
    chosen = request.POST.getlist("task")[:_MOST]
    if not form.is_valid():
        raise Invalid(_("Something in the comment has to be mended."))
    try:
        ids = [UUID(one) for one in chosen]
    except ValueError as error:
        raise Invalid(_("This page is out of date. Reload it and try again.")) from error
    ended = services.acknowledge_tasks(
        request.act, task_ids=ids, comment=form.cleaned_data["comment"], follow_up=follow_up_of(form)
    )
    told = ngettext("%(n)s acknowledged.", "%(n)s acknowledged.", len(ended)) % {"n": len(ended)}
    if len(ended) < len(set(ids)):
        told += " " + _("Somebody was quicker with the others.")
    messages.success(request, told)
    show = request.POST.get("show", "all")
    return HttpResponseRedirect(screens.address(show=show if show in listing.SHOWN else "all"), status=303)


def follow_up_of(form: FinishForm) -> services.FollowUp | None:
    """What is to be done next, if somebody wrote it."""
    values = form.cleaned_data
    if not values["follow_up"]:
        return None
    owner, place = values["whom"] or (None, None)
    return services.FollowUp(values["follow_up"], owner, place, form.instant())


@door(VIEW, methods=("POST",), effect=False)
def find_colleague(request: Any) -> HttpResponse:
    """What the box of colleagues and departments offers for what is typed."""
    found = find_whom(request.act, typed(request))
    return offer(request, [Option(value=value, label=label, sub=sub) for value, label, sub in found])
