"""What waits for somebody's decision."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.messaging import services
from salus.messaging.models import MANAGE
from salus.messaging.queries import log
from salus.messaging.views.log import SALT, WORDS


@door(MANAGE)
def parked(request: Any) -> HttpResponse:
    """What failed, and of what nobody can tell whether it arrived."""
    context = {"rows": log.parked(request.act), "peers": log.troubled_peers(request.act)}
    return render(request, "messaging/parked.html", context | WORDS)


@door(MANAGE, methods=("POST",))
def send_again(request: Any) -> HttpResponse:
    """Have one tried from the beginning."""
    message_id, version = _which(request)
    services.send_again(request.act, message_id=message_id, version=version)
    messages.success(request, _("It is sent again now."))
    return HttpResponseRedirect(reverse("messaging:parked"), status=303)


@door(MANAGE, methods=("POST",))
def settle_message(request: Any) -> HttpResponse:
    """Write down what became of one."""
    message_id, version = _which(request)
    services.settle_message(request.act, message_id=message_id, version=version, fate=request.POST.get("fate", ""))
    messages.success(request, _("It is written down."))
    return HttpResponseRedirect(reverse("messaging:parked"), status=303)


def _which(request: Any) -> tuple[UUID, int]:
    """The message that the form was drawn for: whoever minds the queue may not know whose it is, so the form is sealed instead.

    :raises Invalid: if the form was not sent as the page made it
    """
    try:
        message_id, version = signing.loads(request.POST.get("which", ""), salt=SALT)
    except signing.BadSignature as error:
        raise Invalid(_("This page is out of date. Reload it and try again.")) from error
    return UUID(message_id), version
