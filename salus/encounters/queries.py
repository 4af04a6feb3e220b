"""What is asked about visits: who is here and waiting, and what happened to one patient."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Func, OuterRef, Subquery, TextField, Value

from salus.core.act import Act
from salus.encounters import rules
from salus.encounters.models import OPEN, Encounter, is_desk, visible_sql
from salus.patients import access
from salus.patients.access.reading import decision_on
from salus.patients.rules.matching import similar_names
from salus.terminology.rules import without_tag

#: A worklist shows so many rows; whoever looks for more narrows the filter.
PAGE = 100
#: the home shows who comes first, and leads to the whole list
ON_HOME = 40

#: filter -> the states that it shows
FILTERS: dict[str, tuple[str, ...]] = {
    "all": (*OPEN, "finished", "cancelled"),
    "arrived": ("arrived",),
    "triaged": ("triaged",),
    "here": OPEN,
    "in-room": ("in-progress", "onleave"),
    "finished": ("finished",),
    "cancelled": ("cancelled",),
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One visit of a worklist, with two identifiers of its patient."""

    id: UUID
    version: int
    number: str
    status: str
    arrived_at: datetime
    triaged_at: datetime | None
    seen_at: datetime | None
    ended_at: datetime | None
    reason: str
    service: str
    patient_id: UUID
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str
    gender: str
    department: str
    practitioner_id: UUID | None
    practitioner: str
    location: str
    is_similar: bool = False

    def waits(self, now: datetime) -> timedelta | None:
        """How long the patient has been waiting for the next person; None when nobody is awaited."""
        since = rules.waiting_since(self.status, self.arrived_at, self.triaged_at)
        return None if since is None else max(now - since, timedelta())


@dataclass(frozen=True, slots=True)
class Queue:
    """A worklist: its counts by state, over all rows, and the rows that the filter shows."""

    counts: dict[str, int]
    longest: dict[str, timedelta]
    rows: Sequence[QueueRow]

    def count(self, show: str) -> int:
        """How many visits a filter has."""
        return sum(self.counts.get(status, 0) for status in FILTERS[show])

    def longest_wait(self, show: str) -> timedelta | None:
        """The longest wait among a filter's visits."""
        return max((self.longest[s] for s in FILTERS[show] if s in self.longest), default=None)


_OPEN_VISIT = ("patient_id", "status", "version", "number", "reason", "arrived_at")


def is_cancelled(act: Act, encounter_id: UUID) -> bool:
    """Whether a visit came to nothing; it stays as it is until the act ends, so that what follows it is not lost between."""
    act.require("encounters.view")
    found = Encounter.objects.filter(id=encounter_id, facility_id=act.here).select_for_update(no_key=True, of=("self",))
    return found.values_list("status", flat=True).first() == "cancelled"


def open_encounter(act: Act, patient_id: UUID) -> Encounter | None:
    """The patient's newest open visit with what a form says of it, or None; for who may open the record."""
    here = Encounter.objects.of_patient(act, patient_id).open().only(*_OPEN_VISIT)
    return here.order_by("-started_at").first()


def open_visits(act: Act, patient_id: UUID) -> list[Encounter]:
    """All open visits of a patient with their departments, newest first."""
    visits = Encounter.objects.visible_to(act).open().filter(patient_id=patient_id)
    return list(visits.select_related("department").order_by("-started_at"))


# Today's visits in any state, and those of earlier days that are still open: two short index ranges.
_HERE = """
    WITH here AS MATERIALIZED (
        SELECT * FROM (
            SELECT e.* FROM encounters_encounter e
            WHERE e.facility_id = %(facility)s AND e.voided_at IS NULL
              AND e.arrived_at >= %(since)s AND e.arrived_at < %(until)s
            UNION ALL
            SELECT e.* FROM encounters_encounter e
            WHERE e.facility_id = %(facility)s AND e.voided_at IS NULL AND e.arrived_at < %(since)s
              AND e.status IN ('planned', 'arrived', 'triaged', 'in-progress', 'onleave')
        ) e
        WHERE {visible} AND (%(departments)s::uuid[] IS NULL OR e.department_id = ANY(%(departments)s::uuid[]))
          AND (%(practitioner)s::uuid IS NULL OR e.practitioner_id = %(practitioner)s
               OR (e.practitioner_id IS NULL AND e.status IN ('arrived', 'triaged')))
    )
"""
_TALLY = """
    SELECT status, count(*),
           min(CASE status WHEN 'arrived' THEN arrived_at WHEN 'triaged' THEN coalesce(triaged_at, arrived_at) END)
    FROM here GROUP BY status
"""
_ROWS = """
    SELECT e.id, e.version, e.number, e.status, e.arrived_at, e.triaged_at, e.seen_at, e.ended_at, {reason},
           coalesce(s.name, ''), p.id, p.family, p.given, p.title, p.mrn, coalesce(p.birth_date, ''), p.gender,
           coalesce(d.name, ''), e.practitioner_id, trim(concat_ws(' ', r.title, r.given, r.family)),
           coalesce(l.name, '')
    FROM (SELECT * FROM here WHERE status = ANY(%(statuses)s)
          ORDER BY ended_at DESC NULLS FIRST, seen_at IS NOT NULL, arrived_at LIMIT %(limit)s) e
    JOIN patients_patient p ON p.id = e.patient_id
    LEFT JOIN places_department d ON d.id = e.department_id
    LEFT JOIN staff_practitioner r ON r.id = e.practitioner_id
    LEFT JOIN places_location l ON l.id = e.location_id
    LEFT JOIN catalog_service s ON s.code = e.service_code
    ORDER BY e.ended_at DESC NULLS FIRST, e.seen_at IS NOT NULL, e.arrived_at
"""


