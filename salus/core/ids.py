"""Identifiers: UUIDv7 for rows, so that keys sort by time and say nothing about a person."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7

#: The system itself, when it acts on somebody's behalf (jobs, consequences, loaders).
SYSTEM = UUID("00000000-0000-7000-8000-000000000001")


def uuid7() -> UUID:
    """A new time-ordered UUID (RFC 9562, version 7)."""
    return _uuid7()
