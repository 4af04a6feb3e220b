"""Signing in through the hospital's directory, and saying who of it is which user."""

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from salus.accounts import arrivals, limits, services
from salus.accounts.directories import LONGEST, Arrived, Directory, DirectoryFailed, directory
from salus.accounts.forms import LinkForm, SignInForm
from salus.accounts.limits import Measure
from salus.accounts.models import DirectoryArrival, DirectoryLink, User
from salus.accounts.queries import users_here
from salus.accounts.rules import limits as rules
from salus.accounts.views.signing_in import safe
from salus.core.clients import source_of
from salus.core.door import PUBLIC, door
from salus.core.errors import Conflict

log = logging.getLogger("salus.accounts.directory")
MANAGE = "accounts.manage_users"
_AGAIN = "again"
_WAYS_BACK = {"GET": "accounts:back_from_directory", "POST": "accounts:answer_of_directory"}


@door(PUBLIC)
def go_to_directory(request: Any) -> HttpResponse:
    """To the directory, which asks its own questions."""
    provider = _directory()
    try:
        return HttpResponseRedirect(
            provider.begin(request.session, back=_back(request, provider), onward=request.GET.get("next", ""))
        )
    except DirectoryFailed as failed:
        return _failed(request, failed)


@door(PUBLIC)
def directory_metadata(request: Any) -> HttpResponse:
    """What a directory that speaks SAML wants to know of us: names and addresses, nothing secret."""
    provider = _directory()
    told = provider.metadata(_back(request, provider))
    if told is None:
        raise Http404
    return HttpResponse(told, content_type="application/samlmetadata+xml")


@csrf_exempt  # it comes from the directory's own page; what protects is that this browser asked for it
@door(PUBLIC, methods=("POST",), effect=False, api=True)
def answer_of_directory(request: Any) -> HttpResponse:
    """The answer of a directory whose page sends it: first without any cookie of ours, then once more from a page of ours.

    A browser brings none with what another site's page sends; until then nothing is looked at, and nothing is set.
    """
    provider, told = _directory("POST"), request.POST.get("SAMLResponse", "")
    if _AGAIN not in request.POST and len(told) <= LONGEST:
        return render(request, "accounts/back.html", {"answer": told, "again": _AGAIN})
    return _arrive(request, provider, request.POST)


@door(PUBLIC)
def back_from_directory(request: Any) -> HttpResponse:
    """The answer of a directory that leads the browser back."""
    return _arrive(request, _directory("GET"), request.GET)


def _arrive(request: Any, provider: Directory, told: Any) -> HttpResponse:
    """Whoever is linked to a user is in, anybody else is told whom to ask; it is measured before it is looked at."""
    measures = [Measure("directory", source_of(request), rules.OTHER_WAYS)]
    limits.take(measures)
    try:
        arrived, onward = provider.finish(request.session, told)
    except DirectoryFailed as failed:
        return _failed(request, failed)
    limits.give_back(measures)
    link = DirectoryLink.objects.filter(
        issuer=arrived.issuer, subject=arrived.subject, ended_at=None, user__is_active=True
    ).select_related("user")
    found = link.first()
    if found is None:
        _remember(arrived)
        return _page(
            request,
            _("The directory knows you, but nobody has linked you to an account here yet. Tell your administrator."),
        )
    arrivals.arrive(request, found.user, "directory")
    return HttpResponseRedirect(safe(onward))


@door(MANAGE)
def directory_links(request: Any) -> HttpResponse:
    """Who came and is not linked, and who is linked."""
    return _links(request)


@door(MANAGE, methods=("POST",), fresh=True)
def link_directory(request: Any) -> HttpResponse:
    """Say which user somebody of the directory is."""
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _links(request, form, status=422)
    try:
        services.link_directory(request.act, **form.cleaned_data)
    except Conflict as error:
        form.add_error(None, str(error))
        return _links(request, form, status=409)
    messages.success(request, _("Linked."))
    return HttpResponseRedirect(reverse("accounts:directory_links"), status=303)


@door(MANAGE, methods=("POST",), fresh=True)
def unlink_directory(request: Any, link_id: UUID) -> HttpResponse:
    """The directory opens this account no longer."""
    services.unlink_directory(request.act, link_id=link_id)
    messages.success(request, _("The directory no longer opens this account."))
    return HttpResponseRedirect(reverse("accounts:directory_links"), status=303)


def _back(request: Any, provider: Directory) -> str:
    return str(request.build_absolute_uri(reverse(_WAYS_BACK[provider.comes_by])))


def _directory(comes_by: str = "") -> Directory:
    found = directory()
    if found is None or comes_by not in ("", found.comes_by):
        raise Http404
    return found


def _remember(arrived: Arrived) -> None:
    DirectoryArrival.objects.update_or_create(
        issuer=arrived.issuer,
        subject=arrived.subject,
        defaults={"name": arrived.name, "came_at": datetime.now(UTC)},
    )


def _failed(request: Any, failed: DirectoryFailed) -> HttpResponse:
    log.warning("signing in through the directory failed: %s", failed)
    return _page(request, _("The directory did not let you in. Try once more, or sign in with your password."))


def _page(request: Any, words: str) -> HttpResponse:
    context = {"form": SignInForm(), "next": "", "trouble": [("", words)], "directory": directory()}
    return render(request, "accounts/sign_in.html", context, status=422)


def _links(request: Any, form: LinkForm | None = None, *, status: int = 200) -> HttpResponse:
    here = users_here(request.act)
    context = {
        "arrivals": list(DirectoryArrival.objects.order_by("-came_at")[:100]),
        "links": list(
            DirectoryLink.objects.filter(ended_at=None, user__in=here)
            .select_related("user")
            .order_by("user__display_name")
        ),
        "users": list(
            here.filter(is_active=True, kind=User.PERSON).order_by("display_name").values_list("id", "display_name")
        ),
        "form": form or LinkForm(),
    }
    return render(request, "accounts/directory.html", context, status=status)
