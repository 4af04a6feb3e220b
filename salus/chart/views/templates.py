"""The hospital's types of notes."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts.models import Role
from salus.chart.models import NoteSetting
from salus.chart.note_types import KINDS, NoteType
from salus.chart.queries.note_types import desk_of, template_of
from salus.chart.services import templates as services
from salus.chart.sockets import phrases
from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_texts, posted_version

MANAGE = "chart.manage_templates"
_FIELDS = ("name", "label", "prompt", "default", "rows")
#: empty sections below those that are there
_SPARE = 2


@door(MANAGE)
def note_types(request: Any) -> HttpResponse:
    """All types of notes, and what the hospital decided about writing them."""
    return _list(request)


@door(MANAGE, methods=("POST",))
def add_template(request: Any) -> HttpResponse:
    """Add a type of the hospital's own."""
    said = posted_texts(request, "kind", "title")
    try:
        row = services.add_template(request.act, **said)
    except Invalid as mistakes:
        return _list(request, status=422, errors=mistakes.fields, said=said)
    messages.success(request, _("The type is added. Now say what its sections are."))
    return HttpResponseRedirect(reverse("chart:change_template", args=[row.code]), status=303)


@door(MANAGE, methods=("POST",))
def change_note_settings(request: Any) -> HttpResponse:
    """Decide about dictation and letters."""
    chosen = {name: bool(request.POST.get(name)) for name in ("dictation", "letters_are_shown")}
    services.change_note_settings(request.act, version=posted_version(request), **chosen)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("chart:note_types"), status=303)


@door(MANAGE, methods=("GET", "POST"))
def change_template(request: Any, note_type: str) -> HttpResponse:
    """Say what the sections of a type are, who writes it, whose signature needs a second one."""
    one = template_of(request.act, note_type)
    if request.method == "GET":
        return _page(request, one, one.version)
    version, said = posted_version(request), posted_texts(request, "title")
    sections = _posted(request)
    chosen: dict[str, Any] = {name: request.POST.getlist(name) for name in ("writers", "cosigned")}
    chosen |= said | {"sections": sections, "is_active": bool(request.POST.get("is_active"))}
    try:
        services.change_template(request.act, code=note_type, version=version, **chosen)
    except Invalid as mistakes:
        return _page(request, one, version, status=422, errors=mistakes.fields, said=chosen)
    messages.success(request, _("Saved. Notes that were signed stay as they were written."))
    return HttpResponseRedirect(reverse("chart:note_types"), status=303)


def _posted(request: Any) -> list[dict[str, Any]]:
    """The sections of the form, in the order of their places."""
    columns = {name: request.POST.getlist(f"section_{name}")[:40] for name in (*_FIELDS, "place")}
    if any("\0" in text for texts in columns.values() for text in texts):
        raise Invalid(_("This page is out of date. Reload it and try again."))
    rows = [dict(zip(columns, row, strict=False)) for row in zip(*columns.values(), strict=False)]
    for row in rows:
        row["rows"] = row["rows"] if row["rows"].isascii() and row["rows"].isdigit() and len(row["rows"]) < 4 else "3"
    return sorted(rows, key=lambda row: float(row["place"]) if _is_number(row["place"]) else 999)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6


def _page(request: Any, one: NoteType, version: int, *, status: int = 200, **context: Any) -> HttpResponse:
    said: Mapping[str, Any] = context.pop("said", None) or {
        "title": one.title,
        "sections": [{name: getattr(section, name) for name in _FIELDS} for section in one.sections],
        "writers": one.writers,
        "cosigned": one.cosigned,
        "is_active": one.is_active,
    }
    shown = {
        "type": one,
        "version": version,
        "said": said,
        "sections": [*said["sections"], *({"rows": 3} for _place in range(_SPARE))],
        "kind": KINDS[one.kind].words,
        "roles": list(Role.objects.exclude(code="patient").order_by("name").values_list("code", "name")),
        "phrases": [(code, str(phrase.label)) for code, phrase in sorted(phrases.items())],
        "errors": {},
    }
    return render(request, "chart/change_template.html", shown | context, status=status)


def _list(request: Any, *, status: int = 200, **context: Any) -> HttpResponse:
    shown = {
        "types": list(desk_of(request.act).types.values()),
        "setting": NoteSetting.objects.filter(facility_id=request.act.here).first()
        or NoteSetting(facility_id=request.act.here, version=0),
        "kinds": [(code, one.words) for code, one in KINDS.items()],
        "errors": {},
        "said": {},
    }
    return render(request, "chart/note_types.html", shown | context, status=status)
