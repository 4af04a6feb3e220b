"""What the pages of the inbox show to whom: counts as filters, rows with one next act, where they lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.core.act import Act
from salus.inbox import rules
from salus.inbox.keeping import topic
from salus.inbox.models import WORK
from salus.inbox.queries.listing import PAGE, SHOWN, Found, Row, inbox, waiting_now
from salus.patients.screens import landing
from salus.ui.addresses import url
from salus.ui.daylists import page_of

#: so many rows on the home page
_AT_HOME = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A row with where it leads, and the one act that comes next: `acknowledge`, `accept`, `done`, `open` or nothing.

    :ivar href: where it is seen to: the record's page where the row names one and its reader may open it, else the task's
    """

    row: Row
    href: str
    patient_href: str
    next_act: str
    verb: str


def lines_of(act: Act, rows: Sequence[Row]) -> list[Line]:
    """The rows as this person sees them; notes whom the page shows."""
    act.shows(*(row.patient.id for row in rows if row.patient))
    return [line_of(act, row) for row in rows]


def line_of(act: Act, row: Row) -> Line:
    act_next, verb = _next(act, row)
    return Line(
        row=row,
        href=address_of(row),
        patient_href=landing(act, row.patient.id) if row.patient else "",
        next_act=act_next,
        verb=verb,
    )


def address_of(row: Row) -> str:
    """Where a task is seen to."""
    route, mark, asked = row.task.route.partition("?")
    if row.is_readable and route:
        args = {name: one for name, one in row.task.route_args.items() if name not in _BESIDE}
        try:
            return f"{url(route, **args)}{mark}{asked}"
        except NoReverseMatch:  # of a room that is no longer there
            return url("inbox:show", row.task.id)
    return url("inbox:show", row.task.id)


#: name what the task is about and who signed first, and are no part of the address
_BESIDE = ("communication_id", "ordered_by")


def _next(act: Act, row: Row) -> tuple[str, str]:
    task = row.task
    if not task.is_open or not row.is_mine or not act.may(WORK):
        return "", ""
    if not row.is_readable:
        return "show", _("Open")
    if task.kind == "result":
        return "acknowledge", _("Acknowledge")
    if task.kind == "message":
        return "open", _("Read")
    if task.kind in ("cosign", "countersign"):
        signed_first = task.route_args.get("ordered_by") == str(act.practitioner_id)
        return ("", "") if signed_first else ("open", _("Sign"))
    if rules.ends_elsewhere(task.kind, task.route):
        return "open", _("Open")
    if task.status == "requested":
        return "accept", _("Accept")
    return "done", _("Done")


def counts_of(found: Found, show: str) -> list[dict[str, Any]]:
    """The counts as filters: a kind of which nothing waits is left out, but for the one that is shown."""
    words = {
        "all": _("All"),
        "result": _("Results"),
        "cosign": _("To co-sign"),
        "countersign": _("To countersign"),
        "missing": _("Missing in the record"),
        "message": _("Messages"),
        "task": _("Tasks"),
        "follow-up": _("Follow-ups"),
        "referral": _("Referrals"),
        "given": _("Given on"),
        "done": _("Done, 30 days"),
    }
    always = ("all", "result", "message", "task", "given", "done")
    return [
        {
            "label": words[one],
            "count": found.counts[one],
            "href": address(show=one),
            "current": one == show,
            "note": _("%(n)s overdue") % {"n": found.overdue} if one == "all" and found.overdue else None,
            "tone": "critical",
        }
        for one in SHOWN
        if found.counts[one] or one in always or one == show
    ]


def address(route: str = "inbox:list", *, show: str = "all", page: int = 1) -> str:
    """The list with a filter and a page."""
    asked = {"show": show if show != "all" else "", "page": page if page > 1 else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{url(route)}{'?' if query else ''}{query}"


def list_of(request: Any) -> dict[str, Any]:
    """What the page and its living part show."""
    show = request.GET.get("show", "")
    show = show if show in SHOWN else "all"
    page = min(page_of(request.GET.get("page", "")), 1000)
    found = inbox(request.act, show, page=page)
    last = -(-found.total // PAGE) or 1
    return {
        "show": show,
        "found": found,
        "counts": counts_of(found, show),
        "lines": lines_of(request.act, found.rows),
        "topic": topic(request.act.practitioner_id or request.act.by),
        "here": address("inbox:rows", show=show, page=page),
        "previous": address(show=show, page=page - 1) if page > 1 else None,
        "next": address(show=show, page=page + 1) if page < last else None,
        "begin": (page - 1) * PAGE,
        "now": request.act.at,
    }


def render_home(request: Any) -> str:
    """What waits for this person, on the home page; nothing where nothing does."""
    act: Act = request.act
    rows, total = waiting_now(act, _AT_HOME)
    if not rows:
        return ""
    with timezone.override(ZoneInfo(act.zone or "UTC")):
        context = {"lines": lines_of(act, rows), "total": total, "now": act.at}
        return Markup(render_to_string("inbox/_home.html", context, request=request))  # noqa: S704 - ours
