"""Time-based one-time passwords, RFC 6238 (SHA-1, 30 seconds, six digits: what every authenticator app knows)."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote

STEP = 30
DIGITS = 6
#: a code of the step before or after is taken too: clocks differ, and people type slowly
DRIFT = 1


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_at(seconds: float) -> int:
    """The number of the 30-second step at a Unix time."""
    return int(seconds) // STEP


def code_for(secret: str, step: int, *, digits: int = DIGITS) -> str:
    """The code of one step."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: str, code: str, seconds: float) -> int | None:
    """The step whose code this is, now or one step off; None where it is none. Every candidate is compared."""
    typed = code.replace(" ", "").encode()
    now = step_at(seconds)
    fitting = [
        step
        for step in range(max(0, now - DRIFT), now + DRIFT + 1)
        if hmac.compare_digest(code_for(secret, step).encode(), typed)
    ]
    return fitting[0] if fitting else None


def address_of(secret: str, *, account: str, issuer: str = "Salus") -> str:
    """The `otpauth:` address that an app reads from a QR code."""
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={secret}&issuer={quote(issuer)}"
