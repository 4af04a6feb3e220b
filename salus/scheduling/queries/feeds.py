"""What a private calendar says, and to whom it belongs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.scheduling.models import AWAITED, VIEW, Appointment, Feed
from salus.scheduling.rules.ics import Entry, hash_of

PAST, AHEAD, MOST = timedelta(days=7), timedelta(days=180), 1000


@dataclass(frozen=True, slots=True)
class Reader:
    """A link that leads somewhere: whose appointments it reads, and where."""

    facility_id: UUID
    facility: str
    patient_id: UUID | None
    practitioner_id: UUID | None


def reader_of(secret: str) -> Reader | None:
    """Whose calendar a secret reads; None if it leads nowhere (any more). Nobody is signed in here: the secret is the key."""
    found = Feed.objects.filter(hash=hash_of(secret), revoked_at=None)
    alive = Q(patient__is_deceased=False, patient__voided_at=None, patient__merged_into=None, patient__is_active=True)
    works = Q(practitioner__staff_member__retired_at=None, practitioner__staff_member__user__is_active=True)
    row = found.filter(alive | works).values_list("facility_id", "facility__name", "patient_id", "practitioner_id")
    known: Any = row.first()
    return Reader(*known) if known else None


def has_feed(act: Act, *, patient_id: UUID | None = None) -> bool:
    """Whether there is a link to a patient's calendar, or to mine."""
    act.require_for_some(VIEW)
    owner: dict[str, Any] = {"patient_id": patient_id} if patient_id else {"practitioner_id": act.practitioner_id}
    return Feed.objects.filter(facility_id=act.here, revoked_at=None, **owner).exists()


def entries_of(act: Act, reader: Reader) -> list[Entry]:
    """The appointments of the calendar's owner: when and where, never with whom or what for."""
    act.require(VIEW)
    since, until = act.at - PAST, act.at + AHEAD
    found = Appointment.objects.filter(facility_id=reader.facility_id, voided_at=None).between(since, until)
    if reader.patient_id:
        found = found.filter(patient_id=reader.patient_id)
        act.shows(reader.patient_id)
    else:
        found = found.filter(Q(practitioner_id=reader.practitioner_id))
    rows = found.filter(status__in=(*AWAITED, "fulfilled", "cancelled")).select_related("location").order_by("period")
    title = _("Appointment: %(facility)s") % {"facility": reader.facility} if reader.patient_id else _("Appointment")
    return [_entry(row, title, reader) for row in rows[:MOST]]


def _entry(row: Appointment, title: str, reader: Reader) -> Entry:
    starts: datetime = row.period.lower
    room = row.location.name if row.location and not reader.patient_id else ""
    return Entry(
        id=row.id,
        sequence=row.version,
        starts_at=starts,
        ends_at=row.period.upper,
        title=title,
        place=room or reader.facility,
        changed_at=row.updated_at,
        is_cancelled=row.status == "cancelled",
    )
