"""Vital signs over time: the last readings of each sign, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.chart import rules
from salus.core.act import Act
from salus.core.engine import prepared
from salus.patients import access
from salus.patients.access.reading import decision_on
from salus.terminology.analytes import converted

#: so many readings make a line
READINGS = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a sign: `number` is what is drawn (None where it cannot be), `shown` what is read."""

    at: datetime
    number: Decimal | None
    shown: str
    unit: str
    flag: str


@dataclass(frozen=True, slots=True)
class Series:
    """The last readings of one sign, oldest first, with the range that is usual; a child has none."""

    code: str
    name: str
    short_name: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    readings: Sequence[Reading] = field(default_factory=tuple)

    @property
    def latest(self) -> Reading:
        return self.readings[-1]

    @property
    def previous(self) -> Reading | None:
        return self.readings[-2] if len(self.readings) > 1 else None


# Every sign of the catalogue with the codes under which records name it; for each the newest rows from the index.
_SERIES = """
    SELECT s.code AS sign, s.loinc, s.name, s.short_name, s.unit AS ucum, s.unit_text, s.usual_low, s.usual_high, s.decimals,
           o.at, o.number, o.comparator, o.unit, o.unit_code, o.components, o.text, o.value, o.value_type, o.flag, o.code,
           coalesce(p.born_on <= %(grown_up)s, true) AS is_adult
    FROM patients_patient p
    CROSS JOIN catalog_vitalsign s
    CROSS JOIN LATERAL (
        SELECT s.loinc AS code UNION ALL
        SELECT k.code FROM unnest(%(signs)s::text[], %(codes)s::text[]) AS k (loinc, code) WHERE k.loinc = s.loinc
    ) known
    CROSS JOIN LATERAL (
        SELECT o.* FROM chart_observation o
        WHERE o.patient_id = %(patient)s AND o.code = known.code AND o.at IS NOT NULL AND o.voided_at IS NULL
          AND o.status NOT IN ('entered-in-error', 'cancelled') AND {shown}
        ORDER BY o.at DESC LIMIT %(readings)s
    ) o
    WHERE p.id = %(patient)s AND s.loinc <> %(diastolic)s
    ORDER BY s.place, s.name
""".format(shown=access.shown_sql("o"))  # noqa: S608 - a condition of ours


def vital_series(act: Act, patient_id: UUID, readings: int = READINGS) -> list[Series]:
    """The last readings of every sign that was ever measured, in the catalogue's order; blood pressure is one series.

    A reading in another unit than the sign's is converted to it; where that cannot be, it is shown with its unit and not drawn.
    """
    act.require("patients.open")
    values: dict[str, Any] = {
        "patient": patient_id,
        "readings": readings,
        "signs": [sign for sign, _code in rules.ALSO],
        "codes": [code for _sign, code in rules.ALSO],
        "diastolic": rules.DIASTOLIC,
        "grown_up": act.at.date() - timedelta(days=rules.ADULT_YEARS * 365.25),
    }
    with prepared() as cursor:
        cursor.execute(_SERIES, values | access.shown_values(act, decision_on(act, patient_id)))
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    by_sign: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_sign.setdefault(row["sign"], []).append(row)
    return [_series(found, readings) for found in by_sign.values()]


def _series(rows: list[dict[str, Any]], readings: int) -> Series:
    first = rows[0]
    is_pressure = first["loinc"] == rules.SYSTOLIC
    newest = sorted(rows, key=lambda row: row["at"], reverse=True)[:readings]
    return Series(
        code="blood-pressure" if is_pressure else first["sign"],
        name=_("Blood pressure") if is_pressure else first["name"],
        short_name=_("Blood pressure") if is_pressure else first["short_name"],
        unit=first["unit_text"],
        low=first["usual_low"] if first["is_adult"] else None,
        high=first["usual_high"] if first["is_adult"] else None,
        readings=tuple(_reading(row) for row in reversed(newest)),
    )


def _reading(row: Mapping[str, Any]) -> Reading:
    number = row["number"]
    if number is None:
        number = rules.components_of(row["components"]).get(rules.SYSTOLIC)
    is_same_unit = row["unit_code"] == row["ucum"] or row["unit"] in ("", row["unit_text"], row["ucum"])
    flag = rules.flag_letters(row["flag"])
    shown = rules.shown_value(row)
    if not is_same_unit and row["number"] is not None:
        number = converted(row["number"], row["unit_code"] or row["unit"], row["ucum"], row["loinc"])
        unit = rules.shown_unit(row["unit"], row["unit_code"])
        comparator = f"{row['comparator']} " if row["comparator"] else ""
        shown = f"{shown} {unit}" if number is None else f"{comparator}{rules.rounded_like(row['number'], number):f}"
        is_same_unit = number is not None
    elif row["number"] is not None and rules.is_overlong(row["number"]) and is_same_unit:
        shown = rules.shown_number(row["number"], row["decimals"])
    if not flag and number is not None and is_same_unit and row["is_adult"]:
        # Records from elsewhere seldom say what is out of range.
        flag = rules.flag_of(number, rules.Limits(usual_low=row["usual_low"], usual_high=row["usual_high"]))
    return Reading(row["at"], number if is_same_unit else None, shown, row["unit"], flag)
