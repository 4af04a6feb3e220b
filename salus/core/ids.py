"""Identifiers: UUIDv7 for rows, so that keys sort by time and say nothing about a person."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7

#: The system itself, when it acts on somebody's behalf (jobs, consequences, loaders).
SYSTEM = UUID("00000000-0000-7000-8000-000000000001")

_SEEDED: ContextVar[tuple[datetime, random.Random] | None] = ContextVar("seeded", default=None)


def uuid7() -> UUID:
    """A new time-ordered UUID (RFC 9562, version 7)."""
    seed = _SEEDED.get()
    return _uuid7() if seed is None else uuid7_at(*seed)


def uuid7_at(at: datetime, chance: random.Random) -> UUID:
    """The UUIDv7 of an instant, its random part drawn from `chance`: the demonstration's ids follow from its seed."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | chance.getrandbits(12) << 64 | 0b10 << 62 | chance.getrandbits(62))


@contextmanager
def seeded(at: datetime, chance: random.Random) -> Iterator[None]:
    """Within this block new ids are drawn from `chance`, as of `at`: for the demonstration, never for care."""
    token = _SEEDED.set((at, chance))
    try:
        yield
    finally:
        _SEEDED.reset(token)
