"""The demonstration's calendar: every doctor has hours, today is booked and partly over, the next two weeks are filling."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange, NumericRange

from salus.core.bulk import copy_rows
from salus.core.ids import SYSTEM
from salus.encounters.models import Encounter
from salus.scheduling.models import Appointment, Change, Hold, Holiday, Pattern, Schedule
from salus.scheduling.rules.calendar import Clock, Plan, at, minutes, slots_on
from salus.simulator.hospital import Hospital
from salus.simulator.people import Somebody
from salus.simulator.stories import STORIES

AHEAD = 14
SLOT = 20
#: wall minutes of the two sessions of a working day, and of general practice's evening
MORNING, AFTERNOON, EVENING = (480, 750), (810, 1020), (1020, 1290)
#: how much of a day is booked, today and in two weeks
_FULL, _THIN = 0.8, 0.25
_STATES = {"finished": "fulfilled", "cancelled": "noshow"}


@dataclass
class Calendar:
    """Makes schedules and appointments as rows: one COPY for each table."""

    chance: random.Random
    now: datetime
    hospital: Hospital
    patients: Sequence[Somebody]
    appointments: list[Appointment] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    #: when each patient is somewhere already
    taken: set[tuple[UUID, datetime]] = field(default_factory=set)

    def fill(self) -> int:
        """Make all of it; returns how many appointments."""
        today = self.now.date()
        schedules = list(self._schedules())
        plans = {one.id: self._plans(one, today) for one in schedules}
        copy_rows(Schedule, schedules)
        copy_rows(Pattern, [self._pattern(one, plan, today) for one in schedules for plan in plans[one.id]])
        copy_rows(Holiday, [self._new_year(today)])
        visits = self._visits()
        clock = Clock(self.hospital.facility.time_zone)
        for schedule in schedules:
            for ahead in range(AHEAD):
                day = today + timedelta(days=ahead)
                share = _FULL + (_THIN - _FULL) * ahead / AHEAD
                for plan in plans[schedule.id]:
                    for start, _end in slots_on(plan, day, clock):
                        self._slot(schedule, at(start), share, visits)
        copy_rows(Appointment, self.appointments)
        copy_rows(Hold, self.holds)
        copy_rows(Change, [self._booked(one) for one in self.appointments])
        return len(self.appointments)

    def _schedules(self) -> Iterator[Schedule]:
        by_id = {one.id: one for one in self.hospital.departments.values()}
        for doctors in self.hospital.doctors.values():
            for one in doctors:
                person = one.practitioner
                yield Schedule(
                    facility=self.hospital.facility,
                    department=by_id[one.department_ids[0]],
                    kind="practitioner",
                    practitioner=person,
                    name=" ".join(part for part in (person.title, person.given, person.family) if part),
                    recorded_by_id=SYSTEM,
                )
        for code, name in (("cardio", "Ultrasound of the heart"), ("opd", "Treatment room")):
            department = self.hospital.departments[code]
            yield Schedule(facility=self.hospital.facility, department=department, kind="device", name=name)

    def _plans(self, schedule: Schedule, today: date) -> list[Plan]:
        if schedule.kind != "practitioner":
            return []
        is_general = schedule.department.code == "opd"
        days = {*range(5), today.weekday()} if is_general else set(range(5))
        sessions = (MORNING, AFTERNOON, EVENING) if is_general else (MORNING, AFTERNOON)
        return [Plan(day, *span, SLOT) for day in sorted(days) for span in sessions]

    @staticmethod
    def _pattern(schedule: Schedule, plan: Plan, today: date) -> Pattern:
        return Pattern(
            schedule=schedule,
            department=schedule.department,
            weekday=plan.weekday,
            minutes=NumericRange(plan.starts, plan.ends),
            slot_minutes=plan.slot,
            valid=DateRange(today - timedelta(days=365), None),
            recorded_by_id=SYSTEM,
        )

    def _new_year(self, today: date) -> Holiday:
        return Holiday(facility=self.hospital.facility, on=date(today.year + 1, 1, 1), name="New Year")

    def _visits(self) -> dict[tuple[UUID, datetime], Encounter]:
        """Today's visits by doctor and by the slot in which the patient came; of two in one slot one walked in."""
        came = Encounter.objects.filter(facility=self.hospital.facility, arrived_at__gte=self.now - timedelta(hours=12))
        found: dict[tuple[UUID, datetime], Encounter] = {}
        for visit in came.order_by("arrived_at", "id"):
            if visit.practitioner_id and visit.arrived_at:
                start = minutes(visit.arrived_at) // SLOT * SLOT
                found.setdefault((visit.practitioner_id, at(start)), visit)
        return found

    def _slot(
        self, schedule: Schedule, starts: datetime, share: float, visits: dict[tuple[UUID, datetime], Encounter]
    ) -> None:
        assert schedule.practitioner_id is not None
        visit = visits.get((schedule.practitioner_id, starts))
        if visit is not None:
            self._book(schedule, starts, visit.patient_id, visit.reason, _STATES.get(visit.status, "arrived"), visit)
        elif starts > self.now and self.chance.random() < share:
            self._book(
                schedule, starts, self.chance.choice(self.patients).id, self.chance.choice(STORIES).complaint, "booked"
            )
        elif (
            starts.date() == self.now.date() and starts < self.now - timedelta(hours=2) and self.chance.random() < 0.06
        ):
            self._book(schedule, starts, self.chance.choice(self.patients).id, "", "noshow")

    def _book(
        self,
        schedule: Schedule,
        starts: datetime,
        patient: UUID,
        reason: str,
        status: str,
        visit: Encounter | None = None,
    ) -> None:
        if (patient, starts) in self.taken:
            return
        self.taken.add((patient, starts))
        period = DateTimeTZRange(starts, starts + timedelta(minutes=SLOT))
        made = Appointment(
            facility=self.hospital.facility,
            patient_id=patient,
            schedule=schedule,
            department=schedule.department,
            practitioner_id=schedule.practitioner_id,
            status=status,
            period=period,
            reason=reason,
            channel=self.chance.choice(("desk", "phone")),
            ended_at=period.upper if status in ("fulfilled", "noshow") else None,
            encounter=visit,
            recorded_by_id=SYSTEM,
        )
        self.appointments.append(made)
        self.holds.append(Hold(appointment=made, schedule=schedule, period=period, place=0, places=1))

    def _booked(self, made: Appointment) -> Change:
        return Change(
            appointment_id=made.id,
            act_id=SYSTEM,
            by_id=SYSTEM,
            happened_at=self.now - timedelta(days=self.chance.randint(1, 20)),
            what="booked",
            period=made.period,
            schedule_id=made.schedule_id,
        )
