"""The secret on a certificate: whoever holds the paper can ask whether it is genuine, and nobody else can."""

import base64
import secrets

#: bytes: 120 bits, 24 letters and digits, which can be typed
_SIZE = 15


def new_token() -> str:
    """A new secret."""
    return base64.b32encode(secrets.token_bytes(_SIZE)).decode()


def as_typed(code: str) -> str:
    """A secret as it was scanned or typed: capitals, without spaces and dashes."""
    return "".join(one for one in code.upper() if one.isalnum())[:64]


def in_groups(token: str) -> str:
    """A secret as it is printed beside its code."""
    return " ".join(token[at : at + 6] for at in range(0, len(token), 6))