def queue(
    act: Act,
    *,
    show: str,
    since: datetime,
    until: datetime,
    departments: Sequence[UUID] | None = None,
    practitioner_id: UUID | None = None,
    limit: int = PAGE,
) -> Queue:
    """The worklist of a day: who waits first, then who is being seen, each in the order of arrival; what is over last.

    :param show: a key of FILTERS
    :param since: the day's first instant where the facility is; `until` its end. Open visits of earlier days come along
    :param departments: None is the whole facility
    :param practitioner_id: only this practitioner's, and those who wait for nobody by name
    """
    act.require("encounters.view")
    values = {
        "facility": act.facility_id,
        "since": since,
        "until": until,
        "departments": None if departments is None else list(departments),
        "practitioner": practitioner_id,
        "statuses": list(FILTERS[show]),
        "limit": limit,
    }
    values |= {"places": list(act.places), "me_practitioner": act.practitioner_id}
    here = _HERE.format(visible=visible_sql(act, "e"))
    # The front desk sees who comes; what for, only where that is not sensitive.
    reason = "CASE WHEN e.labels = '{}' THEN e.reason ELSE '' END" if is_desk(act) else "e.reason"
    with connection.cursor() as cursor:
        cursor.execute(here + _TALLY, values)
        tally = cursor.fetchall()
        cursor.execute(here + _ROWS.format(reason=reason), values)
        rows = cursor.fetchall()
    return Queue(
        counts={status: n for status, n, _since in tally},
        longest={status: max(act.at - waits, timedelta()) for status, _n, waits in tally if waits},
        rows=_rows(rows),
    )


def _rows(found: Sequence[tuple[Any, ...]]) -> list[QueueRow]:
    rows = [QueueRow(*row) for row in found]
    # a patient who stands in the list twice is not like himself
    people = list({row.patient_id: (row.family, row.given) for row in rows}.items())
    alike = {people[place][0] for place in similar_names([name for _id, name in people])}
    return [replace(row, is_similar=True) if row.patient_id in alike else row for row in rows]


def current_place(act: Act) -> Subquery:
    """Where the patient whose row is read is now, for the banner: the place of the newest open visit."""
    visits = Encounter.objects.visible_to(act).open().filter(patient_id=OuterRef("id")).order_by("-started_at")
    place = Func(Value(", "), "department__name", "location__name", function="CONCAT_WS", output_field=TextField())
    return Subquery(visits.values(place=place)[:1])


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit of one patient, as lists of visits show it."""

    id: UUID
    number: str
    status: str
    class_code: str
    started_at: datetime | None
    ended_at: datetime | None
    title: str
    reason: str
    department: str
    practitioner: str


_VISITS = """
    SELECT e.id, coalesce(e.number, ''), e.status, e.class_code, e.started_at, e.ended_at,
           coalesce(nullif(s.name, ''), e.type->0->>'text', e.type->0->'coding'->0->>'display', ''),
           coalesce(nullif(e.reason, ''), e.reasons->0->>'text', e.reasons->0->'coding'->0->>'display', ''),
           coalesce(d.name, o.name, ''), trim(concat_ws(' ', r.title, r.given, r.family))
    FROM encounters_encounter e
    LEFT JOIN catalog_service s ON s.code = nullif(e.service_code, '')
    LEFT JOIN places_department d ON d.id = e.department_id
    LEFT JOIN places_organization o ON o.id = e.provider_id
    LEFT JOIN staff_practitioner r ON r.id = e.practitioner_id
    WHERE e.patient_id = %(patient)s AND e.voided_at IS NULL AND e.started_at < %(before)s AND {shown}
    ORDER BY e.started_at DESC LIMIT %(limit)s
""".format(shown=access.shown_sql("e"))  # noqa: S608 - a condition of ours


def visits_of(act: Act, patient_id: UUID, before: datetime, limit: int) -> list[VisitLine]:
    """The patient's visits that began before an instant, newest first, for whoever may open the record."""
    if not act.may("encounters.view"):
        return []
    values: dict[str, Any] = {"patient": patient_id, "before": before, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_VISITS, values | access.shown_values(act, decision_on(act, patient_id)))
        rows = cursor.fetchall()
    lines = [VisitLine(*row) for row in rows]
    return [replace(one, title=without_tag(one.title), reason=without_tag(one.reason)) for one in lines]


def visit_count(act: Act, patient_id: UUID) -> int:
    """How many visits of the patient are recorded."""
    return Encounter.objects.of_patient(act, patient_id).count()


@dataclass(frozen=True, slots=True)
class Step:
    """A visit came to a state: when, and by whom."""

    at: datetime
    status: str
    by: str


_STEPS = """
    SELECT f.happened_at, CASE f.name WHEN 'encounters.EncounterStarted' THEN 'arrived'
           WHEN 'encounters.EncounterFinished' THEN 'finished' ELSE f.data ->> 'status' END, coalesce(u.display_name, '')
    FROM core_fact f LEFT JOIN accounts_user u ON u.id = coalesce(f.on_behalf_of, f.by_id)
    WHERE f.patient_id = %s AND f.data ->> 'encounter_id' = %s
      AND f.name IN ('encounters.EncounterStarted', 'encounters.EncounterMoved', 'encounters.EncounterFinished')
    ORDER BY f.id
"""


def steps_of(act: Act, visit: Encounter) -> list[Step]:
    """How a visit came to where it stands, in order; nothing of one that was brought from elsewhere. One statement."""
    act.require("encounters.view")
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, [visit.patient_id, str(visit.id)])
        return [Step(*row) for row in cursor.fetchall()]
