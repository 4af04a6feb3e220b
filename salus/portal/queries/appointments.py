"""Appointments as a patient sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from salus.catalog.models import Service
from salus.core.act import Act
from salus.portal.models import Setting
from salus.portal.queries.settings import settings_of
from salus.portal.rules import limits as rules
from salus.scheduling.models import VIEW, Appointment

#: what a day's list of many years would be without
PAGE = 40
#: states in which the patient need do nothing any more
OVER = ("fulfilled", "cancelled", "noshow")


@dataclass(frozen=True, slots=True)
class OwnAppointment:
    """One appointment, and what the patient may do with it at this moment."""

    row: Appointment
    service: str
    starts_at: datetime
    ends_at: datetime
    may_change: bool
    may_check_in: bool

    @property
    def with_whom(self) -> str:
        return self.row.schedule.name

    @property
    def place(self) -> str:
        room = self.row.location.name if self.row.location else ""
        return ", ".join(part for part in (self.row.department.name, room) if part)


def _rows(act: Act, patient_id: UUID) -> Any:
    act.require_for(patient_id, VIEW)
    named = Service.objects.filter(code=OuterRef("service_code")).values("name")[:1]
    rows = Appointment.objects.visible_to(act).filter(patient_id=patient_id)
    rows = rows.select_related("schedule", "department", "location", "encounter")
    act.shows(patient_id)
    return rows.annotate(service_name=Coalesce(Subquery(named), "service_code"))


def appointments_ahead(act: Act, patient_id: UUID) -> list[OwnAppointment]:
    """Those that are to come, or go on now, the next one first."""
    rows = _rows(act, patient_id).filter(status__in=("booked", "arrived"), period__endswith__gt=act.at)
    known = settings_of(act)
    return [_own(act, one, known) for one in rows.order_by("period", "id")[:PAGE]]


def appointments_before(act: Act, patient_id: UUID) -> list[OwnAppointment]:
    """Those that are over, cancelled or missed, the newest first."""
    rows = _rows(act, patient_id).exclude(status__in=("booked", "arrived"), period__endswith__gt=act.at)
    known = settings_of(act)
    return [_own(act, one, known) for one in rows.exclude(status="entered-in-error").order_by("-period", "id")[:PAGE]]


def appointment_of(act: Act, patient_id: UUID, appointment_id: UUID) -> OwnAppointment | None:
    """One of a patient's appointments, or None."""
    row = _rows(act, patient_id).filter(id=appointment_id).first()
    return None if row is None else _own(act, row, settings_of(act))


def _own(act: Act, row: Any, known: Setting) -> OwnAppointment:
    starts, ends = row.period.lower, row.period.upper
    is_booked = row.status == "booked"
    return OwnAppointment(
        row,
        row.service_name or "",
        starts,
        ends,
        is_booked and rules.may_still_change(starts, act.at, known.cancel_hours),
        is_booked and rules.may_check_in(starts, ends, act.at, known.check_in_minutes),
    )
