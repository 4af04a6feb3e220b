"""The list of problems."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import rules, services
from salus.chart.forms import EndForm
from salus.chart.models import Condition
from salus.chart.problem_forms import COURSES, SEVERITIES, AmendForm, ConditionForm
from salus.chart.queries import lists
from salus.chart.queries.diagnoses import ICD, ICD11, NAMES, SNOMED, named, words_of
from salus.chart.queries.favourites import favourite_conditions
from salus.chart.views.posted import same_patient
from salus.core.door import door
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.posted import posted_version
from salus.patients.screens import patient_page
from salus.terminology.queries import search_conditions, search_icd11, search_snomed
from salus.terminology.rules import without_tag
from salus.ui.combobox import MOST, Option, offer, typed

#: before a code in the box of problems; those of ICD-10-CM stand alone
_BEFORE = {ICD11: "icd11:", SNOMED: "sct:"}
#: so many of ICD-10-CM at most, and of ICD-11 where it is loaded: the rest is SNOMED CT's
_OF_ICD, _OF_ICD11 = 14, 7


@door("chart.record_condition", methods=("POST",), effect=False)
def find_condition(request: Any) -> HttpResponse:
    """What the box of diagnoses offers for what is typed."""
    return offer(request, _of_icd(typed(request)), nothing=_("Nothing in ICD-10-CM is called this."))


@door("chart.record_condition", methods=("POST",), effect=False)
def find_problem(request: Any) -> HttpResponse:
    """What the box of problems offers: ICD-10-CM, and ICD-11 and SNOMED CT where the hospital has loaded them."""
    text = typed(request)
    newer = search_icd11(text, _OF_ICD11)
    offered = _of_icd(text, _OF_ICD - len(newer))
    for place, one in enumerate(newer):  # one of each in turn: neither list hides the other
        option = Option(value=value_of(ICD11, one.code), label=one.display, sub=named(ICD11, one.code))
        offered.insert(min(2 * place + 1, len(offered)), option)
    offered += [
        Option(
            value=value_of(SNOMED, one.code),
            label=one.display,
            sub=" · ".join(filter(None, (NAMES[SNOMED], one.synonym))),
        )
        for one in search_snomed(text, MOST - len(offered))
    ]
    return offer(request, offered, nothing=_("No code is called this."))


def _of_icd(text: str, limit: int = MOST) -> list[Option]:
    return [
        Option(value=one.code, label=one.display, sub=" · ".join(filter(None, (one.code, one.synonym))))
        for one in search_conditions(text, limit)
    ]


def coding_of(value: str) -> tuple[str, str]:
    """The code system and code of a value of the box of problems."""
    found = next((one for one, before in _BEFORE.items() if value.startswith(before)), ICD)
    return found, value.removeprefix(_BEFORE.get(found, ""))


def value_of(system: str, code: str) -> str:
    """A code as the box of problems carries it."""
    return f"{_BEFORE.get(system, '')}{code}"


@door("patients.open")
def problems(request: Any, patient_id: UUID) -> HttpResponse:
    """All problems, present and past."""
    return _problems(request, patient_id)


def _problems(request: Any, patient_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "problems")
    sort = request.GET.get("sort", "own")
    sort = sort if sort in lists.SORTS else "own"
    found = lists.problems_of(request.act, patient_id, sort)
    active = [one for one in found if one.status in lists.ACTIVE]
    shown = {
        "active": active,
        "past": [one for one in found if one.status not in lists.ACTIVE],
        "sort": sort,
        "moved": _moved([one.id for one in active]) if sort == "own" else {},
        "moves": rules.CONDITION_MOVES,
        "mistake": None,
        "typed": {},
        "plain": without_tag,
        "named": named,
        "courses": dict(COURSES),
        "severities": dict(SEVERITIES),
    }
    return render(request, "chart/problems.html", page | shown | context, status=status)


def _moved(ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """For each problem the whole list after it went up, and after it went down; empty where it cannot."""

    def after(place: int, other: int) -> str:
        if not 0 <= other < len(ids):
            return ""
        order = list(ids)
        order[place], order[other] = order[other], order[place]
        return ",".join(map(str, order))

    return {one: (after(place, place - 1), after(place, place + 1)) for place, one in enumerate(ids)}


@door("chart.record_condition", methods=("GET", "POST"))
def record_condition(request: Any, patient_id: UUID) -> HttpResponse:
    """Put a problem on the list."""
    form = ConditionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        same_patient(request, patient_id)
        if form.is_valid() and _recorded(request, patient_id, form):
            messages.success(request, _("The problem is on the list."))
            return HttpResponseRedirect(reverse("chart:problems", args=[patient_id]), status=303)
    page = patient_page(request.act, patient_id, "problems")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "favourites": favourite_conditions(request.act), "value_of": value_of}
    return render(request, "chart/record_condition.html", page | context, status=status)


def _recorded(request: Any, patient_id: UUID, form: ConditionForm) -> bool:
    values = form.cleaned_data
    system, code = coding_of(values["condition"])
    display = words_of(system, code) if code else values["condition_text"]
    if display is None:
        form.add_error("condition", _("Choose a problem from the list."))
        return False
    said = form.said | {"verification": form.said["verification"] or "confirmed"}
    return acted(
        form,
        lambda: services.record_condition(
            request.act, patient_id=patient_id, code_system=system, code=code, display=display, **said
        ),
        "condition",
    )


def acted(form: Any, act: Callable[[], object], field: str | None = None) -> bool:
    """Do it, or say beside the fields what is wrong; a refusal of another kind beside `field`."""
    try:
        act()
    except Stale:
        raise
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error(name if name in form.fields else None, words)
        return False
    except Conflict as refusal:
        form.add_error(field, str(refusal))
        return False
    return True


@door("chart.record_condition", methods=("GET", "POST"))
def amend_condition(request: Any, patient_id: UUID, condition_id: UUID) -> HttpResponse:
    """Say a problem more exactly."""
    row = get_object_or_404(Condition.objects.visible_to(request.act).valid(), id=condition_id, patient_id=patient_id)
    form = AmendForm(request.POST if request.method == "POST" else None, initial=AmendForm.initial_of(row))
    context: dict[str, Any] = {"row": row, "form": form, "mistake": None, "plain": without_tag}
    status, of = 200, dict[str, Any]()
    if request.method == "POST":
        same_patient(request, patient_id)
        status = 422
        of = {"patient_id": patient_id, "condition_id": condition_id, "version": posted_version(request)}
        try:
            if form.is_valid() and acted(
                form,
                lambda: services.amend_condition(request.act, **(of | form.said)),
            ):
                messages.success(request, _("The problem is changed."))
                return HttpResponseRedirect(reverse("chart:problems", args=[patient_id]), status=303)
        except Stale as refusal:
            status, context["mistake"] = 409, refusal
    page = patient_page(request.act, patient_id, "problems")
    return render(request, "chart/amend_condition.html", page | context, status=status)


@door("chart.record_condition", methods=("POST",))
def order_conditions(request: Any, patient_id: UUID) -> HttpResponse:
    """Put the problems into the order that was sent."""
    same_patient(request, patient_id)
    try:
        ids = [UUID(one) for one in request.POST.get("order", "").split(",")[:500]]
    except ValueError:
        raise Invalid from None
    try:
        services.order_conditions(request.act, patient_id=patient_id, condition_ids=ids)
    except Stale as refusal:
        return _problems(request, patient_id, status=409, mistake=refusal)
    return HttpResponseRedirect(reverse("chart:problems", args=[patient_id]), status=303)


@door("chart.record_condition", methods=("POST",))
def change_condition(request: Any, patient_id: UUID, condition_id: UUID) -> HttpResponse:
    """Resolve a problem, set it aside, take it up again."""
    same_patient(request, patient_id)
    try:
        services.change_condition(
            request.act,
            patient_id=patient_id,
            condition_id=condition_id,
            version=posted_version(request),
            status=request.POST.get("status", ""),
        )
    except Stale as refusal:
        return _problems(request, patient_id, status=409, mistake=refusal)
    messages.success(request, _("The problem is changed."))
    return HttpResponseRedirect(reverse("chart:problems", args=[patient_id]), status=303)


@door("chart.record_condition", methods=("POST",))
def void_condition(request: Any, patient_id: UUID, condition_id: UUID) -> HttpResponse:
    """Mark a problem as entered in error."""
    same_patient(request, patient_id)
    form = EndForm(request.POST)
    typed_words = {condition_id: request.POST.get("reason", "")}
    if not form.is_valid():
        wrong = Invalid(_("Say why it was wrong."))
        return _problems(request, patient_id, status=422, mistake=wrong, typed=typed_words)
    try:
        services.void_condition(
            request.act,
            patient_id=patient_id,
            condition_id=condition_id,
            version=posted_version(request),
            reason=form.cleaned_data["reason"],
        )
    except Stale as refusal:
        return _problems(request, patient_id, status=409, mistake=refusal, typed=typed_words)
    messages.success(request, _("The problem is marked as entered in error."))
    return HttpResponseRedirect(reverse("chart:problems", args=[patient_id]), status=303)
