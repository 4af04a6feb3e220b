"""Charts: positions, words, and nothing that a name could smuggle in."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.ui import charts
from salus.ui.charts import Part, Point

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def series(*values: str, mark: str = "") -> list[Point]:
    return [Point(START + place * timedelta(hours=1), Decimal(value), mark) for place, value in enumerate(values)]


def test_a_chart_says_in_words_what_it_shows():
    points = series("97", "93.0", "94")
    points[1] = Point(points[1].at, points[1].value, "amber")
    words = charts.in_words("SpO₂", points, "%", 94, 98)
    assert words == (
        "SpO₂, 3 readings from 20-Nov-2026 12:00 to 20-Nov-2026 14:00, latest 94 %, lowest 93.0, highest 97, "
        "reference 94 to 98, 1 out of range"
    )
    assert charts.in_words("SpO₂", []) == "SpO₂: no readings"


def test_a_sparkline_draws_band_line_marks_and_the_latest_as_a_ring():
    points = series("97", "93", "94")
    points[1] = Point(points[1].at, points[1].value, "critical")
    drawn = charts.sparkline(points, name="SpO₂", low=94, high=98)
    assert drawn.count("c-band") == 1
    assert drawn.count("c-critical") == 1
    assert drawn.count("c-ring") == 1
    ElementTree.fromstring(drawn)


def test_higher_values_stand_higher():
    drawn = charts.sparkline(series("1", "2", "3"), name="x")
    steps = re.search(r'points="([^"]+)"', drawn)[1].split()
    ys = [float(step.split(",")[1]) for step in steps]
    assert ys == sorted(ys, reverse=True)


@pytest.mark.guarantee("S4")
@pytest.mark.parametrize("draw", [charts.sparkline, charts.trend])
def test_a_name_is_never_markup(draw):
    assert "<script" not in draw(series("1", "2"), name='"><script>alert(1)</script>', unit="<b>")


@given(
    st.lists(st.decimals(min_value=-(10**4), max_value=10**4, places=2), min_size=0, max_size=12),
    st.integers(min_value=-100, max_value=100),
)
def test_any_series_is_drawn_inside_its_box(values, low):
    points = [Point(START + place * timedelta(minutes=7), value) for place, value in enumerate(values)]
    for drawn in (
        charts.sparkline(points, name="x", low=low, high=low + 5),
        charts.trend(points, name="x", low=low, high=low + 5),
    ):
        ElementTree.fromstring(drawn)
        assert "nan" not in drawn
        assert "inf" not in drawn
        for x, y in re.findall(r'd="M([-\d.]+) ([-\d.]+)h0"', drawn):
            assert 0 <= float(x) <= charts.WIDE
            assert 0 <= float(y) <= 180


def test_several_lines_share_one_time_axis():
    span = (START, START + timedelta(hours=10))
    drawn = charts.sparkline(series("1", "2"), name="x", span=span)
    last = re.search(r'points="[^"]* ([\d.]+),', drawn)[1]
    assert float(last) < 240 / 5


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [(0, 10, "0 5 10"), (113.1, 166.2, "120 140 160"), (0.1, 0.5, "0.1 0.2 0.3 0.4 0.5"), (5, 5, "5")],
)
def test_ticks_are_round(low, high, steps):
    assert [str(one.normalize() if one else one) for one in charts.ticks(low, high)] == [
        str(Decimal(one).normalize()) for one in steps.split()
    ]


def test_a_stacked_bar_names_every_part():
    drawn = charts.stacked_bar([Part("occupied", 12), Part("free", 4, "green"), Part("closed", 0, "grey")], name="Beds")
    assert 'aria-label="Beds: 12 occupied, 4 free, 0 closed"' in drawn
    assert drawn.count("<rect") == 2
    ElementTree.fromstring(drawn)
    ElementTree.fromstring(charts.stacked_bar([], name="Beds"))


def test_a_meter_ends_at_its_end():
    assert 'width="100" height="4" rx="1"/></svg>' in charts.meter(90, 40)
    assert 'width="0"' in charts.meter(-3, 40)
