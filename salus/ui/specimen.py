"""Invented content of the specimen page: every component in all its states. No person here exists."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.ui import charts
from salus.ui.banner import AllergyLine, Banner, BannerFact, Flag, Tab
from salus.ui.charts import Part, Point

CODES = (
    ("J18.9", "Pneumonia, unspecified organism"),
    ("E11.9", "Type 2 diabetes mellitus without complications"),
    ("I10", "Essential (primary) hypertension"),
    ("N18.31", "Chronic kidney disease, stage 3a"),
    ("J45.909", "Unspecified asthma, uncomplicated"),
    ("K35.80", "Unspecified acute appendicitis"),
    ("R50.9", "Fever, unspecified"),
    ("M54.50", "Low back pain, unspecified"),
)
_START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def content() -> dict[str, Any]:
    """All that ``ui/specimen.html`` draws."""
    return {
        "banner": nadia(),
        "banners": [none_known(), not_recorded()],
        "tabs": tabs(),
        "vitals": vitals(),
        "trend": trend(),
        "beds": beds(),
        "now": _START,
        "codes": CODES,
    }


def nadia() -> Banner:
    """A patient whose allergies are listed."""
    return Banner(
        patient_id=UUID(int=1),
        family="Rashid",
        given="Nadia",
        title="Mrs",
        born="1964-03-14",
        age="62y",
        sex="female",
        mrn="241906",
        location="4B, bed A1",
        note="Prefers “Nadi” · she/her · Urdu, English",
        allergies=(AllergyLine("Penicillins", "anaphylaxis 2014", severe=True), AllergyLine("latex", "contact rash")),
        allergy_state="listed",
        flags=(Flag("Falls risk", "warning", "triangle-alert"), Flag("Interpreter", "plum", "languages")),
        facts=(BannerFact("Weight", "71.4 kg"), BannerFact("Resuscitation", "Full")),
    )


def none_known() -> Banner:
    """A patient of whom a day confirms that there are no allergies; born in a year only."""
    return Banner(
        patient_id=UUID(int=2),
        family="Okafor",
        given="Amaka",
        title="Mrs",
        born="1964",
        sex="female",
        mrn="204817",
        location="Outpatients, room 4",
        allergy_state="none_known",
        allergies_confirmed="19-Nov-2026",
    )


def not_recorded() -> Banner:
    """A patient whom nobody has asked yet."""
    return Banner(
        patient_id=UUID(int=3),
        family="Wallace",
        given="Hamish",
        title="Mr",
        born="1978-02-01",
        sex="male",
        mrn="297003",
    )


def tabs() -> list[Tab]:
    """The tabs of a chart."""
    return [
        Tab("Summary", "#summary", current=True),
        Tab("Timeline", "#timeline"),
        Tab("Results", "#results", count="2 new", new=True),
        Tab("Medicines", "#medicines", count=6),
        Tab("Orders", "#orders", count=3),
        Tab("Notes", "#notes", count=18),
        Tab("Documents", "#documents"),
    ]


def _points(*values: str, amber: tuple[int, ...] = (), critical: tuple[int, ...] = ()) -> list[Point]:
    step = timedelta(hours=21, minutes=10) / (len(values) - 1)
    marks = {**dict.fromkeys(amber, "amber"), **dict.fromkeys(critical, "critical")}
    return [
        Point(_START + place * step, Decimal(value), marks.get(place, ""))  # type: ignore[arg-type]
        for place, value in enumerate(values)
    ]


def vitals() -> list[dict[str, Any]]:
    """Five signs over a day, with their reference bands."""
    rows: list[tuple[str, str, list[Point], int | Decimal, int | Decimal, str, str | None]] = [
        (
            "Resp rate",
            "/min",
            _points("14", "15", "17", "17", "19", "21", "22", "21", amber=(5, 7)),
            12,
            20,
            "was 22",
            "warning",
        ),
        ("SpO₂", "%", _points("97", "96", "96", "95", "94", "93", "93", "94", amber=(5, 6)), 94, 98, "on 2 L", None),
        (
            "Heart rate",
            "/min",
            _points("84", "86", "89", "93", "97", "102", "112", "106", amber=(3, 4, 5, 7), critical=(6,)),
            51,
            90,
            "was 112",
            "warning",
        ),
        (
            "BP systolic",
            "mmHg",
            _points("138", "134", "131", "126", "122", "114", "108", "114", amber=(6,)),
            111,
            219,
            "114/66",
            None,
        ),
        (
            "Temp",
            "°C",
            _points("36.9", "37.1", "37.4", "37.8", "38.2", "38.7", "39.1", "38.4", amber=(4, 5, 7), critical=(6,)),
            Decimal("36.1"),
            Decimal("38.0"),
            "was 39.1",
            "warning",
        ),
    ]
    return [
        {
            "name": name,
            "reference": f"{low} to {high} {unit}",
            "chart": charts.sparkline(points, name=name, unit=unit, low=low, high=high),
            "shown": points[-1].value,
            "sub": sub,
            "tone": tone,
        }
        for name, unit, points, low, high, sub, tone in rows
    ]


def trend() -> Any:
    """One quantity in full."""
    points = _points("131", "128", "120", "118", "122", "126", "119", "118", amber=(7,))
    return charts.trend(points, name=_("Haemoglobin"), unit="g/L", low=115, high=165)


def beds() -> dict[str, Any]:
    """Beds of a ward by state."""
    parts = [
        Part("occupied", 12, "accent"),
        Part("available", 1, "green"),
        Part("reserved", 1, "blue"),
        Part("cleaning", 1, "amber"),
        Part("closed", 1, "grey"),
    ]
    return {"parts": parts, "bar": charts.stacked_bar(parts, name=_("Beds"))}
