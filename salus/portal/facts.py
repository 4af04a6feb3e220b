"""What the portal announces."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CodeAsked(Fact):
    """Somebody asked for a one-time code; whether anybody has that contact is found out afterwards."""

    challenge_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountOpened(Fact):
    account_id: UUID
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountLinked(Fact):
    """The desk has seen who it is: from now on the account is this patient's."""

    patient_id: UUID
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountClosed(Fact):
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class RegistrationRefused(Fact):
    registration_id: UUID


@dataclass(frozen=True, kw_only=True)
class PatientInvited(Fact):
    patient_id: UUID
    invitation_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class InvitationWithdrawn(Fact):
    patient_id: UUID
    invitation_id: UUID


@dataclass(frozen=True, kw_only=True)
class ProxyGranted(Fact):
    patient_id: UUID
    proxy_id: UUID
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class ProxyWithdrawn(Fact):
    patient_id: UUID
    proxy_id: UUID


@dataclass(frozen=True, kw_only=True)
class ResultReleased(Fact):
    """A clinician decided whether the patient sees a result now."""

    patient_id: UUID
    observation_id: UUID
    is_shown: bool


@dataclass(frozen=True, kw_only=True)
class ContactChangeAsked(Fact):
    patient_id: UUID
    change_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContactChangeDecided(Fact):
    patient_id: UUID
    change_id: UUID
    state: str


@dataclass(frozen=True, kw_only=True)
class PortalSettingsChanged(Fact):
    facility_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountMoved(Fact):
    """A patient signs in with another contact from now on, as the desk took it over."""

    account_id: UUID
    patient_id: UUID
