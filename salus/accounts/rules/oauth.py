"""Judgement about OAuth 2 requests (RFC 6749, 7636, 8252, 9700): a narrow profile, so that there is little to get wrong."""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit

CODE_LIVES = timedelta(seconds=60)
ACCESS_LIVES = timedelta(minutes=10)
REFRESH_LIVES = timedelta(days=30)
OFFLINE = "offline_access"
#: scopes of programs that act for themselves begin so (SMART App Launch, backend services)
SYSTEM = "system/"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(text: str) -> bool:
    """Whether this is the S256 challenge of a verifier."""
    return _CHALLENGE.fullmatch(text) is not None


def verifier_fits(verifier: str, challenge: str) -> bool:
    """Whether whoever exchanges the code is who asked for it (RFC 7636, S256 only)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(challenge_of(verifier).encode(), challenge.encode())


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def may_be_registered(uri: str) -> bool:
    """Whether answers may be sent there: https, this machine, or a scheme of an app's own that is a domain name."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    if not uri.isascii() or any(sign in uri for sign in "#\\ \t\r\n*") or parts.username or len(uri) > 500:
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme == "http":
        return host in ("localhost", "127.0.0.1", "::1")
    return "." in parts.scheme and not parts.netloc and parts.path.startswith("/")


def is_registered(uri: str, registered: Collection[str]) -> bool:
    """Exactly one of the registered; on this machine the port may differ (RFC 8252, section 7.3)."""
    return uri in registered or _without_port(uri) in {_without_port(one) for one in registered} - {None}


def _without_port(uri: str) -> str | None:
    """A loopback address without its port; None for any other."""
    found = re.fullmatch(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?(/[^?#]*)?", uri)
    return f"http://{found[1]}{found[2] or ''}" if found else None


def origin_of(uri: str) -> str:
    """What a page's policy names, so that its form may lead there."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
