"""Acts of messaging."""

from salus.messaging.services.queueing import queue_message, withdraw_messages

__all__ = ["queue_message", "withdraw_messages"]
