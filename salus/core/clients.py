"""Where a request comes from."""

import ipaddress
from typing import Any

from django.conf import settings

#: a page says so when it asks by itself, with nobody there (`live` parts of pages)
UNATTENDED = "X-Salus-Unattended"
#: and it may as well get nothing: it is never a reason to leave the page, on which somebody may have typed
QUIET = "X-Salus-Quiet"


def address_of(request: Any) -> str:
    """The address of the client: the connection's own, or what our proxy says (it writes the last one)."""
    if settings.SALUS_BEHIND_PROXY:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if told:
            return str(told)[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def source_of(request: Any) -> str:
    """Whom measures of attempts count as one: an IPv4 address, or the network /64 of an IPv6 address, which is one customer's."""
    told = address_of(request)
    try:
        found = ipaddress.ip_address(told.partition("%")[0])
    except ValueError:
        return told
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, 64), strict=False))
