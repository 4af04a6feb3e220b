"""Whom one act moved, and from where: so that it can be put back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from salus.core.act import Act
from salus.patients.models import Patient
from salus.scheduling.models import BOOK, Appointment, Change, Schedule

#: what gives an appointment its time
_GIVES = ("booked", "moved")


@dataclass(frozen=True, slots=True)
class Moved:
    """An appointment that was moved, where it was, and where it is now."""

    appointment_id: UUID
    version: int
    status: str
    patient: Patient
    schedule: Schedule
    starts_at: datetime
    was_schedule_id: UUID
    was_schedule: str
    was_at: datetime
    #: how long it was
    minutes: int
    #: when the patient was given the time before
    given_at: datetime
    #: whether nothing happened to it since
    is_last: bool


def moved_by(act: Act, act_id: UUID) -> list[Moved]:
    """What one act moved, of the appointments that this act may see, by the time before; notes whom it names."""
    act.require(BOOK)
    ids = Change.objects.filter(act_id=act_id, what="moved").values("appointment_id")
    rows = Appointment.objects.visible_to(act).filter(id__in=ids).select_related("patient", "schedule")
    known = {one.id: one for one in rows}
    if not known:
        return []
    changes: dict[UUID, list[Change]] = {}
    for line in Change.objects.filter(appointment_id__in=known.keys()).order_by("id"):
        changes.setdefault(line.appointment_id, []).append(line)
    names = dict(Schedule.objects.filter(id__in={one.schedule_id for its in changes.values() for one in its})
                 .values_list("id", "name"))  # fmt: skip
    act.shows(*(one.patient_id for one in known.values()))
    found = [_moved(known[one], its, act_id, names) for one, its in changes.items()]
    return sorted(found, key=lambda one: (one.was_at, one.appointment_id))


def _moved(row: Appointment, lines: list[Change], act_id: UUID, names: dict[UUID, str]) -> Moved:
    place = next(n for n, line in enumerate(lines) if line.act_id == act_id and line.what == "moved")
    was = next(line for line in reversed(lines[:place]) if line.what in _GIVES)
    length = int((was.period.upper - was.period.lower).total_seconds() // 60)
    now = (row.id, row.version, row.status, row.patient, row.schedule, row.period.lower)
    before = (was.schedule_id, names.get(was.schedule_id, ""), was.period.lower, length, was.happened_at)
    return Moved(*now, *before, is_last=place == len(lines) - 1)
