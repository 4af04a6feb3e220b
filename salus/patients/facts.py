"""What patients announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class PatientRegistered(Fact):
    """Somebody is known here from now on."""

    facility_id: UUID


@dataclass(frozen=True, kw_only=True)
class PatientUpdated(Fact):
    """Who the patient is, or how to reach him or her, was changed."""

    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CareRelationStarted(Fact):
    """Somebody, or a department, cares for the patient from now on."""

    relation_id: UUID


@dataclass(frozen=True, kw_only=True)
class GlassBroken(Fact):
    """Somebody sees this patient for four hours against relation, consent or protection."""

    glass_id: UUID
    reason: str
    barrier: str


@dataclass(frozen=True, kw_only=True)
class GlassEnded(Fact):
    """An emergency access was ended before its time."""

    glass_id: UUID


@dataclass(frozen=True, kw_only=True)
class GlassReviewed(Fact):
    """An emergency access has its verdict."""

    glass_id: UUID
    verdict: str


@dataclass(frozen=True, kw_only=True)
class ConsentRecorded(Fact):
    """The patient permits or refuses something, and has signed it."""

    consent_id: UUID
    decision: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(Fact):
    """The patient has taken back what was permitted or refused."""

    consent_id: UUID


@dataclass(frozen=True, kw_only=True)
class PatientProtected(Fact):
    """The record is protected as a VIP's or a colleague's, or no longer."""

    is_vip: bool
    staff_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PatientReferred(Fact):
    """A colleague or a department was asked to care for the patient, or became the own doctor."""

    relation_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class SensitiveCodeChanged(Fact):
    """A code makes what is written with it sensitive, or no longer."""

    code_id: UUID
    is_active: bool
