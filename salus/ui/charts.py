"""Charts drawn by the server as inline SVG: they print, follow the theme, and say in words what they show.

Pure functions: values come as Decimals (or whole numbers), positions leave as text. A position on a screen is no
result, so it alone is reckoned with floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext
from markupsafe import Markup, escape

from salus.ui import formatting

Mark = Literal["", "amber", "critical"]
Value = Decimal | int
WIDE = 600


@dataclass(frozen=True)
class Point:
    """One reading: when, how much, and whether it is out of range (amber) or dangerous (critical)."""

    at: datetime
    value: Value
    mark: Mark = ""


@dataclass(frozen=True)
class Part:
    """One part of a stacked bar: its words, its share and its colour class."""

    label: str
    value: int
    colour: Literal["accent", "green", "blue", "amber", "grey", "red"] = "accent"


@dataclass(frozen=True)
class Bar:
    """One bar of a row of bars: what it stands for, how tall it is, and its value in words."""

    label: str
    value: Value
    shown: str


@dataclass(frozen=True)
class _Frame:
    """The mapping from time and value to a box of the drawing."""

    start: float
    end: float
    low: float
    high: float
    left: float
    top: float
    width: float
    height: float

    def x(self, at: datetime) -> float:
        span = self.end - self.start
        share = (at.timestamp() - self.start) / span if span else 0.5
        return self.left + share * self.width

    def y(self, value: Value) -> float:
        span = self.high - self.low
        share = (float(value) - self.low) / span if span else 0.5
        return self.top + self.height - share * self.height


def _frame(
    points: Sequence[Point],
    low: Value | None,
    high: Value | None,
    box: tuple[float, float, float, float],
    span: tuple[datetime, datetime] | None = None,
) -> _Frame:
    values = [float(one.value) for one in points] + [float(edge) for edge in (low, high) if edge is not None]
    lowest, highest = min(values), max(values)
    room = (highest - lowest) * 0.12 or max(abs(highest) * 0.1, 1.0)
    first, last = span or (points[0].at, points[-1].at)
    return _Frame(first.timestamp(), last.timestamp(), lowest - room, highest + room, *box)


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")


def _line(frame: _Frame, points: Sequence[Point]) -> str:
    steps = " ".join(f"{_n(frame.x(one.at))},{_n(frame.y(one.value))}" for one in points)
    return f'<polyline class="c-line" points="{steps}"/>' if len(points) > 1 else ""


def _spots(frame: _Frame, points: Sequence[Point]) -> str:
    """Marks of a stretched drawing: zero-length strokes with round ends stay round however wide the line is drawn."""
    drawn = []
    for place, one in enumerate(points):
        at = f"M{_n(frame.x(one.at))} {_n(frame.y(one.value))}h0"
        if one.mark:
            drawn.append(f'<path class="c-spot c-edge" d="{at}"/><path class="c-spot c-{one.mark}" d="{at}"/>')
        elif place == len(points) - 1:
            drawn.append(f'<path class="c-spot c-ring" d="{at}"/><path class="c-spot c-hole" d="{at}"/>')
    return "".join(drawn)


def _readings(frame: _Frame, points: Sequence[Point], unit: str) -> str:
    """Every reading as a round mark whose title says time and value."""
    drawn = []
    for one in points:
        words = f"{formatting.instant(one.at)}: {formatting.as_written(one.value)} {unit}".strip()
        at = f"M{_n(frame.x(one.at))} {_n(frame.y(one.value))}h0"
        drawn.append(
            f'<g><title>{escape(words)}</title><path class="c-spot c-edge" d="{at}"/>'
            f'<path class="c-spot c-{one.mark or "plain"}" d="{at}"/></g>'
        )
    return "".join(drawn)


def _band(frame: _Frame, low: Value | None, high: Value | None) -> str:
    if low is None and high is None:
        return ""
    top = frame.y(high) if high is not None else frame.top
    bottom = frame.y(low) if low is not None else frame.top + frame.height
    wide = _n(frame.width + 8)
    tall = _n(max(bottom - top, 1))
    return f'<rect class="c-band" x="{_n(frame.left - 4)}" y="{_n(top)}" width="{wide}" height="{tall}" rx="3"/>'


def in_words(
    name: str, points: Sequence[Point], unit: str = "", low: Value | None = None, high: Value | None = None
) -> str:
    """What a chart shows, as one sentence: count, first, last, lowest, highest, and how many lie out of range."""
    if not points:
        return gettext("%(name)s: no readings") % {"name": name}
    values = sorted(points, key=lambda one: one.value)
    parts = [
        gettext("%(name)s, %(n)s readings from %(start)s to %(end)s")
        % {
            "name": name,
            "n": len(points),
            "start": formatting.instant(points[0].at),
            "end": formatting.instant(points[-1].at),
        },
        gettext("latest %(value)s %(unit)s") % {"value": formatting.as_written(points[-1].value), "unit": unit},
        gettext("lowest %(low)s, highest %(high)s")
        % {"low": formatting.as_written(values[0].value), "high": formatting.as_written(values[-1].value)},
    ]
    marked = sum(1 for one in points if one.mark)
    if low is not None or high is not None:
        parts.append(gettext("reference %(range)s") % {"range": formatting.reference_range(low, high)})
        parts.append(gettext("%(n)s out of range") % {"n": marked})
    return ", ".join(part.strip() for part in parts)


def sparkline(
    points: Sequence[Point],
    *,
    name: str,
    unit: str = "",
    low: Value | None = None,
    high: Value | None = None,
    span: tuple[datetime, datetime] | None = None,
    width: int = 240,
    height: int = 36,
) -> Markup:
    """A small line with its reference band; readings out of range are dots, the latest is a ring.

    :param points: in the order of time
    :param span: the common time axis of several lines under one another
    """
    words = in_words(name, points, unit, low, high)
    head = (
        f'<svg class="chart spark" role="img" aria-label="{escape(words)}" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="none" width="{width}" height="{height}">'
    )
    if not points:
        return Markup(f"{head}</svg>")  # noqa: S704 - the words are escaped
    frame = _frame(points, low, high, (7, 5, width - 14, height - 10), span)
    return Markup(head + _band(frame, low, high) + _line(frame, points) + _spots(frame, points) + "</svg>")  # noqa: S704 - numbers, the rest escaped


def trend(
    points: Sequence[Point],
    *,
    name: str,
    unit: str = "",
    low: Value | None = None,
    high: Value | None = None,
    height: int = 180,
) -> Markup:
    """One quantity over time with both axes, gridlines, the reference band, and each reading's value in its title.

    The drawing stretches to its place while letters, dots and strokes keep their size.
    """
    words = escape(in_words(name, points, unit, low, high))
    if not points:
        return Markup('<div class="trend" role="img" aria-label="{}">{}</div>').format(words, gettext("No readings"))
    frame = _frame(points, low, high, (8, 6, WIDE - 16, height - 12))
    steps = ticks(frame.low, frame.high)
    scale = "".join(
        f'<text class="c-label" x="40" y="{_n(frame.y(step))}" dy="4" text-anchor="end">'
        f"{formatting.number(step)}</text>"
        for step in steps
    )
    grid = "".join(f'<path class="c-grid" d="M0 {_n(frame.y(step))}h{WIDE}"/>' for step in steps)
    drawn = _band(frame, low, high) + grid + _line(frame, points) + _readings(frame, points, unit)
    axis = "".join(f"<span>{escape(label)}</span>" for label in _axis(points))
    return Markup(  # noqa: S704 - words are escaped, the rest are numbers
        f'<div class="trend" dir="ltr" role="img" aria-label="{words}">'
        f'<svg class="chart" width="44" height="{height}">{scale}</svg>'
        f'<svg class="chart" viewBox="0 0 {WIDE} {height}" preserveAspectRatio="none" width="100%" height="{height}">'
        f"{drawn}</svg>"
        f'<div class="trend-axis"><bdi dir="ltr">{axis}</bdi></div></div>'
    )


def _axis(points: Sequence[Point]) -> list[str]:
    """First, middle and last time."""
    chosen = [points[0], points[-1]] if len(points) > 1 else [points[0]]
    if len(points) > 4:
        chosen.insert(1, points[len(points) // 2])
    return [formatting.instant_or_time(one.at, now=points[-1].at) for one in chosen]


def ticks(low: float, high: float, wanted: int = 4) -> list[Decimal]:
    """Round steps (1, 2 or 5 times a power of ten) that lie between two values."""
    span = high - low
    if span <= 0:
        return [Decimal(str(low))]
    rough = Decimal(str(span)) / wanted
    power = Decimal(10) ** rough.adjusted()
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = (Decimal(str(low)) / step).to_integral_value(rounding="ROUND_CEILING") * step
    found = []
    while first <= Decimal(str(high)):
        found.append(first)
        first += step
    return found


def stacked_bar(parts: Sequence[Part], *, name: str, height: int = 8) -> Markup:
    """Shares of a whole side by side: beds by state. The words stand beside it; colour is never alone."""
    total = sum(part.value for part in parts)
    words = ", ".join(f"{part.value} {part.label}" for part in parts)
    drawn, left = [], 0.0
    for part in parts:
        wide = part.value / total * 1000 if total else 0
        if wide:
            drawn.append(
                f'<rect class="c-{part.colour}" x="{_n(left)}" y="0" width="{_n(max(wide - 4, 2))}" height="{height}"/>'
            )
        left += wide
    return Markup(  # noqa: S704 - words are escaped, the rest are numbers
        f'<svg class="chart stacked" role="img" aria-label="{escape(name)}: {escape(words)}" '
        f'viewBox="0 0 1000 {height}" '
        f'preserveAspectRatio="none" height="{height}">{"".join(drawn)}</svg>'
    )


def meter(value: Value, most: Value, *, colour: str = "accent", label: str = "") -> Markup:
    """A short bar of a share: a waiting time against its target. Beside it stands the number itself."""
    wide = float(min(max(value, 0) / most, 1) * 100) if most else 0.0
    return Markup(  # noqa: S704 - words are escaped, the rest are numbers
        f'<svg class="chart meter" role="img" aria-label="{escape(label)}" viewBox="0 0 100 4" '
        f'preserveAspectRatio="none" width="56" height="4"><rect class="c-track" width="100" height="4" rx="1"/>'
        f'<rect class="c-{escape(colour)}" width="{_n(wide)}" height="4" rx="1"/></svg>'
    )


def bars(items: Sequence[Bar], *, name: str, height: int = 160) -> Markup:
    """Upright bars side by side (revenue by day); the title of each says its label and value."""
    words = escape("{}: {}".format(name, ", ".join(f"{one.label} {one.shown}" for one in items)))
    if not items:
        return Markup('<div class="trend" role="img" aria-label="{}">{}</div>').format(words, gettext("No readings"))
    most = max(max(one.value for one in items), 1)
    frame = _Frame(0, 1, 0, float(most), 0, 6, WIDE, height - 12)
    steps = ticks(0, float(most))
    scale = "".join(
        f'<text class="c-label" x="60" y="{_n(frame.y(step))}" dy="4" text-anchor="end">{formatting.number(step)}</text>'
        for step in steps
    )
    grid = "".join(f'<path class="c-grid" d="M0 {_n(frame.y(step))}h{WIDE}"/>' for step in steps)
    share = WIDE / len(items)
    drawn = "".join(
        f'<g><title>{escape(one.label)}: {escape(one.shown)}</title><rect class="c-accent" x="{_n(place * share)}" '
        f'y="{_n(frame.y(max(one.value, 0)))}" width="{_n(max(share * 0.8, 0.5))}" '
        f'height="{_n(frame.top + frame.height - frame.y(max(one.value, 0)))}"/></g>'
        for place, one in enumerate(items)
    )
    ends = [items[0].label, items[-1].label] if len(items) > 1 else [items[0].label]
    axis = "".join(f"<span>{escape(label)}</span>" for label in ends)
    return Markup(  # noqa: S704 - words are escaped, the rest are numbers
        f'<div class="trend trend-money" role="img" aria-label="{words}">'
        f'<svg class="chart" width="64" height="{height}">{scale}</svg>'
        f'<svg class="chart" viewBox="0 0 {WIDE} {height}" preserveAspectRatio="none" width="100%" height="{height}">'
        f'{grid}{drawn}</svg><div class="trend-axis"><bdi dir="ltr">{axis}</bdi></div></div>'
    )
