"""When who is at the screen last proved it, as the session keeps it."""

from datetime import UTC, datetime
from typing import Any

_KEY = "proved_at"


def proved_at(session: Any) -> datetime | None:
    """The instant of the last proof in this session, or None."""
    told = session.get(_KEY)
    return datetime.fromisoformat(told) if told else None


def note(session: Any, at: datetime | None = None) -> datetime:
    """Somebody has just proved who he or she is."""
    at = at or datetime.now(UTC)
    session[_KEY] = at.isoformat()
    return at
