"""The log of messages: for the desk and the administrator."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.messaging import words_of
from salus.messaging.models import CHANNELS, VIEW, Message
from salus.messaging.queries import log
from salus.ui.addresses import url

DAYS = ("1", "7", "30")
#: what seals a form about a message whose recipient is not named
SALT = "messaging.parked"


def which(message: Message) -> str:
    """A message and its version, sealed: a form about it cannot be sent for another."""
    return signing.dumps((str(message.id), message.version), salt=SALT)


#: what the templates of messages say codes in
WORDS: dict[str, Any] = {
    "statuses": dict(Message.STATUSES),
    "templates": words_of.TEMPLATES,
    "tones": words_of.TONES,
    "problem": words_of.problem_in_words,
    "which": which,
}


@door(VIEW)
def messages_log(request: Any) -> HttpResponse:
    """What was told to whom, and what became of it."""
    show, days = request.GET.get("show", "all"), request.GET.get("days", "7")
    show, days = show if show in log.FILTERS else "all", days if days in DAYS else "7"
    channel = request.GET.get("channel", "")
    channel = channel if channel in dict(CHANNELS) else ""
    found = log.log_of(request.act, since=request.act.at - timedelta(days=int(days)), show=show, channel=channel)
    context = {
        "counts": _counts(found, show, days, channel),
        "found": found,
        "total": found.count(show),
        "peers": log.troubled_peers(request.act),
        "is_demonstration": settings.SALUS_DEMONSTRATION,
    }
    return render(request, "messaging/log.html", context | WORDS)


def _counts(found: log.Log, show: str, days: str, channel: str) -> list[dict[str, Any]]:
    labels = {
        "all": _("All"),
        "waiting": _("Waiting"),
        "sent": _("Sent"),
        "failed": _("Failed"),
        "unknown": _("Fate unknown"),
        "other": _("Not sent"),
    }
    return [
        {
            "label": label,
            "count": found.count(code),
            "href": f"{url('messaging:log')}?show={code}&days={days}&channel={channel}",
            "current": code == show,
        }
        for code, label in labels.items()
    ]


@door(VIEW)
def message(request: Any, message_id: UUID) -> HttpResponse:
    """One message: every step of it, and its text for who may read it."""
    opened = log.message_opened(request.act, message_id)
    return render(request, "messaging/message.html", {"opened": opened, "message": opened.row.message} | WORDS)


def home_panel(request: Any) -> str:
    """What failed, and what nobody can tell of: on the home page of who may send it again."""
    context = {"rows": log.parked(request.act), "peers": log.troubled_peers(request.act)} | WORDS
    return render_to_string("messaging/_parked.html", context, request=request)
