"""What I am told, and at which of my browsers."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import SIGNED_IN, door
from salus.core.errors import Invalid
from salus.messaging import services
from salus.messaging.channels.push import public_key
from salus.messaging.forms import BrowserForm
from salus.messaging.queries.mine import browsers_of


@door(SIGNED_IN)
def mine(request: Any) -> HttpResponse:
    """My browsers that are told when there is something."""
    context = {
        "browsers": browsers_of(request.act),
        "push_key": public_key(settings.SALUS_PUSH_KEY) if settings.SALUS_PUSH else "",
    }
    return render(request, "messaging/mine.html", context)


@door(SIGNED_IN, methods=("POST",))
def subscribe_to_push(request: Any) -> HttpResponse:
    """Have this browser told."""
    form = BrowserForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid
        services.subscribe_to_push(request.act, **form.cleaned_data)
    except Invalid:
        messages.warning(request, _("This browser cannot be told. It was not kept."))
        return HttpResponseRedirect(reverse("messaging:mine"), status=303)
    messages.success(request, _("This browser is told from now on."))
    return HttpResponseRedirect(reverse("messaging:mine"), status=303)


@door(SIGNED_IN, methods=("POST",))
def end_push(request: Any, subscription_id: UUID) -> HttpResponse:
    """Have a browser told nothing any more."""
    services.end_push(request.act, subscription_id=subscription_id)
    messages.success(request, _("It is told nothing any more."))
    return HttpResponseRedirect(reverse("messaging:mine"), status=303)
