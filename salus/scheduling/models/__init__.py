"""Tables of schedules and appointments."""

from salus.scheduling.models.appointments import AWAITED, Appointment, Change, Hold, is_desk, note_change
from salus.scheduling.models.feeds import Feed
from salus.scheduling.models.plans import BOOK, MANAGE, OVERBOOK, VIEW, Absence, Holiday, Pattern, Schedule

__all__ = [
    "AWAITED",
    "BOOK",
    "MANAGE",
    "OVERBOOK",
    "VIEW",
    "Absence",
    "Appointment",
    "Change",
    "Feed",
    "Hold",
    "Holiday",
    "Pattern",
    "Schedule",
    "is_desk",
    "note_change",
]
