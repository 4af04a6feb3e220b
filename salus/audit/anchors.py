"""Anchors: signed heads outside the database, where its administrator cannot reach them.

Each is one line of JSON, appended to `heads.jsonl` in every folder of `SALUS_AUDIT_ANCHORS` (a share that only grows, another
host) and, where asked, sent to the system log. What the database says is held against them by `salus audit verify`.
"""

from __future__ import annotations

import fcntl
import json
import logging
import logging.handlers
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from salus.audit.rules.tree import Head

_FILE = "heads.jsonl"
#: bytes that hold the last few lines
_END = 8_192


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head as it stands outside: its number, the signed text and the signature."""

    number: int
    text: str
    signature: bytes


class Older(RuntimeError):
    """The database is older than its anchors: a backup was restored, or heads were cut off."""


def anchor() -> int:
    """Anchor the newest head everywhere it is not yet; returns its number, 0 if there is none.

    :raises Older: if the anchors know a later one
    :raises OSError: if a folder does not take it
    """
    with _alone():
        newest = newest_head()
        number = newest.number if newest else 0
        for folder in folders():
            last = last_of(folder)
            if last and last.number > number:
                raise Older(f"the anchors in {folder} know head {last.number}, the database only {number}")
            if newest and (last is None or last.number < number):
                _append(folder, newest)
                _tell_the_system_log(newest)
    return number


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time on this machine: two beside each other would anchor one head twice, or an earlier one after a later."""
    with (settings.SALUS_HOME / "anchors.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def newest_head() -> Anchor | None:
    """The last head that the database has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, batches, entries, root, previous, at, signature FROM audit_head ORDER BY number DESC LIMIT 1"
        )
        row = cursor.fetchone()
    if row is None:
        return None
    number, batches, entries, root, previous, at, signature = row
    return Anchor(number, Head(number, batches, entries, bytes(root), bytes(previous), at).text(), bytes(signature))


def folders() -> list[Path]:
    """Where heads are anchored."""
    return [Path(folder) for folder in settings.SALUS_AUDIT_ANCHORS]


def anchors_in(folder: Path) -> Iterator[Anchor | str]:
    """The anchors of a folder in order; a line that is none comes as text."""
    place = folder / _FILE
    if not place.exists():
        return
    with place.open() as lines:
        for line in lines:
            yield _read(line)


def last_of(folder: Path) -> Anchor | None:
    """The last anchor of a folder; a line that a power cut left unfinished is passed over."""
    place = folder / _FILE
    if not place.exists():
        return None
    with place.open("rb") as file:
        file.seek(max(0, place.stat().st_size - _END))
        lines = file.read().decode(errors="replace").splitlines()
    return next((one for one in map(_read, reversed(lines)) if isinstance(one, Anchor)), None)


def _read(line: str) -> Anchor | str:
    try:
        told = json.loads(line)
        return Anchor(int(json.loads(told["head"])[1]), told["head"], bytes.fromhex(told["signature"]))
    except (ValueError, KeyError, TypeError, IndexError):
        return line


def _append(folder: Path, head: Anchor) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps({"head": head.text, "signature": head.signature.hex()}) + "\n"
    handle = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+") as file:
        if file.seek(0, os.SEEK_END) and not _ends_its_line(handle):
            file.write("\n")
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _ends_its_line(handle: int) -> bool:
    return os.pread(handle, 1, os.fstat(handle).st_size - 1) == b"\n"


def _tell_the_system_log(head: Anchor) -> None:
    told = settings.SALUS_AUDIT_SYSLOG
    if not told:
        return
    host, _, port = told.rpartition(":")
    sender = logging.handlers.SysLogHandler(address=(host, int(port)) if host else told)
    try:
        text = f"salus audit head {head.text} {head.signature.hex()}"
        sender.emit(logging.LogRecord("salus.audit", logging.INFO, "", 0, text, (), None))
    finally:
        sender.close()
