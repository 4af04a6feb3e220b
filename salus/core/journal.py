"""The local journal: entries of the access log that the database would not take while a glass was broken.

One sealed file for each act in `SALUS_HOME/journal`, on the disk before the act goes on; `access.file_journal` enters them
later. It is no second way to write the log: only break-glass comes here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from salus.core import crypto

_PLACE = ("core_accessentry", "journal")


def keep(act_id: UUID, entries: Sequence[Sequence[Any]]) -> None:
    """Write the entries of one act, sealed, and come back when they are on the disk.

    :raises OSError: if the disk does not take them; the act must fail then
    """
    folder = _folder()
    text = msgspec.json.encode(list(map(list, entries))).decode()
    aside, place = folder / f".{act_id}", folder / str(act_id)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(crypto.seal(*_PLACE, act_id, text))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(place)
    _sync(folder)


def waiting() -> list[Path]:
    """The acts that are not filed yet, oldest first (their ids begin with the time)."""
    return sorted(path for path in _folder().iterdir() if not path.name.startswith("."))


def read(path: Path) -> list[list[Any]]:
    """The entries of one act.

    :raises cryptography.exceptions.InvalidTag: if the file was altered, or belongs to another act
    """
    found: list[list[Any]] = msgspec.json.decode(crypto.open_sealed(*_PLACE, UUID(path.name), path.read_bytes()))
    return found


def forget(path: Path) -> None:
    """What has been filed is needed no more."""
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _folder() -> Path:
    folder = Path(settings.SALUS_HOME) / "journal"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
