"""What tests of appointments are made of."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from salus.encounters.tests.builders import a_patient
from salus.scheduling.models import Appointment, Schedule
from salus.scheduling.services import booking, schedules
from salus.scheduling.services.schedules import Session
from tests.cast import Cast

__all__ = ["a_patient", "a_schedule", "a_thing", "an_appointment", "next_weekday", "when"]


def next_weekday(weekday: int = 0, weeks: int = 1) -> date:
    """The Monday (or another weekday) that comes after so many weeks."""
    today = timezone.localdate()
    return today + timedelta(days=(weekday - today.weekday()) % 7 + 7 * weeks)


def when(hour: int, minute: int = 0, day: date | None = None) -> datetime:
    """An instant of that day; next Monday unless said."""
    return timezone.make_aware(datetime.combine(day or next_weekday(), time(hour, minute)))


def a_session(**changes: Any) -> Session:
    """Mondays from nine to twelve, twenty minutes each."""
    values: dict[str, Any] = {"weekday": 0, "starts": 540, "ends": 720, "slot_minutes": 20}
    return Session(**(values | {"first": timezone.localdate() - timedelta(days=30)} | changes))


def a_schedule(cast: Cast, sessions: Sequence[Session] | None = None, role: str = "doctor", **changes: Any) -> Schedule:
    """The doctor's schedule, with one session unless said."""
    member = cast.user(role).staff_member
    made = schedules.add_schedule(
        cast.act("administrator"),
        kind="practitioner",
        practitioner_id=member.practitioner_id,
        department_id=member.department_ids[0],
    )
    given = [a_session(**changes)] if sessions is None else sessions
    schedules.add_sessions(cast.act("administrator"), schedule_id=made.id, sessions=given)
    return made


def a_thing(cast: Cast, name: str = "Ultrasound", kind: str = "device", **changes: Any) -> Schedule:
    """A device of the outpatients."""
    return schedules.add_schedule(
        cast.act("administrator"), kind=kind, department_id=cast.departments["opd"].id, name=name, **changes
    )


def an_appointment(cast: Cast, schedule: Schedule, patient_id: UUID | None = None, **changes: Any) -> Appointment:
    """Booked by reception, next Monday at nine."""
    values: dict[str, Any] = {
        "patient_id": patient_id or a_patient(cast).id,
        "schedule_id": schedule.id,
        "starts_at": when(9),
    }
    return booking.book_appointment(cast.act("receptionist"), **(values | changes))
