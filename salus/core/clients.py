"""Where a request comes from."""

from typing import Any

from django.conf import settings

#: a page says so when it asks by itself, with nobody there (`live` parts of pages)
UNATTENDED = "X-Salus-Unattended"


def address_of(request: Any) -> str:
    """The address of the client: the connection's own, or what our proxy says (it writes the last one)."""
    if settings.SALUS_BEHIND_PROXY:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if told:
            return str(told)[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]
