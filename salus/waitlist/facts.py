"""What the waiting list announces: ids and codes, never names."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class WaitingListJoined(Fact):
    """The patient waits for a time."""

    wish_id: UUID
    priority: str


@dataclass(frozen=True, kw_only=True)
class PriorityChanged(Fact):
    """The patient comes sooner or later than before."""

    wish_id: UUID
    priority: str


@dataclass(frozen=True, kw_only=True)
class PlaceOffered(Fact):
    """A free time is kept for the patient until then, and the patient is asked."""

    offer_id: UUID
    wish_id: UUID
    schedule_id: UUID
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    department_id: UUID | None = None
    practitioner_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OfferAccepted(Fact):
    """The patient said yes, and has the time."""

    offer_id: UUID
    wish_id: UUID
    appointment_id: UUID


@dataclass(frozen=True, kw_only=True)
class OfferDeclined(Fact):
    """The patient said no, and waits for another time."""

    offer_id: UUID
    wish_id: UUID


@dataclass(frozen=True, kw_only=True)
class OfferLapsed(Fact):
    """Nobody said anything in time; the patient waits for another time."""

    offer_id: UUID
    wish_id: UUID


@dataclass(frozen=True, kw_only=True)
class OfferWithdrawn(Fact):
    """The time can no longer be had: no-plan, elsewhere (the patient has another appointment then), or left."""

    offer_id: UUID
    wish_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class WaitingListLeft(Fact):
    """The patient waits no more: a code of `Wish.REASONS`, or `booked` at some other door."""

    wish_id: UUID
    reason: str
