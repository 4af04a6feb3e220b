"""What is ordered again and again: favourites and order sets, taken into the draft and kept from it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid, NotFound
from salus.core.posted import posted_texts, posted_version, require_same_patient
from salus.orders import composing, drafts, finding, queries, services
from salus.orders.forms import SetItemForm
from salus.orders.views.pages import changed, may_order, opened
from salus.patients.screens import require_patient


@door("orders.view", methods=("POST",))
def add_set(request: Any, patient_id: UUID) -> HttpResponse:
    """Put the chosen orders of a set into the draft."""
    may_order(request.act)
    require_same_patient(request, patient_id)
    patient = opened(request, patient_id)
    which = finding.read_id(request.POST.get("set", ""))
    if which is None:
        raise NotFound
    new = composing.lines_of_set(request.act, patient_id, which, request.POST.getlist("item"))
    if not new:
        raise Invalid(_("Choose at least one of the set."))
    found = composing.compose(request.act, patient_id, drafts.add(request.act, patient_id, new))
    composing.say_shown(request.act, found, {line.key for line in new})
    return changed(request, patient, found)


@door("orders.view", methods=("POST",))
def keep(request: Any, patient_id: UUID) -> HttpResponse:
    """Keep a line of the draft as a favourite: one's own, or of the department that is named."""
    may_order(request.act)
    require_same_patient(request, patient_id)
    patient = opened(request, patient_id)
    draft = drafts.lines_of(request.act, patient_id)
    found = composing.compose(request.act, patient_id, draft, message=_("Kept as a favourite."))
    shown = next((one for one in found.lines if one.line.key == request.POST.get("line")), None)
    if shown is None:
        raise Invalid(_("This line is not in the draft any more."))
    services.keep_favourite(
        request.act,
        line=shown.line,
        name=composing.name_of(shown),
        department_id=finding.read_id(request.POST.get("department", "")),
    )
    return changed(request, patient, found)


@door("orders.manage_sets", methods=("POST",))
def keep_set(request: Any, patient_id: UUID) -> HttpResponse:
    """Make an order set of the draft; the draft stays."""
    may_order(request.act)
    require_same_patient(request, patient_id)
    require_patient(request.act, patient_id)
    typed = posted_texts(request, "name", "description")
    made = services.keep_set(
        request.act,
        lines=drafts.lines_of(request.act, patient_id),
        name=typed["name"],
        description=typed["description"],
    )
    messages.success(request, _("The order set is kept. Say for whom each order is meant."))
    return HttpResponseRedirect(reverse("orders:set", args=[made.id]), status=303)


@door("orders.view")
def sets(request: Any) -> HttpResponse:
    """The order sets of the house, one's own favourites and those of one's departments."""
    may_order(request.act)
    found = {"sets": queries.sets_of(request.act), "favourites": queries.favourites_of(request.act)}
    return render(request, "orders/sets.html", found)


@door("orders.view")
def one_set(request: Any, set_id: UUID) -> HttpResponse:
    """What stands in an order set, and for whom."""
    may_order(request.act)
    return _set_page(request, set_id)


@door("orders.manage_sets", methods=("POST",))
def change_item(request: Any, set_item_id: UUID) -> HttpResponse:
    """Say for whom one order of a set is meant, or take it out."""
    if request.POST.get("do") == "drop":
        row = services.drop_set_item(request.act, item_id=set_item_id, version=posted_version(request))
        return HttpResponseRedirect(reverse("orders:set", args=[row.order_set_id]), status=303)
    form = SetItemForm(request.POST)
    if not form.is_valid():
        raise Invalid(str(next(iter(form.errors.values()))[0]))
    row = services.change_set_item(
        request.act, item_id=set_item_id, version=posted_version(request), **form.cleaned_data
    )
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("orders:set", args=[row.order_set_id]), status=303)


@door("orders.manage_sets", methods=("POST",))
def retire_set(request: Any, set_id: UUID) -> HttpResponse:
    """Take an order set out of use."""
    services.retire_set(request.act, set_id=set_id)
    messages.success(request, _("The order set is out of use."))
    return HttpResponseRedirect(reverse("orders:sets"), status=303)


@door("orders.manage_sets", methods=("POST",))
def share_favourite(request: Any, favourite_id: UUID) -> HttpResponse:
    """Give one's favourite to everybody in one's departments."""
    services.share_favourite(request.act, favourite_id=favourite_id)
    messages.success(request, _("Everybody in your departments has it at hand now."))
    return HttpResponseRedirect(reverse("orders:sets"), status=303)


@door("orders.view", methods=("POST",))
def drop_favourite(request: Any, favourite_id: UUID) -> HttpResponse:
    """Take a favourite off the list."""
    may_order(request.act)
    services.drop_favourite(request.act, favourite_id=favourite_id)
    return HttpResponseRedirect(reverse("orders:sets"), status=303)


def _set_page(request: Any, set_id: UUID) -> HttpResponse:
    made, items = queries.set_with_items(request.act, set_id)
    rows = composing.set_rows(items)
    return render(request, "orders/set.html", {"made": made, "rows": rows})
