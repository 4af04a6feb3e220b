"""Acts of this room."""

from salus.audit.services.alarms import raise_alarms, review_alarm
from salus.audit.services.rights import AlreadyAnswered, answer_amendment, ask_amendment, give_copy

__all__ = [
    "AlreadyAnswered",
    "answer_amendment",
    "ask_amendment",
    "give_copy",
    "raise_alarms",
    "review_alarm",
]
