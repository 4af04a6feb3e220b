"""Other programs: what an administrator registered, and what I allowed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import services
from salus.accounts.forms import BackendForm, ProgramForm
from salus.accounts.models import Allowance, Program
from salus.accounts.sockets import scopes
from salus.core.door import SIGNED_IN, door
from salus.core.errors import Invalid

MANAGE = "accounts.manage_programs"


@door(MANAGE)
def programs(request: Any) -> HttpResponse:
    """The programs that people here may allow something."""
    return _page(request)


@door(MANAGE, methods=("POST",), effect=False, fresh=True)
def register_program(request: Any) -> HttpResponse:
    """Register one; its secret is shown once, so that the answer is not stored for a replay."""
    form = ProgramForm(request.POST)
    if form.is_valid():
        try:
            program, secret = services.register_program(request.act, **form.cleaned_data)
        except Invalid as error:
            for name, message in error.fields.items():
                form.add_error(name, message)
        else:
            return _page(request, told=(program, secret))
    return _page(request, form, status=422)


@door(MANAGE, methods=("POST",), effect=False, fresh=True)
def register_backend(request: Any) -> HttpResponse:
    """Register one that acts for itself; its id is shown beside the others as well."""
    form = BackendForm(request.POST)
    if form.is_valid():
        try:
            program = services.register_backend(request.act, **form.cleaned_data)
        except Invalid as error:
            for name, message in error.fields.items():
                form.add_error(name, message)
        else:
            return _page(request, told=(program, ""))
    return _page(request, backend=form, status=422)


@door(MANAGE, methods=("POST",), fresh=True)
def retire_program(request: Any, program_id: UUID) -> HttpResponse:
    """Let it in no longer."""
    services.retire_program(request.act, program_id=program_id)
    messages.success(request, _("The program is let in no longer."))
    return HttpResponseRedirect(reverse("accounts:programs"), status=303)


@door(SIGNED_IN)
def my_programs(request: Any) -> HttpResponse:
    """What I allowed."""
    mine = Allowance.objects.filter(user_id=request.act.by, ended_at=None).select_related("program").order_by("-id")
    return render(request, "accounts/my_programs.html", {"allowances": list(mine), "scopes": scopes})


@door(SIGNED_IN, methods=("POST",))
def end_allowance(request: Any, allowance_id: UUID) -> HttpResponse:
    """Allow it no longer."""
    services.end_allowance(request.act, allowance_id=allowance_id)
    messages.success(request, _("This program can do nothing in your name any more."))
    return HttpResponseRedirect(reverse("accounts:my_programs"), status=303)


def _page(
    request: Any,
    form: ProgramForm | None = None,
    *,
    backend: BackendForm | None = None,
    told: tuple[Program, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = list(Program.objects.filter(facility_id=request.act.here, retired_at=None).order_by("name"))
    context = {"programs": rows, "form": form or ProgramForm(), "backend": backend or BackendForm(), "told": told}
    return render(request, "accounts/programs.html", context, status=status)
