"""What the administrator's doors have in common: a schedule's page, and the page of those whom a change touches."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from salus.core.errors import SalusError
from salus.scheduling.changing import TouchesPatients
from salus.scheduling.forms import AbsenceForm
from salus.scheduling.models import Absence, Schedule
from salus.scheduling.queries.touched import touched
from salus.scheduling.rules.typing import wall
from salus.ui.formatting import WEEKDAYS

_ACCEPTS = "accept_touched"


def accepts(request: Any) -> bool:
    return str(request.POST.get(_ACCEPTS)) == "1"


def to_schedule(schedule_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("scheduling:schedule", args=[schedule_id]), status=303)


def schedule_known(request: Any, schedule_id: UUID) -> Schedule:
    rows = Schedule.objects.visible_to(request.act).select_related("department")
    return get_object_or_404(rows, id=schedule_id)


def tell(form: Any, error: SalusError) -> None:
    """Put what a service refused beside its field."""
    for name, words in (error.fields or {"": str(error)}).items():
        form.add_error(name if name in form.fields else None, words)


def schedule_page(request: Any, known: Schedule, form: AbsenceForm | None = None, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    patterns = known.patterns.filter(Q(valid__endswith=None) | Q(valid__endswith__gt=today), retired_at=None)
    away = known.absences.filter(withdrawn_at=None, period__endswith__gt=request.act.at)
    context = {
        "schedule": known,
        "week": [(day, name, [one for one in patterns if one.weekday == day]) for day, name in enumerate(WEEKDAYS)],
        "wall": wall,
        "today": today,
        "absences": away.order_by("period"),
        "reasons": dict(Absence.REASONS),
        "touched": touched(request.act, known.id),
        "form": form or AbsenceForm(Absence.REASONS),
        "kinds": dict(Schedule.KINDS),
    }
    return render(request, "scheduling/schedule.html", context, status=status)


def touched_page(request: Any, known: Schedule | None, found: TouchesPatients) -> HttpResponse:
    """Whom the change touches, and the same form once more with the word that they were seen."""
    sent = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("_key", "csrfmiddlewaretoken", _ACCEPTS)
    ]
    context = {"schedule": known, "rows": found.patients, "count": found.count, "sent": sent, "action": request.path}
    return render(request, "scheduling/touched.html", context, status=409)
