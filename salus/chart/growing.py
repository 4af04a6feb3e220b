"""What the page of growth shows: one chart for each indicator, and every measurement with its z-score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.chart import growth
from salus.chart.queries.growth import Growth, Measured
from salus.ui import charts, curves, formatting

#: in the order of the page
SHOWN = (growth.WEIGHT, growth.HEIGHT, growth.BMI, growth.HEAD, growth.LENGTH)
#: days between the ticks of age, and what a tick counts
_MONTHS, _YEARS = 30.4375, 365.25


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement in words: when, at which age, how much, z-score and percentile, and whether it is to be doubted."""

    at: str
    age: str
    shown: str
    z: str
    percentile: str
    is_far: bool
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """One indicator: its name, the drawing, and its measurements, newest first."""

    name: str
    unit: str
    drawn: Markup
    lines: Sequence[Line]


def names() -> dict[str, tuple[str, str]]:
    """The indicators in words, with their unit."""
    return {
        growth.WEIGHT: (_("Weight for age"), "kg"),
        growth.HEIGHT: (_("Length or height for age"), "cm"),
        growth.BMI: (_("Body mass index for age"), "kg/m²"),
        growth.HEAD: (_("Head circumference for age"), "cm"),
        growth.LENGTH: (_("Weight for length or height"), "kg"),
    }


def charts_of(found: Growth, standard: growth.Standard, by: str) -> list[Chart]:
    """The charts of those indicators that were measured.

    :param by: `percentile` or `z`: which lines are drawn
    """
    return [_chart(found, standard, indicator, by) for indicator in SHOWN if _has_reference(found, standard, indicator)]


def _has_reference(found: Growth, standard: growth.Standard, indicator: str) -> bool:
    return any(one.score is not None for one in found.measured.get(indicator, ()))


def _chart(found: Growth, standard: growth.Standard, indicator: str, by: str) -> Chart:
    measured = found.measured[indicator]
    name, unit = names()[indicator]
    newest = next(one for one in reversed(measured) if one.score is not None)
    first, last = growth.span_of(standard, newest.days)
    lines = _reference(standard, indicator, found.sex, by, (first, last))
    spots = [_spot(one, indicator, unit) for one in measured if first <= one.days <= last]
    said = _("%(name)s, %(n)s measurements; latest %(title)s") % {
        "name": name,
        "n": len(measured),
        "title": _spot(newest, indicator, unit).title,
    }
    values = [y for one in lines for _x, y in one.points] + [one.y for one in spots]
    drawn = curves.curves(
        lines,
        spots,
        words=said,
        x_ticks=_lengths(lines) if indicator == growth.LENGTH else _ages(first, last),
        y_ticks=[(float(one), f"{one:f}") for one in charts.ticks(min(values), max(values), 6)],
    )
    return Chart(name, unit, drawn, [_line(one, unit, indicator) for one in reversed(measured)])


def _reference(
    standard: growth.Standard, indicator: str, sex: str, by: str, span: tuple[int, int]
) -> list[curves.Curve]:
    if by == "z":
        wanted = [(f"{z:+f}" if z else "0", z) for z in growth.Z_LINES]
    else:
        wanted = [(str(one), z) for one, z in growth.percentile_lines()]
    drawn = []
    for place, (label, z) in enumerate(wanted):
        points = growth.line_of(standard, indicator, sex, z, *span)
        if points:
            edge = place in (0, len(wanted) - 1)
            drawn.append(curves.Curve(label, points, "median" if z == 0 else "outer" if edge else "inner"))
    return drawn


def _spot(one: Measured, indicator: str, unit: str) -> curves.Spot:
    x = float(one.length) if indicator == growth.LENGTH and one.length is not None else float(one.days)
    line = _line(one, unit, indicator)
    words = [f"{line.age}: {line.shown} {unit}", f"z {line.z}" if line.z else "", line.percentile]
    return curves.Spot(x, float(one.value), ", ".join(part for part in words if part), "amber" if line.is_far else "")


def _line(one: Measured, unit: str, indicator: str) -> Line:
    found = one.score
    return Line(
        at=formatting.day(one.at),
        age=age_words(one.days, formatting.local(one.at).date()),
        shown=f"{rounded(one.value):f}" + (f" / {rounded(one.length):f} cm" if one.length is not None else ""),
        z=f"{found.z + 0:+f}" if found else "",  # + 0: nothing is "-0.00"
        percentile=_percentile(found) if found else "",
        is_far=found is not None and abs(found.z) > 2,
        is_doubtful=found is not None and found.is_doubtful,
    )


def _percentile(found: growth.Score) -> str:
    share = found.percentile
    if share < Decimal("0.1"):
        return _("below P0.1")
    return _("above P99.9") if share > Decimal("99.9") else f"P{share:f}"


def rounded(value: Decimal) -> Decimal:
    """A measurement with at most two decimals, as it is read."""
    places = value.as_tuple().exponent
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP) if isinstance(places, int) and places < -2 else value


def age_words(days: int, on: date) -> str:
    """An age as it is said of children: days, weeks until three months, months until two years, then years and months.

    :param on: the day at which it is reached: a child is two years old on the second birthday, however long the months were
    """
    if days < 0:
        return _("%(n)s weeks before term") % {"n": -(days // 7)}
    if days < 14:
        return _("%(n)s days") % {"n": days}
    if days < 91:
        return _("%(n)s weeks") % {"n": days // 7}
    born = on - timedelta(days=days)
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months < 24:
        return _("%(n)s months") % {"n": months}
    return _("%(years)s y %(months)s m") % {"years": months // 12, "months": months % 12}


def _ages(first: int, last: int) -> list[tuple[float, str]]:
    if last <= growth.TWO_YEARS:
        return [(month * _MONTHS, _("%(n)s mo") % {"n": month}) for month in range(0, 25, 3)]
    step = 1 if last < 2_000 else 2
    return [(year * _YEARS, _("%(n)s y") % {"n": year}) for year in range(int(first / _YEARS), 21, step)]


def _lengths(lines: Sequence[curves.Curve]) -> list[tuple[float, str]]:
    xs = [x for x, _y in lines[0].points]
    return [(float(one), f"{one:f}") for one in charts.ticks(min(xs), max(xs), 7)]
