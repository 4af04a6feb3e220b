"""Who waits; a wish is added, looked at, ranked, taken off."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_version, require_same_patient
from salus.patients.access import FIND
from salus.patients.screens import patient_page
from salus.scheduling.models import BOOK
from salus.scheduling.queries.choices import choices
from salus.scheduling.rules.typing import wall
from salus.scheduling.zones import in_facility_time
from salus.waitlist import screens
from salus.waitlist.forms import WEEKDAYS, LeaveForm, PriorityForm, WishForm
from salus.waitlist.locking import policy_of, topic_of
from salus.waitlist.models import JOIN, RANK, VIEW, WAITING, Wish
from salus.waitlist.queries import wishes as reads
from salus.waitlist.queries.matching import places_for
from salus.waitlist.services import wishes


@door(VIEW)
@in_facility_time
def waiting_list(request: Any) -> HttpResponse:
    """Who waits, in the order in which times are offered."""
    offered = choices(request.act)
    context = _list(request) | {"offered": offered, "priorities": Wish.PRIORITIES}
    context["chosen"] = screens.chosen(context["filters"], offered)
    return render(request, "waitlist/list.html", context)


@door(VIEW)
@in_facility_time
def rows(request: Any) -> HttpResponse:
    """The part of the page that changes while it is looked at."""
    return render(request, "waitlist/_list.html", _list(request))


def _list(request: Any) -> dict[str, Any]:
    filters, policy = screens.filters_of(request.GET), policy_of(request.act)
    found = reads.waiting_list(request.act, filters, policy)
    last = -(-found.total // reads.PAGE) or 1
    return {
        "filters": filters,
        "topic": topic_of(request.act),
        "here": screens.address(filters, route="waitlist:rows", page=filters.page),
        "counts": screens.counts_of(found, filters),
        "lines": screens.lines_of(request.act, found.rows),
        "found": found,
        "reasons": dict(Wish.REASONS),
        "previous": screens.address(filters, page=filters.page - 1) if filters.page > 1 else None,
        "next": screens.address(filters, page=filters.page + 1) if filters.page < last else None,
        "begin": (filters.page - 1) * reads.PAGE,
        "now": request.act.at,
    }


@door(JOIN)
@in_facility_time
def of_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """What one patient waits for and has waited for."""
    page = patient_page(request.act, patient_id, to=FIND)
    rows = reads.wishes_of(request.act, patient_id)
    context = {"rows": rows, "reasons": dict(Wish.REASONS), "now": request.act.at}
    return render(request, "waitlist/of_patient.html", page | context)


@door(JOIN, methods=("GET", "POST"))
@in_facility_time
def join_waiting_list(request: Any, patient_id: UUID, appointment_id: UUID | None = None) -> HttpResponse:
    """Put a patient on the list, perhaps for an earlier time than an appointment of his."""
    offered, later = choices(request.act), reads.replaceable(request.act, patient_id)
    if request.method != "POST":
        if appointment_id:
            reads.require_appointment(request.act, patient_id, appointment_id)
        asked = {name: request.GET.get(name, "") for name in _ASKED} | {
            "channel": "desk",
            "replaces": appointment_id or "",
        }
        return _join_page(request, patient_id, WishForm(request.act, offered, later, initial=asked))
    require_same_patient(request, patient_id)
    form = WishForm(request.act, offered, later, request.POST)
    if not form.is_valid():
        return _join_page(request, patient_id, form, status=422)
    try:
        made = wishes.join_waiting_list(request.act, patient_id=patient_id, **form.said())
    except wishes.WaitsAlready as already:
        form.add_error(None, str(already))
        return _join_page(request, patient_id, form, status=409)
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(_FIELDS.get(name, name if name in form.fields else None), words)
        return _join_page(request, patient_id, form, status=422)
    messages.success(request, _("The patient is on the waiting list."))
    return HttpResponseRedirect(reverse("waitlist:show", args=[made.id]), status=303)


#: what a page that found no time knows already
_ASKED = ("specialty", "schedule", "department", "service")
_FIELDS = {"service_code": "service", "schedules": "schedule"}


def _join_page(request: Any, patient_id: UUID, form: WishForm, status: int = 200) -> HttpResponse:
    page = patient_page(request.act, patient_id, to=FIND)
    return render(request, "waitlist/join.html", page | {"form": form}, status=status)


@door(VIEW)
@in_facility_time
def show(request: Any, wish_id: UUID) -> HttpResponse:
    """One wish, what was offered for it, and what may be done."""
    return wish_page(request, wish_of(request, id=wish_id))


@door(RANK, methods=("POST",))
@in_facility_time
def set_priority(request: Any, wish_id: UUID) -> HttpResponse:
    """Let the patient come sooner or later."""
    known, form = wish_of(request, id=wish_id), PriorityForm(request.POST)
    require_same_patient(request, known.patient_id)
    if not form.is_valid():
        return wish_page(request, known, ranking=form, status=422)
    wishes.set_priority(request.act, wish_id=known.id, version=posted_version(request), **form.cleaned_data)
    messages.success(request, _("Changed, from the next offer on."))
    return HttpResponseRedirect(reverse("waitlist:show", args=[known.id]), status=303)


@door(JOIN, methods=("POST",))
@in_facility_time
def leave_waiting_list(request: Any, wish_id: UUID) -> HttpResponse:
    """Take the patient off the list."""
    known, form = wish_of(request, id=wish_id), LeaveForm(request.POST)
    require_same_patient(request, known.patient_id)
    if not form.is_valid():
        return wish_page(request, known, leaving=form, status=422)
    wishes.leave_waiting_list(request.act, wish_id=known.id, **form.cleaned_data)
    messages.success(request, _("The patient is off the waiting list."))
    return HttpResponseRedirect(reverse("waitlist:show", args=[known.id]), status=303)


def wish_of(request: Any, **which: UUID) -> Wish:
    """A wish that this person may see, or 404."""
    rows = Wish.objects.visible_to(request.act).select_related("department")
    return get_object_or_404(rows, **which)


def wish_page(
    request: Any,
    known: Wish,
    *,
    ranking: PriorityForm | None = None,
    leaving: LeaveForm | None = None,
    told: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one wish; `told` is why something could not be done."""
    act = request.act
    page = patient_page(act, known.patient_id, to=FIND)
    may_offer = act.may(JOIN) and act.may(BOOK) and known.status == "waiting"
    context = {
        "wish": known,
        "row": reads.wish_row(act, known.id),
        "offers": reads.offers_of(act, known),
        "places": places_for(act, known, policy_of(act)) if may_offer else [],
        "schedules": dict(choices(act).schedules) if may_offer else {},
        "may_offer": may_offer,
        "ranking": ranking or PriorityForm(initial={"priority": known.priority}),
        "leaving": leaving or LeaveForm(),
        "is_waiting": known.status in WAITING,
        "days": [name for n, name in WEEKDAYS if n in known.weekdays],
        "walls": f"{wall(known.wall_from)}–{wall(known.wall_until)}",
        "reasons": dict(Wish.REASONS),
        "priorities": dict(Wish.PRIORITIES),
        "told": told,
        "now": act.at,
    }
    return render(request, "waitlist/show.html", page | context, status=status)
