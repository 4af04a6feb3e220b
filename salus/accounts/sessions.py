"""Sessions in the database, whose keys are what we made: anything else in the cookie is no session."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

#: as Django asks; it makes keys of 32 letters and digits
_SHORTEST = 8


class SessionStore(DatabaseStore):
    """As Django's own; a cookie with bytes that PostgreSQL cannot store asks for nothing."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and len(key) >= _SHORTEST and key.isascii() and key.isalnum()
