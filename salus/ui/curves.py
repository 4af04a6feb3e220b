"""A reference drawn as curves with the measurements of one person on it, as inline SVG that prints in scale.

Pure: positions are floats (a place on paper is no result), words come ready from the room that draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

#: the drawing and the room around the field for letters
_WIDE, _TALL = 470, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 34, 10, 26


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of the reference, named at its right end."""

    label: str
    points: Sequence[tuple[float, float]]
    kind: Literal["median", "inner", "outer"] = "inner"


@dataclass(frozen=True, slots=True)
class Spot:
    """One measurement; `title` says in words what it is."""

    x: float
    y: float
    title: str
    mark: Literal["", "amber", "critical"] = ""


@dataclass(frozen=True, slots=True)
class _Field:
    x0: float
    x1: float
    y0: float
    y1: float

    def at(self, x: float, y: float) -> str:
        across = _LEFT + (x - self.x0) / (self.x1 - self.x0) * (_WIDE - _LEFT - _RIGHT)
        up = _TOP + (self.y1 - y) / (self.y1 - self.y0) * (_TALL - _TOP - _BOTTOM)
        return f"{across:.1f},{up:.1f}"


def curves(
    lines: Sequence[Curve],
    spots: Sequence[Spot],
    *,
    words: str,
    x_ticks: Sequence[tuple[float, str]],
    y_ticks: Sequence[tuple[float, str]],
) -> Markup:
    """The reference's lines from below to above, the band between the outermost, and the measurements in the order of time.

    :param words: what the drawing says, for those who do not see it
    """
    field = _field(lines, spots)
    parts = [_grid(field, x_ticks, y_ticks), _band(field, lines)]
    parts += [_curve(field, one) for one in lines]
    parts.append(_measured(field, spots))
    return Markup(  # noqa: S704 - words are escaped, the rest are numbers
        f'<svg class="chart curves" role="img" aria-label="{escape(words)}" viewBox="0 0 {_WIDE} {_TALL}" '
        f'width="100%">{"".join(parts)}</svg>'
    )


def _field(lines: Sequence[Curve], spots: Sequence[Spot]) -> _Field:
    xs = [x for one in lines for x, _ in one.points]
    ys = [y for one in lines for _, y in one.points] + [one.y for one in spots]
    room = (max(ys) - min(ys)) * 0.04
    return _Field(min(xs), max(xs), min(ys) - room, max(ys) + room)


def _grid(field: _Field, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]) -> str:
    drawn = []
    for x, label in x_ticks:
        if field.x0 <= x <= field.x1:
            low, high = field.at(x, field.y0), field.at(x, field.y1)
            drawn.append(f'<path class="c-grid" d="M{low}L{high}"/>')
            across = low.partition(",")[0]
            drawn.append(
                f'<text class="c-label" x="{across}" y="{_TALL - 8}" text-anchor="middle">{escape(label)}</text>'
            )
    for y, label in y_ticks:
        if field.y0 <= y <= field.y1:
            left, right = field.at(field.x0, y), field.at(field.x1, y)
            drawn.append(f'<path class="c-grid" d="M{left}L{right}"/>')
            up = left.partition(",")[2]
            drawn.append(
                f'<text class="c-label" x="{_LEFT - 6}" y="{up}" dy="4" text-anchor="end">{escape(label)}</text>'
            )
    return "".join(drawn)


def _band(field: _Field, lines: Sequence[Curve]) -> str:
    if len(lines) < 2:
        return ""
    there = [field.at(x, y) for x, y in lines[0].points]
    back = [field.at(x, y) for x, y in reversed(lines[-1].points)]
    return f'<polygon class="c-band" points="{" ".join(there + back)}"/>'


def _curve(field: _Field, one: Curve) -> str:
    steps = " ".join(field.at(x, y) for x, y in one.points)
    across, _, up = field.at(*one.points[-1]).partition(",")
    return (
        f'<polyline class="c-curve c-{one.kind}" points="{steps}"/>'
        f'<text class="c-label" x="{float(across) + 5:.1f}" y="{up}" dy="4">{escape(one.label)}</text>'
    )


def _measured(field: _Field, spots: Sequence[Spot]) -> str:
    inside = [one for one in spots if field.x0 <= one.x <= field.x1]
    line = " ".join(field.at(one.x, one.y) for one in inside)
    drawn = [f'<polyline class="c-line" points="{line}"/>'] if len(inside) > 1 else []
    for one in inside:
        at = f"M{field.at(one.x, one.y)}h0"
        drawn.append(
            f'<g><title>{escape(one.title)}</title><path class="c-spot c-edge" d="{at}"/>'
            f'<path class="c-spot c-{one.mark or "plain"}" d="{at}"/></g>'
        )
    return "".join(drawn)
