"""What scheduling announces: ids and codes, never names."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ScheduleChanged(Fact):
    """Somebody or something has other hours: made, pattern-added, pattern-changed, pattern-ended, absent, back, retired."""

    schedule_id: UUID
    change: str


@dataclass(frozen=True, kw_only=True)
class HolidayChanged(Fact):
    """The facility's calendar has a day more or less on which nobody is booked: declared, withdrawn."""

    holiday_id: UUID
    change: str


@dataclass(frozen=True, kw_only=True)
class AppointmentBooked(Fact):
    """The patient has a time; `relates` says whether whoever awaits the patient may open the record by it."""

    appointment_id: UUID
    schedule_id: UUID
    starts_at: datetime
    ends_at: datetime
    department_id: UUID | None = None
    practitioner_id: UUID | None = None
    is_overbooked: bool = False
    relates: bool = True


@dataclass(frozen=True, kw_only=True)
class AppointmentMoved(Fact):
    """The patient has another time in place of the one before; `relates` as of `AppointmentBooked`: without it nobody awaits
    the patient anew who did not before."""

    appointment_id: UUID
    schedule_id: UUID
    starts_at: datetime
    ends_at: datetime
    department_id: UUID | None = None
    practitioner_id: UUID | None = None
    was_schedule_id: UUID
    was_at: datetime
    relates: bool = True


@dataclass(frozen=True, kw_only=True)
class AppointmentCancelled(Fact):
    """The patient will not come; the places are free again."""

    appointment_id: UUID
    schedule_id: UUID
    starts_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class AppointmentMissed(Fact):
    """The patient did not come."""

    appointment_id: UUID
    schedule_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class PatientArrived(Fact):
    """Whoever had an appointment is here, and a visit has begun.

    Where one was open already: whom else the patient comes to see, and which kind of visit it was not begun with.
    """

    appointment_id: UUID
    encounter_id: UUID
    department_id: UUID | None = None
    joined_by_id: UUID | None = None
    service_code: str = ""


@dataclass(frozen=True, kw_only=True)
class AppointmentFulfilled(Fact):
    """The visit that the appointment was for is over."""

    appointment_id: UUID


@dataclass(frozen=True, kw_only=True)
class CalendarFeedChanged(Fact):
    """A private calendar can be read by a link, or no longer: made, revoked."""

    feed_id: UUID
    change: str
