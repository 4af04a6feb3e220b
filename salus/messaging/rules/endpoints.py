"""Which addresses web push is sent to: a browser names one, and we call it. Only the browsers' own push services."""

import base64
import binascii
from urllib.parse import urlsplit

#: host, or the end of one: Chrome and its kin, Firefox, Safari, Edge
SERVICES = (
    "fcm.googleapis.com",
    ".push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)
LONGEST = 1000


def is_endpoint(text: str) -> bool:
    """Whether this is an address of a push service that is known: never one inside the hospital."""
    if len(text) > LONGEST or not text.isascii() or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in SERVICES)
    return parts.scheme == "https" and known and port in (None, 443) and parts.username is None


def is_key(text: str, length: int) -> bool:
    """Whether this is so many bytes in base64url."""
    try:
        return len(decoded(text)) == length
    except ValueError:
        return False


def decoded(text: str) -> bytes:
    """Bytes from base64url with or without its padding.

    :raises ValueError: if it is none
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("no base64url") from error


def encoded(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
