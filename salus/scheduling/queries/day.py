"""The appointments of a day, of a patient, and one of them with its history."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, OuterRef, Q, Subquery, UUIDField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from salus.accounts.models import User
from salus.catalog.models import Service
from salus.core.act import Act
from salus.patients.rules.matching import similar_names
from salus.scheduling.models import AWAITED, BOOK, VIEW, Appointment, Change, Hold, Schedule, is_desk

PAGE = 200
#: filter -> the states that it shows
FILTERS: dict[str, tuple[str, ...]] = {
    "all": ("booked", "arrived", "fulfilled", "noshow"),
    "booked": ("booked",),
    "arrived": ("arrived",),
    "fulfilled": ("fulfilled",),
    "noshow": ("noshow",),
    "cancelled": ("cancelled",),
}


@dataclass(frozen=True, slots=True)
class DayRow:
    """An appointment of a worklist, with two identifiers of its patient, and how its visit stands."""

    id: UUID
    version: int
    status: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    service: str
    overbooked_reason: str
    schedule: str
    location: str
    department: str
    encounter_id: UUID | None
    visit: str
    labels: Sequence[str] | None
    patient_id: UUID
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str
    gender: str
    is_similar: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day's counts by state, the rows that the filter shows on a page, and with whom there are any, by name."""

    counts: dict[str, int]
    rows: Sequence[DayRow]
    people: Sequence[tuple[UUID, str]] = ()

    def count(self, show: str) -> int:
        """How many appointments a filter has."""
        return sum(self.counts.get(status, 0) for status in FILTERS[show])


_FIELDS = ("id", "version", "status", "period__startswith", "period__endswith", "reason", "service", "overbooked_reason",
           "schedule__name", "location__name", "department__name", "encounter_id", "encounter__status", "encounter__labels",
           "patient_id", "patient__family", "patient__given", "patient__title", "patient__mrn", "patient__birth_date",
           "patient__gender")  # fmt: skip


def appointments_of_day(
    act: Act,
    *,
    since: datetime,
    until: datetime,
    show: str = "all",
    departments: Sequence[UUID] | None = None,
    practitioner_id: UUID | None = None,
    schedule_id: UUID | None = None,
    page: int = 1,
) -> Day:
    """The appointments that begin within a day, in order, a page of them; two statements.

    :param show: a key of FILTERS
    :param departments: None is the whole facility
    :param schedule_id: only with this one
    :param page: of `PAGE` rows, from 1 on
    """
    act.require(VIEW)
    found = Appointment.objects.visible_to(act).between(since, until)
    if practitioner_id is not None:
        found = found.filter(practitioner_id=practitioner_id)
    elif departments is not None:
        found = found.filter(department_id__in=departments)
    counts: Counter[str] = Counter()
    people: dict[UUID, str] = {}
    for whose, name, status, number in found.order_by().values_list(
        "schedule_id", "schedule__name", "status", Count("id")
    ):
        people[whose] = name
        if schedule_id in (None, whose):
            counts[status] += number
    if schedule_id is not None:
        found = found.filter(schedule_id=schedule_id)
    shown = found.filter(status__in=FILTERS[show]).order_by("period", "id")[PAGE * (page - 1) : PAGE * page]
    return Day(counts, _rows(act, shown), sorted(people.items(), key=lambda one: one[1]))


def _rows(act: Act, found: Any) -> list[DayRow]:
    named = Service.objects.filter(code=OuterRef("service_code")).values("name")[:1]
    values: list[Any] = list(found.annotate(service=Coalesce(Subquery(named), "service_code")).values_list(*_FIELDS))
    rows = [DayRow(*_said(row)) for row in values]
    if is_desk(act):
        # The desk sees who comes; what for, only where that is not sensitive.
        rows = [replace(row, reason="", service="") if row.labels else row for row in rows]
    people = {row.patient_id: (row.family, row.given) for row in rows}
    alike = similar_names(list(people.values()))
    similar = {patient for place, patient in enumerate(people) if place in alike}
    return [replace(row, is_similar=True) if row.patient_id in similar else row for row in rows]


def _said(row: Sequence[Any]) -> list[Any]:
    """A row of the database, with empty texts for what is not there."""
    return ["" if cell is None and n in _TEXTS else cell for n, cell in enumerate(row)]


_TEXTS = {n for n, name in enumerate(_FIELDS) if name in ("location__name", "encounter__status", "patient__birth_date")}


def appointments_of(act: Act, patient_id: UUID, *, most: int = 50) -> list[DayRow]:
    """The appointments of a patient, the latest first, for the desk and for who may open the record."""
    act.require(VIEW)
    found = Appointment.objects.visible_to(act).filter(patient_id=patient_id)
    return _rows(act, found.order_by("-period", "id")[:most])


@dataclass(frozen=True, slots=True)
class Told:
    """One line of an appointment's history."""

    what: str
    at: datetime
    starts_at: datetime
    schedule: str
    by: str
    note: str


def history_of(act: Act, appointment: Appointment) -> list[Told]:
    """What happened to an appointment that this act may see, the newest first."""
    act.require(VIEW)
    by = User.objects.filter(id=OuterRef("by_id")).values("display_name")[:1]
    whose = Schedule.objects.filter(id=OuterRef("schedule_id")).values("name")[:1]
    rows = Change.objects.filter(appointment_id=appointment.id).annotate(by=Subquery(by), whose=Subquery(whose))
    return [
        Told(one.what, one.happened_at, one.period.lower, one.whose or "", one.by or "", one.note)
        for one in rows.order_by("-id")
    ]


def also_held(act: Act, appointment: Appointment) -> list[str]:
    """The rooms and devices that an appointment has, by name."""
    act.require(VIEW)
    held = Hold.objects.filter(Q(appointment=appointment), released_at__isnull=True)
    others = held.exclude(schedule_id=appointment.schedule_id)
    return list(others.order_by("schedule__name").values_list("schedule__name", flat=True))


_BEYOND = """
    ARRAY(SELECT h.schedule_id FROM scheduling_hold h JOIN scheduling_schedule o ON o.id = h.schedule_id
          WHERE h.appointment_id = scheduling_appointment.id AND h.released_at IS NULL AND o.retired_at IS NULL
            AND h.schedule_id <> scheduling_appointment.schedule_id
            AND NOT EXISTS (SELECT FROM scheduling_pattern p
                            WHERE p.schedule_id = scheduling_appointment.schedule_id AND h.schedule_id = ANY(p.also))
          ORDER BY h.schedule_id)
"""


def beyond() -> RawSQL:
    """A column of an appointment: the rooms and devices that were asked for beside those that a session of its schedule brings
    along."""
    return RawSQL(_BEYOND, [], ArrayField(UUIDField()))  # noqa: S611 - constant


def held_beyond(act: Act, appointment: Appointment) -> list[UUID]:
    """The same of one appointment."""
    act.require_for_some(VIEW, BOOK)
    found = Appointment.objects.filter(id=appointment.id).annotate(beyond=beyond())
    things: list[UUID] = found.values_list("beyond", flat=True).get()
    return things


def awaited_at(act: Act, appointment_id: UUID, starts_at: datetime) -> Appointment | None:
    """An appointment if it still stands at this time; it stays so until the act ends."""
    act.require(VIEW)
    found = Appointment.objects.filter(id=appointment_id, period__startswith=starts_at, voided_at=None)
    return found.filter(status__in=AWAITED, facility_id=act.here).select_for_update(no_key=True).first()
