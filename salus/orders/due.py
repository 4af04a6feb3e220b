"""When what was ordered is to be done next, and whether that was the last time; pure."""

from datetime import datetime, timedelta
from decimal import Decimal

from salus.orders.rules import DAYS_IN

#: what is ordered, is neither medicine nor test, and is done by whoever cares for the patient
DONE_HERE = ("diet", "nursing", "procedure", "image")
#: a diet goes on until it is stopped; it is looked at once a day unless told otherwise
DAILY = timedelta(days=1)
#: a dose that comes before so much of its interval is over may be the same dose a second time
EARLY = Decimal("0.5")


def interval(kind: str, frequency: int | None, period: Decimal | None, period_unit: str) -> timedelta | None:
    """How long after one time the next is due; None for what is done once."""
    if not frequency or not period or period_unit not in DAYS_IN:
        return DAILY if kind == "diet" else None
    return timedelta(days=1) * float(period * DAYS_IN[period_unit] / frequency)


def is_last(every: timedelta | None, authored_at: datetime, days: int | None, at: datetime) -> bool:
    """Whether nothing is left to do after this time: it is done once, or the next would come after its days."""
    if every is None:
        return True
    return days is not None and at + every >= authored_at + timedelta(days=days)


def too_soon(last: datetime | None, every: timedelta | None, at: datetime) -> bool:
    """Whether a dose comes so soon after the one before that it may be the same one a second time."""
    return last is not None and every is not None and at - last < every * float(EARLY)
