"""The waiting list as the desk sees it: wishes with their patients, what is offered now, counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from salus.accounts.models import User
from salus.catalog.models import Service
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.patients.rules.matching import similar_names
from salus.scheduling.models import Appointment, Schedule
from salus.ui import formatting
from salus.waitlist.models import JOIN, OFFER, VIEW, WAITING, Offer, Policy, Wish

PAGE = 50
#: so long a wish that is over stays on the list of those
RECENT = timedelta(days=30)
_RANK = Case(When(priority="asap", then=Value(0)), When(priority="urgent", then=Value(1)), default=Value(2))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows; what is empty does not matter."""

    show: str = "waiting"
    specialty: str = ""
    schedule_id: UUID | None = None
    department_id: UUID | None = None
    priority: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class WishRow:
    """A wish of the list, with two identifiers of its patient, and what is offered now."""

    id: UUID
    version: int
    status: str
    priority: str
    joined_at: datetime
    first_on: date
    last_on: date
    specialty: str
    department: str
    schedule_ids: Sequence[UUID]
    service_code: str
    note: str
    short_notice: bool
    offers_made: int
    later_at: Any
    left_reason: str
    ended_at: datetime | None
    appointment_id: UUID | None
    patient_id: UUID
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str
    gender: str
    offer: Offer | None = None
    whom: str = ""
    service: str = ""
    is_similar: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the list, and how many each filter has."""

    counts: Mapping[str, int]
    rows: Sequence[WishRow]
    total: int


_FIELDS = ("id", "version", "status", "priority", "joined_at", "first_on", "last_on", "specialty", "department__name",
           "schedule_ids", "service_code", "note", "short_notice", "offers_made", "replaces__period", "left_reason", "ended_at",
           "appointment_id", "patient_id", "patient__family", "patient__given", "patient__title", "patient__mrn",
           "patient__birth_date", "patient__gender")  # fmt: skip


def waiting_list(act: Act, filters: Filters, policy: Policy, *, most: int = PAGE) -> Found:
    """Who waits, in the order in which times are offered; what is offered now by the end of its time. Five statements."""
    act.require(VIEW)
    shown = _narrowed(Wish.objects.visible_to(act), filters)
    # Years of wishes that are over are not counted each time: both halves of this have an index.
    shown = shown.filter(Q(status__in=WAITING) | Q(ended_at__gte=act.at - RECENT))
    kinds = _kinds(act, policy)
    counts = shown.aggregate(**{name: Count("id", filter=one) for name, one in kinds.items()})
    rows = shown.filter(kinds[filters.show])
    order: tuple[Any, ...] = (_RANK, "joined_at", "id")
    if filters.show in ("booked", "left"):
        order = (F("ended_at").desc(), "id")
    begin = (filters.page - 1) * most
    return Found(counts, _rows(act, rows.order_by(*order)[begin : begin + most]), counts[filters.show])


def _kinds(act: Act, policy: Policy) -> dict[str, Q]:
    """Filter -> what it shows. Whom the list asks no more, the desk calls."""
    recent = Q(ended_at__gte=act.at - RECENT)
    return {
        "waiting": Q(status__in=WAITING),
        "offered": Q(status="offered"),
        "call": Q(status="waiting", offers_made__gte=policy.most_offers),
        "booked": Q(status="booked") & recent,
        "left": Q(status="left") & recent,
    }


SHOWN = ("waiting", "offered", "call", "booked", "left")


def _narrowed(rows: QuerySet[Wish], filters: Filters) -> QuerySet[Wish]:
    if filters.specialty:
        rows = rows.filter(specialty=filters.specialty)
    if filters.schedule_id:
        rows = rows.filter(schedule_ids__contains=[filters.schedule_id])
    if filters.department_id:
        rows = rows.filter(department_id=filters.department_id)
    if filters.priority:
        rows = rows.filter(priority=filters.priority)
    return rows


def wishes_of(act: Act, patient_id: UUID, *, most: int = 50) -> list[WishRow]:
    """The wishes of one patient, those that stand first."""
    act.require_for(patient_id, JOIN) if act.stands_for else act.require_any(VIEW, JOIN)
    rows = Wish.objects.visible_to(act).filter(patient_id=patient_id)
    return _rows(act, rows.order_by(F("ended_at").desc(nulls_first=True), "-joined_at", "id")[:most])


def wish_row(act: Act, wish_id: UUID) -> WishRow | None:
    """One wish as a row."""
    act.require_for_some(VIEW, JOIN)
    found = _rows(act, Wish.objects.visible_to(act).filter(id=wish_id))
    return found[0] if found else None


def _rows(act: Act, found: QuerySet[Wish]) -> list[WishRow]:
    rows = [WishRow(*_said(row)) for row in found.values_list(*_FIELDS)]
    if not rows:
        return []
    open_ones = Offer.objects.filter(wish_id__in=[row.id for row in rows], status="open").select_related("schedule")
    offers = {one.wish_id: one for one in open_ones}
    names = _names(act, {one for row in rows for one in row.schedule_ids})
    codes = {row.service_code for row in rows if row.service_code}
    services = dict(Service.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    people = {row.patient_id: (row.family, row.given) for row in rows}
    places = similar_names(list(people.values()))
    similar = {patient for place, patient in enumerate(people) if place in places}
    return [
        replace(
            row,
            offer=offers.get(row.id),
            whom=", ".join(names[one] for one in row.schedule_ids if one in names),
            service=services.get(row.service_code, row.service_code),
            is_similar=row.patient_id in similar,
        )
        for row in rows
    ]


def _said(row: Sequence[Any]) -> list[Any]:
    """A row of the database, with empty texts for what is not there."""
    return ["" if cell is None and n in _TEXTS else cell for n, cell in enumerate(row)]


_TEXTS = {n for n, name in enumerate(_FIELDS) if name in ("department__name", "patient__birth_date")}


def _names(act: Act, ids: set[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    return dict(Schedule.objects.filter(id__in=ids, facility_id=act.here).values_list("id", "name"))


def replaceable(act: Act, patient_id: UUID) -> list[tuple[str, str]]:
    """What a patient has ahead, the next first, each as (id, words): an earlier time may come instead of it. One statement."""
    act.require_for(patient_id, JOIN)
    ahead = Appointment.objects.visible_to(act).filter(
        patient_id=patient_id, status="booked", period__startswith__gt=act.at
    )
    rows = ahead.order_by("period", "id").values_list("id", "period", "schedule__name")[:20]
    return [(str(one), f"{formatting.instant(period.lower)}, {whom}") for one, period, whom in rows]


def require_appointment(act: Act, patient_id: UUID, appointment_id: UUID) -> None:
    """Nothing, where this patient has this appointment, whatever became of it; else :raises NotFound:. One statement."""
    act.require_for(patient_id, JOIN)
    if not Appointment.objects.visible_to(act).filter(patient_id=patient_id, id=appointment_id).exists():
        raise NotFound


@dataclass(frozen=True, slots=True)
class Line:
    """An offer of a wish, as its history tells it."""

    offer: Offer
    by: str


def offers_of(act: Act, wish: Wish) -> list[Line]:
    """All that was offered for a wish that this act may see, the newest first."""
    act.require_for_some(VIEW, JOIN)
    rows = list(Offer.objects.filter(wish=wish).select_related("schedule").order_by("-offered_at", "-id"))
    ids = {one.recorded_by_id for one in rows if one.by_hand and one.recorded_by_id}
    names = dict(User.objects.filter(id__in=ids).values_list("id", "display_name")) if ids else {}
    return [Line(one, names.get(one.recorded_by_id, "") if one.recorded_by_id else "") for one in rows]


def crossed_by(act: Act, made: Appointment) -> list[UUID]:
    """The wishes of whoever has this appointment that are offered a time which crosses it, or is no earlier than what they have
    already."""
    act.require(OFFER)
    rows = Offer.objects.filter(facility_id=act.here, patient_id=made.patient_id, status="open")
    no_better = Q(wish__replaces_id=made.id, period__startswith__gte=made.period.lower)
    crossed = rows.filter(Q(period__overlap=made.period) | no_better)
    return list(crossed.order_by("wish_id").values_list("wish_id", flat=True))


_FULFILLED = """
    SELECT w.id FROM waitlist_wish w, scheduling_appointment a
    JOIN scheduling_schedule s ON s.id = a.schedule_id
    JOIN places_department d ON d.id = a.department_id
    JOIN places_facility f ON f.id = a.facility_id
    LEFT JOIN staff_staffmember m ON m.practitioner_id = s.practitioner_id
    CROSS JOIN LATERAL (SELECT lower(a.period) AT TIME ZONE f.time_zone AS begins,
                               upper(a.period) AT TIME ZONE f.time_zone AS ends) l
    WHERE a.id = %(appointment)s AND w.patient_id = a.patient_id AND w.facility_id = a.facility_id
      AND w.status IN ('waiting', 'offered')
      AND CASE WHEN %(was_at)s::timestamptz IS NULL THEN w.created_at < a.created_at ELSE w.created_at < a.planned_at
           AND (lower(a.period) < %(was_at)s OR (%(was_at)s AT TIME ZONE f.time_zone)::date < w.first_on
                OR w.schedule_ids <> '{}' AND NOT %(was_schedule)s = ANY(w.schedule_ids)) END
      AND (w.schedule_ids = '{}' OR a.schedule_id = ANY(w.schedule_ids))
      AND coalesce(w.department_id, a.department_id) = a.department_id
      AND (w.specialty IN ('', coalesce(nullif(m.specialty, ''), d.specialty)) OR w.specialty = ANY(m.more_specialties))
      AND (w.service_code = '' OR a.service_code IN ('', w.service_code))
      AND l.begins::date BETWEEN w.first_on AND w.last_on
      AND (w.weekdays = '{}' OR extract(isodow FROM l.begins) - 1 = ANY(w.weekdays))
      AND l.begins >= l.begins::date + make_interval(mins => w.wall_from)
      AND l.ends <= l.begins::date + make_interval(mins => w.wall_until)
    ORDER BY w.id
"""


def fulfilled_by(act: Act, made: Appointment, was: tuple[UUID, datetime] | None = None) -> list[UUID]:
    """The wishes of whoever has this appointment that waited for one like it.

    :param was: schedule and time that it was moved from: who waits for earlier waits on when it was put off
    """
    act.require(OFFER)
    with connection.cursor() as cursor:
        schedule, at = was or (None, None)
        cursor.execute(_FULFILLED, {"appointment": made.id, "was_schedule": schedule, "was_at": at})
        return [row[0] for row in cursor.fetchall()]
