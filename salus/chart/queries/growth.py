"""A child's measurements, brought to kilograms and centimetres, each held against the reference of its age."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from salus.chart import growth, rules
from salus.core.act import Act
from salus.patients import access
from salus.patients.access.reading import decision_on
from salus.patients.models import Patient
from salus.terminology.analytes import converted
from salus.ui import formatting

#: LOINC: body height, measured lying, measured standing; head circumference and the same by tape; weeks at birth
_HEIGHTS: dict[str, growth.Position] = {rules.HEIGHT: "", "8306-3": "lying", "8308-9": "standing", "3137-7": ""}
_WEIGHTS = {rules.WEIGHT, "3141-9"}
_HEADS = {"9843-4", "8287-5"}
GESTATION = "76516-4"
_UNITS = {
    **dict.fromkeys(_HEIGHTS, "cm"),
    **dict.fromkeys(_WEIGHTS, "kg"),
    **dict.fromkeys(_HEADS, "cm"),
    GESTATION: "wk",
}
#: kilograms, centimetres, weeks: what is more was never measured of a child
_LARGEST = 10_000
#: so many readings are enough for a childhood
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of one indicator: when, the age in days that it is compared by, how much, and how it stands."""

    at: datetime
    days: int
    value: Decimal
    score: growth.Score | None
    length: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """A child's growth: its measurements by indicator in the order of time; `left_out` are readings in no unit of length or mass.

    `sex` is empty where no reference fits, `born` None where the day of birth is not known.
    """

    sex: str
    born: date | None
    gestation: Decimal | None
    is_corrected: bool
    measured: dict[str, list[Measured]]
    left_out: int = 0

    @property
    def latest_days(self) -> int:
        """The age at the newest measurement."""
        return max((one.days for found in self.measured.values() for one in found), default=0)


_READ = """
    SELECT o.code, o.at, o.number, o.unit, o.unit_code FROM chart_observation o
    WHERE o.patient_id = %(patient)s AND o.code = ANY(%(codes)s) AND o.number IS NOT NULL AND o.at IS NOT NULL
      AND o.voided_at IS NULL AND o.status NOT IN ('entered-in-error', 'cancelled') AND {shown}
    ORDER BY o.at LIMIT %(most)s
""".format(shown=access.shown_sql("o"))  # noqa: S608 - a condition of ours


@dataclass(frozen=True, slots=True)
class _Reading:
    code: str
    at: datetime
    value: Decimal


def growth_of(act: Act, patient: Patient, standard: growth.Standard, *, is_corrected: bool = False) -> Growth:
    """All measurements of growth of a patient, in one statement.

    :param is_corrected: compare a child born before 37 weeks by the age since its term
    """
    act.require("patients.open")
    asked: dict[str, Any] = {"patient": patient.id, "codes": list(_UNITS), "most": _MOST}
    with connection.cursor() as cursor:
        cursor.execute(_READ, asked | access.shown_values(act, decision_on(act, patient.id)))
        rows = cursor.fetchall()
    readings = [found for row in rows if (found := _reading(*row)) is not None]
    gestation = next((one.value for one in reversed(readings) if one.code == GESTATION), None)
    is_known = patient.birth_date is not None and patient.birth_date.precision in ("day", "instant")
    born = patient.born_on if is_known else None
    sex = patient.gender if patient.gender in ("male", "female") else ""
    early = gestation if is_corrected else None
    measured: dict[str, list[Measured]] = {}
    if born is not None and sex:
        for indicator, one in _indicators(readings, born):
            placed = _placed(standard, indicator, sex, one, early)
            if placed is not None:
                measured.setdefault(indicator, []).append(placed)
    return Growth(sex, born, gestation, is_corrected, measured, len(rows) - len(readings))


def _reading(code: str, at: datetime, number: Decimal, unit: str, unit_code: str) -> _Reading | None:
    to = _UNITS[code]
    value = number if unit == to else converted(number, unit_code or unit, to)
    return None if value is None or not 0 < value < _LARGEST else _Reading(code, at, value)


@dataclass(frozen=True, slots=True)
class _Raw:
    at: datetime
    days: int
    value: Decimal
    length: Decimal | None = None


def _indicators(readings: Sequence[_Reading], born: date) -> Iterable[tuple[str, _Raw]]:
    """Every measurement as an indicator; a weight and a length of the same day are also a BMI and a weight for length."""
    heights: dict[date, Decimal] = {}
    for one in readings:
        on = formatting.local(one.at).date()
        days = (on - born).days
        if one.code in _HEIGHTS:
            height = growth.as_measured(one.value, days, _HEIGHTS[one.code])
            heights[on] = height
            yield growth.HEIGHT, _Raw(one.at, days, height)
        elif one.code in _HEADS:
            yield growth.HEAD, _Raw(one.at, days, one.value)
    for one in readings:
        if one.code in _WEIGHTS:
            on = formatting.local(one.at).date()
            days = (on - born).days
            yield growth.WEIGHT, _Raw(one.at, days, one.value)
            if on in heights:
                yield growth.BMI, _Raw(one.at, days, growth.body_mass(one.value, heights[on]))
                yield growth.LENGTH, _Raw(one.at, days, one.value, heights[on])


def _placed(
    standard: growth.Standard, indicator: str, sex: str, one: _Raw, gestation: Decimal | None
) -> Measured | None:
    days = growth.corrected_days(one.days, gestation)
    if one.days < 0:
        return None
    found = growth.score(standard, indicator, sex, one.value, days=days, length=one.length)
    if found is None and indicator == growth.LENGTH:
        return None
    return Measured(one.at, days, one.value, found, one.length)
