"""When what nobody saw to is handed on, and to whom: the facility's rules, and one's own deputy."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.inbox import rules as judgement
from salus.inbox import services
from salus.inbox.forms import DeputyForm, HeadForm, LadderForm
from salus.inbox.models import SET_UP, VIEW, Task
from salus.inbox.queries.covering import deputies_of, heads, ladders
from salus.inbox.views.own_time import in_own_time
from salus.ui.addresses import url

#: as an address names them: `result-critical`
_LADDERS = {"-".join(filter(None, key)): key for key in judgement.DEFAULTS}


@door(SET_UP)
def rules(request: Any) -> HttpResponse:
    """How long each kind of task may wait, who is told then, and who heads the departments."""
    return _page(request)


def _page(request: Any, status: int = 200, told: str | None = None) -> HttpResponse:
    context = {
        "names": dict(Task.KIND_WORDS),
        "marks": {"abnormal": _("abnormal"), "critical": _("critical")},
        "fields": [(name, field.label) for name, field in LadderForm.base_fields.items()],
    }
    context |= {"ladders": ladders(request.act), "heads": heads(request.act), "told": told}
    return render(request, "inbox/rules.html", context, status=status)


@door(SET_UP, methods=("POST",))
def change_ladder(request: Any, ladder: str) -> HttpResponse:
    """Say after how many minutes a kind of task is due, and how long after that each rung is told."""
    form = LadderForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, _("Write whole minutes; only the deputy's and the head's may be left empty."))
    try:
        kind, mark = _LADDERS.get(ladder, (ladder, ""))
        services.change_ladder(request.act, kind=kind, mark=mark, **form.cleaned_data)
    except Invalid as mistakes:
        return _page(request, 422, " ".join(mistakes.fields.values()))
    messages.success(request, _("Kept. It holds from now on."))
    return HttpResponseRedirect(url("inbox:rules"), status=303)


@door(SET_UP, methods=("POST",))
def name_head(request: Any, department_id: UUID) -> HttpResponse:
    """Say who heads a department."""
    form = HeadForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, _("Choose somebody of the list."))
    try:
        whom = (form.cleaned_data["whom"] or (None, None))[0]
        services.name_head(request.act, department_id=department_id, practitioner_id=whom)
    except Invalid as mistakes:
        return _page(request, 422, " ".join(mistakes.fields.values()))
    messages.success(request, _("Kept. It holds from now on."))
    return HttpResponseRedirect(url("inbox:rules"), status=303)


@door(VIEW, methods=("GET", "POST"))
@in_own_time
def name_deputy(request: Any) -> HttpResponse:
    """Who stands in for oneself."""
    form = DeputyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _cover_page(request, form)
    if not form.is_valid():
        return _cover_page(request, form, status=422)
    try:
        services.name_deputy(request.act, **form.said())
    except Invalid as mistakes:
        for name, words in mistakes.fields.items():
            form.add_error({"deputy": "whom", "practitioner": None}.get(name, name), words)
        return _cover_page(request, form, status=422)
    messages.success(request, _("Kept. It holds from now on."))
    return HttpResponseRedirect(url("inbox:cover"), status=303)


def _cover_page(request: Any, form: DeputyForm, status: int = 200) -> HttpResponse:
    return render(request, "inbox/cover.html", {"form": form, "rows": deputies_of(request.act)}, status=status)


@door(VIEW, methods=("POST",))
def end_deputy(request: Any, deputy_row_id: UUID) -> HttpResponse:
    """Nobody stands in by this row any more."""
    services.end_deputy(request.act, deputy_row_id=deputy_row_id)
    messages.success(request, _("Ended."))
    return HttpResponseRedirect(url("inbox:cover"), status=303)
