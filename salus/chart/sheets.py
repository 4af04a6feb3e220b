"""What the sheet of observations and the page of one quantity show."""

from dataclasses import dataclass

from markupsafe import Markup

from salus.chart import rules
from salus.chart.queries.flowsheet import Trend
from salus.ui import charts


@dataclass(frozen=True, slots=True)
class Drawn:
    """A quantity over time: the drawing (nothing where there are fewer than two numbers in one unit), and its unit in words."""

    chart: Markup | None
    unit: str
    left_out: int


def drawn(trend: Trend) -> Drawn:
    """Draw what can be brought to one unit; what cannot is counted and stands in the table alone."""
    points = [
        charts.Point(one.at, one.number, "critical" if len(one.flag) == 2 else "amber" if one.flag else "")
        for one in trend.points
        if one.number is not None
    ]
    unit = rules.shown_unit(trend.unit, trend.unit)
    left_out = sum(1 for one in trend.points if one.number is None and not one.is_voided)
    if len(points) < 2:
        return Drawn(None, unit, left_out)
    low, high = trend.low, trend.high
    return Drawn(charts.trend(points, name=trend.name, unit=unit, low=low, high=high, height=240), unit, left_out)
