"""Files by the hash of their content, sealed at rest: bytes reach the disk before the row that names them."""

import hashlib
from pathlib import Path
from uuid import UUID

from django.conf import settings

from salus.core import crypto, durable
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
    _write(path_of(row.id), crypto.seal_bytes(_place(row.id), content))
    row.save(force_insert=True)
    return row


def read_file(row: File) -> bytes:
    """The bytes of a file.

    :raises FileNotFoundError: if the store has lost it
    :raises cryptography.exceptions.InvalidTag: if it was altered
    """
    return crypto.open_bytes(_place(row.id), path_of(row.id).read_bytes())


def key_of(file_id: UUID) -> int:
    """The number of the key that the stored bytes are sealed with.

    :raises FileNotFoundError: if the store has lost it
    """
    with path_of(file_id).open("rb") as file:
        return crypto.key_number(file.read(1))


def seal_anew(file_id: UUID) -> None:
    """Seal the stored bytes with the key that seals now; whoever reads meanwhile finds the old bytes or the new ones."""
    path = path_of(file_id)
    _write(path, crypto.seal_bytes(_place(file_id), crypto.open_bytes(_place(file_id), path.read_bytes())))


def _place(file_id: UUID) -> bytes:
    return f"core_file|{file_id}".encode()


def path_of(file_id: UUID) -> Path:
    """Where the sealed bytes lie."""
    name = file_id.hex
    return Path(settings.SALUS_FILES) / name[-2:] / name[-4:-2] / name


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    durable.write_whole(path, content)
