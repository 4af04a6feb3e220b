"""When a follow-up is due, and which appointment or visit is the one that was planned."""

from datetime import date, timedelta

#: the patient is told so long before the day
LEAD = timedelta(days=7)
#: older ones are nobody's reminder any more: the desk decides
FORGOTTEN = timedelta(days=90)
_LEAST = timedelta(days=14)


def fits(planned_on: date, due_on: date, day: date) -> bool:
    """Whether coming on this day is the follow-up: in the last third of the time (two weeks at least), or later."""
    return day >= due_on - max(_LEAST, (due_on - planned_on) / 3)
