"""Private calendars: the link of one's own, and what a calendar program reads by it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import limits
from salus.accounts.limits import Measure
from salus.core.act import system_act
from salus.core.clients import source_of
from salus.core.door import PUBLIC, door
from salus.scheduling.models import VIEW
from salus.scheduling.queries.feeds import entries_of, has_feed, reader_of
from salus.scheduling.rules import ics
from salus.scheduling.rules.limits import FEED_MISSES, FEED_READS
from salus.scheduling.services import feeds as services


@door(PUBLIC)
def calendar(request: Any, secret: str) -> HttpResponse:
    """A calendar to subscribe to; whoever has the link may read it, so it tells times and nothing else."""
    limits.take([Measure("calendar", secret, FEED_READS)])
    reader = reader_of(secret)
    if reader is None:
        limits.take([Measure("calendar-missed", source_of(request), FEED_MISSES)])
        raise Http404
    request.act = system_act(rights={VIEW}, door="scheduling:calendar", facility_id=reader.facility_id)
    entries = entries_of(request.act, reader)
    name = _("Appointments, %(facility)s") % {"facility": reader.facility}
    domain = settings.SALUS_MAIL["sender"].rpartition("@")[2] or "salus.invalid"
    content = ics.feed(entries, at=request.act.at, name=name, domain=domain)
    headers = {"Content-Disposition": 'inline; filename="appointments.ics"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


@door(VIEW)
def my_calendar(request: Any) -> HttpResponse:
    """The link of my own calendar: whether there is one."""
    context = {"has_feed": has_feed(request.act), "may_have": request.act.practitioner_id is not None, "link": ""}
    return render(request, "scheduling/my_calendar.html", context)


@door(VIEW, methods=("POST",))
def make_feed(request: Any) -> HttpResponse:
    """Make a link, which takes the place of the one before; it is shown this once."""
    secret = services.make_own_feed(request.act)
    context = {"has_feed": True, "may_have": True, "link": link_of(secret)}
    return render(request, "scheduling/my_calendar.html", context)


@door(VIEW, methods=("POST",))
def revoke_feed(request: Any) -> HttpResponse:
    """Have my link lead nowhere any more."""
    services.revoke_own_feed(request.act)
    messages.success(request, _("The link leads nowhere any more."))
    return HttpResponseRedirect(reverse("scheduling:my_calendar"), status=303)


def link_of(secret: str) -> str:
    """The address of a calendar, as a calendar program wants it."""
    return settings.SALUS_URL + reverse("scheduling:calendar", args=[secret])
