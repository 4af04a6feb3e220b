"""Judgement about messages, without a database: whom they reach, what they may say, when they go out."""

from salus.messaging.rules.people import Attachment, Channel, Kind, Recipient

__all__ = ["Attachment", "Channel", "Kind", "Recipient"]
