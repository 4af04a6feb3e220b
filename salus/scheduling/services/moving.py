"""Many appointments at once: whoever has lost a time gets the one that is proposed, each by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import SalusError
from salus.scheduling.models import BOOK, Appointment
from salus.scheduling.queries.moved import Moved, moved_by
from salus.scheduling.services.booking import CannotBook, move_appointment


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
    _lock(act, [one.appointment_id for one in moves])
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


@dataclass(frozen=True, slots=True)
class Left:
    """Whom an undo left where he or she is, and why."""

    moved: Moved
    why: str


@transaction.atomic
def move_back(act: Act, *, act_id: UUID) -> tuple[list[Appointment], list[Left]]:
    """Put those back whom one act moved, as far as their old places are free; each by itself, and told as of every move.

    The plan does not matter: it did not keep these times before either, and who is put back stands among those to move again.
    Whoever was moved or cancelled since stays.
    """
    act.require(BOOK)
    _lock(act, [one.appointment_id for one in moved_by(act, act_id)])
    back: list[Appointment] = []
    left: list[Left] = []
    for one in sorted(moved_by(act, act_id), key=lambda row: (row.was_at, row.was_schedule_id)):
        if not one.is_last:
            left.append(Left(one, _("It was changed since.")))
            continue
        try:
            with transaction.atomic():
                back.append(_put_back(act, one))
        except CannotBook as refused:
            left.append(Left(one, "; ".join(dict.fromkeys(each.words for each in refused.obstacles))))
        except SalusError as refused:
            left.append(Left(one, str(refused)))
    return back, left


def _put_back(act: Act, one: Moved) -> Appointment:
    return move_appointment(
        act,
        appointment_id=one.appointment_id,
        version=one.version,
        schedule_id=one.was_schedule_id,
        starts_at=one.was_at,
        length=one.minutes,
        note=_("Put back."),
        given_at=one.given_at,
    )


def _lock(act: Act, ids: Sequence[UUID]) -> None:
    """Appointments are locked by id, then places are taken from the earliest on, as the waiting list and series take them: who
    takes several waits for nobody who waits for him."""
    whose = Appointment.objects.visible_to(act).filter(id__in=ids)
    list(whose.order_by("id").select_for_update(no_key=True, of=("self",)).values_list("id"))
