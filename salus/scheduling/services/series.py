"""Many appointments at once: the same wall time every week, all of them or none."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Invalid
from salus.core.ids import uuid7
from salus.scheduling.models import BOOK, Appointment
from salus.scheduling.queries.conflicts import Obstacle
from salus.scheduling.queries.plans import clock_of
from salus.scheduling.rules.calendar import at, minutes
from salus.scheduling.services.booking import CannotBook, book_appointment

MOST = 52


@transaction.atomic
def book_series(act: Act, *, starts_at: datetime, times: int, every_days: int = 7, **said: Any) -> list[Appointment]:
    """Book the same wall time again and again; what stands in the way of any of them is told of all.

    :param said: as `book_appointment` takes it
    :raises CannotBook: with everything that stands in the way of any; then none is booked
    :raises Invalid: for less than two or more than 52
    """
    act.require(BOOK)
    if not 2 <= times <= MOST or not 1 <= every_days <= 366:
        raise Invalid(times=_("A series has 2 to 52 appointments."))
    clock, series = clock_of(act), uuid7()
    first = minutes(starts_at)
    day, wall = clock.day_of(first), clock.wall_of(first)
    made: list[Appointment] = []
    obstacles: list[Obstacle] = []
    for number in range(times):
        start = at(clock.minute(day + timedelta(days=every_days * number), wall))
        try:
            with transaction.atomic():
                made.append(book_appointment(act, starts_at=start, series_id=series, **said))
        except CannotBook as refused:
            obstacles += [one if one.starts_at else replace(one, starts_at=start) for one in refused.obstacles]
    if obstacles:
        raise CannotBook(obstacles)
    return made
