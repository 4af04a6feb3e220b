"""What the worklist and its rows show to whom: the filter, the scope, the one next act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.core.act import Act
from salus.encounters import queries, rules, sockets
from salus.encounters.models import Encounter
from salus.encounters.queries import Queue, QueueRow
from salus.encounters.sockets import Focus, NextAct
from salus.patients.screens import landing
from salus.ui.addresses import url
from salus.ui.daylists import EVERYWHERE, MINE, DayList, day_of, scope_of

_EVERYONE = Focus("", "all", 1000)
#: the filters of the worklist, in the order of a patient's way
SHOWN = ("all", "here", "arrived", "triaged", "in-room", "finished", "cancelled")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the worklist with its wait and its one next act."""

    row: QueueRow
    href: str
    wait: timedelta | None
    tone: str
    act: NextAct | None
    act_href: str


def wish_of(act: Act, asked: Any) -> DayList:
    """What the query string asks for; what it leaves open is the role's own."""
    focus = focus_of(act)
    show = asked.get("show", "")
    return DayList(
        "encounters:queue",
        day=day_of(asked.get("day", "")),
        show=show if show in queries.FILTERS else focus.show,
        scope=scope_of(asked.get("scope", ""), _own_scope(act, focus)),
    )


def focus_of(act: Act) -> Focus:
    """Where this person's day begins."""
    fitting = [one for one in sockets.focuses if act.may(one.right)]
    return min(fitting, key=lambda one: one.order, default=_EVERYONE)


def _own_scope(act: Act, focus: Focus) -> str:
    return MINE if act.places and not act.may("encounters.start_encounter") else EVERYWHERE


def queue_of(act: Act, wish: DayList, limit: int = queries.PAGE) -> Queue:
    """The worklist that the wish names."""
    departments: Sequence[UUID] | None = None
    practitioner = None
    if wish.scope == MINE:
        departments = list(act.places)
        practitioner = act.practitioner_id if focus_of(act).mine else None
    elif wish.scope != EVERYWHERE:
        departments = [UUID(wish.scope)]
    return queries.queue(
        act,
        show=wish.show,
        since=wish.since,
        until=wish.until,
        departments=departments,
        practitioner_id=practitioner,
        limit=limit,
    )


def lines_of(act: Act, queue: Queue) -> list[Line]:
    """The rows as this person sees them; notes whom the page shows."""
    act.shows(*(row.patient_id for row in queue.rows))
    return [_line(act, row) for row in queue.rows]


def _line(act: Act, row: QueueRow) -> Line:
    wait = row.waits(act.at)
    chosen = next_act_of(act, row.status)
    href = _address(chosen.route, row.patient_id) if chosen and chosen.route else ""
    return Line(
        row=row,
        href=landing(act, row.patient_id),
        wait=wait,
        tone=rules.wait_tone(wait) if wait is not None else "",
        act=chosen if chosen and (chosen.move or href) else None,
        act_href=href,
    )


def next_act_of(act: Act, status: str) -> NextAct | None:
    """The next act that this person may do on a visit in that state."""
    fitting = [one for one in sockets.next_acts if status in one.statuses and act.may(one.right)]
    return min(fitting, key=lambda one: one.order, default=None)


def after_moving(act: Act, patient_id: UUID, status: str) -> str:
    """Where a person goes on after moving a visit: to the next act on it, or nowhere."""
    chosen = next_act_of(act, status)
    return _address(chosen.route, patient_id) if chosen and chosen.route else ""


def counts_of(queue: Queue, wish: DayList) -> list[dict[str, Any]]:
    """The counts as filters."""
    words = {
        "all": _("All today"),
        "here": _("Here now"),
        "arrived": _("Waiting for vitals"),
        "triaged": _("Waiting to be seen"),
        "in-room": _("In room"),
        "finished": _("Seen"),
        "cancelled": _("Left or cancelled"),
    }
    return [
        {
            "label": words[show],
            "count": queue.count(show),
            "href": wish.address(show=show),
            "current": show == wish.show,
        }
        | _longest(queue, show)
        for show in SHOWN
    ]


def _longest(queue: Queue, show: str) -> dict[str, Any]:
    span = queue.longest_wait(show) if show in ("arrived", "triaged") else None
    if span is None or rules.wait_tone(span) == "accent":
        return {}
    minutes = int(span.total_seconds() // 60)
    words = _("longest %(n)s min") % {"n": minutes} if minutes < 180 else _("longest %(n)s h") % {"n": minutes // 60}
    return {"note": words, "tone": rules.wait_tone(span)}


@dataclass(slots=True)
class Part:
    """A section of the check-in that an upper room has plugged in, with its form."""

    plug: sockets.CheckInPart
    form: Any
    found: Any = None

    def look(self, act: Act, patient_id: UUID) -> None:
        """Load what the section shows beside its fields."""
        self.found = self.plug.load(act, patient_id)

    def save(self, act: Act, visit: Encounter) -> None:
        """Keep what it says."""
        self.plug.save(act, encounter=visit, form=self.form)


def check_in_parts(data: Any) -> list[Part]:
    """The sections of the check-in, in the order of plugging."""
    return [Part(one, one.form(data)) for one in sockets.check_in_parts]


def after_check_in(act: Act, encounter_id: UUID) -> str:
    """Where a check-in leads: to the number that it gave, else to the worklist."""
    found = (plug(act, encounter_id) for plug in sockets.after_check_in)
    return next(filter(None, found), url("encounters:queue"))


def render_home(request: Any) -> str:
    """The worklist on the home page of everyone who checks in or moves visits."""
    wish = wish_of(request.act, {})
    queue = queue_of(request.act, wish, queries.ON_HOME)
    context = {
        "counts": counts_of(queue, wish),
        "lines": lines_of(request.act, queue),
        "wish": wish,
        "queue": queue,
        "total": queue.count(wish.show),
    }
    return Markup(render_to_string("encounters/_home.html", context, request=request))  # noqa: S704 - a template of ours


def render_home_of_movers(request: Any) -> str:
    """The same for those who move visits, unless reception's panel shows it already."""
    return "" if request.act.may("encounters.start_encounter") else render_home(request)


def _address(route: str, patient_id: UUID) -> str:
    try:
        return url(route, patient_id)
    except NoReverseMatch:
        return ""
