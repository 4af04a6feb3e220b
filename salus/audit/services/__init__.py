"""Acts of this room."""

from salus.audit.services.alarms import OwnAlarm, is_own, raise_alarms, review_alarm
from salus.audit.services.rights import AlreadyAnswered, answer_amendment, ask_amendment, give_copy

__all__ = [
    "AlreadyAnswered",
    "OwnAlarm",
    "answer_amendment",
    "ask_amendment",
    "give_copy",
    "is_own",
    "raise_alarms",
    "review_alarm",
]
