"""The code by which a patient checks in: opaque, signed, good for one appointment and nothing else; it holds nothing of a person.

It stands as a QR code on the confirmation of an appointment and at the patients' own door, and can be typed.
"""

import base64
import binascii
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

#: so much of the signature: nobody guesses it, and the code stays short
_SIGNED = 10
_SALT = "salus.queues.check-in"


def code_of(appointment_id: UUID) -> str:
    """The code of an appointment: 42 letters and digits, which a QR code packs tightly."""
    return base64.b32encode(appointment_id.bytes + _signature(appointment_id)).decode().rstrip("=")


def appointment_of(code: str) -> UUID | None:
    """The appointment of a code as it was scanned or typed, or None if we did not give it."""
    text = "".join(code.split()).replace("-", "").upper()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8)) if len(text) < 100 else b""
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + _SIGNED:
        return None
    found = UUID(bytes=raw[:16])
    # written in one way only: the last letter has bits to spare
    return found if constant_time_compare(text, code_of(found)) else None


def _signature(appointment_id: UUID) -> bytes:
    return salted_hmac(_SALT, appointment_id.bytes, algorithm="sha256").digest()[:_SIGNED]
