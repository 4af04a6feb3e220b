"""Sealing: AES-256-GCM for what must not be read in a dump, HMAC blind indexes to find it by its exact value.

What is sealed is `key number (1 byte) | nonce (12) | ciphertext and tag`, with its place (table, column, row) bound in.
The keyring is looked at again every second, and at once when something is sealed with a key that is not known yet: keys
are changed while the hospital works (`salus keys rotate`).
"""

import hashlib
import hmac
import os
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from salus.core.keyring import KeyLost, Keyring, read

_NONCE = 12
#: how long a process may go on with the keyring as it was; who retires a key waits longer
LOOK_EVERY = 1.0


def seal(table: str, column: str, row_id: UUID | str, text: str) -> bytes:
    """Seal a text for one place."""
    return seal_bytes(place(table, column, row_id), text.encode())


def open_sealed(table: str, column: str, row_id: UUID | str, sealed: bytes) -> str:
    """Open what `seal` made for the same place.

    :raises cryptography.exceptions.InvalidTag: if it was altered, or moved from another row
    :raises salus.core.keyring.KeyLost: if its key is gone
    """
    return open_bytes(place(table, column, row_id), sealed).decode()


def seal_bytes(where: bytes, content: bytes) -> bytes:
    """Seal bytes for one place."""
    ring = keyring()
    nonce = os.urandom(_NONCE)
    return bytes([ring.current]) + nonce + AESGCM(ring.data[ring.current]).encrypt(nonce, content, where)


def open_bytes(where: bytes, sealed: bytes) -> bytes:
    """Open what `seal_bytes` made for the same place.

    :raises cryptography.exceptions.InvalidTag: if it was altered, or moved from another place
    :raises salus.core.keyring.KeyLost: if its key is gone
    """
    try:
        key = keyring().opens(sealed[0])
    except KeyLost:
        key = keyring(anew=True).opens(sealed[0])
    return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], where)


def key_number(sealed: bytes) -> int:
    """The number of the key that sealed it."""
    return sealed[0]


def place(table: str, column: str, row_id: UUID | str) -> bytes:
    """What is bound into a sealed value: where it stands."""
    return f"{table}|{column}|{row_id}".encode()


def blind_index(kind: str, value: str) -> bytes:
    """Ten bytes that are equal for equal normalised values of one kind (`phone`, `identifier`): what is written."""
    return _index_by(keyring().finders[0], kind, value)


def blind_indexes(kind: str, value: str) -> list[bytes]:
    """Every index by which a value may stand there, the one that is written first: what is looked for."""
    return [_index_by(key, kind, value) for key in keyring().finders]


def _index_by(key: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(key, f"{kind}\0{value}".encode(), hashlib.sha256)[:10]


def lock_number(kind: str, value: str) -> int | None:
    """While two keys make indexes, one number for a value in every process; None otherwise."""
    ring = keyring()
    if not ring.is_moving:
        return None
    return int.from_bytes(_index_by(ring.index[min(ring.index)], kind, value)[:8], signed=True)


@dataclass(slots=True)
class _Known:
    path: Path
    ring: Keyring
    stamp: tuple[int, int]
    looked_at: float


_known: _Known | None = None


def keyring(*, anew: bool = False) -> Keyring:
    """The hospital's keys, as their file says now or said a second ago.

    :raises salus.core.keyring.KeyringMissing: if there are none; `salus migrate` makes the first
    """
    global _known
    known, path, now = _known, settings.SALUS_KEYRING, time.monotonic()
    if known is not None and known.path is path and not anew and now - known.looked_at < LOOK_EVERY:
        return known.ring
    stamp = _stamp(path)
    # a file that is gone stops nobody who has read it: `salus check` says so
    if known is not None and known.path == path and stamp in (known.stamp, (0, 0)):
        _known = _Known(path, known.ring, known.stamp, now)
        return known.ring
    ring = read(path)
    _known = _Known(path, ring, stamp, now)
    return ring


def _stamp(path: Path) -> tuple[int, int]:
    try:
        seen = path.stat()
    except OSError:
        return (0, 0)
    return (seen.st_ino, seen.st_mtime_ns)
