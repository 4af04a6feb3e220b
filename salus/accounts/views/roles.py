"""The administrator's screens of roles: what each may do in words, its clone, its rights; what one person may do and why."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import services
from salus.accounts.queries import roles as reading
from salus.core.door import door
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.posted import posted_version

GIVE = "accounts.grant_roles"


@door(GIVE)
def roles(request: Any) -> HttpResponse:
    """All roles, and how many people have each."""
    return render(request, "accounts/roles.html", {"roles": reading.roles_of(request.act)})


@door(GIVE)
def role(request: Any, role_id: UUID) -> HttpResponse:
    """What one role may do, in words."""
    return _role(request, role_id)


@door(GIVE, methods=("POST",), fresh=True)
def clone_role(request: Any, role_id: UUID) -> HttpResponse:
    """Make a role of the hospital's own from it."""
    try:
        clone = services.clone_role(request.act, role_id=role_id, name=request.POST.get("name", ""))
    except Invalid as error:
        return _role(request, role_id, mistakes=dict(error.fields), status=422)
    messages.success(request, _("This role is yours: change what it may do, then give it to people."))
    return HttpResponseRedirect(reverse("accounts:change_role", args=[clone.id]), status=303)


@door(GIVE, methods=("GET", "POST"), fresh=True)
def change_role(request: Any, role_id: UUID) -> HttpResponse:
    """Change what a role of the hospital's own may do."""
    found = reading.role_of(request.act, role_id)
    rights, name, version = found.rights, found.name, found.version
    mistakes: dict[str, str] = {}
    if request.method == "POST":
        rights, name, version = request.POST.getlist("rights"), request.POST.get("name", ""), posted_version(request)
        try:
            services.change_role(request.act, role_id=role_id, version=version, name=name, rights=rights)
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            mistakes = dict(error.fields) or {"": str(error)}
        else:
            messages.success(request, _("The role is changed. It holds at once for whoever has it."))
            return HttpResponseRedirect(reverse("accounts:role", args=[role_id]), status=303)
    context = {"role": found, "name": name, "version": version, "mistakes": mistakes}
    context["rooms"] = reading.in_words(rights, all_of_them=True)
    return render(request, "accounts/change_role.html", context, status=422 if mistakes else 200)


@door(GIVE)
def effective_rights(request: Any, user_id: UUID) -> HttpResponse:
    """What one person may do, and which role gives it."""
    return render(request, "accounts/effective.html", {"found": reading.effective_rights(request.act, user_id)})


def _role(request: Any, role_id: UUID, *, mistakes: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    found = reading.role_of(request.act, role_id)
    context = {
        "role": found,
        "rooms": reading.in_words(found.rights),
        "holders": reading.holders_of(request.act, found),
    }
    context |= {"mistakes": mistakes or {}, "typed": request.POST.get("name", "")}
    return render(request, "accounts/role.html", context, status=status)
