"""Opaque links between pages: sealed, because a search may name a person, and bound to whom they were given."""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from salus.fhir.serving.outcomes import FhirError

#: a program that has not come for its next page by then has lost interest
GOOD_FOR = timedelta(days=2)


class Cursor(msgspec.Struct, array_like=True, kw_only=True):
    """Where a page begins: the search, what the last row of the page before was sorted by, and since when it runs."""

    type: str
    pairs: list[tuple[str, str]]
    lenient: bool = False
    after: list[Any] | None = None
    #: rows that came later than the first page are not in any page of it
    until: datetime
    total: int | None = None
    given: datetime


def seal(cursor: Cursor, user: UUID) -> str:
    """The cursor as text for a URL that tells nobody what it holds."""
    nonce = os.urandom(12)
    sealed = _cipher(settings.SECRET_KEY).encrypt(nonce, zlib.compress(msgspec.json.encode(cursor)), user.bytes)
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def unseal(text: str, user: UUID) -> Cursor:
    """Read a link that `seal` made for this user.

    :raises FhirError: 400 if it is none of ours, 410 if it is too old
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        plain = zlib.decompress(_cipher(settings.SECRET_KEY).decrypt(raw[:12], raw[12:], user.bytes))
        cursor = msgspec.json.decode(plain, type=Cursor)
    except (ValueError, InvalidTag, zlib.error, msgspec.MsgspecError):
        raise FhirError(
            400, "This link to a page is not one of ours, or was given to somebody else.", code="value"
        ) from None
    if cursor.given < datetime.now(UTC) - GOOD_FOR:
        raise FhirError(410, "This link to a page is too old: search again.", code="expired")
    return cursor


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"salus.fhir.cursor|" + secret.encode()).digest())
