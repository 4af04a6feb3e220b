"""What the day's list shows to whom: the filter, whose appointments, the one next act of a row."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.core.act import Act
from salus.patients.screens import landing
from salus.scheduling.models import BOOK
from salus.scheduling.queries.day import FILTERS, Day, DayRow, appointments_of_day
from salus.scheduling.queries.plans import clock_of
from salus.ui.addresses import url

MINE, EVERYWHERE = "mine", "all"
CHECK_IN = "encounters.start_encounter"
#: so many rows on the home page
_AT_HOME = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks to see: the day, the filter, and whose appointments (`mine`, `all` or a department)."""

    day: date
    show: str
    scope: str

    def address(self, **changes: Any) -> str:
        """The day's list with something changed."""
        values = {"day": self.day.isoformat(), "show": self.show, "scope": self.scope} | changes
        if values["day"] == timezone.localdate().isoformat():
            del values["day"]
        return f"{url('scheduling:day')}?{urlencode(values)}"


@dataclass(frozen=True, slots=True)
class Line:
    """A row with where its patient's name leads, and what may be done."""

    row: DayRow
    href: str
    is_late: bool
    may_check_in: bool
    may_miss: bool


def wanted_of(act: Act, asked: Any) -> Wanted:
    """What the query string asks for; what it leaves open is the person's own."""
    show, scope = asked.get("show", ""), asked.get("scope", "")
    own = EVERYWHERE if act.may(CHECK_IN) or not (act.places or act.practitioner_id) else MINE
    return Wanted(
        day=day_of(asked.get("day", "")),
        show=show if show in FILTERS else "all",
        scope=scope if scope in (MINE, EVERYWHERE) or _uuid(scope) else own,
    )


def list_of(act: Act, wanted: Wanted) -> Day:
    """The day's appointments that are asked for."""
    since = timezone.make_aware(datetime.combine(wanted.day, time()))
    until = timezone.make_aware(datetime.combine(wanted.day + timedelta(days=1), time()))
    departments = None
    practitioner = None
    if wanted.scope == MINE:
        departments = list(act.places)
        # Who books for himself is seen by appointment; the others look after whoever comes to their department.
        practitioner = act.practitioner_id if act.may(BOOK) else None
    elif wanted.scope != EVERYWHERE:
        departments = [UUID(wanted.scope)]
    return appointments_of_day(
        act, since=since, until=until, show=wanted.show, departments=departments, practitioner_id=practitioner
    )


def lines_of(act: Act, day: Day, most: int | None = None) -> list[Line]:
    """The rows as this person sees them; notes whom the page shows."""
    rows = day.rows[:most]
    act.shows(*(row.patient_id for row in rows))
    today = timezone.localdate()
    return [_line(act, row, today) for row in rows]


def _line(act: Act, row: DayRow, today: date) -> Line:
    is_today = timezone.localtime(row.starts_at).date() == today
    return Line(
        row=row,
        href=landing(act, row.patient_id),
        is_late=row.status == "booked" and row.starts_at < act.at,
        may_check_in=act.may(CHECK_IN) and row.status == "booked" and is_today,
        may_miss=act.may(BOOK) and row.status == "booked" and row.starts_at <= act.at,
    )


def counts_of(day: Day, wanted: Wanted) -> list[dict[str, Any]]:
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
        {"label": label, "count": day.count(show), "href": wanted.address(show=show), "current": show == wanted.show}
        for show, label in words.items()
    ]


def render_home(request: Any) -> str:
    """The next appointments of today on the home page, of those who are awaited still."""
    with timezone.override(clock_of(request.act).zone):
        wanted = wanted_of(request.act, {"show": "booked"})
        day = list_of(request.act, wanted)
        context = {"lines": lines_of(request.act, day, _AT_HOME), "wanted": wanted, "total": day.count("booked")}
        return Markup(render_to_string("scheduling/_home.html", context, request=request))  # noqa: S704 - ours


def day_of(text: str) -> date:
    """A day of an address; today where it is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()
    return found if 1900 < found.year < 2200 else timezone.localdate()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
