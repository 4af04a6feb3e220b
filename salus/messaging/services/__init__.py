"""Acts of messaging."""

from salus.messaging.services.preferences import end_push, set_preference, subscribe_to_push
from salus.messaging.services.queueing import queue_message, withdraw_messages
from salus.messaging.services.settling import send_again, settle_message
from salus.messaging.services.wordings import change_wording, reset_wording, set_quiet_hours

__all__ = [
    "change_wording",
    "end_push",
    "queue_message",
    "reset_wording",
    "send_again",
    "set_preference",
    "set_quiet_hours",
    "settle_message",
    "subscribe_to_push",
    "withdraw_messages",
]
