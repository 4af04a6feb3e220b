"""What forms of queues carry, and where an act leads back to."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.errors import Invalid


def posted_id(request: Any, name: str) -> UUID:
    """An id that the form must carry.

    :raises Invalid: where it carries none
    """
    found = optional_id(request, name)
    if found is None:
        raise Invalid(**{name.removesuffix("_id"): _("Choose one of these.")})
    return found


def optional_id(request: Any, name: str) -> UUID | None:
    """An id that the form may carry."""
    text = request.POST.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def query_id(request: Any, name: str, known: Collection[UUID]) -> UUID | None:
    """An id of the address, where it is one of these."""
    return next((one for one in known if str(one) == request.GET.get(name)), None)


def back_to(request: Any, department_id: UUID) -> HttpResponse:
    """To where the button was: the own list, the home page, or the board."""
    back = request.POST.get("back", "")
    if back == "home":
        return HttpResponseRedirect("/", status=303)
    if back == "mine":
        return HttpResponseRedirect(reverse("queues:mine"), status=303)
    return HttpResponseRedirect(reverse("queues:board", args=[department_id]), status=303)
