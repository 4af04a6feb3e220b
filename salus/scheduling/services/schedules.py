"""Acts on schedules: whose time can be booked, when, and when not. A change that leaves booked patients without a time is
refused until whoever makes it has seen them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
from django.db.models import Q
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.places.models import Department, Location
from salus.scheduling.changing import refuse_if_touched, schedule_locked
from salus.scheduling.facts import ScheduleChanged
from salus.scheduling.models import MANAGE, Pattern, Schedule
from salus.scheduling.queries.touched import touched_ids
from salus.scheduling.rules.calendar import DAY, Span
from salus.staff.models import StaffMember


class HasSchedule(Conflict):
    """There is a schedule of this one already."""


class Overlaps(Conflict):
    """There is another session at this time of the week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a weekly session is made of: wall minutes of the day, days from `first` until before `until`."""

    weekday: int
    starts: int
    ends: int
    slot_minutes: int
    first: date
    until: date | None = None
    places: int = 1
    department_id: UUID | None = None
    location_id: UUID | None = None
    breaks: tuple[Span, ...] = ()
    service_codes: tuple[str, ...] = ()
    also: tuple[UUID, ...] = ()


@transaction.atomic
def add_schedule(
    act: Act,
    *,
    kind: str,
    department_id: UUID,
    practitioner_id: UUID | None = None,
    location_id: UUID | None = None,
    name: str = "",
    places: int = 1,
) -> Schedule:
    """Make the time of a person, room, device or clinic bookable; sessions are added to it.

    :raises HasSchedule: if this person or room has one already
    :raises Invalid: for somebody or something that is not here
    """
    act.require(MANAGE)
    department = _department(act, department_id)
    schedule = Schedule(
        facility_id=act.here, department=department, kind=kind, places=places, name=name.strip(), recorded_by_id=act.by
    )
    if kind == "practitioner":
        _put_person(act, schedule, practitioner_id)
    elif kind == "room":
        _put_room(act, schedule, location_id)
    if not schedule.name:
        raise Invalid(name=_("Give it a name."))
    try:
        with transaction.atomic():
            schedule.save(force_insert=True)
    except IntegrityError as error:
        raise HasSchedule from error
    announce(act, ScheduleChanged(schedule_id=schedule.id, change="made"))
    return schedule


def _put_person(act: Act, schedule: Schedule, practitioner_id: UUID | None) -> None:
    here = StaffMember.objects.filter(facility_id=act.here, retired_at=None).filter(Q(practitioner_id=practitioner_id))
    member = here.select_related("practitioner").first()
    if member is None:
        raise Invalid(practitioner=_("Choose somebody who works here."))
    person = member.practitioner
    schedule.practitioner = person
    schedule.name = " ".join(part for part in (person.title, person.given, person.family) if part)


def _put_room(act: Act, schedule: Schedule, location_id: UUID | None) -> None:
    room = Location.objects.filter(department__facility_id=act.here, retired_at=None).filter(Q(id=location_id)).first()
    if room is None:
        raise Invalid(location=_("Choose a room."))
    schedule.location = room
    schedule.name = schedule.name or f"{room.name}, {schedule.department.name}"


@transaction.atomic
def retire_schedule(act: Act, *, schedule_id: UUID, version: int, accept_touched: bool = False) -> Schedule:
    """End a schedule: nobody is booked there any more, its history stays.

    :raises TouchesPatients: if patients are booked ahead, unless that is accepted
    """
    act.require(MANAGE)
    schedule = schedule_locked(act, schedule_id, version)
    before = touched_ids(act, schedule.id)
    schedule.retired_at = act.at
    schedule.save(update_fields=["retired_at"])
    refuse_if_touched(act, schedule.id, before, accept_touched)
    announce(act, ScheduleChanged(schedule_id=schedule.id, change="retired"))
    return schedule


@transaction.atomic
def add_sessions(
    act: Act, *, schedule_id: UUID, sessions: Sequence[Session], accept_touched: bool = False
) -> list[Pattern]:
    """Add weekly sessions to a schedule. A room or device that had none is free no longer at all other times.

    :raises TouchesPatients: if booked patients would have no time any more, unless that is accepted
    :raises Overlaps: if there is another session at that time
    :raises Invalid: for times that cannot be
    """
    act.require(MANAGE)
    schedule = schedule_locked(act, schedule_id)
    before = touched_ids(act, schedule.id)
    made = [_save(_pattern(act, schedule, one)) for one in sessions]
    refuse_if_touched(act, schedule.id, before, accept_touched)
    announce(act, ScheduleChanged(schedule_id=schedule.id, change="pattern-added"))
    return made


@transaction.atomic
def change_session(
    act: Act, *, pattern_id: UUID, version: int, session: Session, accept_touched: bool = False
) -> Pattern:
    """Give a session another shape from `session.first` on; until the day before it stays as it was.

    Where the session names no department it stays in its own, and in its room.

    :raises TouchesPatients: if booked patients would have no time any more, unless that is accepted
    :raises Overlaps: if there is another session at that time
    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    pattern = _pattern_locked(act, pattern_id, version)
    before = touched_ids(act, pattern.schedule_id)
    _end(act, pattern, session.first)
    if session.department_id is None:
        where = session.location_id or pattern.location_id
        session = replace(session, department_id=pattern.department_id, location_id=where)
    made = _save(_pattern(act, pattern.schedule, session))
    refuse_if_touched(act, pattern.schedule_id, before, accept_touched)
    announce(act, ScheduleChanged(schedule_id=pattern.schedule_id, change="pattern-changed"))
    return made


