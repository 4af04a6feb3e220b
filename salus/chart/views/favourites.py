"""The problems that one keeps at hand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import services
from salus.chart.queries.favourites import favourite_conditions
from salus.chart.views.problems import coding_of
from salus.core.door import door
from salus.core.errors import Invalid, NotFound
from salus.core.posted import posted_texts
from salus.places.queries import departments_to_choose


@door("chart.record_condition")
def favourites(request: Any) -> HttpResponse:
    """One's own favourites, and those of one's departments."""
    return _favourites(request)


def _favourites(request: Any, *, status: int = 200, error: str = "") -> HttpResponse:
    act = request.act
    departments = [one for one in departments_to_choose(act) if one[0] in act.places]
    context = {"favourites": favourite_conditions(act), "departments": departments, "error": error}
    return render(request, "chart/favourites.html", context, status=status)


@door("chart.record_condition", methods=("POST",))
def add_favourite(request: Any) -> HttpResponse:
    """Keep a problem at hand."""
    system, code = coding_of(posted_texts(request, "condition")["condition"][:60])
    try:
        department_id = UUID(request.POST["department"]) if request.POST.get("department") else None
        services.add_favourite(request.act, code_system=system, code=code, department_id=department_id)
    except Invalid as mistake:
        return _favourites(request, status=422, error=next(iter(mistake.fields.values()), str(mistake)))
    except ValueError:
        raise NotFound from None
    messages.success(request, _("It is at hand from now on."))
    return HttpResponseRedirect(reverse("chart:favourites"), status=303)


@door("chart.record_condition", methods=("POST",))
def remove_favourite(request: Any, kept_id: UUID) -> HttpResponse:
    """Take a favourite off the list."""
    try:
        services.remove_favourite(request.act, favourite_id=kept_id)
    except ObjectDoesNotExist:
        raise NotFound from None
    messages.success(request, _("It is off the list."))
    return HttpResponseRedirect(reverse("chart:favourites"), status=303)
