"""What the chart's pages show: panels side by side, signs as lines, results with flag, range and previous value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.chart import rules
from salus.chart.queries.allergies import allergy_list, is_dangerous, told_of
from salus.chart.queries.results import ResultSeries, Value, results_of
from salus.chart.queries.summary import summary_of
from salus.chart.queries.vitals import Reading, Series, vital_series
from salus.core.act import Act
from salus.encounters.queries import visits_of
from salus.patients import sockets
from salus.patients.sockets import TimelineEvent
from salus.ui import charts, formatting
from salus.ui.banner import AllergyLine

#: tests on the first page, and values of each: the latest and the one before
_TESTS, _VALUES = 10, 2


@dataclass(frozen=True, slots=True)
class Panel:
    """One card of the first page: where it stands, and what its template shows as `panel`."""

    column: int
    order: int
    template: str
    data: Any


@dataclass(frozen=True, slots=True)
class SignLine:
    """One sign as a row: the line over time, the latest value, the one before."""

    name: str
    reference: str
    chart: Markup
    shown: str
    sub: str
    tone: str | None


def allergy_strip(act: Act, patient_id: UUID) -> tuple[str, tuple[Any, ...]]:
    """The banner's strip: the state, and the lines or the day on which "none known" was confirmed."""
    known = allergy_list(act, patient_id)
    if known.state == "none_known" and known.none_known:
        return known.state, (formatting.day(known.none_known.recorded_at),)
    lines = tuple(
        AllergyLine(row.display, told_of(row.reactions, str(row.onset or "")), is_dangerous(row)) for row in known.rows
    )
    return known.state, lines


def summary_columns(act: Act, patient_id: UUID) -> list[list[Panel]]:
    """The first page: this room's panels and those of others, by column and order."""
    own = _own_panels(act, patient_id)
    plugged = [
        Panel(one.column, one.order, one.template, one.load(act, patient_id))
        for one in sockets.summary_panels
        if act.may(one.right)
    ]
    panels = sorted([*own, *plugged], key=lambda one: (one.column, one.order))
    return [[one for one in panels if one.column == column] for column in sorted({one.column for one in panels})]


def _own_panels(act: Act, patient_id: UUID) -> list[Panel]:
    lists = summary_of(act, patient_id)
    series = vital_series(act, patient_id)
    tests = latest_results(act, patient_id, _TESTS)
    visits = visits_of(act, patient_id, act.at + timedelta(days=1), 5)
    return [
        Panel(1, 10, "chart/_problems.html", lists),
        Panel(1, 40, "chart/_told.html", lists.told),
        Panel(2, 10, "chart/_vitals.html", signs_panel(series)),
        Panel(2, 20, "chart/_results.html", tests),
        Panel(3, 20, "chart/_notes.html", lists.notes or []),
        Panel(3, 30, "chart/_visits.html", visits),
        Panel(3, 40, "chart/_care.html", lists),
    ]


def latest_results(act: Act, patient_id: UUID, most: int) -> list[ResultSeries]:
    """The newest results with the ones before; of one day those that are out of range come first."""
    found = results_of(act, patient_id, tests=most * 3, values=_VALUES)
    found.sort(key=lambda one: (formatting.local(one.latest.at).date(), len(one.latest.flag)), reverse=True)
    return found[:most]


def signs_panel(series: Sequence[Series]) -> dict[str, Any]:
    """The signs as lines over one common time, and that time's ends in words."""
    shown = [one for one in series if one.readings]
    times = [reading.at for one in shown for reading in one.readings if reading.number is not None]
    span = (min(times), max(times)) if times else None
    return {
        "lines": [_sign_line(one, span) for one in shown],
        "axis": _axis(span) if span else (),
        "latest": max((one.latest.at for one in shown), default=None),
    }


def _axis(span: tuple[datetime, datetime]) -> tuple[str, ...]:
    first, last = span
    if last - first < timedelta(minutes=1):
        return (formatting.instant_or_time(last),)
    if last - first > timedelta(days=60):
        return (formatting.partial_date(first.strftime("%Y-%m")), formatting.partial_date(last.strftime("%Y-%m")))
    return (formatting.instant_or_time(first), formatting.instant_or_time(last))


def _sign_line(one: Series, span: tuple[datetime, datetime] | None) -> SignLine:
    points = points_of(one.readings)
    name, unit = one.short_name, one.unit
    drawn = charts.sparkline(points, name=one.name, unit=unit, low=one.low, high=one.high, span=span)
    was = _("was %(value)s") % {"value": one.previous.shown} if one.previous else ""
    return SignLine(
        name=name,
        reference=" ".join(part for part in (formatting.reference_range(one.low, one.high), unit) if part),
        chart=drawn,
        shown=one.latest.shown,
        sub=was,
        tone="warning" if one.latest.flag else None,
    )


def points_of(readings: Sequence[Reading]) -> list[charts.Point]:
    """The readings that can be drawn, in the order of time."""
    return [
        charts.Point(one.at, one.number, "critical" if len(one.flag) == 2 else "amber" if one.flag else "")
        for one in readings
        if one.number is not None and rules.is_drawable(one.number)
    ]


def trend_of(series: ResultSeries) -> Markup | None:
    """The values of a test over time, or nothing where there are fewer than two numbers in one unit."""
    drawn = [
        value
        for value in reversed(series.values)
        if value.number is not None and rules.is_drawable(value.number) and value.unit == series.latest.unit
    ]
    if len(drawn) < 2:
        return None
    points = [charts.Point(one.at, one.number, _mark(one)) for one in drawn if one.number is not None]
    latest = series.latest
    return charts.sparkline(points, name=series.name, unit=latest.unit, low=latest.low, high=latest.high, width=160)


def _mark(value: Value) -> charts.Mark:
    return "critical" if len(value.flag) == 2 else "amber" if value.flag else ""


def by_day(events: Sequence[TimelineEvent]) -> list[Mapping[str, Any]]:
    """Timeline events with their addresses, for the template."""
    return [{"event": one, "href": _address(one)} for one in events]


def _address(event: TimelineEvent) -> str | None:
    if not event.route:
        return None
    try:
        return reverse(event.route, kwargs=event.route_args)
    except NoReverseMatch:
        return None
