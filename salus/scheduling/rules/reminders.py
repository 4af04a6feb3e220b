"""When a patient is reminded: so long before, once, and only of what he or she has known for longer than that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that is due: which one, and until when it says anything new."""

    hours: int
    until: datetime


def reminder_due(starts_at: datetime, known_since: datetime, now: datetime, leads: Sequence[int]) -> Reminder | None:
    """The reminder that is due now, if one is: the last whose time has come, until the next one's time comes.

    :param known_since: when the patient was last told of this time: a reminder whose time had come by then says nothing new
    :param leads: hours before the appointment
    """
    if now >= starts_at:
        return None
    passed = [hours for hours in leads if starts_at - timedelta(hours=hours) <= now]
    if not passed:
        return None
    hours = min(passed)
    if known_since >= starts_at - timedelta(hours=hours):
        return None
    nearer = [other for other in leads if other < hours]
    return Reminder(hours, starts_at - timedelta(hours=max(nearer)) if nearer else starts_at)
