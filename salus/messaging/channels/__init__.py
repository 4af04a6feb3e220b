"""The ways out of the house. Each sends one message and says what became of it; none of them touches the database."""

from salus.messaging.channels.answers import Answer, Browser, Parcel, Sender
from salus.messaging.channels.choosing import in_use, sender_of

__all__ = ["Answer", "Browser", "Parcel", "Sender", "in_use", "sender_of"]
