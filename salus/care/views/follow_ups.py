"""Follow-ups on the screen: planned in the chart, booked from the list of the desk."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.care import services
from salus.care.forms import FollowUpForm, WhyForm, put_errors
from salus.care.models import FollowUp
from salus.care.models.follow_ups import BOOK_FOLLOW_UP
from salus.care.queries import follow_ups as reads
from salus.care.queries.days import today
from salus.care.queries.referrals import reports_to_choose
from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_version, require_same_patient
from salus.encounters.queries import open_encounter
from salus.patients.queries.access import grantees
from salus.patients.screens import patient_page
from salus.places.queries import departments_to_choose


@door(BOOK_FOLLOW_UP)
def at_the_desk(request: Any) -> HttpResponse:
    """Who is to come again and has no time yet."""
    return _desk(request)


@door("care.plan_follow_up", methods=("GET", "POST"))
def plan_follow_up(request: Any, patient_id: UUID) -> HttpResponse:
    """Plan that the patient comes again."""
    act = request.act
    notes, _papers = reports_to_choose(act, patient_id)
    places = [(str(one), name) for one, name in departments_to_choose(act)]
    own = next((key for key, _name in places if UUID(key) in act.places), "")
    form = FollowUpForm(
        request.POST or None, places=places, people=grantees(act), notes=notes, initial={"department": own}
    )
    if request.method == "POST":
        require_same_patient(request, patient_id)
        if form.is_valid():
            visit = open_encounter(act, patient_id)
            try:
                services.plan_follow_up(
                    act, patient_id=patient_id, encounter_id=visit.id if visit else None, **form.said()
                )
                messages.success(request, _("The follow-up is planned. The patient is told when it is due."))
                return HttpResponseRedirect(reverse("care:of_patient", args=[patient_id]), status=303)
            except Invalid as mistakes:
                put_errors(form, mistakes)
    page = patient_page(act, patient_id, "care")
    return render(request, "care/plan_follow_up.html", page | {"form": form}, status=422 if form.is_bound else 200)


@door(BOOK_FOLLOW_UP, methods=("POST",))
def cancel_follow_up(request: Any, follow_up_id: UUID) -> HttpResponse:
    """Say that a follow-up is not needed."""
    act, form = request.act, WhyForm(request.POST)
    opens = act.may("care.plan_follow_up")
    rows = FollowUp.objects.visible_to(act) if opens else FollowUp.objects.at_the_desk(act)
    known = get_object_or_404(rows, id=follow_up_id)
    require_same_patient(request, known.patient_id)
    if not form.is_valid():
        return _desk(request, status=422, told=_("Say why it is not needed."))
    services.cancel_follow_up(
        act, follow_up_id=known.id, version=posted_version(request), reason=form.cleaned_data["reason"]
    )
    messages.success(request, _("The follow-up is off the list."))
    page = reverse("care:of_patient", args=[known.patient_id]) if opens else reverse("care:follow_ups")
    return HttpResponseRedirect(page, status=303)


def _desk(request: Any, *, status: int = 200, told: str = "") -> HttpResponse:
    day = today(request.act)
    context = {"rows": reads.follow_ups_at_the_desk(request.act, day), "today": day, "told": told}
    return render(request, "care/follow_ups.html", context, status=status)
