"""Laboratory values: the latest of each test with the one before, and all of them by test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from salus.chart import rules
from salus.core.act import Act
from salus.patients import access
from salus.patients.access.reading import decision_on

LABORATORY = ("laboratory",)
CORRECTED = ("corrected", "amended")


@dataclass(frozen=True, slots=True)
class Value:
    """One result: as written, with what it was held against; `was` is what it said before it was corrected, `written` all its
    digits where fewer are shown."""

    id: UUID
    at: datetime
    shown: str
    unit: str
    flag: str
    status: str
    number: Decimal | None
    low: Decimal | None
    high: Decimal | None
    reference_text: str
    note: str = ""
    written: str = ""
    was: str | None = None


@dataclass(frozen=True, slots=True)
class ResultSeries:
    """One test with its values, newest first."""

    code: str
    name: str
    values: Sequence[Value] = field(default_factory=tuple)

    @property
    def latest(self) -> Value:
        return self.values[0]

    @property
    def previous(self) -> Value | None:
        return self.values[1] if len(self.values) > 1 else None


#: the codes that were ever observed of a patient, from which a statement goes on: the index leads from one to the next
CODES_OBSERVED = """
    WITH RECURSIVE codes AS (
        (SELECT o.code FROM chart_observation o WHERE o.patient_id = %(patient)s ORDER BY o.code LIMIT 1)
        UNION ALL
        SELECT (SELECT o.code FROM chart_observation o
                WHERE o.patient_id = %(patient)s AND o.code > codes.code ORDER BY o.code LIMIT 1)
        FROM codes WHERE codes.code IS NOT NULL
    )"""
# From code to code (a loose scan), then to the newest rows of those that are laboratory values: at the bedside the same is
# measured, and must not take them off the list.
_BY_TEST = """
{codes}, tests AS (
        SELECT codes.code, first.at
        FROM codes CROSS JOIN LATERAL (
            SELECT o.at, o.category FROM chart_observation o
            WHERE o.patient_id = %(patient)s AND o.code = codes.code AND o.at IS NOT NULL AND {shown}
            ORDER BY o.at DESC LIMIT 1) first
        WHERE first.category = ANY(%(categories)s) OR first.category <> 'vital-signs' AND EXISTS (
            SELECT FROM (
                SELECT o.category FROM chart_observation o
                WHERE o.patient_id = %(patient)s AND o.code = codes.code AND o.at IS NOT NULL AND {shown}
                ORDER BY o.at DESC LIMIT 20) newest
            WHERE newest.category = ANY(%(categories)s))
        ORDER BY first.at DESC LIMIT %(tests)s
    )
    SELECT o.id, o.code, o.display, o.at, o.status, o.flag, o.number, o.comparator, o.unit, o.unit_code, o.text, o.value,
           o.value_type, o.components, o.low, o.high, o.reference_text, o.note
    FROM tests CROSS JOIN LATERAL (
        SELECT o.* FROM chart_observation o
        WHERE o.patient_id = %(patient)s AND o.code = tests.code AND o.at IS NOT NULL AND o.voided_at IS NULL
          AND o.status NOT IN ('entered-in-error', 'cancelled', 'registered') AND o.category = ANY(%(categories)s) AND {shown}
        ORDER BY o.at DESC LIMIT %(values)s) o
    ORDER BY tests.at DESC, tests.code, o.at DESC
""".format(codes=CODES_OBSERVED, shown=access.shown_sql("o"))  # noqa: S608 - a condition of ours
_BEFORE = """
    SELECT row_id, row ->> 'number', row ->> 'comparator', row ->> 'text', row ->> 'components', row ->> 'code',
           row ->> 'value', row ->> 'value_type'
    FROM chart_observation_history WHERE row_id = ANY(%s) ORDER BY row_id, version
"""


def results_of(
    act: Act, patient_id: UUID, *, tests: int, values: int, categories: Sequence[str] = LABORATORY
) -> list[ResultSeries]:
    """The tests that were done last, newest first, each with its newest values.

    One statement, and a second one if a value was corrected.
    """
    act.require("patients.open")
    asked: dict[str, Any] = {
        "patient": patient_id,
        "tests": tests,
        "values": values,
        "categories": list(categories),
    } | access.shown_values(act, decision_on(act, patient_id))
    with connection.cursor() as cursor:
        cursor.execute(_BY_TEST, asked)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    by_test: dict[str, list[Value]] = {}
    titles: dict[str, str] = {}
    for row in rows:
        # A test that came without a code is known by its words.
        key = row["code"] or row["display"]
        titles.setdefault(key, row["display"] or row["code"])
        by_test.setdefault(key, []).append(_value(row))
    corrected = (value for found in by_test.values() for value in found if value.status in CORRECTED)
    was = said_before({value.id: value.shown for value in corrected})
    return [ResultSeries(code, titles[code], _corrected(found, was)) for code, found in by_test.items()]


def _corrected(values: list[Value], was: Mapping[UUID, str]) -> tuple[Value, ...]:
    """The values, those that were corrected with what they said before."""
    return tuple(replace(one, was=was[one.id]) if one.id in was else one for one in values)


def _value(row: Mapping[str, Any]) -> Value:
    return Value(
        id=row["id"],
        at=row["at"],
        shown=rules.shown_value(row),
        unit=rules.shown_unit(row["unit"], row["unit_code"]),
        flag=rules.flag_letters(row["flag"]),
        status=row["status"],
        number=row["number"],
        low=row["low"],
        high=row["high"],
        reference_text=row["reference_text"],
        note=row["note"],
        written=f"{row['number']:f}" if row["number"] is not None and rules.is_overlong(row["number"]) else "",
    )


def said_before(now: Mapping[UUID, str]) -> dict[UUID, str]:
    """What corrected values said last before they said what they say now (`now`, as shown), from their history."""
    if not now:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [list(now)])
        rows = cursor.fetchall()
    before: dict[UUID, str] = {}
    for row_id, number, comparator, text, components, code, value, value_type in rows:
        shown = rules.shown_value(
            {
                "number": None if number is None else Decimal(number),
                "comparator": comparator,
                "text": text,
                "components": components,
                "code": code,
                "value": value,
                "value_type": value_type,
            }
        )
        if shown != now[row_id]:
            before[row_id] = shown
    return before
