"""What the patient wants to be told, by which way, and at which of his browsers."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as said
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.messaging import services as messaging
from salus.messaging import words_of
from salus.messaging.channels.push import public_key
from salus.messaging.forms import BrowserForm
from salus.messaging.models import CHANNELS, PREFER, Subscription
from salus.messaging.queries.mine import declined_of
from salus.messaging.rules.kinds import PURPOSES
from salus.portal.doors import Own, of_patient, page

USE = "portal.use"


@door(USE, methods=("GET", "POST"))
@of_patient(PREFER)
def messages(request: Any, own: Own) -> HttpResponse:
    """Which messages are wanted, and by which way; codes that somebody waits for always come."""
    ways = [(purpose, channel, label) for purpose in PURPOSES for channel, label in CHANNELS]
    if request.method == "POST":
        wanted = set(request.POST.getlist("wanted"))
        for purpose, channel, _label in ways:
            is_wanted = f"{purpose}:{channel}" in wanted
            of: dict[str, Any] = {"patient_id": own.patient_id, "channel": channel, "purpose": purpose}
            messaging.set_preference(own.act, wanted=is_wanted, **of)
        said.success(request, _("It is kept, and holds from the next message on."))
        return HttpResponseRedirect(reverse("portal:messages"), status=303)
    declined = declined_of(own.act, own.patient_id)
    mine = Subscription.objects.filter(recipient_kind="patient", recipient_id=own.patient_id)
    context: dict[str, Any] = {
        "purposes": [(code, words_of.PURPOSES[code]) for code in PURPOSES],
        "options": {one: [(f"{p}:{c}", label) for p, c, label in ways if p == one] for one in PURPOSES},
        "wanted": [f"{purpose}:{channel}" for purpose, channel, _l in ways if (purpose, channel) not in declined],
        "browsers": list(mine.order_by("-made_at")),
        "push_key": public_key(settings.SALUS_PUSH_KEY) if settings.SALUS_PUSH else "",
    }
    return page(request, "messages.html", own, **context)


@door(USE, methods=("POST",))
@of_patient(PREFER)
def subscribe_to_push(request: Any, own: Own) -> HttpResponse:
    """Have this phone told that there is something, never what."""
    form = BrowserForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid
        messaging.subscribe_to_push(own.act, **form.cleaned_data)
    except Invalid:
        said.warning(request, _("This phone cannot be told. It was not kept."))
    else:
        said.success(request, _("This phone is told from now on."))
    return HttpResponseRedirect(reverse("portal:messages"), status=303)


@door(USE, methods=("POST",))
@of_patient(PREFER)
def end_push(request: Any, own: Own, subscription_id: UUID) -> HttpResponse:
    """Have a phone told nothing any more."""
    messaging.end_push(own.act, subscription_id=subscription_id)
    said.success(request, _("It is told nothing any more."))
    return HttpResponseRedirect(reverse("portal:messages"), status=303)
