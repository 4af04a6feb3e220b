"""The house in which the day is played: clinics with nurses and doctors, a cash desk, a pharmacy, and who will come."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from salus.core.act import Act, Trace
from salus.core.announce import run_waiting
from salus.core.ids import uuid7
from salus.messaging import sending
from salus.patients import services as patients
from salus.patients.models import Patient
from salus.places.models import Department, Location
from salus.queues import services as queues
from salus.queues.models import Queue
from salus.scheduling.models import Appointment
from salus.scheduling.services import booking, schedules
from salus.scheduling.services.schedules import Session
from salus.staff.models import Practitioner, StaffMember
from tests.cast import Cast
from tests.day.pace import Pace

#: when the doors open, and how many minutes a place of the calendar is long
OPENS, SLOT = time(7), 10


@dataclass
class Room:
    """A room with whoever works in it."""

    location_id: UUID
    queue: Queue
    act: Act


@dataclass
class Somebody:
    """Who comes, when and how, and what will happen to him."""

    patient: Patient
    at: datetime
    booked: Appointment | None = None
    comes: bool = True
    by_code: bool = False
    steps_out: bool = False
    returns: bool = True
    #: a time next week that is booked when the patient leaves
    again: tuple[UUID, datetime] | None = None
    onward: str = ""


@dataclass
class House:
    """The hospital of one day."""

    cast: Cast
    pace: Pace
    chance: random.Random
    rooms: list[Room] = field(default_factory=list)
    people: list[Somebody] = field(default_factory=list)
    clinics: list[Department] = field(default_factory=list)

    def act(self, role: str, **changes: Any) -> Act:
        """An act of somebody with this role at this moment of the day."""
        return replace(self.base[role], id=uuid7(), at=self.pace.now(), trace=Trace(), **changes)

    def __post_init__(self) -> None:
        self.cast.departments  # noqa: B018 - they are routed to
        roles = ("receptionist", "nurse", "doctor", "cashier", "pharmacist", "administrator")
        self.base = {role: self.cast.act(role) for role in roles}
        self.base["kiosk"] = replace(self.base["nurse"], rights=frozenset({"queues.check_in_by_code"}))


def build(house: House, *, clinics: int, nurses: int, doctors: int, windows: int) -> list[list[Any]]:
    """Rooms, queues and calendars; returns the schedules of each clinic."""
    admin, found = house.act("administrator"), []
    for n in range(clinics):
        place = Department.objects.create(facility=house.cast.facility, code=f"c{n}", name=f"Clinic {n}", kind="clinic")
        house.clinics.append(place)
        lines = {
            kind: _queue(admin, place, kind, f"{letter}{'XYZW'[n]}")
            for kind, letter in (("triage", "T"), ("consultation", "D"))
        }
        nurse = house.act("nurse", places=frozenset({place.id}))
        house.rooms += [Room(_room(place, f"V{m}"), lines["triage"], nurse) for m in range(nurses)]
        found.append([_doctor(house, place, lines["consultation"], m) for m in range(doctors)])
    for code, kind, role, letters in (("cash", "cash", "cashier", "K"), ("pharmacy", "pharmacy", "pharmacist", "P")):
        place = house.cast.departments[code]
        line = _queue(admin, place, kind, letters)
        house.rooms += [Room(_room(place, f"W{m}"), line, house.act(role)) for m in range(windows)]
    return found


def _queue(admin: Act, place: Department, kind: str, letters: str) -> Queue:
    return queues.open_queue(admin, department_id=place.id, kind=kind, name=kind, prefix=letters)


def _room(place: Department, code: str) -> UUID:
    return Location.objects.create(department=place, code=code, name=f"{place.name} {code}", kind="room").id


def _doctor(house: House, place: Department, line: Queue, number: int) -> Any:
    """A doctor with a calendar for the whole week and a room in which he sits."""
    person = Practitioner.objects.create(family=f"Doctor {number} of {place.code}", given="Dr")
    member = StaffMember.objects.create(
        practitioner=person,
        facility=house.cast.facility,
        staff_number=f"{place.code}-{number}",
        profession="doctor",
        department_ids=[place.id],
    )
    schedule = schedules.add_schedule(
        house.act("administrator"), kind="practitioner", practitioner_id=person.id, department_id=place.id
    )
    each = [
        Session(weekday=n, starts=420, ends=1260, slot_minutes=SLOT, first=house.pace.start.date()) for n in range(7)
    ]
    schedules.add_sessions(house.act("administrator"), schedule_id=schedule.id, sessions=each)
    act = house.act("doctor", places=frozenset({place.id}), practitioner_id=person.id, staff_id=member.id)
    room = Room(_room(place, f"R{number}"), line, act)
    queues.open_station(act, room_id=room.location_id)
    house.rooms.append(room)
    return schedule


def invite(house: House, found: list[list[Any]], *, arrivals: int, hours: float, shares: dict[str, float]) -> None:
    """Everybody who will come, in the order in which they come; who is booked has a time, taken through the service."""
    everybody = [_patient(house, n) for n in range(arrivals)]
    free = [
        (schedule, house.pace.start + timedelta(minutes=SLOT * n))
        for clinic in found
        for schedule in clinic
        for n in range(int(hours * 60 / SLOT))
    ]
    house.chance.shuffle(free)
    again = [(schedule.id, starts + timedelta(days=days)) for days in (7, 8, 9) for schedule, starts in free]
    for patient in everybody:
        one = Somebody(patient, house.pace.start + timedelta(hours=house.chance.random() * hours))
        one.onward = house.chance.choices(["", "cash", "pharmacy"], weights=[0.7, 0.2, 0.1])[0]
        one.steps_out = house.chance.random() < shares["steps out"]
        one.returns = house.chance.random() < 0.7
        if house.chance.random() < shares["comes again"]:
            one.again = again.pop()
        if free and house.chance.random() < shares["booked"]:
            schedule, starts = free.pop()
            one.booked = booking.book_appointment(
                replace(house.act("receptionist"), at=house.pace.start - timedelta(days=1)),
                patient_id=patient.id,
                schedule_id=schedule.id,
                starts_at=starts,
            )
            one.at = max(house.pace.start, starts + timedelta(minutes=house.chance.gauss(-8, 12)))
            one.comes = house.chance.random() >= shares["no-show"]
            one.by_code = house.chance.random() < shares["kiosk"]
        house.people.append(one)
    house.people.sort(key=lambda one: one.at)
    yesterday = house.pace.start - timedelta(days=1)
    run_waiting(at=yesterday)
    sending.send_all_due(lambda: yesterday + timedelta(hours=5))


def _patient(house: House, number: int) -> Patient:
    """Somebody with an address, registered at the desk."""
    return patients.register_patient(
        house.act("receptionist"),
        family=f"Somebody {number}",
        given="Sam",
        gender="other",
        birth_date="1980-01-02",
        telecom=[{"system": "email", "value": f"somebody-{number}@example.org"}],
    )


def opening(days_ahead: int = 7) -> datetime:
    """The instant at which the doors open, on a day to come."""
    day = timezone.localdate() + timedelta(days=days_ahead)
    return timezone.make_aware(datetime.combine(day, OPENS))
