"""Files by the hash of their content, sealed at rest: bytes reach the disk before the row that names them."""

import hashlib
import os
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from salus.core import crypto
from salus.core.act import Act
from salus.core.models import File


def keep_file(act: Act, content: bytes, *, media_type: str, patient_id: UUID | None) -> File:
    """Store bytes and their row; equal bytes are sealed anew for each row, so that one row opens one file."""
    row = File(
        sha256=hashlib.sha256(content).digest(),
        media_type=media_type,
        size=len(content),
        patient_id=patient_id,
        recorded_by_id=act.by,
    )
    ring = crypto.keyring()
    nonce = os.urandom(12)
    sealed = AESGCM(ring.data[ring.current]).encrypt(nonce, content, _place(row))
    _write(_path(row), bytes([ring.current]) + nonce + sealed)
    row.save(force_insert=True)
    return row


def read_file(row: File) -> bytes:
    """The bytes of a file.

    :raises FileNotFoundError: if the store has lost it
    :raises cryptography.exceptions.InvalidTag: if it was altered
    """
    sealed = _path(row).read_bytes()
    return AESGCM(crypto.keyring().data[sealed[0]]).decrypt(sealed[1:13], sealed[13:], _place(row))


def _place(row: File) -> bytes:
    return f"core_file|{row.id}".encode()


def _path(row: File) -> Path:
    name = row.id.hex
    return Path(settings.SALUS_FILES) / name[-2:] / name[-4:-2] / name


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".part")
    with open(fresh, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
