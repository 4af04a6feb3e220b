"""Many appointments at once: whoever has lost a time gets the one that is proposed, each by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from salus.core.act import Act
from salus.core.errors import SalusError
from salus.scheduling.models import BOOK, Appointment
from salus.scheduling.services.booking import move_appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Which appointment, as it was read, gets which time with whom."""

    appointment_id: UUID
    version: int
    schedule_id: UUID
    starts_at: datetime


@transaction.atomic
def move_all(act: Act, *, moves: Sequence[Move], note: str = "") -> list[Appointment]:
    """Give each the time that is proposed, in one act; returns whom it moved. Each is told, and may be moved again or cancelled
    alone. Whose time was taken meanwhile, or whose appointment was changed, stays as it was."""
    act.require(BOOK)
    # Appointments are locked by id, then places are taken from the earliest on, as the waiting list and series take them: who
    # takes several waits for nobody who waits for him.
    whose = Appointment.objects.visible_to(act).filter(id__in=[one.appointment_id for one in moves])
    list(whose.order_by("id").select_for_update(no_key=True, of=("self",)).values_list("id"))
    moved = []
    for one in sorted(moves, key=lambda move: (move.starts_at, move.schedule_id)):
        try:
            with transaction.atomic():
                moved.append(
                    move_appointment(
                        act,
                        appointment_id=one.appointment_id,
                        version=one.version,
                        schedule_id=one.schedule_id,
                        starts_at=one.starts_at,
                        note=note,
                    )
                )
        except SalusError:
            continue  # it stays in sight of the desk
    return moved