@transaction.atomic
def end_session(act: Act, *, pattern_id: UUID, version: int, last_on: date, accept_touched: bool = False) -> Pattern:
    """Let a session be held for the last time on or before a day.

    :raises TouchesPatients: if booked patients would have no time any more, unless that is accepted
    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    pattern = _pattern_locked(act, pattern_id, version)
    before = touched_ids(act, pattern.schedule_id)
    _end(act, pattern, date.fromordinal(last_on.toordinal() + 1))
    refuse_if_touched(act, pattern.schedule_id, before, accept_touched)
    announce(act, ScheduleChanged(schedule_id=pattern.schedule_id, change="pattern-ended"))
    return pattern


def _department(act: Act, department_id: UUID | None) -> Department:
    found = Department.objects.filter(Q(id=department_id), facility_id=act.here, retired_at=None).first()
    if found is None:
        raise Invalid(department=_("Choose a department that is open."))
    return found


def _pattern_locked(act: Act, pattern_id: UUID, version: int) -> Pattern:
    rows = Pattern.objects.filter(schedule__facility_id=act.here, retired_at=None, schedule__retired_at=None)
    known = rows.select_related("schedule", "schedule__department")
    pattern = known.select_for_update(of=("self", "schedule")).filter(id=pattern_id).first()
    if pattern is None:
        raise NotFound
    if pattern.version != version:
        raise Stale
    return pattern


def _end(act: Act, pattern: Pattern, until: date) -> None:
    """Keep a session until before a day; one that would never have been is retired."""
    first: date | None = pattern.valid.lower
    known = pattern.valid.upper
    if first is not None and until <= first:
        pattern.retired_at = act.at
        pattern.save(update_fields=["retired_at"])
    elif known is None or until < known:
        pattern.valid = DateRange(first, until)
        pattern.save(update_fields=["valid"])


def _pattern(act: Act, schedule: Schedule, session: Session) -> Pattern:
    _check(session)
    department = _department(act, session.department_id) if session.department_id else schedule.department
    location = None
    if session.location_id:
        location = Location.objects.filter(department=department, id=session.location_id, retired_at=None).first()
        if location is None:
            raise Invalid(location=_("Choose a room of this department."))
    things = Schedule.objects.visible_to(act).current().filter(id__in=session.also, kind__in=("room", "device"))
    if things.count() != len(set(session.also)):
        raise Invalid(also=_("Choose a room or device of the list."))
    return Pattern(
        schedule=schedule,
        department=department,
        location=location,
        weekday=session.weekday,
        minutes=NumericRange(session.starts, session.ends),
        slot_minutes=session.slot_minutes,
        places=session.places,
        breaks=[NumericRange(*one) for one in session.breaks],
        service_codes=list(session.service_codes),
        also=list(session.also),
        valid=DateRange(session.first, session.until),
        recorded_by_id=act.by,
    )


def _check(session: Session) -> None:
    wrong = {}
    if not 0 <= session.starts < session.ends <= DAY:
        wrong["ends"] = _("A session ends after it begins, on the same day.")
    elif not 1 <= session.slot_minutes <= session.ends - session.starts:
        wrong["slot_minutes"] = _("A slot is at least a minute, and no longer than the session.")
    if not 1 <= session.places <= 500:
        wrong["places"] = _("A slot has 1 to 500 places.")
    if session.until is not None and session.until <= session.first:
        wrong["last_on"] = _("It would end before it began.")
    if any(not session.starts <= begin < end <= session.ends for begin, end in session.breaks):
        wrong["breaks"] = _("A break lies within the session, and ends after it begins.")
    if wrong:
        raise Invalid(**wrong)


def _save(pattern: Pattern) -> Pattern:
    try:
        with transaction.atomic():
            pattern.save(force_insert=True)
    except IntegrityError as error:
        raise Overlaps from error
    return pattern
