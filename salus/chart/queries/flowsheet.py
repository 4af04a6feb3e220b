"""Observations as a sheet: a row for each sign or test, a column for each moment, every row in one unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.chart.queries.results import CORRECTED, said_before
from salus.core.act import Act
from salus.core.engine import prepared
from salus.patients import access
from salus.patients.access.reading import decision_on
from salus.terminology.analytes import analyte_of, converted

#: so many columns has a page, and so many rows of the table are looked through for them
COLUMNS, _ROWS = 12, 400
SIGNS = ("vital-signs",)
#: everything else that has a number at a moment
EVERYTHING = (*SIGNS, "laboratory", "exam", "survey", "activity", "therapy", "procedure")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: as shown in the row's unit, its own unit where it could not be brought there, what was written where it was.

    `was` is what it said before it was corrected; a voided one is struck as a whole.
    """

    id: UUID
    shown: str
    unit: str
    flag: str
    written: str = ""
    was: str | None = None
    is_voided: bool = False


@dataclass(slots=True)
class Line:
    """One row of the sheet."""

    code: str
    name: str
    unit: str
    cells: dict[datetime, list[Cell]] = field(default_factory=dict)

    @property
    def unit_words(self) -> str:
        """The unit as people write it."""
        return rules.shown_unit(self.unit, self.unit)


@dataclass(frozen=True, slots=True)
class Flowsheet:
    """The moments, newest first, the rows, and from where an older page goes on."""

    times: Sequence[datetime]
    lines: Sequence[Line]
    older: datetime | None


_READ = """
    SELECT o.id, o.at, o.code, o.display, o.status, o.flag, o.number, o.comparator, o.unit, o.unit_code, o.text, o.value,
           o.value_type, o.components, o.voided_at
    FROM chart_observation o
    WHERE o.patient_id = %(patient)s AND o.at < %(before)s AND o.category = ANY(%(categories)s)
      AND o.status NOT IN ('cancelled', 'registered') AND {shown}
    ORDER BY o.at DESC LIMIT %(rows)s
""".format(shown=access.shown_sql("o"))  # noqa: S608 - a condition of ours


def flowsheet_of(
    act: Act,
    patient_id: UUID,
    before: datetime,
    *,
    signs: Sequence[VitalSign],
    categories: Sequence[str] = SIGNS,
    columns: int = COLUMNS,
) -> Flowsheet:
    """The newest moments before an instant; one statement, and a second one where a value was corrected.

    :param signs: the catalogue's signs in their order: they come first, and give their rows their unit
    """
    act.require("patients.open")
    asked: dict[str, Any] = {"patient": patient_id, "before": before, "categories": list(categories), "rows": _ROWS}
    with prepared() as cursor:
        cursor.execute(_READ, asked | access.shown_values(act, decision_on(act, patient_id)))
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    minutes = list(dict.fromkeys(_minute(row["at"]) for row in rows))
    times = minutes[:columns]
    # the last moment of a full answer may be torn apart: it begins the next page
    if len(rows) == _ROWS and len(minutes) <= columns and len(times) > 1:
        times = times[:-1]
    there = set(times)
    shown = [row for row in rows if _minute(row["at"]) in there]
    was = said_before({row["id"]: rules.shown_value(row) for row in shown if row["status"] in CORRECTED})
    more = len(times) < len(minutes) or len(rows) == _ROWS
    return Flowsheet(times, _lines(shown, signs, was), times[-1] if more and times else None)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def row_key(code: str, display: str) -> str:
    """By what rows are told apart: the sign, the substance, the code, or the words where there is none."""
    analyte = analyte_of(code)
    return f"analyte:{analyte.code}" if analyte else rules.sign_code(code) or display


def _lines(rows: Sequence[Mapping[str, Any]], signs: Sequence[VitalSign], was: Mapping[UUID, str]) -> list[Line]:
    known = {row_key(one.loinc, one.name): one for one in signs if one.loinc != rules.DIASTOLIC}
    found: dict[str, Line] = {}
    for row in rows:
        key = row_key(row["code"], row["display"])
        if key not in found:
            found[key] = _line(row, known.get(key))
        if not found[key].unit and row["number"] is not None:  # newer ones were words
            found[key].unit = row["unit_code"] or row["unit"]
    for row in rows:
        key = row_key(row["code"], row["display"])
        line = found[key]
        line.cells.setdefault(_minute(row["at"]), []).append(_cell(row, line.unit, was.get(row["id"])))
    order = list(known)
    return sorted(found.values(), key=lambda one: (_place(order, one), one.name.casefold()))


