"""A place is kept for somebody who has not said yes yet: nobody else has it meanwhile, by the same rows that hold a booking."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from salus.core.act import Act
from salus.scheduling.holding import Keeper, keep_plans_still, move_up, release_kept, take
from salus.scheduling.models import BOOK
from salus.scheduling.queries.conflicts import Asked, asked_of, taken_by
from salus.scheduling.services.booking import CannotBook, TooLate


@transaction.atomic
def keep_time(
    act: Act,
    *,
    source: str,
    patient_id: UUID,
    schedule_id: UUID,
    starts_at: datetime,
    service_code: str = "",
    also: Sequence[UUID] = (),
) -> Asked:
    """Keep a free time, with the rooms and devices that it takes, until it is booked (`book_appointment(kept=)`) or given
    back; it is kept until one of them is said.

    :param source: what it is kept for, once at a time
    :param also: rooms and devices beyond those that the session brings along
    :raises CannotBook: with everything that stands in the way
    :raises TooLate: for a time that is over
    """
    act.require_for(patient_id, BOOK)
    keep_plans_still(act, [schedule_id, *also])
    asked = asked_of(act, schedule_id=schedule_id, starts_at=starts_at, service_code=service_code, also=also)
    if asked.ends_at <= act.at:
        raise TooLate
    if asked.obstacles:
        raise CannotBook(asked.obstacles)
    keeper = Keeper(source, act.by)
    full = take(keeper, asked)
    if full:
        raise CannotBook(taken_by(act, asked, full=full, patient_id=patient_id, but=None))
    return asked


@transaction.atomic
def release_time(act: Act, *, source: str) -> None:
    """Give back what was kept for this; nothing happens where it was booked or given back already."""
    act.require_for_some(BOOK)
    move_up(release_kept(act, source))
