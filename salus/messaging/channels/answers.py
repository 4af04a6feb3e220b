"""What a channel is given, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol
from uuid import UUID

from salus.messaging.rules import Attachment

#: sent; refused for good; not now, this one; not now, nobody can be reached; nobody can tell whether it arrived
Fate = Literal["sent", "refused", "later", "down", "unknown"]


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that is told by web push; `keys` are its public key and secret, base64url, with a space between."""

    id: UUID
    endpoint: str
    keys: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message, opened for its way out."""

    id: UUID
    address: str
    subject: str
    body: str
    files: Sequence[Attachment] = ()
    facility: str = ""
    language: str = "en"
    browsers: Sequence[Browser] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message. `problem` is a code without anything of the message in it: it is logged and shown."""

    fate: Fate
    problem: str = ""
    receipt: str = ""
    wait: timedelta | None = None
    #: browsers that no longer listen
    gone: tuple[UUID, ...] = ()


class Sender(Protocol):
    """A way out.

    :ivar way: its name in the log
    :ivar is_safe_to_repeat: whether the receiver notices that it got the same message twice
    """

    @property
    def way(self) -> str: ...

    @property
    def is_safe_to_repeat(self) -> bool: ...

    def send(self, parcel: Parcel) -> Answer:
        """Hand over one message; it answers within the time of a lease and never raises for what a peer does."""
