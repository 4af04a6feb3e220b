"""Tables of this room: accounts of patients and proxies, what waits for the desk, what the facility decided."""

from salus.portal.models.accounts import Account, Challenge, Invitation, Proxy, Registration
from salus.portal.models.matters import ContactChange, Release, Setting

__all__ = [
    "Account",
    "Challenge",
    "ContactChange",
    "Invitation",
    "Proxy",
    "Registration",
    "Release",
    "Setting",
]
