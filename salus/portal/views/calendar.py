"""One's appointments in a calendar of one's own: a link, shown once, taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.messaging.models import PREFER
from salus.portal.doors import Own, of_patient, page
from salus.scheduling.queries.feeds import has_feed
from salus.scheduling.services import feeds
from salus.scheduling.views.feeds import link_of

USE = "portal.use"


@door(USE)
@of_patient(PREFER)
def calendar(request: Any, own: Own) -> HttpResponse:
    """Whether there is a link."""
    return _page(request, own)


@door(USE, methods=("POST",))
@of_patient(PREFER)
def make_calendar(request: Any, own: Own) -> HttpResponse:
    """Make the link of my calendar; it is shown this once."""
    return _page(request, own, link_of(feeds.make_feed_of_patient(own.act, patient_id=own.patient_id)))


@door(USE, methods=("POST",))
@of_patient(PREFER)
def revoke_calendar(request: Any, own: Own) -> HttpResponse:
    """Have the link lead nowhere any more."""
    feeds.revoke_feed_of_patient(own.act, patient_id=own.patient_id)
    messages.success(request, _("The link leads nowhere any more."))
    return HttpResponseRedirect(reverse("portal:calendar"), status=303)


def _page(request: Any, own: Own, link: str = "") -> HttpResponse:
    return page(request, "calendar.html", own, link=link, has_feed=has_feed(own.act, patient_id=own.patient_id))
