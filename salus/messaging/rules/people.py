"""Whom a message is for, and what goes with it."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Kind = Literal["patient", "user"]
Channel = Literal["email", "sms", "push"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell: filled in by rooms that know people (`patients.queries.reaching.recipient_of`).

    :ivar name: how he or she is addressed, the given name
    :ivar language: as FHIR writes it (`es`, `pt-BR`); English where there are no words in it
    :ivar email: empty where there is none
    :ivar phone: E.164 (`+447700900123`); empty where there is none, or it is no number of one person
    """

    kind: Kind
    id: UUID
    name: str = ""
    language: str = ""
    email: str = ""
    phone: str = ""

    def address(self, channel: str) -> str:
        """Where this channel reaches the person; push finds its subscriptions itself."""
        return {"email": self.email, "sms": self.phone}.get(channel, "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along by e-mail; it says no more than a template may."""

    name: str
    media_type: str
    content: bytes
