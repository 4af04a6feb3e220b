"""The answer of a ``data-combobox`` address: options as a fragment of HTML."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

MOST = 20


@dataclass(frozen=True)
class Option:
    """One option: ``value`` goes into the hidden field, ``text`` (or the label) into the box."""

    value: str
    label: str
    sub: str = ""
    text: str = ""
    badge: str = ""
    tone: str = "neutral"


def typed(request: HttpRequest) -> str:
    """What was typed into the box, at most 100 characters."""
    return request.POST.get("q", "").strip()[:100]


def offer(request: HttpRequest, options: Iterable[Option], *, nothing: str = "") -> HttpResponse:
    """Answer a combobox with at most twenty options; ``nothing`` is said where there are none."""
    shown = list(options)[:MOST]
    return render(request, "ui/_options.html", {"options": shown, "nothing": nothing, "list_id": "option"})
