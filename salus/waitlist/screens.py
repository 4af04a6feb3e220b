"""What the pages of the waiting list show to whom: filters, counts, rows, where a patient's name leads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.core.act import Act
from salus.patients.screens import landing
from salus.scheduling.queries.choices import Choices
from salus.scheduling.queries.plans import clock_of
from salus.ui.addresses import url
from salus.waitlist.locking import policy_of
from salus.waitlist.models import JOIN, VIEW, Wish
from salus.waitlist.queries.wishes import SHOWN, Filters, Found, WishRow, waiting_list
from salus.waitlist.rules.matching import PRIORITIES

#: so many rows on the home page
_AT_HOME = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A row with where its patient's name leads, and what may be done."""

    row: WishRow
    href: str
    may_answer: bool


def filters_of(asked: Any) -> Filters:
    """What the query string asks for; what is no such thing counts as not said."""
    page = asked.get("page", "")
    priority, show = asked.get("priority", ""), asked.get("show", "")
    return Filters(
        show=show if show in SHOWN else "waiting",
        specialty=asked.get("specialty", "")[:80].replace("\0", ""),
        schedule_id=_uuid(asked.get("schedule", "")),
        department_id=_uuid(asked.get("department", "")),
        priority=priority if priority in PRIORITIES else "",
        page=min(int(page), 10_000) if page.isascii() and page.isdigit() and 0 < len(page) < 6 and int(page) else 1,
    )


def address(filters: Filters, *, route: str = "waitlist:list", **changes: Any) -> str:
    """The page with something changed; another filter begins at its first page."""
    now = replace(filters, **({"page": 1} | changes))
    values = {
        "show": now.show if now.show != "waiting" else "",
        "specialty": now.specialty,
        "schedule": now.schedule_id or "",
        "department": now.department_id or "",
        "priority": now.priority,
        "page": now.page if now.page > 1 else "",
    }
    asked = urlencode({name: value for name, value in values.items() if value})
    return f"{url(route)}{'?' if asked else ''}{asked}"


def chosen(filters: Filters, offered: Choices) -> str:
    """The filters that are set, in words."""
    words = [
        dict(offered.specialties).get(filters.specialty, filters.specialty),
        dict(offered.schedules).get(str(filters.schedule_id), ""),
        dict(offered.departments).get(str(filters.department_id), ""),
        str(dict(Wish.PRIORITIES).get(filters.priority, "")),
    ]
    return ", ".join(filter(None, words))


def lines_of(act: Act, rows: Any) -> list[Line]:
    """The rows as this person sees them; notes whom the page shows."""
    act.shows(*(row.patient_id for row in rows))
    may_join = act.may(JOIN)
    return [Line(row, landing(act, row.patient_id), may_join and row.offer is not None) for row in rows]


def counts_of(found: Found, filters: Filters) -> list[dict[str, Any]]:
    """The counts as filters."""
    words = {
        "waiting": _("Waiting"),
        "offered": _("Offered now"),
        "call": _("To call"),
        "booked": _("Booked, 30 days"),
        "left": _("Left, 30 days"),
    }
    return [
        {
            "label": label,
            "count": found.counts[show],
            "href": address(filters, show=show),
            "current": show == filters.show,
        }
        for show, label in words.items()
    ]


def join_instead(patient_id: UUID, asked: Mapping[str, str]) -> str:
    """Where somebody for whom no time was found is put on the list, with what was looked for."""
    known = {name: value for name, value in asked.items() if value}
    asked = {name: said for name, said in known.items() if name != "replaces"}
    later = known.get("replaces")  # a patient's appointment stands in no query: those end up in logs
    join = url("waitlist:join_sooner", patient_id, later) if later else url("waitlist:join", patient_id)
    return f"{join}{'?' if asked else ''}{urlencode(asked)}"


def render_home(request: Any) -> str:
    """Who is offered a time at this moment, and how many wait, on the home page of the desk."""
    act: Act = request.act
    if not act.may(VIEW):
        return ""
    with timezone.override(clock_of(act).zone):
        found = waiting_list(act, Filters("offered"), policy_of(act), most=_AT_HOME)
        context = {"lines": lines_of(act, found.rows), "found": found, "now": act.at}
        return Markup(render_to_string("waitlist/_home.html", context, request=request))  # noqa: S704 - ours


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
