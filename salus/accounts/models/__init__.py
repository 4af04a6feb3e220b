"""Who signs in, with what, and from where."""

from salus.accounts.models.directory import DirectoryArrival, DirectoryLink
from salus.accounts.models.factors import Passkey, Pin, Recovery, RecoveryCode, Totp, TotpUse
from salus.accounts.models.programs import Allowance, Assertion, AuthorizationCode, Program, RefreshToken
from salus.accounts.models.sessions import Acquaintance, Bucket, Device, Session
from salus.accounts.models.users import Grant, Role, Token, User, UserManager

__all__ = [
    "Acquaintance",
    "Allowance",
    "Assertion",
    "AuthorizationCode",
    "Bucket",
    "Device",
    "DirectoryArrival",
    "DirectoryLink",
    "Grant",
    "Passkey",
    "Pin",
    "Program",
    "Recovery",
    "RecoveryCode",
    "RefreshToken",
    "Role",
    "Session",
    "Token",
    "Totp",
    "TotpUse",
    "User",
    "UserManager",
]
