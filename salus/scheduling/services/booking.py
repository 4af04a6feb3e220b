"""Acts on appointments: booked, moved, cancelled. The database gives each place once; what it refuses is told in full."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from salus.catalog.models import Service
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, WrongPatient
from salus.patients.access.reading import decision_on
from salus.patients.models import Patient
from salus.scheduling.facts import AppointmentBooked, AppointmentCancelled, AppointmentMoved
from salus.scheduling.holding import exchange, locked, move_up, release, still, take, take_over
from salus.scheduling.models import BOOK, OVERBOOK, Appointment, note_change
from salus.scheduling.queries.conflicts import Asked, Obstacle, asked_of, obstacles_of, taken_by
from salus.scheduling.queries.day import beyond

#: minutes
LONGEST = 1440
_PATIENT_ONCE = "scheduling_patient_once_at_a_time"


class CannotBook(Conflict):
    """This time cannot be had."""

    def __init__(self, obstacles: Sequence[Obstacle], asked: Asked | None = None) -> None:
        super().__init__()
        self.obstacles = list(obstacles)
        #: the time as it was held against the plan, where it was one
        self.asked = asked

    @property
    def may_be_overbooked(self) -> bool:
        """Whether somebody with the right may book it all the same: never a patient at two places."""
        return all(one.kind != "patient" for one in self.obstacles)


class TooManyBooked(Conflict):
    """So many appointments are open already. Cancel one, or call us."""


class TooLate(Invalid):
    """This time is over."""


@transaction.atomic
def book_appointment(
    act: Act,
    *,
    patient_id: UUID,
    schedule_id: UUID,
    starts_at: datetime,
    service_code: str = "",
    reason: str = "",
    also: Sequence[UUID] = (),
    channel: str = "desk",
    overbook_reason: str = "",
    length: int = 0,
    series_id: UUID | None = None,
    kept: str = "",
    most_ahead: int | None = None,
) -> Appointment:
    """Give a patient a time with somebody, with every room and device that it takes: all of it, or nothing.

    :param service_code: the kind of visit, a consultation of the catalogue
    :param also: rooms and devices beyond those that the session brings along
    :param overbook_reason: why it is booked though something stands in the way; needs the right to overbook
    :param length: minutes, for a time that is in no session
    :param series_id: of those that are booked together (`services.series`)
    :param kept: the source for which the place was kept (`services.keeping`)
    :param most_ahead: so many may be open, with this one
    :raises TooManyBooked: if there are as many
    :raises CannotBook: with everything that stands in the way
    :raises TooLate: for a time that is over; one that began a moment ago may be had
    """
    act.require_for(patient_id, BOOK)
    overbook_reason = overbook_reason.strip()
    if overbook_reason:
        act.require(OVERBOOK)
    _may_be_booked(act, patient_id, service_code, still(act, [schedule_id, *also]), most_ahead)
    wish = {"schedule_id": schedule_id, "starts_at": starts_at, "service_code": service_code, "length": length}
    asked = _asked(act, also, patient_id, None, bool(overbook_reason), **wish)
    appointment = Appointment(
        facility_id=act.here,
        patient_id=patient_id,
        service_code=service_code,
        reason=reason.strip(),
        channel=channel,
        series_id=series_id,
        overbooked_reason=overbook_reason,
        recorded_by_id=act.by,
        **_columns(asked),
    )
    _put(act, appointment, asked, kept=kept)
    note_change(act, appointment, "booked", overbook_reason)
    fact = AppointmentBooked(
        patient_id=patient_id,
        appointment_id=appointment.id,
        schedule_id=schedule_id,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        department_id=appointment.department_id,
        practitioner_id=appointment.practitioner_id,
        is_overbooked=bool(overbook_reason),
        relates=opens_record(act, appointment=appointment),
    )
    announce(act, fact)
    return appointment


@transaction.atomic
def move_appointment(
    act: Act,
    *,
    appointment_id: UUID,
    version: int,
    schedule_id: UUID,
    starts_at: datetime,
    note: str = "",
    also: Sequence[UUID] | None = None,
    overbook_reason: str = "",
    length: int = 0,
    kept: str = "",
    given_at: datetime | None = None,
    patient_id: UUID | None = None,
    guard: Callable[[Appointment], None] | None = None,
) -> Appointment:
    """Give a patient another time in place of the one that he or she has; what was stays in the history.

    :param also: rooms and devices beyond those that the session brings along; unless said, those that were booked so far
    :param kept: the source for which the new place was kept (`services.keeping`)
    :param given_at: when the patient was given this very time before: it is given back whatever the plan says by now, if the
        places are free, and what was said of the plan since touches it again
    :param patient_id: for whom the form was drawn
    :param guard: what the caller asks of it besides, while it is locked; refuses by raising
    :raises WrongPatient: if it is somebody else's
    :raises CannotBook: with everything that stands in the way of the new time; the old one stays
    :raises IsOver: if it is no longer awaited
    :raises Stale: if somebody changed it since it was read
    """
    act.require_for_some(BOOK)
    overbook_reason = overbook_reason.strip()
    if overbook_reason:
        act.require(OVERBOOK)
    kept_still = still(act, [schedule_id, *(also or ())], appointment_id)
    appointment = locked(act, appointment_id, version, still=kept_still, beyond=beyond())
    act.require_for(appointment.patient_id, BOOK)
    if patient_id not in (None, appointment.patient_id):
        raise WrongPatient
    if guard:
        guard(appointment)
    was_schedule, was_at = appointment.schedule_id, appointment.period.lower
    things = appointment.beyond if also is None else also  # type: ignore[attr-defined]
    wish = {
        "schedule_id": schedule_id,
        "starts_at": starts_at,
        "service_code": appointment.service_code,
        "length": length,
    }
    is_anyhow = bool(overbook_reason) or given_at is not None
    asked = _asked(act, things, appointment.patient_id, appointment.id, is_anyhow, **wish)
    for name, value in _columns(asked).items():
        setattr(appointment, name, value)
    appointment.overbooked_reason = overbook_reason
    if given_at:
        appointment.is_outside = False
    released, had = exchange(act, appointment, asked, kept) if kept else (release(act, appointment), set())
    _put(act, appointment, asked, had=had, planned_at=given_at or Now())
    move_up(released)
    note_change(act, appointment, "moved", note.strip() or overbook_reason)
    fact = AppointmentMoved(
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
        schedule_id=schedule_id,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        department_id=appointment.department_id,
        practitioner_id=appointment.practitioner_id,
        was_schedule_id=was_schedule,
        was_at=was_at,
        relates=opens_record(act, appointment=appointment),
    )
    announce(act, fact)
    return appointment


@transaction.atomic
def cancel_appointment(act: Act, *, appointment_id: UUID, version: int, reason: str, note: str = "") -> Appointment:
    """Write down that the patient will not come, and why; the places are free again.

    :param reason: a code of `Appointment.REASONS`
    :raises Invalid: without a reason
    :raises IsOver: if it is no longer awaited
    :raises Stale: if somebody changed it since it was read
    """
    act.require_for_some(BOOK)
    if reason not in dict(Appointment.REASONS):
        raise Invalid(reason=_("Choose why."))
    appointment = locked(act, appointment_id, version)
    act.require_for(appointment.patient_id, BOOK)
    _cancel(act, appointment, reason, note)
    return appointment


@transaction.atomic
def cancel_for_death(act: Act, *, patient_id: UUID) -> int:
    """Cancel all that a patient who has died is still awaited for; returns how many. Nothing happens where that was a mistake
    and is mended already."""
    act.require(BOOK)
    if not Patient.objects.filter(id=patient_id, is_deceased=True).exists():
        return 0
    awaited = Appointment.objects.visible_to(act).filter(
        patient_id=patient_id, status="booked", period__endswith__gt=act.at
    )
    rows = list(awaited.select_for_update(no_key=True, of=("self",)).order_by("id"))
    for one in rows:
        _cancel(act, one, "deceased")
    return len(rows)


def _cancel(act: Act, appointment: Appointment, reason: str, note: str = "") -> None:
    appointment.status, appointment.ended_at = "cancelled", act.at
    appointment.cancel_reason, appointment.cancel_note = reason, note.strip()
    appointment.save(update_fields=["status", "ended_at", "cancel_reason", "cancel_note"])
    move_up(release(act, appointment))
    note_change(act, appointment, "cancelled", note.strip())
    fact = AppointmentCancelled(
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
        schedule_id=appointment.schedule_id,
        starts_at=appointment.period.lower,
        reason=reason,
    )
    announce(act, fact)


def opens_record(act: Act, *, appointment: Appointment) -> bool:
    """Whether whoever awaits the patient may open the record by this: nobody gives that to himself, or to the department in
    which he works, who may not open it already. (The patient's arrival opens it then, which somebody else writes down.)"""
    act.require_for_some(BOOK)
    is_mine = act.practitioner_id is not None and appointment.practitioner_id == act.practitioner_id
    if not act.may("patients.open") or not (is_mine or appointment.department_id in act.places):
        return True
    return decision_on(act, appointment.patient_id).allows


def _may_be_booked(
    act: Act, patient_id: UUID, service_code: str, kept_still: RawSQL, most_ahead: int | None = None
) -> None:
    service = Service.objects.filter(code=service_code, is_active=True)
    found = Patient.objects.visible_to(act).filter(id=patient_id)
    found = found.annotate(has_service=Exists(service), still=kept_still)
    if most_ahead is not None:
        ahead = Appointment.objects.filter(
            facility_id=act.here, patient_id=OuterRef("id"), status="booked", voided_at=None
        )
        counted = ahead.filter(period__startswith__gt=act.at).values("patient_id").annotate(n=Count("id")).values("n")
        found = found.annotate(ahead=Coalesce(Subquery(counted), 0))
    columns = ("is_deceased", "merged_into_id", "has_service", "still", *(("ahead",) if most_ahead is not None else ()))
    known = found.values_list(*columns).first()
    if known is None:
        raise NotFound
    if any(known[:2]):
        raise Conflict(
            _("This record was joined with another one. Open that one and book there.")
            if known[1]
            else _("This patient is recorded as deceased and cannot be booked.")
        )
    if most_ahead is not None and known[4] >= most_ahead:
        raise TooManyBooked
    if service_code and not known[2]:
        raise Invalid(service=_("Choose a service of the catalogue."))


def _asked(
    act: Act, also: Sequence[UUID], patient_id: UUID, but: UUID | None, is_overbooked: bool, **wish: Any
) -> Asked:
    if not 0 <= wish["length"] <= LONGEST:
        raise Invalid(length=_("An appointment lasts a minute to a day."))
    asked = asked_of(act, also=also, **wish)
    if asked.ends_at <= act.at:
        raise TooLate  # what has begun may still be had
    if set(also) - asked.names.keys():
        raise Invalid(also=_("Choose a room or device of the list."))
    if asked.obstacles and not is_overbooked:
        raise CannotBook(obstacles_of(act, asked, patient_id=patient_id, but=but), asked)
    return asked


def _columns(asked: Asked) -> dict[str, object]:
    """What an appointment takes over from its time."""
    session = asked.offering
    return {
        "schedule_id": asked.schedule.id,
        "practitioner_id": asked.schedule.practitioner_id,
        "department_id": session.department_id if session else asked.schedule.department_id,
        "location_id": session.location_id if session else asked.schedule.location_id,
        "period": DateTimeTZRange(asked.starts_at, asked.ends_at),
        "is_outside": asked.is_outside,
    }


def _put(
    act: Act,
    appointment: Appointment,
    asked: Asked,
    *,
    kept: str = "",
    had: Collection[UUID] = (),
    planned_at: Any = None,
) -> None:
    """Write the appointment and take its places, in the order in which everyone takes them: patient, schedules by id.

    :param kept: the source for which places were kept for one that is new
    :param had: schedules of which it has a place already
    :param planned_at: of one that is moved: when its time was given
    """
    is_elsewhere, is_new = False, planned_at is None
    try:
        with transaction.atomic():
            if is_new:
                appointment.save(force_insert=True)
            else:
                appointment.planned_at = planned_at
                appointment.save(update_fields=[*_columns(asked), "overbooked_reason", "planned_at"])
    except IntegrityError as error:
        if _PATIENT_ONCE not in str(error):
            raise
        is_elsewhere = True
    full: list[UUID] = []
    if not is_elsewhere:
        had = take_over(appointment, asked, kept) if kept else had
        full = take(appointment, asked, but=had)
    if is_elsewhere or full:
        raise CannotBook(
            [
                *asked.obstacles,
                *taken_by(act, asked, full=full or None, patient_id=appointment.patient_id, but=appointment.id),
            ],
            asked,
        )
    if not is_new:
        appointment.version += 1  # the trigger counted
