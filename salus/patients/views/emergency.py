"""Emergency access: the offer, the act, its end, and the review by the privacy officer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.core.door import door
from salus.core.errors import Invalid, NotFound
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.patients import access, screens, services
from salus.patients.access.reading import refuse
from salus.patients.access.words import words_of
from salus.patients.models import BreakGlass
from salus.patients.queries import emergency
from salus.patients.sockets import patient_acts

BREAK, REVIEW = "patients.break_glass", "patients.review_access"


@door(BREAK, methods=("GET", "POST"), fresh=True)
def break_glass(request: Any, patient_id: UUID) -> HttpResponse:
    """The offer to see one patient for four hours with a reason; sent, it opens the record."""
    act, mistakes = request.act, None
    if request.method == "POST":
        require_same_patient(request, patient_id)
        said = posted_texts(request, "reason_code", "reason")
        try:
            services.break_glass(act, patient_id=patient_id, **said)
        except Invalid as error:
            mistakes = error
        else:
            messages.warning(request, _("You see this patient for four hours. The privacy officer was told."))
            return HttpResponseRedirect(screens.landing(act, patient_id), status=303)
    page = screens.patient_page(act, patient_id, to=access.FIND)
    opened = page["access"].opened
    if opened.allows:
        return HttpResponseRedirect(screens.landing(act, patient_id), status=303)
    if opened.answer != "offer":
        refuse(act, patient_id, opened)
    page |= {"tabs": [], "barriers": words_of(opened), "reasons": BreakGlass.REASONS, "said": request.POST}
    page |= {"mistakes": mistakes.fields if mistakes else {}}
    return render(request, "patients/break_glass.html", page, status=422 if mistakes else 200)


@door(BREAK, methods=("POST",))
def end_glass(request: Any, patient_id: UUID) -> HttpResponse:
    """End one's own emergency access now."""
    require_same_patient(request, patient_id)
    services.end_glass(request.act, patient_id=patient_id)
    messages.success(request, _("The emergency access is over."))
    return HttpResponseRedirect(reverse("home"), status=303)


@door(REVIEW)
def cases(request: Any) -> HttpResponse:
    """Emergency access that waits for a verdict, or has one."""
    done = request.GET.get("state") == "reviewed"
    found = emergency.cases_reviewed(request.act) if done else emergency.cases_to_review(request.act)
    return render(request, "patients/cases.html", {"cases": found, "done": done})


@door(REVIEW, methods=("GET", "POST"))
def review_glass(request: Any, glass_id: UUID) -> HttpResponse:
    """One emergency access: what was done, and the verdict."""
    mistakes = None
    if request.method == "POST":
        said = posted_texts(request, "verdict", "words")
        try:
            services.review_glass(request.act, glass_id=glass_id, version=posted_version(request), **said)
        except Invalid as error:
            mistakes = error
        else:
            messages.success(request, _("The verdict is kept."))
            return HttpResponseRedirect(reverse("patients:cases"), status=303)
    found = emergency.case(request.act, glass_id)
    if found is None:
        raise NotFound
    context = {"case": found, "verdicts": BreakGlass.VERDICTS, "said": request.POST}
    context |= {"mistakes": mistakes.fields if mistakes else {}}
    context["looks"] = [one for one in patient_acts if one.code == "access" and request.act.may(one.right)]
    return render(request, "patients/review.html", context, status=422 if mistakes else 200)


def home_panel(request: Any) -> str:
    """What waits for the privacy officer, on the home page."""
    context = {"cases": emergency.cases_to_review(request.act, 20)}
    return Markup(render_to_string("patients/_home_cases.html", context, request=request))  # noqa: S704 - a template of ours
