"""Whether an error of the database means "not now": the connection is gone, the server stops or starts."""

from typing import Any

from django.db import InterfaceError, OperationalError

#: PostgreSQL's classes and codes for "not now": connection lost, shut down, starting, too many connections
_LOST_CODES = ("08", "57P01", "57P02", "57P03", "53300")


def is_lost(error: BaseException | None) -> bool:
    """Whether an error means that the connection is gone, and not that the database refused something."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    code = getattr(error.__cause__, "sqlstate", None)
    return code is None or code.startswith(_LOST_CODES)


def note_loss(request: Any, error: BaseException | None) -> bool:
    """Let the request be run again if its connection was lost; called where an error becomes an answer."""
    lost = is_lost(error)
    if lost:
        request.lost_database = True
    return lost
