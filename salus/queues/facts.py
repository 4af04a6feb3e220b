"""What queues announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class QueueChanged(Fact):
    """A queue was opened, changed or retired, or what its wall shows was changed."""

    queue_id: UUID
    change: str


@dataclass(frozen=True, kw_only=True)
class StationChanged(Fact):
    """Somebody sits in a room, or has left it: opened, closed."""

    room_id: UUID
    change: str
    practitioner_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class TokenIssued(Fact):
    """Somebody waits, with a number."""

    token_id: UUID
    queue_id: UUID
    category: str
    encounter_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class TokenCalled(Fact):
    """A room calls the number, for the first time or again."""

    token_id: UUID
    queue_id: UUID
    room_id: UUID
    calls: int


@dataclass(frozen=True, kw_only=True)
class TokenMoved(Fact):
    """The token has come to another state: serving, done, missed, waiting, left."""

    token_id: UUID
    queue_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class TokenTransferred(Fact):
    """Whoever waited in one queue waits in another.

    :ivar encounter_id: the open visit, where it goes on at another department than its own: `department_id`
    """

    token_id: UUID
    queue_id: UUID
    to_token_id: UUID
    to_queue_id: UUID
    encounter_id: UUID | None = None
    department_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class TokenOrdered(Fact):
    """Somebody is called sooner or later than before: another category, or another place by hand."""

    token_id: UUID
    queue_id: UUID
    category: str
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class IdentityConfirmed(Fact):
    """Two things or more agreed with who the patient is said to be."""

    encounter_id: UUID
    identifiers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CheckInRefused(Fact):
    """A code was shown, and what was typed beside it did not agree."""

    appointment_id: UUID
