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
