"""What administrators do for somebody else's sign-in: put out everywhere, and let back in, two together."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import services
from salus.accounts.forms import ReasonForm
from salus.accounts.models import Recovery
from salus.accounts.queries import factors_of, recoveries_waiting, sessions_of, users_here
from salus.core.door import door
from salus.core.errors import Conflict

MANAGE = "accounts.manage_users"


@door(MANAGE)
def user_security(request: Any, user_id: UUID) -> HttpResponse:
    """Where somebody is signed in and with what, and what can be done about it."""
    return _page(request, user_id, ReasonForm())


@door(MANAGE, methods=("POST",))
def end_sessions_of(request: Any, user_id: UUID) -> HttpResponse:
    """Put somebody out everywhere."""
    services.end_sessions_of(request.act, user_id=get_object_or_404(users_here(request.act), id=user_id).id)
    messages.success(request, _("Every session of this person has ended, and what programs were allowed."))
    return _back(user_id)


@door(MANAGE, methods=("POST",), fresh=True)
def ask_recovery(request: Any, user_id: UUID) -> HttpResponse:
    """The first administrator says that somebody lost what proves him."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, user_id, form, status=422)
    try:
        services.ask_recovery(request.act, user_id=user_id, **form.cleaned_data)
    except Conflict as error:
        form.add_error(None, str(error))
        return _page(request, user_id, form, status=409)
    messages.success(request, _("A second administrator has to agree, within a day."))
    return _back(user_id)


@door(MANAGE, methods=("POST",), effect=False, fresh=True)
def agree_recovery(request: Any, user_id: UUID, recovery_id: UUID) -> HttpResponse:
    """The second one agrees, and tells the person the code (shown once; it is not stored for a replay)."""
    user = get_object_or_404(users_here(request.act), id=user_id)
    asked = get_object_or_404(Recovery, id=recovery_id, user=user)
    code = services.agree_recovery(request.act, recovery_id=asked.id)
    return render(request, "accounts/recovery_agreed.html", {"code": code, "user": user})


def _page(request: Any, user_id: UUID, form: ReasonForm, *, status: int = 200) -> HttpResponse:
    user = get_object_or_404(users_here(request.act), id=user_id)
    context = {
        "user": user,
        "factors": factors_of(user_id),
        "sessions": sessions_of(user_id),
        "waiting": recoveries_waiting(request.act, user_id),
        "form": form,
    }
    return render(request, "accounts/user_security.html", context, status=status)


def _back(user_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("accounts:user_security", args=[user_id]), status=303)
