"""What messaging announces: ids and codes, never an address or a word of a message."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class MessageSentAgain(Fact):
    """Somebody had a message tried again that had failed or whose fate was unknown."""

    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageSettled(Fact):
    """Somebody wrote down what became of a message whose fate was unknown: arrived, given-up."""

    message_id: UUID
    fate: str


@dataclass(frozen=True, kw_only=True)
class WordingChanged(Fact):
    """A template has other words: changed, reset."""

    template: str
    language: str
    channel: str
    change: str


@dataclass(frozen=True, kw_only=True)
class QuietHoursChanged(Fact):
    """The facility rings at other hours."""


@dataclass(frozen=True, kw_only=True)
class PreferenceChanged(Fact):
    """Somebody declined, or wants again, messages of one purpose by one channel."""

    recipient_kind: str
    recipient_id: UUID
    channel: str
    purpose: str
    is_declined: bool


@dataclass(frozen=True, kw_only=True)
class PushSubscribed(Fact):
    """A browser of somebody is told when there is something; `ended` where it no longer is."""

    recipient_kind: str
    recipient_id: UUID
    change: str
