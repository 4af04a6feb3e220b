"""An appointment as it is told to somebody: as it stands now, and only while it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max, OuterRef, Subquery

from salus.core.act import Act
from salus.scheduling.models import VIEW, Appointment, Change
from salus.scheduling.queries.plans import clock_of


@dataclass(frozen=True, slots=True)
class Told:
    """Whose appointment, when, with whom and where. What for is no part of it."""

    id: UUID
    patient_id: UUID
    version: int
    status: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    doctor: str
    place: str
    specialty: str


def appointment_told(
    act: Act, appointment_id: UUID, *, at: datetime | None = None, states: Sequence[str] = ("booked",)
) -> Told | None:
    """An appointment of the act's facility in one of these states; None where it is no longer so.

    :param at: only if it begins then: whoever was told late does not tell what is over
    """
    act.require(VIEW)
    found = Appointment.objects.filter(id=appointment_id, facility_id=act.here, status__in=states, voided_at=None)
    if at is not None:
        found = found.filter(period__startswith=at)
    # Held until it is told: a move or a cancellation comes before or after what is said here.
    held = found.select_for_update(of=("self",), no_key=True)
    row = held.select_related("practitioner", "location", "department").first()
    return told(act, row, row) if row else None


def told(act: Act, row: Any, with_whom: Any) -> Told:
    """The same of an appointment or another time that is kept; `with_whom` has practitioner, location and department."""
    person, place, department = with_whom.practitioner, with_whom.location, with_whom.department
    return Told(
        id=row.id,
        patient_id=row.patient_id,
        version=row.version,
        status=row.status,
        starts_at=row.period.lower,
        ends_at=row.period.upper,
        zone=clock_of(act).zone,
        doctor=" ".join(filter(None, (person.title, person.given, person.family))) if person else "",
        place=place.name if place else department.name,
        specialty=department.specialty,
    )


def newest_move(act: Act, appointment_id: UUID, starts_at: datetime) -> int:
    """The number of the move by which an appointment came to this time, the newest of several; 0 if none did."""
    act.require(VIEW)
    moves = Change.objects.filter(appointment_id=appointment_id, what="moved", period__startswith=starts_at)
    return moves.order_by("-id").values_list("id", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class Coming:
    """An appointment that comes: when, and since when it stands at this time."""

    id: UUID
    starts_at: datetime
    known_since: datetime


def appointments_coming(act: Act, *, since: datetime, until: datetime) -> list[Coming]:
    """The booked appointments of the facility that begin within a half-open time, in order."""
    act.require(VIEW)
    told_times = Change.objects.filter(appointment_id=OuterRef("id"), what__in=("booked", "moved"))
    newest = told_times.order_by().values("appointment_id").annotate(at=Max("happened_at")).values("at")
    found = Appointment.objects.filter(facility_id=act.here, status="booked", voided_at=None).between(since, until)
    rows = found.annotate(known_since=Subquery(newest)).order_by("period", "id")
    return [Coming(*row) for row in rows.values_list("id", "period__startswith", "known_since")]
