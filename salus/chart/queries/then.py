"""The chart as it was at an instant: from the histories, under the access rule of today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from salus.chart import rules
from salus.chart.models import AllergyIntolerance, Condition, Note, Observation
from salus.chart.queries.allergies import AllergyList, allergies_among
from salus.chart.queries.results import CODES_OBSERVED
from salus.core.act import Act
from salus.core.history import as_they_were, completed, versions_sql
from salus.patients import access
from salus.patients.access.reading import require_open

#: so many lines of a list, and values of a sign or test: the latest and the one before
_LINES, _VALUES = 40, 2
_WITHDRAWN = ("entered-in-error", "cancelled", "registered")
#: clocks of devices run ahead
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ValuesThen:
    """A sign or test with what it said then, newest first."""

    name: str
    shown: Sequence[str]
    unit: str
    flag: str
    reference: tuple[Any, Any, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Then:
    """What the chart said at an instant."""

    at: datetime
    problems: Sequence[Condition]
    allergies: AllergyList
    signs: Sequence[ValuesThen]
    results: Sequence[ValuesThen]
    notes: Sequence[Note]


# The index leads from code to code, and in each from the instant backwards; what was made later is passed over.
_OBSERVED = """
{codes}
    SELECT stood.* FROM codes CROSS JOIN LATERAL (
        SELECT o.* FROM chart_observation o
        WHERE o.patient_id = %(patient)s AND o.code = codes.code AND o.at <= %(until)s AND o.created_at <= %(at)s
          AND o.category IN ('vital-signs', 'laboratory') AND {shown}
          AND (o.updated_at > %(at)s OR o.voided_at IS NULL AND o.status <> ALL(%(withdrawn)s))
        ORDER BY o.at DESC LIMIT %(values)s) o
    CROSS JOIN LATERAL (SELECT o.* WHERE o.updated_at <= %(at)s UNION ALL {stood}) stood
""".format(codes=CODES_OBSERVED, shown=access.shown_sql("o"), stood=versions_sql("chart_observation", "o", "%(at)s"))  # noqa: S608 - ours


def chart_then(act: Act, patient_id: UUID, at: datetime) -> Then:
    """What the chart said at an instant, of what the doer may read today; four statements, one more each where a problem or an
    allergy was changed since.

    :raises Barred: if the record is not open to the doer
    """
    act.require("patients.open")
    decided = require_open(act, patient_id)
    made = Q(created_at__lte=at)
    listed = Condition.objects.of_patient(act, patient_id).filter(made).order_by("-onset_at", "-recorded_at")
    problems = as_they_were(list(listed), at)
    allergies = as_they_were(list(AllergyIntolerance.objects.of_patient(act, patient_id).filter(made)), at)
    notes = Note.objects.of_patient(act, patient_id).filter(made, written_at__lte=at, status=Note.SIGNED)
    notes = notes.filter(kind__in=("consultation", "addendum")).order_by("-written_at")
    values = {
        "patient": patient_id,
        "at": at,
        "until": at + _AHEAD,
        "values": 2 * _VALUES,
        "withdrawn": list(_WITHDRAWN),
    }
    values |= access.shown_values(act, decided)
    observed = completed(Observation.objects.raw(_OBSERVED, values))
    return Then(
        at=at,
        problems=_standing(problems),
        allergies=allergies_among([row for row in allergies if row.voided_at is None and row.status == "active"]),
        signs=_by_code(observed, "vital-signs"),
        results=_by_code(observed, "laboratory")[:_LINES],
        notes=list(notes[:_LINES]),  # signed: all that can change is whether they prove wrong
    )


def _standing(rows: Sequence[Condition]) -> list[Condition]:
    """The problems that stood, each once: not withdrawn, not resolved."""
    found: dict[str, Condition] = {}
    for row in rows:
        stands = row.voided_at is None and row.status in ("active", "recurrence", "relapse")
        if stands and row.verification not in ("refuted", "entered-in-error"):
            found.setdefault(row.code or row.display, row)
    return sorted(found.values(), key=lambda row: not row.is_principal)


def _by_code(rows: Sequence[Observation], category: str) -> list[ValuesThen]:
    """The newest values of each, the newest sign or test first."""
    by_code: dict[str, list[Observation]] = {}
    for row in rows:
        if row.category == category and row.at and row.voided_at is None and row.status not in _WITHDRAWN:
            by_code.setdefault(row.code or row.display, []).append(row)
    found = [_values(sorted(some, key=_when, reverse=True)[:_VALUES]) for some in by_code.values()]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _values(rows: Sequence[Observation]) -> ValuesThen:
    latest = rows[0]
    return ValuesThen(
        name=latest.display or latest.code,
        shown=[rules.shown_value(vars(row)) for row in rows],
        unit=rules.shown_unit(latest.unit, latest.unit_code),
        flag=rules.flag_letters(latest.flag),
        reference=(latest.low, latest.high, latest.reference_text),
        at=_when(latest),
    )


def _when(row: Observation) -> datetime:
    assert row.at is not None
    return row.at
