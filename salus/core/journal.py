"""The local journal: entries of the access log that the database would not take while a glass was broken.

One sealed file for each act in `SALUS_HOME/journal`, on the disk before the act goes on; `access.file_journal` enters them
later. It is no second way to write the log: only break-glass comes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from salus.core import crypto, durable

_PLACE = ("core_accessentry", "journal")


def keep(act_id: UUID, entries: Sequence[Sequence[Any]]) -> None:
    """Write the entries of one act, sealed, and come back when they are on the disk.

    :raises OSError: if the disk does not take them; the act must fail then
    """
    text = msgspec.json.encode(list(map(list, entries))).decode()
    durable.write_whole(_folder() / str(act_id), crypto.seal(*_PLACE, act_id, text))


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
    durable.sync_folder(path.parent)


def _folder() -> Path:
    folder = Path(settings.SALUS_HOME) / "journal"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
