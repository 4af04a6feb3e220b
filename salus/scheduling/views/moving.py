"""Booked patients whose time is no longer in any plan: each moved by itself, or all to what is proposed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salus.core.door import door
from salus.core.errors import NotFound
from salus.scheduling.forms import MoveAllForm
from salus.scheduling.models import BOOK
from salus.scheduling.queries.moved import moved_by
from salus.scheduling.queries.proposals import proposals
from salus.scheduling.queries.touched import touched
from salus.scheduling.rules.calendar import minutes
from salus.scheduling.services import moving
from salus.scheduling.services.moving import Move
from salus.scheduling.zones import in_facility_time


@door(BOOK)
@in_facility_time
def to_move(request: Any) -> HttpResponse:
    """Who lost a time, and which one is proposed."""
    return _page(request)


@door(BOOK, methods=("POST",))
@in_facility_time
def move_all(request: Any) -> HttpResponse:
    """Move all that stand ticked to what is proposed; whoever cannot be stays listed."""
    form = MoveAllForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    names = ("appointment_id", "version", "schedule_id", "starts_at")
    moves = [Move(**dict(zip(names, one, strict=True))) for one in form.cleaned_data["take"]]
    moved = moving.move_all(request.act, moves=moves, note=_("The time before was lost by a change of the schedule."))
    words = ngettext("%(n)s appointment is moved.", "%(n)s appointments are moved.", len(moved)) % {"n": len(moved)}
    if len(moved) < len(moves):
        messages.warning(
            request, words + " " + _("The others stay here: their time was just taken, or they were changed.")
        )
    else:
        messages.success(request, words)
    if not moved:
        return HttpResponseRedirect(reverse("scheduling:to_move"), status=303)
    return HttpResponseRedirect(reverse("scheduling:moved", args=[request.act.id]), status=303)


@door(BOOK)
@in_facility_time
def moved(request: Any, act_id: UUID) -> HttpResponse:
    """Whom one act moved, from where to where, as long as it may be wished undone."""
    return _moved_page(request, act_id)


@door(BOOK, methods=("POST",))
@in_facility_time
def move_back(request: Any, act_id: UUID) -> HttpResponse:
    """Put those back whose old place is still free, and say which could not be."""
    back, left = moving.move_back(request.act, act_id=act_id)
    if not left and back:
        words = ngettext("%(n)s appointment is put back.", "%(n)s appointments are put back.", len(back))
        messages.success(request, words % {"n": len(back)})
        return HttpResponseRedirect(reverse("scheduling:to_move"), status=303)
    return _moved_page(request, act_id, back=len(back), left={one.moved.appointment_id: one.why for one in left})


def _moved_page(request: Any, act_id: UUID, *, back: int = 0, left: dict[UUID, str] | None = None) -> HttpResponse:
    rows = moved_by(request.act, act_id)
    if not rows:
        raise NotFound
    may_undo = any(one.is_last and one.was_at > request.act.at for one in rows)
    context = {"act_id": act_id, "rows": rows, "may_undo": may_undo, "back": back, "left": left}
    return render(request, "scheduling/moved.html", context)


def _page(request: Any, form: MoveAllForm | None = None, status: int = 200) -> HttpResponse:
    rows = touched(request.act)
    proposed = proposals(request.act, [one for one in rows if one.patient_id is not None])
    lines = [(one, slot := proposed.get(one.appointment_id), _choice(one, slot) if slot else "") for one in rows]
    context = {"lines": lines, "form": form, "count": len(proposed)}
    return render(request, "scheduling/to_move.html", context, status=status)


def _choice(row: Any, slot: Any) -> str:
    return f"{row.appointment_id}|{row.version}|{slot.schedule_id}|{minutes(slot.starts_at)}"
