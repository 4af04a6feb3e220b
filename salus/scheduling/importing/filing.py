"""Entries held against the hospital and written through the services of the room: the whole file or nothing; twice is once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange, NumericRange

from salus.core.act import Act
from salus.core.errors import SalusError
from salus.places.models import Department, Location
from salus.scheduling.changing import TouchesPatients
from salus.scheduling.importing.entries import AbsenceEntry, Entry, HolidayEntry, Mistake, SessionEntry, Whose
from salus.scheduling.importing.tables import Unreadable
from salus.scheduling.models import MANAGE, Absence, Holiday, Pattern, Schedule
from salus.scheduling.services import absences, schedules
from salus.staff.models import StaffMember


@dataclass(slots=True)
class Filed:
    """What became of a file."""

    counts: Counter[str] = field(default_factory=Counter)
    mistakes: list[Mistake] = field(default_factory=list)


def file_entries(act: Act, entries: Sequence[Entry], *, dry: bool = False, accept_touched: bool = False) -> Filed:
    """Write all entries, or none where one of them cannot be written; what is there already stays as it is.

    :param dry: find out what would become of it, and write nothing
    :param accept_touched: also where booked patients lose their time: the desk finds them among those to be moved
    """
    act.require(MANAGE)
    filed = Filed()
    with transaction.atomic():
        known = _Known(act)
        for entry in entries:
            try:
                with transaction.atomic():
                    filed.counts[_file(act, known, entry, accept_touched)] += 1
            except TouchesPatients as touched:
                words = f"{touched.count} booked patients would lose their time (--accept-touched)."
                filed.mistakes.append(Mistake(entry.where, words))
            except (Unreadable, SalusError) as wrong:
                words = " ".join(getattr(wrong, "fields", {}).values()) or str(wrong)
                filed.mistakes.append(Mistake(entry.where, words))
        if dry or filed.mistakes:
            transaction.set_rollback(True)
    return filed


class _Known:
    """What the hospital has, read once; schedules that the file makes are added."""

    def __init__(self, act: Act) -> None:
        here = act.here
        self.departments = {one.code: one for one in Department.objects.filter(facility_id=here, retired_at=None)}
        staff = StaffMember.objects.filter(facility_id=here, retired_at=None).select_related("practitioner")
        self.staff = {one.staff_number: one for one in staff}
        rooms = Location.objects.filter(department__facility_id=here, retired_at=None)
        self.rooms = {(one.department_id, one.code): one for one in rooms}
        self.of_person: dict[UUID, Schedule] = {}
        self.named: dict[str, Schedule] = {}
        for one in Schedule.objects.visible_to(act).current():
            self.add(one)

    def add(self, one: Schedule) -> None:
        if one.practitioner_id:
            self.of_person[one.practitioner_id] = one
        else:
            self.named[one.name] = one

    def department(self, code: str) -> Department:
        if code not in self.departments:
            raise Unreadable(f"There is no open department {code[:40]}." if code else "department is empty.")
        return self.departments[code]


def _file(act: Act, known: _Known, entry: Entry, accept_touched: bool) -> str:
    if isinstance(entry, HolidayEntry):
        return _holiday(act, entry, accept_touched)
    schedule = _schedule(act, known, entry.whose)
    if isinstance(entry, AbsenceEntry):
        return _absence(act, schedule, entry, accept_touched)
    return _session(act, known, schedule, entry)


def _schedule(act: Act, known: _Known, whose: Whose) -> Schedule:
    """The schedule that is named; one that is not there yet is made."""
    if whose.kind == "practitioner":
        member = known.staff.get(whose.staff_number)
        if member is None:
            raise Unreadable(f"Nobody here has the staff number {whose.staff_number[:40]}.")
        found = known.of_person.get(member.practitioner_id)
        code = next((one.code for one in known.departments.values() if one.id in member.department_ids), "")
        person: UUID | None = member.practitioner_id
    else:
        found, code, person = known.named.get(whose.name), "", None
    if found is None:
        department = known.department(whose.department or code)
        place = known.rooms.get((department.id, whose.name)) if whose.kind == "room" else None
        if whose.kind == "room" and place is None:
            raise Unreadable(f"{department.name} has no room of the code {whose.name[:40]}.")
        found = schedules.add_schedule(
            act,
            kind=whose.kind,
            department_id=department.id,
            practitioner_id=person,
            location_id=place.id if place else None,
            name=whose.name,
            places=whose.places,
        )
        known.add(found)
    return found


def _session(act: Act, known: _Known, schedule: Schedule, entry: SessionEntry) -> str:
    department = known.department(entry.whose.department) if entry.whose.department else schedule.department
    room = known.rooms.get((department.id, entry.location)) if entry.location else None
    if entry.location and room is None:
        raise Unreadable(f"{department.name} has no room {entry.location[:40]}.")
    strange = [name for name in entry.also if name not in known.named]
    if strange:
        raise Unreadable(f"There is no room or device {strange[0][:40]}.")
    also = tuple(known.named[name].id for name in entry.also)
    if _is_there(schedule, entry, department, room, also):
        return "sessions unchanged"
    session = schedules.Session(
        weekday=entry.weekday,
        starts=entry.starts,
        ends=entry.ends,
        slot_minutes=entry.slot_minutes,
        first=entry.first,
        until=entry.until,
        places=entry.places,
        department_id=department.id,
        location_id=room.id if room else None,
        breaks=entry.breaks,
        service_codes=entry.service_codes,
        also=also,
    )
    schedules.add_sessions(act, schedule_id=schedule.id, sessions=[session])
    return "sessions added"


def _is_there(
    schedule: Schedule, entry: SessionEntry, department: Department, room: Location | None, also: tuple[UUID, ...]
) -> bool:
    if entry.ends <= entry.starts or (entry.until and entry.until <= entry.first):
        return False  # the service says what is wrong with it
    same = Pattern.objects.filter(
        schedule=schedule,
        retired_at=None,
        weekday=entry.weekday,
        minutes=NumericRange(entry.starts, entry.ends),
        valid=DateRange(entry.first, entry.until),
        slot_minutes=entry.slot_minutes,
        places=entry.places,
        department=department,
        location=room,
    )
    return any(
        set(one.service_codes) == set(entry.service_codes)
        and set(one.also) == set(also)
        and [(pause.lower, pause.upper) for pause in one.breaks] == list(entry.breaks)
        for one in same
    )


def _absence(act: Act, schedule: Schedule, entry: AbsenceEntry, accept_touched: bool) -> str:
    period = DateTimeTZRange(entry.starts_at, entry.ends_at)
    if Absence.objects.filter(schedule=schedule, period=period, withdrawn_at=None).exists():
        return "absences unchanged"
    absences.record_absence(
        act,
        schedule_id=schedule.id,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        reason=entry.reason,
        note=entry.note,
        accept_touched=accept_touched,
    )
    return "absences added"


def _holiday(act: Act, entry: HolidayEntry, accept_touched: bool) -> str:
    on: date = entry.on
    if Holiday.objects.filter(facility_id=act.here, on=on, withdrawn_at=None).exists():
        return "holidays unchanged"
    absences.declare_holiday(act, on=on, name=entry.name, accept_touched=accept_touched)
    return "holidays added"
