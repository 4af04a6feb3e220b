"""What the day's list shows to whom: the filter, whose appointments, the one next act of a row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.core.act import Act
from salus.patients.screens import landing
from salus.scheduling import sockets
from salus.scheduling.models import BOOK
from salus.scheduling.queries.day import FILTERS, PAGE, Day, DayRow, appointments_of_day
from salus.scheduling.queries.plans import clock_of
from salus.scheduling.rules.calendar import is_due, minutes
from salus.ui.addresses import url
from salus.ui.daylists import EVERYWHERE, MINE, DayList, day_of, page_of, scope_of, who_of

CHECK_IN = "encounters.start_encounter"
#: so many rows on the home page
_AT_HOME = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A row with where its patient's name leads, and what may be done."""

    row: DayRow
    href: str
    is_late: bool
    may_check_in: bool
    may_miss: bool
    #: a page for checking in, where an upper room has one
    check_in_href: str = ""


def wish_of(act: Act, asked: Any) -> DayList:
    """What the query string asks for; what it leaves open is the person's own."""
    show = asked.get("show", "")
    own = EVERYWHERE if act.may(CHECK_IN) or not (act.places or act.practitioner_id) else MINE
    return DayList(
        "scheduling:day",
        day=day_of(asked.get("day", ""), after=1900, before=2200),
        show=show if show in FILTERS else "all",
        scope=scope_of(asked.get("scope", ""), own),
        who=who_of(asked.get("who", "")),
        page=page_of(asked.get("page", "")),
    )


def list_of(act: Act, wish: DayList) -> Day:
    """The day's appointments that are asked for."""
    departments = None
    practitioner = None
    if wish.scope == MINE:
        departments = list(act.places)
        # Who books for himself is seen by appointment; the others look after whoever comes to their department.
        practitioner = act.practitioner_id if act.may(BOOK) else None
    elif wish.scope != EVERYWHERE:
        departments = [UUID(wish.scope)]
    return appointments_of_day(
        act,
        since=wish.since,
        until=wish.until,
        show=wish.show,
        departments=departments,
        practitioner_id=practitioner,
        schedule_id=UUID(wish.who) if wish.who else None,
        page=wish.page,
    )


def lines_of(act: Act, day: Day, most: int | None = None) -> list[Line]:
    """The rows as this person sees them; notes whom the page shows."""
    rows = day.rows[:most]
    act.shows(*(row.patient_id for row in rows))
    return [_line(act, row) for row in rows]


def may_come(act: Act, status: str, starts_at: datetime) -> bool:
    """Whether this person may check somebody in for an appointment now; whoever was missed may still come."""
    return (
        act.may(CHECK_IN)
        and status in ("booked", "noshow")
        and is_due(minutes(starts_at), minutes(act.at), clock_of(act))
    )


def _line(act: Act, row: DayRow) -> Line:
    may_check_in = row.status == "booked" and may_come(act, row.status, row.starts_at)
    return Line(
        row=row,
        href=landing(act, row.patient_id),
        is_late=row.status == "booked" and row.starts_at < act.at,
        may_check_in=may_check_in,
        may_miss=act.may(BOOK) and row.status == "booked" and row.starts_at <= act.at,
        check_in_href=check_in_page(row.id) if may_check_in else "",
    )


def pages_of(day: Day, wish: DayList) -> tuple[str, str]:
    """Where the page before and the page after are; empty where there is none."""
    before = wish.address(page=wish.page - 1) if wish.page > 1 else ""
    return before, wish.address(page=wish.page + 1) if day.count(wish.show) > PAGE * wish.page else ""


def check_in_page(appointment_id: UUID) -> str:
    """The page that checks in who has an appointment, where an upper room has one; else nothing: it is one click."""
    return url(sockets.check_in_routes[0], appointment_id) if sockets.check_in_routes else ""


def confirmation(appointment_id: UUID) -> str:
    """The paper that confirms an appointment, where an upper room prints one."""
    return url(sockets.confirmation_routes[0], appointment_id) if sockets.confirmation_routes else ""


def counts_of(day: Day, wish: DayList) -> list[dict[str, Any]]:
    """The counts as filters."""
    words = {
        "all": _("All booked"),
        "booked": _("Not arrived"),
        "arrived": _("Here"),
        "fulfilled": _("Seen"),
        "noshow": _("Did not attend"),
        "cancelled": _("Cancelled"),
    }
    return [
        {"label": label, "count": day.count(show), "href": wish.address(show=show), "current": show == wish.show}
        for show, label in words.items()
    ]


def render_home(request: Any) -> str:
    """The next appointments of today on the home page, of those who are awaited still."""
    with timezone.override(clock_of(request.act).zone):
        wish = wish_of(request.act, {"show": "booked"})
        day = list_of(request.act, wish)
        context = {"lines": lines_of(request.act, day, _AT_HOME), "wish": wish, "total": day.count("booked")}
        return Markup(render_to_string("scheduling/_home.html", context, request=request))  # noqa: S704 - ours
