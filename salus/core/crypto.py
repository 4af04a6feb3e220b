"""The keyring: AES-256-GCM for what must not be read in a dump, HMAC blind indexes to find it by its exact value."""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12


@dataclass(frozen=True, slots=True)
class Keyring:
    """Data keys by number (the highest is the one that seals), and the key of the blind indexes."""

    data: dict[int, bytes]
    index: bytes

    @property
    def current(self) -> int:
        return max(self.data)


def seal(table: str, column: str, row_id: UUID, text: str) -> bytes:
    """Seal a text for one place: `key number (1 byte) | nonce (12) | ciphertext and tag`."""
    ring = keyring()
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(ring.data[ring.current]).encrypt(nonce, text.encode(), _place(table, column, row_id))
    return bytes([ring.current]) + nonce + sealed


def open_sealed(table: str, column: str, row_id: UUID, sealed: bytes) -> str:
    """Open what `seal` made for the same place.

    :raises cryptography.exceptions.InvalidTag: if it was altered, or moved from another row
    """
    key = keyring().data[sealed[0]]
    nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    return AESGCM(key).decrypt(nonce, body, _place(table, column, row_id)).decode()


def blind_index(kind: str, value: str) -> bytes:
    """Ten bytes that are equal for equal normalised values of one kind (`phone`, `identifier:<system>`)."""
    return hmac.digest(keyring().index, f"{kind}\0{value}".encode(), hashlib.sha256)[:10]


def _place(table: str, column: str, row_id: UUID) -> bytes:
    return f"{table}|{column}|{row_id}".encode()


@cache
def keyring() -> Keyring:
    """The hospital's keys, read once; made on first use in `SALUS_HOME/keys/keyring.json`, mode 0600."""
    path = Path(settings.SALUS_KEYRING)
    if not path.exists():
        _make(path)
    stored = json.loads(path.read_text())
    return Keyring({int(n): bytes.fromhex(k) for n, k in stored["data"].items()}, bytes.fromhex(stored["index"]))


def _make(path: Path) -> None:
    """Written beside and linked into place: two processes that start together agree on the first one's keys."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    content = json.dumps({"data": {"1": secrets.token_hex(32)}, "index": secrets.token_hex(32)})
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