def _place(order: Sequence[str], line: Line) -> int:
    key = row_key(line.code, line.name)
    return order.index(key) if key in order else len(order)


def _line(row: Mapping[str, Any], sign: VitalSign | None) -> Line:
    if sign is None:
        return Line(row["code"], row["display"] or row["code"], row["unit_code"] or row["unit"])
    is_pressure = sign.loinc == rules.SYSTOLIC
    return Line(row["code"], _("Blood pressure") if is_pressure else sign.name, sign.unit)


def _cell(row: Mapping[str, Any], unit: str, was: str | None) -> Cell:
    own = row["unit_code"] or row["unit"]
    shown, shown_unit, written = rules.shown_value(row), "", ""
    if row["number"] is not None and own and unit and own != unit:
        number = converted(row["number"], own, unit, row["code"])
        if number is None:
            shown_unit = rules.shown_unit(row["unit"], row["unit_code"])
        else:
            written = f"{shown} {rules.shown_unit(row['unit'], row['unit_code'])}"
            shown = f"{row['comparator']} {rules.rounded_like(row['number'], number):f}".strip()
    elif row["number"] is not None and unit and not own:  # beside the row's unit it would seem to be in that
        shown_unit = _("no unit")
    is_voided = row["voided_at"] is not None or row["status"] == "entered-in-error"
    return Cell(row["id"], shown, shown_unit, rules.flag_letters(row["flag"]), written, was, is_voided)


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a trend in the trend's unit; `number` is None where it cannot be brought there."""

    id: UUID
    at: datetime
    number: Decimal | None
    shown: str
    written: str
    flag: str
    was: str | None
    is_voided: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """One quantity over time, oldest first, in one unit; `units` are those in which it was written."""

    name: str
    unit: str
    units: Sequence[str]
    low: Decimal | None
    high: Decimal | None
    points: Sequence[Point]


_SERIES = """
    SELECT o.id, o.at, o.code, o.display, o.status, o.flag, o.number, o.comparator, o.unit, o.unit_code, o.text, o.value,
           o.value_type, o.components, o.voided_at, o.low, o.high
    FROM chart_observation o
    WHERE o.patient_id = %(patient)s AND o.code = ANY(%(codes)s) AND o.at IS NOT NULL
      AND o.status NOT IN ('cancelled', 'registered') AND {shown}
    ORDER BY o.at DESC LIMIT %(most)s
""".format(shown=access.shown_sql("o"))  # noqa: S608 - a condition of ours


def trend_of(act: Act, patient_id: UUID, code: str, *, unit: str = "", most: int = 500) -> Trend | None:
    """The values of a test over time in one unit, with those of the same substance under its other codes; None without any.

    :param unit: the UCUM unit to draw in; that of the newest value unless said
    """
    act.require("patients.open")
    analyte = analyte_of(code)
    codes = list(analyte.loincs) if analyte else [code, *(also for sign, also in rules.ALSO if sign == code)]
    asked: dict[str, Any] = {"patient": patient_id, "codes": codes, "most": most}
    with prepared() as cursor:
        cursor.execute(_SERIES, asked | access.shown_values(act, decision_on(act, patient_id)))
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not rows:
        return None
    units = list(
        dict.fromkeys(own for row in rows if row["number"] is not None and (own := row["unit_code"] or row["unit"]))
    )
    unit = unit if unit in units else units[0] if units else ""
    was = said_before({row["id"]: rules.shown_value(row) for row in rows if row["status"] in CORRECTED})
    newest = next((row for row in rows if (row["unit_code"] or row["unit"]) == unit), rows[0])
    points = [_point(row, unit, was.get(row["id"])) for row in reversed(rows)]
    return Trend(newest["display"] or code, unit, units, newest["low"], newest["high"], points)


def _point(row: Mapping[str, Any], unit: str, was: str | None) -> Point:
    cell = _cell(row, unit, was)
    own = row["unit_code"] or row["unit"]
    number = row["number"]
    if number is None:
        number = rules.components_of(row["components"]).get(rules.SYSTOLIC)
    elif own != unit:
        number = converted(number, own, unit, row["code"])
    drawn = None if cell.is_voided or row["comparator"] or number is None or not rules.is_drawable(number) else number
    written = cell.written or f"{cell.shown} {rules.shown_unit(row['unit'], row['unit_code'])}".strip()
    return Point(row["id"], row["at"], drawn, cell.shown, written, cell.flag, was, cell.is_voided)
