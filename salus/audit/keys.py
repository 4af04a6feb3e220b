"""The key that signs heads: in `SALUS_HOME/keys`, never in the database, so that its administrator cannot sign."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from salus.core import durable


def sign(text: str) -> bytes:
    """Sign a text (Ed25519, RFC 8032); the key is made when it is first needed."""
    return _signing(_place()).sign(text.encode())


def is_signed(text: str, signature: bytes, signers: Sequence[bytes] | None = None) -> bool:
    """Whether one of our keys has signed this text.

    :param signers: `public_keys()`, read once by who looks at many; read anew unless given
    """
    return any(_fits(key, text, signature) for key in (public_keys() if signers is None else signers))


def public_keys() -> list[bytes]:
    """The 32 bytes of each key that ever signed, the present one last: who only checks needs nothing else."""
    place = _place().with_suffix(".pub")
    return [bytes.fromhex(line) for line in place.read_text().split()] if place.exists() else []


def _fits(key: bytes, text: str, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _place() -> Path:
    return Path(settings.SALUS_AUDIT_KEY)


@cache
def _signing(secret: Path) -> Ed25519PrivateKey:
    if not secret.exists():
        _make(secret)
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret.read_text()))


def _make(secret: Path) -> None:
    """The public half is written first: a key whose signatures nobody can check must not sign.

    Of several who start together one makes it, and all sign with that one.
    """
    secret.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with secret.with_suffix(".pub").open("a") as known:
        fcntl.flock(known, fcntl.LOCK_EX)
        if secret.exists():
            return
        made = Ed25519PrivateKey.generate()
        known.write(made.public_key().public_bytes_raw().hex() + "\n")
        known.flush()
        os.fsync(known.fileno())
        durable.write_first(secret, made.private_bytes_raw().hex().encode())
