"""The pages that belong to no room: home, the find-or-do box, the specimen of all components."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.core.door import PUBLIC, SIGNED_IN, door
from salus.ui import formatting, sockets, specimen
from salus.ui.combobox import Option, offer, typed
from salus.ui.finding import found


@door(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """The worklists of this person's role."""
    act: Any = request.act  # type: ignore[attr-defined]
    lists = sorted(
        (one for one in sockets.home_worklists if sockets.allowed(act, one.right)), key=lambda one: one.order
    )
    return render(
        request,
        "ui/home.html",
        {
            "greeting": _("Today"),
            "today": formatting.weekday(timezone.localdate()),
            # A plug renders a template of its room, which escapes what it shows.
            "panels": [Markup(one.render(request)) for one in lists],  # noqa: S704 - a template of a room
        },
    )


@door(SIGNED_IN, methods=("POST",), effect=False)
def find(request: HttpRequest) -> HttpResponse:
    """What the find-or-do box offers for a text, as a fragment."""
    act: Any = request.act  # type: ignore[attr-defined]
    text = typed(request)
    return render(request, "ui/_find_results.html", {"groups": found(act, text), "text": text})


@door(PUBLIC)
def specimen_page(request: HttpRequest) -> HttpResponse:
    """Every component in all its states; it holds invented data only."""
    return render(request, "ui/specimen.html", specimen.content())


@door(PUBLIC, methods=("POST",), effect=False)
def specimen_options(request: HttpRequest) -> HttpResponse:
    """The specimen page's combobox, over a dozen invented lines."""
    text = typed(request).casefold()
    return offer(
        request,
        [Option(code, label, sub=code) for code, label in specimen.CODES if text in f"{code} {label}".casefold()],
    )


@door(PUBLIC, methods=("POST",), effect=False)
def specimen_form(request: HttpRequest) -> HttpResponse:
    """The specimen page's form comes back as it was: it changes nothing."""
    return render(request, "ui/specimen.html", specimen.content(), status=422)
