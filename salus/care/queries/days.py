"""Which day it is where the act happens."""

from datetime import date, datetime

from salus.core.act import Act
from salus.scheduling.queries.plans import clock_of


def today(act: Act) -> date:
    """The day of the act on the clock of its facility."""
    return day_of(act, act.at)


def day_of(act: Act, at: datetime) -> date:
    """The day of an instant on the clock of the act's facility."""
    return at.astimezone(clock_of(act).zone).date()
