"""What has happened here."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class AlarmRaised(Fact):
    """Something unusual was seen in the record of access."""

    alarm_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class AlarmReviewed(Fact):
    """A person has found out what an alarm was about."""

    alarm_id: UUID
    verdict: str


@dataclass(frozen=True, kw_only=True)
class CopyGiven(Fact):
    """A patient got a copy of the record."""

    form: str


@dataclass(frozen=True, kw_only=True)
class AmendmentAsked(Fact):
    """A patient says that the record is wrong."""

    amendment_id: UUID


@dataclass(frozen=True, kw_only=True)
class AmendmentAnswered(Fact):
    """The hospital has answered a patient who says that the record is wrong."""

    amendment_id: UUID
    answer: str
