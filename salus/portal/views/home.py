"""The first page: what is next, what is new, what is owed."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from salus.core.door import door
from salus.core.errors import NotFound
from salus.portal.doors import CHOSEN, Own, chosen, page
from salus.portal.queries import appointments, bills, record
from salus.portal.queries.people import account_of, registration_of
from salus.portal.queries.waiting import wishes_of
from salus.queues.models import VIEW as SEE_QUEUE
from salus.queues.queries.places import place_in_queue
from salus.scheduling.queries.plans import clock_of
from salus.waitlist.models import JOIN

_NEW = 3


@door("portal.use")
def home(request: Any) -> HttpResponse:
    """What matters today; for who is not confirmed yet, what to bring to the desk."""
    own = chosen(request)
    if own is None:
        account = account_of(request.act)
        return page(request, "waiting.html", None, registration=registration_of(account))
    with timezone.override(clock_of(own.act).zone):
        return page(request, "home.html", own, **_today(own))


def _today(own: Own) -> dict[str, Any]:
    found: dict[str, Any] = {"ahead": [], "results": [], "bills": [], "places": [], "offers": []}
    if own.may("scheduling.view"):
        found["ahead"] = appointments.appointments_ahead(own.act, own.patient_id)
    if own.may(SEE_QUEUE):
        found["places"] = place_in_queue(own.act, own.patient_id)
    if own.may(JOIN):
        found["offers"] = [one for one in wishes_of(own.act, own.patient_id) if one.offer]
    if own.may(record.SEE):
        found["results"] = record.results_of(own.act, own.patient_id)[:_NEW]
    if own.may(bills.SEE):
        open_ones = [one for one in bills.bills_of(own.act, own.patient_id) if bills.owed(one) > 0]
        found["bills"] = [(one, bills.owed(one)) for one in open_ones]
    return found


@door("portal.use", methods=("POST",), effect=False)
def choose(request: Any, patient_id: UUID) -> HttpResponse:
    """From now on the pages are about this patient."""
    if patient_id not in request.act.subjects:
        raise NotFound
    request.act.shows(patient_id)  # the log says for whom by itself: the page of another is left behind here
    request.session[CHOSEN] = str(patient_id)
    return HttpResponseRedirect(reverse("portal:home"), status=303)
