"""What accounts announces."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class UserCreated(Fact):
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class UserRetired(Fact):
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Fact):
    user_id: UUID
    role_code: str


@dataclass(frozen=True, kw_only=True)
class RoleTaken(Fact):
    user_id: UUID
    role_code: str


@dataclass(frozen=True, kw_only=True)
class TokenIssued(Fact):
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Fact):
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class SignedIn(Fact):
    """Somebody came in; `how` names the proofs (`password+totp`)."""

    user_id: UUID
    session_id: UUID
    how: str


@dataclass(frozen=True, kw_only=True)
class SignInRefused(Fact):
    """A guess did not fit; `user_id` is None for a name that nobody has."""

    user_id: UUID | None
    how: str


@dataclass(frozen=True, kw_only=True)
class SessionLocked(Fact):
    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class SessionUnlocked(Fact):
    user_id: UUID
    session_id: UUID
    how: str


@dataclass(frozen=True, kw_only=True)
class SessionEnded(Fact):
    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class SignedAgain(Fact):
    """A recent proof was asked for and given, or (`fits` False) did not fit."""

    user_id: UUID
    how: str
    fits: bool


@dataclass(frozen=True, kw_only=True)
class FactorAdded(Fact):
    """`kind` is `totp`, `passkey`, `pin` or `recovery-codes`."""

    user_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class FactorRevoked(Fact):
    user_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class RecoveryAsked(Fact):
    recovery_id: UUID
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class RecoveryAgreed(Fact):
    recovery_id: UUID
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class Recovered(Fact):
    recovery_id: UUID
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class DeviceMarked(Fact):
    """A browser is private, a shared workstation or a kiosk from now on."""

    device_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class DirectoryLinked(Fact):
    """Somebody of the hospital's directory is this user from now on."""

    user_id: UUID
    link_id: UUID


@dataclass(frozen=True, kw_only=True)
class DirectoryUnlinked(Fact):
    user_id: UUID
    link_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoleCloned(Fact):
    """A role of the hospital's own was made from another one."""

    role_code: str
    of: str


@dataclass(frozen=True, kw_only=True)
class RoleChanged(Fact):
    """Whoever has this role may do more, or less."""

    role_code: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProgramRegistered(Fact):
    program_id: UUID


@dataclass(frozen=True, kw_only=True)
class ProgramRetired(Fact):
    program_id: UUID


@dataclass(frozen=True, kw_only=True)
class ProgramAllowed(Fact):
    """Somebody allowed a program to act for him."""

    user_id: UUID
    program_id: UUID


@dataclass(frozen=True, kw_only=True)
class AllowanceEnded(Fact):
    """By the person, an administrator, the program itself, or because a token came twice."""

    user_id: UUID
    program_id: UUID
