"""What a patient was told, and what he or she does not want to be told."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.door import door
from salus.core.posted import require_same_patient
from salus.messaging import services as messaging
from salus.messaging import words_of
from salus.messaging.models import CHANNELS, PREFER, VIEW
from salus.messaging.queries.log import messages_of
from salus.messaging.queries.mine import declined_of
from salus.messaging.rules.kinds import PURPOSES
from salus.messaging.views.log import WORDS
from salus.patients import access, screens


@door(VIEW)
def show_messages(request: Any, patient_id: UUID) -> HttpResponse:
    """The messages to a patient, and what of them is not wanted."""
    page = screens.patient_page(request.act, patient_id, "messages", to=access.FIND)
    context = {
        "rows": messages_of(request.act, "patient", patient_id),
    }
    if request.act.may(PREFER):
        context |= preferences_of(request.act, patient_id)
    return render(request, "patients/messages.html", page | context | WORDS)


def preferences_of(act: Act, patient_id: UUID) -> dict[str, Any]:
    """For each purpose its channels as choices, and those that are wanted."""
    declined = declined_of(act, patient_id)
    ways = [(purpose, channel, label) for purpose in PURPOSES for channel, label in CHANNELS]
    return {
        "purposes": [(code, words_of.PURPOSES[code]) for code in PURPOSES],
        "options": {one: [(f"{p}:{c}", label) for p, c, label in ways if p == one] for one in PURPOSES},
        "wanted": [f"{purpose}:{channel}" for purpose, channel, _l in ways if (purpose, channel) not in declined],
    }


@door(PREFER, methods=("POST",))
def set_preferences(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down what a patient wants to be told, and how."""
    require_same_patient(request, patient_id)
    screens.patient_page(request.act, patient_id, to=access.FIND)
    kept(request.act, patient_id, request.POST.getlist("wanted"))
    messages.success(request, _("It is kept, and holds from the next message on."))
    return HttpResponseRedirect(reverse("patients:messages", args=[patient_id]), status=303)


def kept(act: Act, patient_id: UUID, wanted: Collection[str]) -> None:
    """Keep what was ticked, `purpose:channel`, and that the rest is not wanted."""
    for purpose in PURPOSES:
        for channel, _label in CHANNELS:
            is_wanted = f"{purpose}:{channel}" in wanted
            messaging.set_preference(act, patient_id=patient_id, channel=channel, purpose=purpose, wanted=is_wanted)
