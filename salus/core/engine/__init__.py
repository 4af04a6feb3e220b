"""Django's PostgreSQL backend with a pool and prepared statements in our own way (`base`); the `ENGINE` of the settings."""

from typing import Any

from django.db import connection


def prepared() -> Any:
    """A cursor for a statement that most requests ask: each connection reads and plans it once.

    Its values are sent beside the text, so the text is a constant, and where PostgreSQL cannot tell what a value is it says so
    (`%s::uuid`).
    """
    return connection.prepared()  # type: ignore[attr-defined]
